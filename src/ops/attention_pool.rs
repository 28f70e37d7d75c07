//! SPEGM's pooling: softmax of each part's map over all positions, then the weighted sum of the features.
//! Official: `Spatial_Part_Embedding_Generation.forward`.

use super::grid::{grid, live_leading, spread};
use crate::cpu::parallel::for_each_chunk;
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor, numbers};

args!(AttentionPoolArgs for "attention_pool" { items: u32, per_item: u32, parts: u32 });
args!(AttentionPoolSumArgs for "attention_pool_sum" {
    items: u32,
    per_item: u32,
    parts: u32,
    channels: u32,
    positions: u32,
});

/// logits `[B,HW,P]`, features `[B,HW,D]` → pooled `[B,P,D]`, attention `[B,P,HW]`.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionPool;

impl Op for AttentionPool {
    fn name(&self) -> &'static str {
        "attention_pool"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs.iter().all(|t| t.shape.len() == 3), || {
            "wants logits [B, HW, P] and features [B, HW, D]".into()
        })?;
        let [b, hw, p] = inputs[0].dims()?;
        let [b2, hw2, d] = inputs[1].dims()?;
        expect(b == b2 && hw == hw2 && hw > 0, || "logits and features differ in size".into())?;
        Ok(vec![Spec::f32(&[b, p, d], inputs[0].counted), Spec::f32(&[b, p, hw], inputs[0].counted)])
    }
    fn macs(&self, inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        numbers(&outputs[0]) * inputs[0][1] as u64
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, hw, p] = io.dims(0)?;
        let d = io.shape(1)[2];
        let (logits, features) = (io.f32(0), io.f32(1));
        let maps = io.out(1);
        for (i, map) in maps.chunks_exact_mut(hw).enumerate() {
            let first = i / p * hw * p + i % p;
            map.iter_mut().zip(logits[first..].iter().step_by(p)).for_each(|(v, l)| *v = *l);
        }
        rows::softmax(maps, hw);
        let work = maps.len() * d;
        // Both outputs are written, the second is read again for the first.
        let (pooled, maps) = io.outputs.split_at_mut(1);
        let maps: &[f32] = bytemuck::cast_slice(maps[0].1);
        let n = pooled[0].0.iter().product();
        for_each_chunk(bytemuck::cast_slice_mut(&mut pooled[0].1[..n]), p * d, work, |b, out| {
            let weights = &maps[b * p * hw..(b + 1) * p * hw];
            rows::weighted_rows(weights, &features[b * hw * d..(b + 1) * hw * d], d, out);
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [b, hw, p] = io.inputs[0].dims()?;
        let d = io.inputs[1].shape[2];
        let [items, per_item] = live_leading(io.outputs[0]);
        // The kernels' own outputs: 0 is pooled, 1 the attention.
        let parts = p as u32;
        let sum = AttentionPoolSumArgs { items, per_item, parts, channels: d as u32, positions: hw as u32 };
        Ok(vec![
            Kernel {
                consts: vec![("POSITIONS", hw as u32)],
                binds: vec![Bind::Count, Bind::Input(0), Bind::Output(1)],
                groups: [parts, 1, spread(io.outputs[0], b)],
                ..Kernel::with(&AttentionPoolArgs { items, per_item, parts })
            },
            Kernel {
                consts: vec![("WHOLE", u32::from(d.is_multiple_of(4)))],
                binds: vec![Bind::Count, Bind::Output(1), Bind::Input(1), Bind::Output(0)],
                groups: grid(b * p * d.div_ceil(4)),
                ..Kernel::with(&sum)
            },
        ])
    }
}
