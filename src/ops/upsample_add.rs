//! A coarser map, enlarged, added to a finer one: the FPN's top-down path (Lin et al. 2017) and the upward half of
//! HRNet's fusion (Sun et al. 2019) by nearest neighbour, MoveNet's narrow pyramid bilinearly.

use super::grid::{grid, live_words};
use crate::activation::Activation;
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(UpsampleAddArgs for "upsample_add" {
    items: u32,
    words: u32,
    channels: u32,
    height: u32,
    width: u32,
    factor: u32,
});

/// What the cells between are filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upsample {
    /// The cell they lie in (`F.interpolate(mode='nearest')`).
    Nearest,
    /// What lies between the middles of the cells around (`mode='bilinear'`, corners not aligned).
    Bilinear,
}

/// act(x `[B,H,W,C]` + y `[B,H/factor,W/factor,C]`, enlarged).
#[derive(Clone, Debug, PartialEq)]
pub struct UpsampleAdd {
    /// Cells of x along a side of a cell of y.
    pub factor: usize,
    /// How y is enlarged.
    pub by: Upsample,
    /// Applied last.
    pub activation: Activation,
}

impl Op for UpsampleAdd {
    fn name(&self) -> &'static str {
        "upsample_add"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[0].shape.len() == 4, || "wants two maps [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        let f = self.factor;
        expect(f > 0 && h % f == 0 && w % f == 0 && inputs[1].shape == [b, h / f, w / f, c], || {
            format!("the second map is not 1/{f} of the first")
        })?;
        Ok(vec![Spec::f32(&inputs[0].shape, inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, h, w, c] = io.dims(0)?;
        let (x, y) = (io.f32(0), io.f32(1));
        let (factor, activation) = (self.factor, self.activation);
        let (low_h, low_w) = (h / factor, w / factor);
        let (row, work) = (w * c, x.len());
        let lines = |i: usize| {
            let (b, oy) = (i / h, i % h);
            let (y0, y1, fy) = match self.by {
                Upsample::Nearest => (oy / factor, oy / factor, 0.0),
                Upsample::Bilinear => between(oy, factor, low_h),
            };
            let line = |at: usize| &y[(b * low_h + at) * low_w * c..][..low_w * c];
            (line(y0), line(y1), fy)
        };
        for_each_chunk(io.out(0), row, work, |i, out| {
            let (top, bottom, fy) = lines(i);
            let x = &x[i * row..][..row];
            for (ox, (out, x)) in out.chunks_exact_mut(c).zip(x.chunks_exact(c)).enumerate() {
                if self.by == Upsample::Nearest {
                    let y = &top[ox / factor * c..][..c];
                    out.iter_mut().zip(x.iter().zip(y)).for_each(|(o, (x, y))| *o = activation.apply(x + y));
                    continue;
                }
                let (x0, x1, fx) = between(ox, factor, low_w);
                let cell = |line: &'_ [f32], at: usize, k: usize| line[at * c + k];
                for (k, (o, x)) in out.iter_mut().zip(x).enumerate() {
                    let (a, b) = (cell(top, x0, k), cell(top, x1, k));
                    let (p, q) = (cell(bottom, x0, k), cell(bottom, x1, k));
                    let (upper, lower) = (a + (b - a) * fx, p + (q - p) * fx);
                    *o = activation.apply(x + (upper + (lower - upper) * fy));
                }
            }
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c] = io.inputs[0].dims()?;
        let [items, words] = live_words(io.outputs[0]);
        let (channels, height, width, factor) = (c as u32, h as u32, w as u32, self.factor as u32);
        Ok(vec![Kernel {
            consts: vec![
                ("BILINEAR", u32::from(self.by == Upsample::Bilinear)),
                ("ACTIVATION", self.activation.code()),
            ],
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&UpsampleAddArgs { items, words, channels, height, width, factor })
        }])
    }
}

/// The two cells of a side of `n` that cell `at` of a side `factor` times as long lies between, and its share of the
/// second: half-pixel centres, the outermost cells beyond the outermost centres.
pub(super) fn between(at: usize, factor: usize, n: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) / factor as f32 - 0.5).max(0.0);
    let low = (place as usize).min(n - 1);
    (low, (low + 1).min(n - 1), place - low as f32)
}
