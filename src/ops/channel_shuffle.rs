//! Channel shuffle of two groups (ShuffleNetV2, Ma et al. 2018, figure 3), with the split that follows it.

use super::grid::{grid, live_words};
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(ChannelShuffleArgs for "channel_shuffle" { items: u32, words: u32, channels: u32, wide: u32, first: u32 });

/// Two maps `[B,H,W,C]` → their channels taken in turns, first[0], second[0], first[1], …
///
/// A unit ends with the shuffle and the next begins with a split in halves; both are one step here.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelShuffle {
    /// True: written as two maps `[B,H,W,C]`, the lower and the upper half of the channels. False: as one `[B,H,W,2C]`.
    pub split: bool,
}

impl Op for ChannelShuffle {
    fn name(&self) -> &'static str {
        "channel_shuffle"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[0].shape.len() == 4, || "wants two maps [B, H, W, C]".into())?;
        expect(inputs[0].shape == inputs[1].shape, || "the two maps differ in shape".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        let counted = inputs[0].counted;
        Ok(match self.split {
            true => vec![Spec::f32(&[b, h, w, c], counted); 2],
            false => vec![Spec::f32(&[b, h, w, 2 * c], counted)],
        })
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, _, w, c] = io.dims(0)?;
        let (first, second) = (io.f32(0), io.f32(1));
        for half in 0..1 + self.split as usize {
            let wide = if self.split { c } else { 2 * c };
            let work = io.out(half).len();
            for_each_chunk(io.out(half), w * wide, work, |line, out| {
                for (x, out) in out.chunks_exact_mut(wide).enumerate() {
                    let at = (line * w + x) * c;
                    for (k, out) in out.iter_mut().enumerate() {
                        let k = half * c + k;
                        let from = if k.is_multiple_of(2) { first } else { second };
                        *out = from[at + k / 2];
                    }
                }
            });
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let c = io.inputs[0].shape.last().copied().unwrap_or(0);
        let output = |i: usize| {
            let wide = if self.split { c } else { 2 * c };
            let [items, words] = live_words(io.outputs[i]);
            let (channels, wide, first) = (c as u32, wide as u32, (i * c) as u32);
            Kernel {
                binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(i)],
                groups: grid(io.outputs[i].len()),
                ..Kernel::with(&ChannelShuffleArgs { items, words, channels, wide, first })
            }
        };
        Ok((0..io.outputs.len()).map(output).collect())
    }
}
