//! A coarser map, enlarged by nearest neighbour, added to a finer one: the FPN's top-down path (Lin et al. 2017) and
//! the upward half of HRNet's fusion (Sun et al. 2019).

use super::product::{grid, live_words};
use super::{Activation, Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::cpu::parallel::for_each_chunk;
use crate::tape::{TapeError, Tensor};

/// act(x `[B,H,W,C]` + nearest×factor of y `[B,H/factor,W/factor,C]`).
#[derive(Clone, Debug, PartialEq)]
pub struct UpsampleAdd {
    /// Cells of x along a side of a cell of y.
    pub factor: usize,
    /// Applied last.
    pub activation: Activation,
}

impl Op for UpsampleAdd {
    fn name(&self) -> &'static str {
        "upsample_add"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 2 && inputs[0].shape.len() == 4, || "wants two maps [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].shape[..] else { unreachable!() };
        let f = self.factor;
        expect(f > 0 && h % f == 0 && w % f == 0 && inputs[1].shape == [b, h / f, w / f, c], || {
            format!("the second map is not 1/{f} of the first")
        })?;
        Ok(vec![Spec::f32(&inputs[0].shape, inputs[0].counted)])
    }
    fn run(&self, io: &mut Io<'_>) {
        let [_, h, w, c] = io.shape(0)[..] else { return };
        let (x, y) = (io.f32(0), io.f32(1));
        let (factor, activation) = (self.factor, self.activation);
        let (row, work) = (w * c, x.len());
        for_each_chunk(io.out(0), row, work, |i, out| {
            let (b, oy) = (i / h, i % h);
            let y = &y[(b * (h / factor) + oy / factor) * row / factor..][..row / factor];
            let x = &x[i * row..][..row];
            for ((out, x), y) in out.chunks_exact_mut(factor * c).zip(x.chunks_exact(factor * c)).zip(y.chunks_exact(c))
            {
                for at in (0..factor * c).step_by(c) {
                    let sum = x[at..at + c].iter().zip(y).map(|(x, y)| activation.apply(x + y));
                    out[at..at + c].iter_mut().zip(sum).for_each(|(o, v)| *o = v);
                }
            }
        });
    }
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [_, h, w, c] = io.inputs[0].shape[..] else { return Vec::new() };
        let mut args = live_words(io.outputs[0]).to_vec();
        args.extend([c, h, w, self.factor].map(|v| v as u32));
        vec![Kernel {
            shader: "upsample_add",
            consts: vec![("ACTIVATION", self.activation.code())],
            args,
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
        }]
    }
}
