//! A learned tensor that takes part in the computation: instance queries, part queries.

use super::grid::grid;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor};
use std::sync::Arc;

args!(ConstantArgs for "constant" { words: u32 });

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
    fn outputs(&self, _inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        Ok(vec![Spec::f32(&self.param.shape, None)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        vec![&self.param]
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        io.out(0).copy_from_slice(self.param.wide());
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let words = io.outputs[0].len();
        Ok(vec![Kernel {
            binds: vec![Bind::Param(0, Packing::Vector), Bind::Output(0)],
            groups: grid(words.div_ceil(4)),
            ..Kernel::with(&ConstantArgs { words: words as u32 })
        }])
    }
}
