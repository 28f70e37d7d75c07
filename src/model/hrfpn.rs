//! The pyramids behind an HRNet: all branches together at the finest resolution (HRNetV2, Sun et al. 2019), reduced
//! to the decoders' width, and pooled for the coarser levels.
//! Official: `HRFPN` and `HRFPN_v1` in `detectron2/modeling/backbone/fpn.py`. Their fifth level is not used by
//! QueryPose, nor is `lateral_conv.0`.

use super::loader::Loader;
use crate::config::HrFpn as Kind;
use crate::ops::{AvgPool, Concat, Conv};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Either pyramid.
pub struct HrFpn {
    reduction: Conv,
    /// `hrfpn_v1` only: what each coarser branch adds to its level.
    laterals: Vec<Conv>,
    /// 3×3 of each level, finest first.
    outputs: Vec<Conv>,
}

impl HrFpn {
    /// Reads `reduction_conv.0`, `lateral_conv.{1..}`, `fpn_conv.{0..}` below `at` for branches of these channels.
    pub fn load(at: &Loader<'_>, kind: Kind, channels: &[usize], width: usize) -> Result<Self, WeightsError> {
        let (lateral, output) = (at.at("lateral_conv"), at.at("fpn_conv"));
        let levels = 0..channels.len();
        let coarser = channels.iter().enumerate().skip(1);
        let (laterals, outputs) = match kind {
            Kind::Hrfpn => (Ok(Vec::new()), levels.map(|i| output.at(i).conv(width, width, 3, 1)).collect()),
            Kind::HrfpnV1 => (
                coarser.map(|(i, &c)| Ok(lateral.at(i).conv_no_bias(c, width, 1, 1)?.plus_residual())).collect(),
                levels.map(|i| output.at(i).conv_no_bias(width, width, 3, 1)).collect(),
            ),
        };
        let (laterals, outputs): (Result<_, WeightsError>, Result<_, WeightsError>) = (laterals, outputs);
        let reduction = at.at("reduction_conv").at(0).conv(channels.iter().sum(), width, 1, 1)?;
        Ok(HrFpn { reduction, laterals: laterals?, outputs: outputs? })
    }

    /// Branches, finest first → p2, p3, … of `width` channels.
    pub fn record(&self, tape: &mut Tape, branches: &[TensorId]) -> Result<Vec<TensorId>, ShapeError> {
        let all = tape.step(&Concat, branches)?;
        tape.tap("fpn.concat", all);
        let reduced = tape.step(&self.reduction, &[all])?;
        tape.tap("fpn.reduced", reduced);
        let mut levels = vec![reduced];
        for (i, &branch) in branches.iter().enumerate().skip(1) {
            levels.push(match self.laterals.get(i - 1) {
                Some(lateral) => {
                    let pooled = tape.step(&AvgPool { size: 2 }, &[levels[i - 1]])?;
                    tape.step(lateral, &[branch, pooled])?
                }
                None => tape.step(&AvgPool { size: 1 << i }, &[reduced])?,
            });
        }
        let mut pyramid = Vec::new();
        for (i, (output, &level)) in self.outputs.iter().zip(&levels).enumerate() {
            let p = tape.step(output, &[level])?;
            tape.tap(format!("fpn.p{}", i + 2), p);
            pyramid.push(p);
        }
        Ok(pyramid)
    }
}
