//! Rows of the selected instances.

use super::grid::{grid, live_words};
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(GatherArgs for "gather" { items: u32, words: u32, row: u32 });

/// x `[R,...]`, ids u32 `[N]` → `[N,...]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gather;

impl Op for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[1].shape.len() == 1 && !inputs[0].shape.is_empty(), || {
            "wants rows and ids [N]".into()
        })?;
        let mut shape = inputs[0].shape.clone();
        shape[0] = inputs[1].shape[0];
        Ok(vec![Spec { shape, dtype: inputs[0].dtype, counted: inputs[1].counted }])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let row: usize = io.shape(0)[1..].iter().product();
        let (x, ids) = (io.u32(0), io.u32(1));
        for (o, &id) in io.out_u32(0).chunks_exact_mut(row).zip(ids) {
            o.copy_from_slice(&x[id as usize * row..][..row]);
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [items, words] = live_words(io.outputs[0]);
        let row = io.outputs[0].shape[1..].iter().product::<usize>();
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&GatherArgs { items, words, row: row as u32 })
        }])
    }
}
