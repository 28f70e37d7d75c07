//! Part queries → coordinates and sigma of every joint. Official: `fc_coord`, `fc_sigma` of the pose decoder.

use super::grid::{grid, live_leading};
use crate::activation::Activation;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, numbers};
use std::sync::Arc;

args!(KeypointHeadArgs for "keypoint_head" {
    items: u32,
    per_item: u32,
    parts: u32,
    width: u32,
    joints: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
    part_of_joint: [[u32; 4]; 16],
});

/// q `[B,P,E]` → coord `[B,K,2]` = W·q/‖q‖₂ + b in box units, sigma `[B,K,2]` = sigmoid(W'·q + b'), joints in
/// the order of the config's `keypoints`.
#[derive(Clone, Debug)]
pub struct KeypointHead {
    /// `[E, 2K]`, columns (joint, x|y).
    pub coord: Arc<Param>,
    /// `[2K]`
    pub coord_bias: Arc<Param>,
    /// `[E, 2K]`
    pub sigma: Arc<Param>,
    /// `[2K]`
    pub sigma_bias: Arc<Param>,
    /// The part that answers for each of the K joints.
    pub part_of_joint: Vec<usize>,
}

impl Op for KeypointHead {
    fn name(&self) -> &'static str {
        "keypoint_head"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 && inputs[0].shape.len() == 3, || "wants part queries [B, P, E]".into())?;
        let [b, p, e] = inputs[0].dims()?;
        let k = self.part_of_joint.len();
        expect(self.part_of_joint.iter().all(|&part| part < p), || format!("there are only {p} parts"))?;
        expect(self.coord.shape == [e, 2 * k] && self.sigma.shape == [e, 2 * k], || {
            format!("{} does not fit {k} joints of width {e}", self.coord.name)
        })?;
        Ok(vec![Spec::f32(&[b, k, 2], inputs[0].counted), Spec::f32(&[b, k, 2], inputs[0].counted)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        vec![&self.coord, &self.coord_bias, &self.sigma, &self.sigma_bias]
    }
    fn macs(&self, inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        2 * numbers(&outputs[0]) * inputs[0][2] as u64
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [b, p, e] = io.dims(0)?;
        let q = io.f32(0);
        let k2 = 2 * self.part_of_joint.len();
        for (i, (weight, bias)) in [(&self.coord, &self.coord_bias), (&self.sigma, &self.sigma_bias)].iter().enumerate()
        {
            let (weight, bias) = (weight.wide(), bias.wide());
            let out = io.out(i);
            for (j, o) in out.iter_mut().enumerate().take(b * k2) {
                let (instance, column) = (j / k2, j % k2);
                let q = &q[(instance * p + self.part_of_joint[column / 2]) * e..][..e];
                let dot: f32 = q.iter().enumerate().map(|(c, v)| v * weight[c * k2 + column]).sum();
                *o = if i == 0 {
                    let norm = q.iter().map(|v| v * v).sum::<f32>().sqrt();
                    dot / norm + bias[column]
                } else {
                    Activation::Sigmoid.apply(dot + bias[column])
                };
            }
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, p, e] = io.inputs[0].dims()?;
        let joints = self.part_of_joint.len();
        let [items, per_item] = live_leading(io.outputs[0]);
        let mut part_of_joint = [[0u32; 4]; 16];
        for (joint, &part) in self.part_of_joint.iter().enumerate().take(256) {
            part_of_joint[joint / 16][joint / 4 % 4] |= (part as u32 & 255) << (joint % 4 * 8);
        }
        let (parts, width, joints) = (p as u32, e as u32, joints as u32);
        let (pad0, pad1, pad2) = (0, 0, 0);
        let args = KeypointHeadArgs { items, per_item, parts, width, joints, pad0, pad1, pad2, part_of_joint };
        // These matrices are small, and half precision would be one more variant.
        let params = (0..4).map(|i| Bind::Param(i, Packing::Vector));
        let mut binds = vec![Bind::Count, Bind::Input(0)];
        binds.extend(params);
        binds.extend([Bind::Output(0), Bind::Output(1)]);
        Ok(vec![Kernel { binds, groups: grid(io.outputs[0].len()), ..Kernel::with(&args) }])
    }
}
