//! Top-down path of the FPN: the coarser level, doubled by nearest neighbour, added to the finer one.

use super::product::{grid, live_words};
use super::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::cpu::parallel::for_each_chunk;
use crate::tape::{TapeError, Tensor};

/// x `[B,H,W,C]` + nearest×2 of y `[B,H/2,W/2,C]`.
#[derive(Clone, Debug, PartialEq)]
pub struct UpsampleAdd;

impl Op for UpsampleAdd {
    fn name(&self) -> &'static str {
        "upsample_add"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 2 && inputs[0].shape.len() == 4, || "wants two maps [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].shape[..] else { unreachable!() };
        expect(h % 2 == 0 && w % 2 == 0 && inputs[1].shape == [b, h / 2, w / 2, c], || {
            "the second map is not half the first".into()
        })?;
        Ok(vec![Spec::f32(&inputs[0].shape, inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) {
        let [_, h, w, c] = io.shape(0)[..] else { return };
        let (x, y) = (io.f32(0), io.f32(1));
        let (row, work) = (w * c, x.len());
        for_each_chunk(io.out(0), row, work, |i, out| {
            let (b, oy) = (i / h, i % h);
            let y = &y[(b * (h / 2) + oy / 2) * row / 2..][..row / 2];
            let x = &x[i * row..][..row];
            for ((out, x), y) in out.chunks_exact_mut(2 * c).zip(x.chunks_exact(2 * c)).zip(y.chunks_exact(c)) {
                for half in [0, c] {
                    let sum = x[half..half + c].iter().zip(y).map(|(x, y)| x + y);
                    out[half..half + c].iter_mut().zip(sum).for_each(|(o, v)| *o = v);
                }
            }
        });
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [_, h, w, c] = io.inputs[0].shape[..] else { return Vec::new() };
        let mut args = live_words(io.outputs[0]).to_vec();
        args.extend([c, h, w].map(|v| v as u32));
        vec![Kernel {
            shader: "upsample_add",
            consts: Vec::new(),
            args,
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
        }]
    }
}
