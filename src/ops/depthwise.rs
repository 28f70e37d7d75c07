//! Depthwise convolution over NHWC maps (MobileNetV2).

use super::grid::items;
use crate::activation::Activation;
use crate::cpu::conv::{Filters, Windows, depthwise};
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, numbers};
use std::sync::Arc;

args!(DepthwiseArgs for "depthwise" {
    items: u32,
    lines: u32,
    channels: u32,
    kernel: u32,
    stride: u32,
    pad_top: u32,
    pad_left: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
});

/// Every channel with its own `kernel × kernel` filter; x `[B,H,W,C]`.
#[derive(Clone, Debug)]
pub struct Depthwise {
    /// Rows (ky, kx) of C: `[kernel*kernel, C]`.
    pub weight: Arc<Param>,
    /// `[C]`
    pub bias: Option<Arc<Param>>,
    /// Side of the filter.
    pub kernel: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Zeros around the map: top, left, bottom, right.
    pub pad: [usize; 4],
    /// Applied last.
    pub activation: Activation,
}

impl Depthwise {
    /// The same, followed by an activation.
    pub fn then(self, activation: Activation) -> Self {
        Depthwise { activation, ..self }
    }

    /// Where the filters lie on maps `[B,H,W,_]` that become `[B,Ho,Wo,C]`.
    pub(super) fn windows<'a>(
        &self,
        x: &'a [f32],
        [batch, h, w, c]: [usize; 4],
        [_, ho, wo, _]: [usize; 4],
    ) -> Windows<'a> {
        let [top, left, ..] = self.pad;
        let (size, out, kernel, pad) = ((h, w, c), (ho, wo), (self.kernel, self.kernel), (top, left));
        Windows { x, size, out, kernel, stride: self.stride, pad, batch }
    }

    /// What the engine on the processor wants to know.
    pub(super) fn filters(&self) -> Filters<'_> {
        let bias = self.bias.as_ref().map(|p| p.wide());
        Filters { weight: self.weight.wide(), bias, activation: self.activation }
    }
}

impl Op for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 4, || "wants a map [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].dims()?;
        let wanted = [self.kernel * self.kernel, c];
        expect(self.weight.shape == wanted, || format!("{} is not {wanted:?}", self.weight.name))?;
        let [t, l, bottom, r] = self.pad;
        expect(h + t + bottom >= self.kernel && w + l + r >= self.kernel, || {
            "the kernel is larger than the map".into()
        })?;
        let ho = (h + t + bottom - self.kernel) / self.stride + 1;
        let wo = (w + l + r - self.kernel) / self.stride + 1;
        Ok(vec![Spec::f32(&[b, ho, wo, c], inputs[0].counted)])
    }

    fn params(&self) -> Vec<&Arc<Param>> {
        std::iter::once(&self.weight).chain(&self.bias).collect()
    }

    fn macs(&self, _inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        numbers(&outputs[0]) * self.weight.shape[0] as u64
    }

    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let windows = self.windows(io.f32(0), io.dims(0)?, io.out_dims(0)?);
        depthwise(windows, self.filters(), io.out(0));
        Ok(())
    }

    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c] = io.inputs[0].dims()?;
        let [b, ho, wo, _] = io.outputs[0].dims()?;
        let items = items(io.outputs[0]).0;
        let args = DepthwiseArgs {
            items: items as u32,
            lines: (b * ho / items.max(1)) as u32,
            channels: c as u32,
            kernel: self.kernel as u32,
            stride: self.stride as u32,
            pad_top: self.pad[0] as u32,
            pad_left: self.pad[1] as u32,
            height: h as u32,
            width: w as u32,
            out_height: ho as u32,
            out_width: wo as u32,
        };
        Ok(vec![Kernel {
            consts: vec![
                ("WEIGHTS", self.weight.stored_as()),
                ("WHOLE", u32::from(c.is_multiple_of(4))),
                ("SLIDE", u32::from(self.kernel == 3 && self.stride == 1)),
                ("BIAS", u32::from(self.bias.is_some())),
                ("ACTIVATION", self.activation.code()),
            ],
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Param(0, Packing::Matrix),
                if self.bias.is_some() { Bind::Param(1, Packing::Vector) } else { Bind::Input(0) },
                Bind::Output(0),
            ],
            groups: [c.div_ceil(64) as u32, wo.div_ceil(16) as u32, (b * ho) as u32],
            ..Kernel::with(&args)
        }])
    }
}
