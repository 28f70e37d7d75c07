//! HRNet (Sun et al. 2019, "Deep High-Resolution Representation Learning"): branches of falling resolution side by
//! side, a new one with every stage, which after each module tell each other what they saw.
//! Official: `PoseHighResolutionNet` in `detectron2/modeling/backbone/hrnet.py`.

use super::loader::{Loader, over_four_channels};
use super::resnet::Bottleneck;
use crate::activation::Activation::{self, Relu};
use crate::ops::{Conv, Upsample, UpsampleAdd};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Channels of the stem, and inner channels of the first stage's bottlenecks, at every width of the network.
const STEM: usize = 64;
/// Output channels of the first stage.
const LAYER1: usize = 4 * STEM;

/// Two 3×3 convolutions around a residual.
struct BasicBlock {
    conv1: Conv,
    conv2: Conv,
}

impl BasicBlock {
    fn load(at: &Loader<'_>, c: usize) -> Result<Self, WeightsError> {
        Ok(BasicBlock {
            conv1: at.conv_bn("conv1", "bn1", c, c, 3, 1)?.then(Relu),
            conv2: at.conv_bn("conv2", "bn2", c, c, 3, 1)?.plus_residual().then(Relu),
        })
    }

    fn record(&self, tape: &mut Tape, x: TensorId) -> Result<TensorId, ShapeError> {
        let y = tape.step(&self.conv1, &[x])?;
        tape.step(&self.conv2, &[y, x])
    }
}

/// How a branch reaches the resolution of another.
enum Exchange {
    /// Down: a 3×3 convolution with stride 2 for each halving, the last without an activation.
    Down(Vec<Conv>),
    /// Up: a 1×1 convolution, then nearest neighbours of this factor.
    Up(Conv, usize),
}

impl Exchange {
    /// Branch `from` to branch `to`, another one.
    fn load(at: &Loader<'_>, from: usize, to: usize, channels: &[usize]) -> Result<Self, WeightsError> {
        let (cin, cout) = (channels[from], channels[to]);
        if from > to {
            return Ok(Exchange::Up(at.conv_bn("0", "1", cin, cout, 1, 1)?, 1 << (from - to)));
        }
        let mut halvings = Vec::new();
        for k in 0..to - from {
            let last = k + 1 == to - from;
            let conv = at.at(k).conv_bn("0", "1", cin, if last { cout } else { cin }, 3, 2)?;
            halvings.push(if last { conv.plus_residual() } else { conv.then(Relu) });
        }
        Ok(Exchange::Down(halvings))
    }

    /// sum + what map x says at the sum's resolution.
    fn record(&self, tape: &mut Tape, x: TensorId, sum: TensorId, last: bool) -> Result<TensorId, ShapeError> {
        let activation = if last { Relu } else { Activation::None };
        match self {
            Exchange::Up(conv, factor) => {
                let x = tape.step(conv, &[x])?;
                tape.step(&UpsampleAdd { factor: *factor, by: Upsample::Nearest, activation }, &[sum, x])
            }
            Exchange::Down(halvings) => {
                let mut x = x;
                for conv in halvings {
                    let inputs = [x, sum];
                    let ends = conv.residual;
                    let conv = if ends { conv.clone().then(activation) } else { conv.clone() };
                    x = tape.step(&conv, &inputs[..1 + usize::from(ends)])?;
                }
                Ok(x)
            }
        }
    }
}

/// Blocks on every branch, then the exchange between all of them.
struct Module {
    branches: Vec<Vec<BasicBlock>>,
    /// `fuse[i]`: (j, how branch j reaches branch i).
    fuse: Vec<Vec<(usize, Exchange)>>,
}

impl Module {
    fn load(at: &Loader<'_>, channels: &[usize], blocks: usize) -> Result<Self, WeightsError> {
        let n = channels.len();
        let branch = |i: usize| {
            let at = at.at("branches").at(i);
            (0..blocks).map(|b| BasicBlock::load(&at.at(b), channels[i])).collect::<Result<_, WeightsError>>()
        };
        let fused = |i: usize| {
            let at = at.at("fuse_layers").at(i);
            let others = (0..n).filter(|&j| j != i);
            others.map(|j| Ok((j, Exchange::load(&at.at(j), j, i, channels)?))).collect::<Result<_, WeightsError>>()
        };
        Ok(Module {
            branches: (0..n).map(branch).collect::<Result<_, _>>()?,
            fuse: (0..n).map(fused).collect::<Result<_, _>>()?,
        })
    }

