//! 2-D convolution over NHWC maps with bias, residual and activation in one go.

use super::product::{Product, Slices, items};
use super::{Activation, Bind, Io, Kernel, Op, Packing, Shapes, Spec, expect};
use crate::params::Param;
use crate::tape::{TapeError, Tensor};
use std::sync::Arc;

/// `act(conv(x) + bias + residual)`; inputs x `[B,H,W,Cin]` and, with `residual`, `[B,Ho,Wo,Cout]`.
#[derive(Clone, Debug)]
pub struct Conv {
    /// Rows (ky, kx, cin) of Cout: `[kh*kw*Cin, Cout]`.
    pub weight: Arc<Param>,
    /// `[Cout]`
    pub bias: Option<Arc<Param>>,
    /// (height, width)
    pub kernel: (usize, usize),
    /// Step in both directions.
    pub stride: usize,
    /// Zeros around the map: top, left, bottom, right.
    pub pad: [usize; 4],
    /// Applied last.
    pub activation: Activation,
    /// True if a second input is added before the activation.
    pub residual: bool,
}

impl Conv {
    /// The same, followed by an activation.
    pub fn then(self, activation: Activation) -> Self {
        Conv { activation, ..self }
    }

    /// The same, with a second input added before the activation.
    pub fn plus_residual(self) -> Self {
        Conv { residual: true, ..self }
    }

    fn out_size(&self, h: usize, w: usize) -> Option<(usize, usize)> {
        let [t, l, b, r] = self.pad;
        let ho = (h + t + b).checked_sub(self.kernel.0)? / self.stride + 1;
        let wo = (w + l + r).checked_sub(self.kernel.1)? / self.stride + 1;
        Some((ho, wo))
    }
}

impl Op for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 1 + self.residual as usize && inputs[0].shape.len() == 4, || {
            "wants a map [B, H, W, C] (and a residual)".into()
        })?;
        let [b, h, w, c] = inputs[0].shape[..] else { unreachable!() };
        let k = self.kernel.0 * self.kernel.1 * c;
        let [rows, n] = self.weight.shape[..] else {
            return Err(TapeError(format!("{} is not a matrix", self.weight.name)));
        };
        expect(rows == k, || format!("{} has {rows} rows, the map asks for {k}", self.weight.name))?;
        let (ho, wo) = self.out_size(h, w).ok_or_else(|| TapeError("the kernel is larger than the map".into()))?;
        let shape = [b, ho, wo, n];
        if self.residual {
            expect(inputs[1].shape == shape, || format!("the residual is not {shape:?}"))?;
        }
        Ok(vec![Spec::f32(&shape, inputs[0].counted)])
    }

    fn params(&self) -> Vec<&Arc<Param>> {
        std::iter::once(&self.weight).chain(&self.bias).collect()
    }

    fn macs(&self, _inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        (outputs[0].iter().product::<usize>() * self.weight.shape[0]) as u64
    }

    fn run(&self, io: &mut Io<'_>) {
        let [_, h, w, c] = io.shape(0)[..] else { return };
        let [b, ho, wo, n] = io.out_shape(0)[..] else { return };
        let x = io.f32(0);
        let residual = self.residual.then(|| io.f32(1));
        let weight = self.weight.to_f32();
        let bias = self.bias.as_ref().map(|p| p.to_f32());
        let act = self.activation;
        let out = io.out(0);
        for (i, o) in out.chunks_exact_mut(n).enumerate() {
            let (bi, oy, ox) = (i / (ho * wo), i / wo % ho, i % wo);
            debug_assert!(bi < b);
            match &bias {
                Some(bias) => o.copy_from_slice(bias),
                None => o.fill(0.0),
            }
            for ky in 0..self.kernel.0 {
                let y = (oy * self.stride + ky) as isize - self.pad[0] as isize;
                if y < 0 || y >= h as isize {
                    continue;
                }
                for kx in 0..self.kernel.1 {
                    let xx = (ox * self.stride + kx) as isize - self.pad[1] as isize;
                    if xx < 0 || xx >= w as isize {
                        continue;
                    }
                    let at = ((bi * h + y as usize) * w + xx as usize) * c;
                    let row = (ky * self.kernel.1 + kx) * c;
                    for (j, v) in x[at..at + c].iter().enumerate() {
                        for (o, wv) in o.iter_mut().zip(&weight[(row + j) * n..(row + j + 1) * n]) {
                            *o += v * wv;
                        }
                    }
                }
            }
            if let Some(r) = residual {
                o.iter_mut().zip(&r[i * n..]).for_each(|(o, r)| *o += r);
            }
            o.iter_mut().for_each(|o| *o = act.apply(*o));
        }
    }

    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [_, h, w, c] = io.inputs[0].shape[..] else { return Vec::new() };
        let [b, ho, wo, n] = io.outputs[0].shape[..] else { return Vec::new() };
        Product {
            x: Bind::Input(0),
            weight: Bind::Param(0, Packing::Matrix),
            f16: self.weight.is_f16(),
            bias: self.bias.as_ref().map(|_| Bind::Param(1, Packing::Vector)),
            residual: self.residual.then_some(Bind::Input(1)),
            out: Bind::Output(0),
            activation: self.activation,
            rows: b * ho * wo,
            cols: n,
            channels: c,
            kernel: self.kernel,
            stride: self.stride,
            pad: (self.pad[0], self.pad[1]),
            map: (h, w),
            out_map: (ho, wo),
            items: items(io.outputs[0]).0,
            slices: Slices::None,
        }
        .kernels()
    }
}
