//! Transposed 4×4 convolution, stride 2, pad 1: doubles a map. Official: `upsample.0` of SPEGM.
//!
//! Each output position reads 2×2 inputs; which of the 4×4 weights meet them depends only on its parity
//! (py, px), so it is four 2×2 convolutions whose results interleave.

use super::grid::items;
use super::product::{Product, Slices};
use crate::activation::Activation;
use crate::cpu::conv::conv_transpose;
use crate::cpu::gemm::Finish;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, numbers};
use std::sync::Arc;

/// x `[B,H,W,Cin]` → `[B,2H,2W,Cout]`.
///
/// Output (2y+py, 2x+px) sums over (ty, tx) in 0..2 the input (y+py−1+ty, x+px−1+tx) times weight row block
/// (py·2+px, ty, tx), which is the official `weight[:, :, 3−py−2·ty, 3−px−2·tx]`.
#[derive(Clone, Debug)]
pub struct ConvTranspose {
    /// Rows (phase = py·2+px, ty, tx, cin) of Cout: `[16*Cin, Cout]`.
    pub weight: Arc<Param>,
    /// `[Cout]`
    pub bias: Option<Arc<Param>>,
    /// Applied last.
    pub activation: Activation,
}

impl ConvTranspose {
    /// The same, followed by an activation.
    pub fn then(self, activation: Activation) -> Self {
        ConvTranspose { activation, ..self }
    }
}

impl Op for ConvTranspose {
    fn name(&self) -> &'static str {
        "conv_transpose"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 4, || "wants a map [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        expect(self.weight.shape.len() == 2 && self.weight.shape[0] == 16 * c, || {
            format!("{} does not fit {c} channels", self.weight.name)
        })?;
        Ok(vec![Spec::f32(&[b, 2 * h, 2 * w, self.weight.shape[1]], inputs[0].counted)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        std::iter::once(&self.weight).chain(&self.bias).collect()
    }
    fn macs(&self, inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        4 * numbers(&outputs[0]) * inputs[0][3] as u64
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [batch, h, w, c] = io.dims(0)?;
        let finish = Finish { bias: self.bias.as_ref().map(|p| p.wide()), residual: None, activation: self.activation };
        conv_transpose(io.f32(0), batch, (h, w, c), self.weight.panels(), finish, io.out(0));
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [b, h, w, c] = io.inputs[0].dims()?;
        // A 2×2 convolution per phase: phase (py, px) starts at the input pixel (y + py − 1, x + px − 1).
        Ok(Product {
            x: Bind::Input(0),
            weight: Bind::Param(0, Packing::Matrix),
            stored_as: self.weight.stored_as(),
            scale: self.weight.scale().map(|_| Bind::Param(0, Packing::Scale)),
            bias: self.bias.as_ref().map(|_| Bind::Param(1, Packing::Vector)),
            residual: None,
            out: Bind::Output(0),
            activation: self.activation,
            rows: b * h * w,
            cols: self.weight.shape[1],
            channels: c,
            kernel: (2, 2),
            stride: 1,
            pad: (1, 1),
            map: (h, w),
            out_map: (h, w),
            tile: io.device.tile,
            items: items(io.outputs[0]).0,
            slices: Slices::Phases,
        }
        .kernels())
    }
}