    fn record(&self, tape: &mut Tape, maps: &[TensorId]) -> Result<Vec<TensorId>, ShapeError> {
        let mut seen = Vec::new();
        for (branch, &map) in self.branches.iter().zip(maps) {
            seen.push(branch.iter().try_fold(map, |x, block| block.record(tape, x))?);
        }
        let mut fused = Vec::new();
        for (i, others) in self.fuse.iter().enumerate() {
            let mut sum = seen[i];
            for (k, (j, exchange)) in others.iter().enumerate() {
                sum = exchange.record(tape, seen[*j], sum, k + 1 == others.len())?;
            }
            fused.push(sum);
        }
        Ok(fused)
    }
}

/// One more branch than before, then modules.
struct Stage {
    /// The first stage's map to the finest branch's channels.
    narrow: Option<Conv>,
    /// From the coarsest branch to a new one.
    branch_off: Conv,
    modules: Vec<Module>,
}

/// The network up to its four branches.
pub struct HrNet {
    stem: [Conv; 2],
    layer1: Vec<Bottleneck>,
    stages: Vec<Stage>,
}

impl HrNet {
    /// Reads the network below `at`: channels of the four branches, modules of stages 2 to 4, blocks of stages 1 to 4.
    pub fn load(
        at: &Loader<'_>,
        channels: &[usize],
        modules: &[usize],
        blocks: &[usize],
    ) -> Result<Self, WeightsError> {
        let stem = [
            over_four_channels(at.conv_bn("conv1", "bn1", 3, STEM, 3, 2)?).then(Relu),
            at.conv_bn("conv2", "bn2", STEM, STEM, 3, 2)?.then(Relu),
        ];
        let layer1 = (0..blocks[0]).map(|b| bottleneck(&at.at("layer1").at(b), b == 0)).collect::<Result<_, _>>()?;
        let mut stages = Vec::new();
        for (s, &count) in modules.iter().enumerate() {
            let (transition, stage) = (at.at(format!("transition{}", s + 1)), at.at(format!("stage{}", s + 2)));
            // Branches before, and the channels of the coarsest of them.
            let before = s + 1;
            let coarsest = if s == 0 { LAYER1 } else { channels[s] };
            let narrows = s == 0 && channels[0] != LAYER1;
            let branches = &channels[..before + 1];
            stages.push(Stage {
                narrow: if narrows {
                    Some(transition.at(0).conv_bn("0", "1", LAYER1, channels[0], 3, 1)?.then(Relu))
                } else {
                    None
                },
                branch_off: transition.at(before).at(0).conv_bn("0", "1", coarsest, channels[before], 3, 2)?.then(Relu),
                modules: (0..count)
                    .map(|m| Module::load(&stage.at(m), branches, blocks[s + 1]))
                    .collect::<Result<_, _>>()?,
            });
        }
        Ok(HrNet { stem, layer1, stages })
    }

    /// x `[1,H,W,4]` → maps of stride 4, 8, 16, 32.
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        let mut x = x;
        for conv in &self.stem {
            x = tape.step(conv, &[x])?;
        }
        for block in &self.layer1 {
            x = block.record(tape, x)?;
        }
        tape.tap("bb.layer1", x);
        let mut maps = vec![x];
        for (s, stage) in self.stages.iter().enumerate() {
            let new = tape.step(&stage.branch_off, &[maps[maps.len() - 1]])?;
            if let Some(narrow) = &stage.narrow {
                maps[0] = tape.step(narrow, &[maps[0]])?;
            }
            maps.push(new);
            for module in &stage.modules {
                maps = module.record(tape, &maps)?;
            }
            let last = s + 1 == self.stages.len();
            for (i, &map) in maps.iter().enumerate() {
                tape.tap(if last { format!("bb.y{i}") } else { format!("bb.stage{}.{i}", s + 2) }, map);
            }
        }
        Ok(maps)
    }
}

/// A bottleneck of the first stage; the first one of all widens the stem's channels.
fn bottleneck(at: &Loader<'_>, widens: bool) -> Result<Bottleneck, WeightsError> {
    let cin = if widens { STEM } else { LAYER1 };
    Ok(Bottleneck {
        shortcut: if widens { Some(at.at("downsample").conv_bn("0", "1", cin, LAYER1, 1, 1)?) } else { None },
        conv1: at.conv_bn("conv1", "bn1", cin, STEM, 1, 1)?.then(Relu),
        conv2: at.conv_bn("conv2", "bn2", STEM, STEM, 3, 1)?.then(Relu),
        conv3: at.conv_bn("conv3", "bn3", STEM, LAYER1, 1, 1)?.plus_residual().then(Relu),
    })
}
