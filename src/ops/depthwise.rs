//! Depthwise convolution over NHWC maps (MobileNetV2).

use super::product::items;
use super::{Activation, Bind, Io, Kernel, Op, Packing, Shapes, Spec, expect};
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
        let [_, h, w, c] = io.shape(0)[..] else { return };
        let [_, ho, wo, _] = io.out_shape(0)[..] else { return };
        let x = io.f32(0);
        let weight = self.weight.to_f32();
        let bias = self.bias.as_ref().map(|p| p.to_f32());
        let (k, act) = (self.kernel, self.activation);
        for (i, o) in io.out(0).chunks_exact_mut(c).enumerate() {
            let (b, oy, ox) = (i / (ho * wo), i / wo % ho, i % wo);
            match &bias {
                Some(bias) => o.copy_from_slice(bias),
                None => o.fill(0.0),
            }
            for ky in 0..k {
                let y = (oy * self.stride + ky) as isize - self.pad[0] as isize;
                for kx in 0..k {
                    let xx = (ox * self.stride + kx) as isize - self.pad[1] as isize;
                    if y < 0 || y >= h as isize || xx < 0 || xx >= w as isize {
                        continue;
                    }
                    let at = ((b * h + y as usize) * w + xx as usize) * c;
                    let row = &weight[(ky * k + kx) * c..][..c];
                    for ((o, v), w) in o.iter_mut().zip(&x[at..at + c]).zip(row) {
                        *o += v * w;
                    }
                }
            }
            o.iter_mut().for_each(|o| *o = act.apply(*o));
        }
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
                ("F16", u32::from(self.weight.is_f16())),
                ("ALIGNED", u32::from(c.is_multiple_of(4))),
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
            groups: [c.div_ceil(32) as u32, wo.div_ceil(8) as u32, (b * ho) as u32],
        }]
    }
}
