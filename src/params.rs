//! Learned tensors as the operations want them: matrices as rows `[K][N]`, BatchNorm folded.

use crate::cpu::gemm::Panels;
use half::f16;
use std::sync::OnceLock;

/// Numbers of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Single precision.
    F32(Vec<f32>),
    /// Half precision, widened where it is used.
    F16(Vec<f16>),
}

/// A learned tensor in the layout of an op, shared by every tape and engine.
#[derive(Debug)]
pub struct Param {
    /// Name it was built from, unique per layout; engines cache uploads by it.
    pub name: String,
    /// Dimensions; `[K, N]` for a matrix, K rows of N outputs.
    pub shape: Vec<usize>,
    /// Row-major numbers.
    pub values: Values,
    panels: OnceLock<Panels>,
    widened: OnceLock<Vec<f32>>,
}

impl Param {
    /// A parameter in the precision it is stored in.
    pub fn new(name: impl Into<String>, shape: &[usize], values: Values) -> Self {
        Param { name: name.into(), shape: shape.to_vec(), values, panels: OnceLock::new(), widened: OnceLock::new() }
    }

    /// A parameter in single precision.
    pub fn f32(name: impl Into<String>, shape: &[usize], values: Vec<f32>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Param::new(name, shape, Values::F32(values))
    }

    /// All values widened to f32.
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(v) => v.clone(),
            Values::F16(v) => v.iter().map(|x| x.to_f32()).collect(),
        }
    }

    /// All values as f32, widened once if they are stored as f16.
    pub fn wide(&self) -> &[f32] {
        match &self.values {
            Values::F32(v) => v,
            Values::F16(_) => self.widened.get_or_init(|| self.to_f32()),
        }
    }

    /// The matrix `[K, N]` packed for the cpu engine's matrix product, once for all tapes.
    pub fn panels(&self) -> &Panels {
        self.panels.get_or_init(|| {
            let n = self.shape.last().copied().unwrap_or(0);
            let k = self.shape.iter().rev().skip(1).product();
            match &self.values {
                Values::F32(v) => Panels::pack(k, n, |row, column| v[row * n + column]),
                Values::F16(v) => Panels::pack(k, n, |row, column| v[row * n + column].to_f32()),
            }
        })
    }

    /// The values, if stored as f32.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.values {
            Values::F32(v) => Some(v),
            Values::F16(_) => None,
        }
    }

    /// True if stored as f16.
    pub fn is_f16(&self) -> bool {
        matches!(self.values, Values::F16(_))
    }

    /// Bytes as stored.
    pub fn bytes(&self) -> usize {
        match &self.values {
            Values::F32(v) => v.len() * 4,
            Values::F16(v) => v.len() * 2,
        }
    }
}
