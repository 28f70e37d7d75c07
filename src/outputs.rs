//! What both engines give back after a run of a tape.

use crate::tensor::DType;
use std::collections::BTreeMap;

/// A tensor read back from an engine, at its live shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Row-major dimensions; the leading one is cut to the selected instances where it is counted.
    pub shape: Vec<usize>,
    /// Word type.
    pub dtype: DType,
    /// The words.
    pub words: Vec<u32>,
}

impl Value {
    /// The words as f32.
    pub fn f32(&self) -> &[f32] {
        bytemuck::cast_slice(&self.words)
    }
}

/// Results and taps of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    /// By the name given on the tape.
    pub values: BTreeMap<String, Value>,
    /// Instances selected.
    pub count: usize,
    /// Milliseconds of each step of the tape, where they were asked for and can be measured.
    pub step_ms: Option<Vec<f64>>,
}
