//! 3×3 max pooling, stride 2, pad 1 (the stem of ResNet).

use super::product::{grid, live_words};
use super::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::cpu::parallel::for_each_chunk;
use crate::tape::{TapeError, Tensor};

/// Largest of the 3×3 around every second position; x `[B,H,W,C]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool;

impl Op for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 4, || "wants a map [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].shape[..] else { unreachable!() };
        expect(h > 0 && w > 0, || "an empty map".into())?;
        Ok(vec![Spec::f32(&[b, (h - 1) / 2 + 1, (w - 1) / 2 + 1, c], inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) {
        let [_, h, w, c] = io.shape(0)[..] else { return };
        let [_, ho, wo, _] = io.out_shape(0)[..] else { return };
        let x = io.f32(0);
        let work = io.out(0).len() * 9;
        for_each_chunk(io.out(0), wo * c, work, |row, out| {
            let (b, oy) = (row / ho, row % ho);
            for (ox, o) in out.chunks_exact_mut(c).enumerate() {
                o.fill(f32::NEG_INFINITY);
                for y in (2 * oy).saturating_sub(1)..(2 * oy + 2).min(h) {
                    for xx in (2 * ox).saturating_sub(1)..(2 * ox + 2).min(w) {
                        let at = ((b * h + y) * w + xx) * c;
                        o.iter_mut().zip(&x[at..at + c]).for_each(|(o, v)| *o = o.max(*v));
                    }
                }
            }
        });
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [_, h, w, c] = io.inputs[0].shape[..] else { return Vec::new() };
        let [_, ho, wo, _] = io.outputs[0].shape[..] else { return Vec::new() };
        let mut args = live_words(io.outputs[0]).to_vec();
        args.extend([c, h, w, ho, wo].map(|v| v as u32));
        vec![Kernel {
            shader: "max_pool",
            consts: Vec::new(),
            args,
            binds: vec![Bind::Count, Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
        }]
    }
}
