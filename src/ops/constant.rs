//! A learned tensor that takes part in the computation: instance queries, part queries.

use super::product::grid;
use super::{Bind, Io, Kernel, Op, Packing, Shapes, Spec};
use crate::params::Param;
use crate::tape::{TapeError, Tensor};
use std::sync::Arc;

/// The parameter as a tensor of its own shape.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Learned values.
    pub param: Arc<Param>,
}

impl Op for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }
    fn outputs(&self, _inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        Ok(vec![Spec::f32(&self.param.shape, None)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        vec![&self.param]
    }
    fn run(&self, io: &mut Io<'_>) {
        io.out(0).copy_from_slice(self.param.wide());
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let words = io.outputs[0].len();
        vec![Kernel {
            shader: "constant",
            consts: Vec::new(),
            args: vec![words as u32],
            binds: vec![Bind::Param(0, Packing::Vector), Bind::Output(0)],
            groups: grid(words.div_ceil(4)),
        }]
    }
}
