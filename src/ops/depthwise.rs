//! Depthwise convolution over NHWC maps (MobileNetV2).

use super::product::items;
use super::{Activation, Bind, Io, Kernel, Op, Packing, Shapes, Spec, expect};
use crate::cpu::conv::{Windows, depthwise};
use crate::params::Param;
use crate::tape::{TapeError, Tensor};
use std::sync::Arc;

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
}

impl Op for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 4, || "wants a map [B, H, W, C]".into())?;
        let [b, h, w, c] = inputs[0].shape[..] else { unreachable!() };
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
        (outputs[0].iter().product::<usize>() * self.weight.shape[0]) as u64
    }

    fn run(&self, io: &mut Io<'_>) {
        let [batch, h, w, c] = io.shape(0)[..] else { return };
        let [_, ho, wo, _] = io.out_shape(0)[..] else { return };
        let [top, left, ..] = self.pad;
        let kernel = (self.kernel, self.kernel);
        let (size, out, pad) = ((h, w, c), (ho, wo), (top, left));
        let windows = Windows { x: io.f32(0), size, out, kernel, stride: self.stride, pad, batch };
        depthwise(windows, self.weight.wide(), self.bias.as_ref().map(|p| p.wide()), self.activation, io.out(0));
    }

    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel> {
        let [_, h, w, c] = io.inputs[0].shape[..] else { return Vec::new() };
        let [b, ho, wo, _] = io.outputs[0].shape[..] else { return Vec::new() };
        let items = items(io.outputs[0]).0;
        let lines = b * ho / items.max(1);
        let args = [items, lines, c, self.kernel, self.stride, self.pad[0], self.pad[1], h, w, ho, wo];
        vec![Kernel {
            shader: "depthwise",
            consts: vec![
                ("WEIGHTS", self.weight.stored_as()),
                ("WHOLE", u32::from(c.is_multiple_of(4))),
                ("SLIDE", u32::from(self.kernel == 3 && self.stride == 1)),
                ("BIAS", u32::from(self.bias.is_some())),
                ("ACTIVATION", self.activation.code()),
            ],
            args: args.map(|v| v as u32).to_vec(),
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Param(0, Packing::Matrix),
                if self.bias.is_some() { Bind::Param(1, Packing::Vector) } else { Bind::Input(0) },
                Bind::Output(0),
            ],
            groups: [c.div_ceil(64) as u32, wo.div_ceil(16) as u32, (b * ho) as u32],
        }]
    }
}
