//! ShuffleNetV2 1.0 (Ma et al. 2018) as the detector NanoDet-m has it: leaky ReLU of slope 0.1 behind the 1×1
//! convolutions, BatchNorm already folded by the exporter, no last 1×1 convolution.

use super::loader::{Loader, over_four_channels};
use crate::activation::Activation::LeakyRelu;
use crate::ops::{ChannelShuffle, Conv, Depthwise, MaxPool};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Channels of the pooled stem, which is the map of stride 4.
const STEM: usize = 24;
/// (channels, units) of res3, res4 and res5, Table 5 of the paper.
const GROUPS: [(usize, usize); 3] = [(116, 4), (232, 8), (464, 4)];

/// A unit: the first of a group halves the map and takes all channels on both sides, the others pass one half on.
struct Unit {
    /// Depthwise and 1×1 convolution of the other side, at stride 2.
    branch1: Option<(Depthwise, Conv)>,
    /// 1×1, depthwise, 1×1.
    branch2: (Conv, Depthwise, Conv),
}

/// The network.
pub struct ShuffleNetV2 {
    stem: Conv,
    groups: Vec<Vec<Unit>>,
}

impl Unit {
    fn load(at: &Loader<'_>, cin: usize, half: usize, stride: usize) -> Result<Unit, WeightsError> {
        let inner = if stride == 2 { cin } else { half };
        let (left, right) = (at.at("branch1"), at.at("branch2"));
        let branch1 = if stride == 2 {
            let project = left.at("project").conv(cin, half, 1, 1)?.then(LeakyRelu);
            Some((left.at("depthwise").depthwise(cin, 3, 2)?, project))
        } else {
            None
        };
        let expand = right.at("expand").conv(inner, half, 1, 1)?.then(LeakyRelu);
        let depthwise = right.at("depthwise").depthwise(half, 3, stride)?;
        let project = right.at("project").conv(half, half, 1, 1)?.then(LeakyRelu);
        Ok(Unit { branch1, branch2: (expand, depthwise, project) })
    }

    /// The two sides in front of the shuffle. `halves`: the same map twice for a unit with stride 2.
    fn record(&self, tape: &mut Tape, halves: [TensorId; 2]) -> Result<[TensorId; 2], ShapeError> {
        let [mut left, mut right] = halves;
        if let Some((depthwise, project)) = &self.branch1 {
            left = tape.step(depthwise, &[left])?;
            left = tape.step(project, &[left])?;
        }
        let (expand, depthwise, project) = &self.branch2;
        right = tape.step(expand, &[right])?;
        right = tape.step(depthwise, &[right])?;
        right = tape.step(project, &[right])?;
        Ok([left, right])
    }
}

impl ShuffleNetV2 {
    /// Reads `stem` and `res{3,4,5}.{j}.{branch1,branch2}.{expand,depthwise,project}` below `at`.
    pub fn load(at: &Loader<'_>) -> Result<(Self, [usize; 4]), WeightsError> {
        let stem = over_four_channels(at.at("stem").conv(3, STEM, 3, 2)?).then(LeakyRelu);
        let (mut groups, mut cin) = (Vec::new(), STEM);
        for (i, (cout, count)) in GROUPS.into_iter().enumerate() {
            let group = at.at(format!("res{}", i + 3));
            let unit = |j| Unit::load(&group.at(j), cin, cout / 2, if j == 0 { 2 } else { 1 });
            groups.push((0..count).map(unit).collect::<Result<_, _>>()?);
            cin = cout;
        }
        Ok((ShuffleNetV2 { stem, groups }, [STEM, GROUPS[0].0, GROUPS[1].0, GROUPS[2].0]))
    }

    /// x `[1,H,W,4]` → maps of stride 4, 8, 16, 32.
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        let x = tape.step(&self.stem, &[x])?;
        tape.tap("bb.stem", x);
        let mut maps = vec![tape.step(&MaxPool, &[x])?];
        for group in &self.groups {
            let mut halves = [maps[maps.len() - 1]; 2];
            for (j, unit) in group.iter().enumerate() {
                let sides = unit.record(tape, halves)?;
                if j + 1 == group.len() {
                    maps.push(tape.step(&ChannelShuffle { split: false }, &sides)?);
                } else {
                    let split = tape.steps(&ChannelShuffle { split: true }, &sides)?;
                    halves = [split[0], split[1]];
                }
            }
        }
        for (i, &map) in maps.iter().enumerate() {
            tape.tap(format!("bb.res{}", i + 2), map);
        }
        Ok(maps)
    }
}
