//! The learned part queries, once for every selected instance.

use super::product::{grid, live_words};
use super::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::tape::{TapeError, Tensor};

/// x `[P,E]` for each of ids `[N]` → `[N,P,E]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat;

impl Op for Repeat {
    fn name(&self) -> &'static str {
        "repeat"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 2 && inputs[1].shape.len() == 1, || "wants x and ids [N]".into())?;
        let mut shape = vec![inputs[1].shape[0]];
        shape.extend(&inputs[0].shape);
        Ok(vec![Spec::f32(&shape, inputs[1].counted)])
    }
    fn run(&self, io: &mut Io<'_>) {
        let x = io.f32(0);
        io.out(0).chunks_exact_mut(x.len()).for_each(|o| o.copy_from_slice(x));
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [items, words] = live_words(io.outputs[0]);
        vec![Kernel {
            shader: "repeat",
            consts: Vec::new(),
            args: vec![items, words, io.inputs[0].len() as u32],
            binds: vec![Bind::Count, Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
        }]
    }
}
