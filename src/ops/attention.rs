//! Scaled dot-product self-attention over several heads (the core of `nn.MultiheadAttention`).

use super::grid::{UNWRITTEN, live_leading, spread};
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, numbers};
use std::sync::Arc;

args!(AttentionArgs for "attention" { items: u32, per_item: u32, width: u32, heads: u32, scale: f32 });

/// qkv `[B,T,3C]` → `[B,T,C]`; with `weights` also the weights' mean over the heads `[B,T,T]`. With `overlap` the
/// tokens have boxes, a second input `[B·T,4]` xyxy.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Heads; they divide C.
    pub heads: usize,
    /// Ours, after AdaMixer (Gao et al. 2022): what a head adds to the logit of two tokens whose boxes are the same,
    /// `[heads]`; of others the share that is their boxes' IoU.
    pub overlap: Option<Arc<Param>>,
    /// True if the weights are wanted too.
    pub weights: bool,
}

impl Op for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        let boxed = self.overlap.is_some();
        expect(inputs.len() == 1 + usize::from(boxed) && inputs[0].shape.len() == 3, || {
            format!("wants qkv [B, T, 3C]{}", if boxed { " and boxes [B·T, 4]" } else { "" })
        })?;
        let [b, t, c3] = inputs[0].dims()?;
        expect(self.heads > 0 && c3 % (3 * self.heads) == 0, || format!("{} heads do not divide it", self.heads))?;
        if let Some(overlap) = &self.overlap {
            let fits = overlap.shape == [self.heads] && inputs[1].shape == [b * t, 4];
            expect(fits, || format!("{} or the boxes {:?} do not fit", overlap.name, inputs[1].shape))?;
        }
        let mut specs = vec![Spec::f32(&[b, t, c3 / 3], inputs[0].counted)];
        if self.weights {
            specs.push(Spec::f32(&[b, t, t], inputs[0].counted));
        }
        Ok(specs)
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        self.overlap.iter().collect()
    }
    fn macs(&self, inputs: &[Vec<usize>], _outputs: &[Vec<usize>]) -> u64 {
        let [b, t, c3] = inputs[0][..] else { return 0 };
        2 * numbers(&[b, t, t, c3]) / 3
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [b, t, c3] = io.dims(0)?;
        let c = c3 / 3;
        let d = c / self.heads;
        let qkv = io.f32(0);
        let mut mean = vec![0f32; if self.weights { b * t * t } else { 0 }];
        let mut scores = vec![0f32; t * t];
        let mut turned = vec![0f32; t * d];
        let overlap = self.overlap.as_ref().map(|most| (most.wide(), io.f32(1).as_chunks::<4>().0));
        let items = io.out(0).chunks_exact_mut((t * c).max(1)).zip(qkv.chunks_exact((t * c3).max(1)));
        for (item, (out, qkv)) in items.enumerate() {
            let shared = overlap.map(|(most, boxes)| (most, overlaps(&boxes[item * t..][..t])));
            for head in 0..self.heads {
                let (scores, turned) = (&mut scores, &mut turned);
                let times =
                    |(most, shared): &(&[f32], Vec<f32>)| shared.iter().map(|share| share * most[head]).collect();
                let bias: Option<Vec<f32>> = shared.as_ref().map(times);
                let bias = bias.as_deref();
                rows::attention(rows::Attention { qkv, t, d, c, head, bias, scores, turned, out: &mut *out });
                if self.weights {
                    let mean = &mut mean[item * t * t..(item + 1) * t * t];
                    mean.iter_mut().zip(&*scores).for_each(|(m, s)| *m += s / self.heads as f32);
                }
            }
        }
        if self.weights {
            io.out(1).copy_from_slice(&mean);
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [b, t, c3] = io.inputs[0].dims()?;
        let [items, per_item] = live_leading(io.outputs[0]);
        let scale = 1.0 / ((c3 / 3 / self.heads) as f32).sqrt();
        // Every thread goes over what all have found, which a processor that plays the GPU does one after another.
        let most = if io.device.software { 16 } else { 64 };
        let args = AttentionArgs { items, per_item, width: c3 as u32 / 3, heads: self.heads as u32, scale };
        Ok(vec![Kernel {
            consts: vec![
                ("TOKENS", t as u32),
                ("THREADS", t.next_power_of_two().clamp(8, most) as u32),
                ("WEIGHTS", u32::from(self.weights)),
                ("OVERLAP", u32::from(self.overlap.is_some())),
            ],
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Input(usize::from(self.overlap.is_some())),
                if self.overlap.is_some() { Bind::Param(0, Packing::Vector) } else { Bind::Input(0) },
                Bind::Output(0),
                if self.weights { Bind::Output(1) } else { UNWRITTEN },
            ],
            groups: [t as u32, if self.weights { 1 } else { self.heads as u32 }, spread(io.outputs[0], b)],
            ..Kernel::with(&args)
        }])
    }
}

/// Intersection over union of every two boxes (xyxy), `[T,T]`; 0 where both are empty.
fn overlaps(boxes: &[[f32; 4]]) -> Vec<f32> {
    let area = |[x1, y1, x2, y2]: &[f32; 4]| (x2 - x1).max(0.0) * (y2 - y1).max(0.0);
    let pairs = boxes.iter().flat_map(|a| boxes.iter().map(move |b| (a, b)));
    let share = |(a, b): (&[f32; 4], &[f32; 4])| {
        let both = area(&[a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
        both / (area(a) + area(b) - both).max(1e-9)
    };
    pairs.map(share).collect()
}
