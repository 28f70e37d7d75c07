//! Average pooling without overlap: the coarser levels of HRNet's pyramids (`F.avg_pool2d`).

use super::grid::{grid, live_words};
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(AvgPoolArgs for "avg_pool" {
    items: u32,
    words: u32,
    channels: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    size: u32,
});

/// Mean of every `size × size` cells; x `[B,H,W,C]` → `[B,H/size,W/size,C]`, sides rounded down.
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool {
    /// Side of a window, and the step between windows.
    pub size: usize,
}

impl Op for AvgPool {
    fn name(&self) -> &'static str {
        "avg_pool"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 4, || "wants a map [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        let size = self.size;
        expect(size > 0 && h >= size && w >= size, || format!("the map is smaller than a window of {size}"))?;
        Ok(vec![Spec::f32(&[b, h / size, w / size, c], inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, h, w, c] = io.dims(0)?;
        let [_, ho, wo, _] = io.out_dims(0)?;
        let (x, size) = (io.f32(0), self.size);
        let share = 1.0 / (size * size) as f32;
        let work = x.len();
        for_each_chunk(io.out(0), wo * c, work, |row, out| {
            let (b, oy) = (row / ho, row % ho);
            for (ox, o) in out.chunks_exact_mut(c).enumerate() {
                o.fill(0.0);
                for cell in 0..size * size {
                    let (y, x_) = (oy * size + cell / size, ox * size + cell % size);
                    let at = ((b * h + y) * w + x_) * c;
                    o.iter_mut().zip(&x[at..at + c]).for_each(|(o, v)| *o += v);
                }
                o.iter_mut().for_each(|o| *o *= share);
            }
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c] = io.inputs[0].dims()?;
        let [_, ho, wo, _] = io.outputs[0].dims()?;
        let [items, words] = live_words(io.outputs[0]);
        let args = AvgPoolArgs {
            items,
            words,
            channels: c as u32,
            height: h as u32,
            width: w as u32,
            out_height: ho as u32,
            out_width: wo as u32,
            size: self.size as u32,
        };
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&args)
        }])
    }
}
