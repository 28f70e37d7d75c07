//! A stage's four deltas applied to its input boxes. Official: `RCNNHead.apply_deltas`.

use super::grid::{grid, live_words};
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(BoxDeltasArgs for "box_deltas" {
    items: u32,
    boxes: u32,
    clamp: f32,
    wx: f32,
    wy: f32,
    ww: f32,
    wh: f32,
});

/// Divisors of (dx, dy, dw, dh).
pub const WEIGHTS: [f32; 4] = [2.0, 2.0, 1.0, 1.0];

/// dw and dh are clamped above only, at ln(100000/16) (the official `_DEFAULT_SCALE_CLAMP`).
pub fn scale_clamp() -> f32 {
    (100_000.0f64 / 16.0).ln() as f32
}

/// boxes `[R,4]` xyxy px, deltas `[R,4]` → boxes `[R,4]`.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxDeltas;

impl Op for BoxDeltas {
    fn name(&self) -> &'static str {
        "box_deltas"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[0].shape == inputs[1].shape && inputs[0].shape.last() == Some(&4), || {
            "wants boxes [R, 4] and deltas [R, 4]".into()
        })?;
        Ok(vec![Spec::f32(&inputs[0].shape, inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let (boxes, deltas) = (io.f32(0), io.f32(1));
        let clamp = scale_clamp();
        for ((o, b), d) in io.out(0).chunks_exact_mut(4).zip(boxes.chunks_exact(4)).zip(deltas.chunks_exact(4)) {
            let (w, h) = (b[2] - b[0], b[3] - b[1]);
            let cx = d[0] / WEIGHTS[0] * w + (b[0] + 0.5 * w);
            let cy = d[1] / WEIGHTS[1] * h + (b[1] + 0.5 * h);
            let nw = (d[2] / WEIGHTS[2]).min(clamp).exp() * w;
            let nh = (d[3] / WEIGHTS[3]).min(clamp).exp() * h;
            o.copy_from_slice(&[cx - 0.5 * nw, cy - 0.5 * nh, cx + 0.5 * nw, cy + 0.5 * nh]);
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [items, words] = live_words(io.outputs[0]);
        let [wx, wy, ww, wh] = WEIGHTS;
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len() / 4),
            ..Kernel::with(&BoxDeltasArgs { items, boxes: words / 4, clamp: scale_clamp(), wx, wy, ww, wh })
        }])
    }
}
