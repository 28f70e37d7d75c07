//! Swin's patch merging: each 2×2 neighbours become one row of four times the channels (Liu et al. 2021, section 3.1).
//! Official: `PatchMerging` in `swin.py`, before its norm and reduction.

use super::grid::grid;
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(PatchMergeArgs for "patch_merge" { height: u32, width: u32, channels: u32 });

/// x `[1,H,W,C]` → `[1,H/2,W/2,4C]`: the neighbours (y, x) in the order (0,0), (1,0), (0,1), (1,1).
#[derive(Clone, Debug, PartialEq)]
pub struct PatchMerge;

impl Op for PatchMerge {
    fn name(&self) -> &'static str {
        "patch_merge"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1, || "wants a map [1, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        expect(b == 1, || "wants a map [1, H, W, C]".into())?;
        expect(inputs.len() == 1 && h % 2 == 0 && w % 2 == 0, || "wants one map of even sides".into())?;
        Ok(vec![Spec::f32(&[1, h / 2, w / 2, 4 * c], None)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, _, w, c] = io.dims(0)?;
        let x = io.f32(0);
        let work = x.len();
        for_each_chunk(io.out(0), 2 * w * c, work, |oy, out| {
            for (i, out) in out.chunks_exact_mut(c.max(1)).enumerate() {
                let (ox, place) = (i / 4, i % 4);
                let at = ((2 * oy + place % 2) * w + 2 * ox + place / 2) * c;
                out.copy_from_slice(&x[at..at + c]);
            }
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c] = io.inputs[0].dims()?;
        let args = PatchMergeArgs { height: h as u32, width: w as u32, channels: c as u32 };
        Ok(vec![Kernel {
            binds: vec![Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&args)
        }])
    }
}
