//! 2-D convolution over NHWC maps with bias, residual and activation in one go.

use super::grid::items;
use super::product::{Product, Slices};
use crate::activation::Activation;
use crate::cpu::conv::{Windows, conv};
use crate::cpu::gemm::Finish;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, dims, numbers};
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

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 + self.residual as usize && inputs[0].shape.len() == 4, || {
            "wants a map [B, H, W, C] (and a residual)".into()
        })?;
        let [b, h, w, c] = inputs[0].dims()?;
        let k = self.kernel.0 * self.kernel.1 * c;
        let [rows, n] = dims(&self.weight.shape)?;
        expect(rows == k, || format!("{} has {rows} rows, the map asks for {k}", self.weight.name))?;
        let (ho, wo) = self.out_size(h, w).ok_or_else(|| ShapeError("the kernel is larger than the map".into()))?;
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
        numbers(&outputs[0]) * self.weight.shape[0] as u64
    }

    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [batch, h, w, c] = io.dims(0)?;
        let [_, ho, wo, _] = io.out_dims(0)?;
        let [top, left, ..] = self.pad;
        let (kernel, stride) = (self.kernel, self.stride);
        let (size, out, pad) = ((h, w, c), (ho, wo), (top, left));
        let windows = Windows { x: io.f32(0), size, out, kernel, stride, pad, batch };
        let residual = self.residual.then(|| io.f32(1));
        let finish = Finish { bias: self.bias.as_ref().map(|p| p.wide()), residual, activation: self.activation };
        conv(windows, self.weight.panels(), finish, io.out(0));
        Ok(())
    }

    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c] = io.inputs[0].dims()?;
        let [b, ho, wo, n] = io.outputs[0].dims()?;
        Ok(Product {
            x: Bind::Input(0),
            weight: Bind::Param(0, Packing::Matrix),
            stored_as: self.weight.stored_as(),
            scale: self.weight.scale().map(|_| Bind::Param(0, Packing::Scale)),
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
            tile: io.device.tile,
            items: items(io.outputs[0]).0,
            slices: Slices::None,
        }
        .kernels())
    }
}
