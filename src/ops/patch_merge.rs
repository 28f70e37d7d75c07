//! Swin's patch merging: each 2×2 neighbours become one row of four times the channels (Liu et al. 2021, section 3.1).
//! Official: `PatchMerging` in `swin.py`, before its norm and reduction.

use super::product::grid;
use super::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::cpu::parallel::for_each_chunk;
use crate::tape::{TapeError, Tensor};

/// x `[1,H,W,C]` → `[1,H/2,W/2,4C]`: the neighbours (y, x) in the order (0,0), (1,0), (0,1), (1,1).
#[derive(Clone, Debug, PartialEq)]
pub struct PatchMerge;

impl Op for PatchMerge {
    fn name(&self) -> &'static str {
        "patch_merge"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        let [1, h, w, c] = inputs[0].shape[..] else { return Err(TapeError("wants a map [1, H, W, C]".into())) };
        expect(inputs.len() == 1 && h % 2 == 0 && w % 2 == 0, || "wants one map of even sides".into())?;
        Ok(vec![Spec::f32(&[1, h / 2, w / 2, 4 * c], None)])
    }
    fn run(&self, io: &mut Io<'_>) {
        let [_, _, w, c] = io.shape(0)[..] else { return };
        let x = io.f32(0);
        let work = x.len();
        for_each_chunk(io.out(0), 2 * w * c, work, |oy, out| {
            for (i, out) in out.chunks_exact_mut(c.max(1)).enumerate() {
                let (ox, place) = (i / 4, i % 4);
                let at = ((2 * oy + place % 2) * w + 2 * ox + place / 2) * c;
                out.copy_from_slice(&x[at..at + c]);
            }
        });
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [_, h, w, c] = io.inputs[0].shape[..] else { return Vec::new() };
        vec![Kernel {
            shader: "patch_merge",
            consts: Vec::new(),
            args: [h, w, c].map(|v| v as u32).to_vec(),
            binds: vec![Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
        }]
    }
}
