//! Scaled dot-product self-attention over several heads (the core of `nn.MultiheadAttention`).

use super::product::{UNWRITTEN, live_leading, spread};
use super::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::tape::{TapeError, Tensor};

/// qkv `[B,T,3C]` → `[B,T,C]`; with `weights` also the weights' mean over the heads `[B,T,T]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// Heads; they divide C.
    pub heads: usize,
    /// True if the weights are wanted too.
    pub weights: bool,
}

impl Op for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 3, || "wants qkv [B, T, 3C]".into())?;
        let [b, t, c3] = inputs[0].shape[..] else { unreachable!() };
        expect(self.heads > 0 && c3 % (3 * self.heads) == 0, || format!("{} heads do not divide it", self.heads))?;
        let mut specs = vec![Spec::f32(&[b, t, c3 / 3], inputs[0].counted)];
        if self.weights {
            specs.push(Spec::f32(&[b, t, t], inputs[0].counted));
        }
        Ok(specs)
    }
    fn macs(&self, inputs: &[Vec<usize>], _outputs: &[Vec<usize>]) -> u64 {
        let [b, t, c3] = inputs[0][..] else { return 0 };
        (2 * b * t * t * c3 / 3) as u64
    }
    fn run(&self, io: &mut Io<'_>) {
        let [b, t, c3] = io.shape(0)[..] else { return };
        let c = c3 / 3;
        let d = c / self.heads;
        let scale = 1.0 / (d as f32).sqrt();
        let qkv = io.f32(0);
        let mut mean = vec![0f32; if self.weights { b * t * t } else { 0 }];
        let out = io.out(0);
        out.fill(0.0);
        let mut scores = vec![0f32; t];
        for i in 0..b * t {
            let first = i / t * t; // row of this item's first token
            for head in 0..self.heads {
                let q = &qkv[i * c3 + head * d..][..d];
                for (j, s) in scores.iter_mut().enumerate() {
                    let k = &qkv[(first + j) * c3 + c + head * d..][..d];
                    *s = q.iter().zip(k).map(|(q, k)| q * k).sum::<f32>() * scale;
                }
                softmax(&mut scores);
                for (j, s) in scores.iter().enumerate() {
                    let v = &qkv[(first + j) * c3 + 2 * c + head * d..][..d];
                    out[i * c + head * d..][..d].iter_mut().zip(v).for_each(|(o, v)| *o += s * v);
                    if self.weights {
                        mean[i * t + j] += s / self.heads as f32;
                    }
                }
            }
        }
        if self.weights {
            io.out(1).copy_from_slice(&mean);
        }
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [b, t, c3] = io.inputs[0].shape[..] else { return Vec::new() };
        let [items, per_item] = live_leading(io.outputs[0]);
        let scale = 1.0 / ((c3 / 3 / self.heads) as f32).sqrt();
        vec![Kernel {
            shader: "attention",
            consts: vec![("TOKENS", t as u32), ("WEIGHTS", u32::from(self.weights))],
            args: vec![items, per_item, c3 as u32 / 3, self.heads as u32, scale.to_bits()],
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Output(0),
                if self.weights { Bind::Output(1) } else { UNWRITTEN },
            ],
            groups: [t as u32, if self.weights { 1 } else { self.heads as u32 }, spread(io.outputs[0], b)],
        }]
    }
}

/// In place: e^x over its sum, with the largest subtracted first.
pub fn softmax(x: &mut [f32]) {
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    x.iter_mut().for_each(|v| *v = (*v - max).exp());
    let sum: f32 = x.iter().sum();
    x.iter_mut().for_each(|v| *v /= sum);
}
