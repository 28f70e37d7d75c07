//! 3×3 max pooling, stride 2, pad 1 (the stem of ResNet).

use super::grid::{grid, live_words};
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(MaxPoolArgs for "max_pool" {
    items: u32,
    words: u32,
    channels: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
});

/// Largest of the 3×3 around every second position; x `[B,H,W,C]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool;

impl Op for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 4, || "wants a map [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        expect(h > 0 && w > 0, || "an empty map".into())?;
        Ok(vec![Spec::f32(&[b, (h - 1) / 2 + 1, (w - 1) / 2 + 1, c], inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, h, w, c] = io.dims(0)?;
        let [_, ho, wo, _] = io.out_dims(0)?;
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
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c] = io.inputs[0].dims()?;
        let [_, ho, wo, _] = io.outputs[0].dims()?;
        let [items, words] = live_words(io.outputs[0]);
        let args = MaxPoolArgs {
            items,
            words,
            channels: c as u32,
            height: h as u32,
            width: w as u32,
            out_height: ho as u32,
            out_width: wo as u32,
        };
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&args)
        }])
    }
}
