//! Elementwise sum.

use super::product::{grid, live_words};
use super::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::tape::{TapeError, Tensor};

/// a + b of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Add;

impl Op for Add {
    fn name(&self) -> &'static str {
        "add"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 2 && inputs[0].shape == inputs[1].shape, || "wants two of one shape".into())?;
        Ok(vec![Spec::f32(&inputs[0].shape, inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) {
        let (a, b) = (io.f32(0), io.f32(1));
        for ((o, a), b) in io.out(0).iter_mut().zip(a).zip(b) {
            *o = a + b;
        }
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        vec![Kernel {
            shader: "add",
            consts: Vec::new(),
            args: live_words(io.outputs[0]).to_vec(),
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len().div_ceil(4)),
        }]
    }
}
