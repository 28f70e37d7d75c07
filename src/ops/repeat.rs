//! The learned part queries, once for every selected instance.

use super::grid::{grid, live_words};
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(RepeatArgs for "repeat" { items: u32, words: u32, row: u32 });

/// x `[P,E]` for each of ids `[N]` → `[N,P,E]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat;

impl Op for Repeat {
    fn name(&self) -> &'static str {
        "repeat"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[1].shape.len() == 1, || "wants x and ids [N]".into())?;
        let mut shape = vec![inputs[1].shape[0]];
        shape.extend(&inputs[0].shape);
        Ok(vec![Spec::f32(&shape, inputs[1].counted)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let x = io.f32(0);
        io.out(0).chunks_exact_mut(x.len()).for_each(|o| o.copy_from_slice(x));
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [items, words] = live_words(io.outputs[0]);
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&RepeatArgs { items, words, row: io.inputs[0].len() as u32 })
        }])
    }
}
