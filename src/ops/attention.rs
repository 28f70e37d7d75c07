//! Scaled dot-product self-attention over several heads (the core of `nn.MultiheadAttention`).

use super::grid::{UNWRITTEN, live_leading, spread};
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(AttentionArgs for "attention" { items: u32, per_item: u32, width: u32, heads: u32, scale: f32 });

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
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 3, || "wants qkv [B, T, 3C]".into())?;
        let [b, t, c3] = inputs[0].dims()?;
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
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [b, t, c3] = io.dims(0)?;
        let c = c3 / 3;
        let d = c / self.heads;
        let qkv = io.f32(0);
        let mut mean = vec![0f32; if self.weights { b * t * t } else { 0 }];
        let mut scores = vec![0f32; t * t];
        let mut turned = vec![0f32; t * d];
        let items = io.out(0).chunks_exact_mut((t * c).max(1)).zip(qkv.chunks_exact((t * c3).max(1)));
        for (item, (out, qkv)) in items.enumerate() {
            for head in 0..self.heads {
                let (scores, turned) = (&mut scores, &mut turned);
                rows::attention(rows::Attention { qkv, t, d, c, head, bias: None, scores, turned, out: &mut *out });
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
        let args = AttentionArgs { items, per_item, width: c3 as u32 / 3, heads: self.heads as u32, scale };
        Ok(vec![Kernel {
            consts: vec![
                ("TOKENS", t as u32),
                ("THREADS", t.next_power_of_two().clamp(8, 64) as u32),
                ("WEIGHTS", u32::from(self.weights)),
            ],
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Output(0),
                if self.weights { Bind::Output(1) } else { UNWRITTEN },
            ],
            groups: [t as u32, if self.weights { 1 } else { self.heads as u32 }, spread(io.outputs[0], b)],
            ..Kernel::with(&args)
        }])
    }
}
