//! Elementwise sum.

use super::grid::{grid, live_words};
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(AddArgs for "add" { items: u32, words: u32 });

/// a + b of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Add;

impl Op for Add {
    fn name(&self) -> &'static str {
        "add"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[0].shape == inputs[1].shape, || "wants two of one shape".into())?;
        Ok(vec![Spec::f32(&inputs[0].shape, inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let (a, b) = (io.f32(0), io.f32(1));
        for ((o, a), b) in io.out(0).iter_mut().zip(a).zip(b) {
            *o = a + b;
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [items, words] = live_words(io.outputs[0]);
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len().div_ceil(4)),
            ..Kernel::with(&AddArgs { items, words })
        }])
    }
}
