//! ResNet with bottleneck blocks (He et al. 2015), as in detectron2: FrozenBatchNorm, stride in the 3×3.
//! Official: `detectron2/modeling/backbone/resnet.py`, `STRIDE_IN_1X1: False`.

use super::loader::{Loader, over_four_channels};
use crate::activation::Activation::Relu;
use crate::ops::{Conv, MaxPool};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// 1×1, 3×3, 1×1 around a residual; HRNet's first stage has them too.
pub(super) struct Bottleneck {
    pub(super) shortcut: Option<Conv>,
    pub(super) conv1: Conv,
    pub(super) conv2: Conv,
    pub(super) conv3: Conv,
}

impl Bottleneck {
    fn load(at: &Loader<'_>, cin: usize, width: usize, cout: usize, stride: usize) -> Result<Self, WeightsError> {
        let shortcut = if cin != cout { Some(at.at("shortcut").conv_norm(cin, cout, 1, stride)?) } else { None };
        Ok(Bottleneck {
            shortcut,
            conv1: at.at("conv1").conv_norm(cin, width, 1, 1)?.then(Relu),
            conv2: at.at("conv2").conv_norm(width, width, 3, stride)?.then(Relu),
            conv3: at.at("conv3").conv_norm(width, cout, 1, 1)?.plus_residual().then(Relu),
        })
    }

    pub(super) fn record(&self, tape: &mut Tape, x: TensorId) -> Result<TensorId, ShapeError> {
        let residual = match &self.shortcut {
            Some(shortcut) => tape.step(shortcut, &[x])?,
            None => x,
        };
        let y = tape.step(&self.conv1, &[x])?;
        let y = tape.step(&self.conv2, &[y])?;
        tape.step(&self.conv3, &[y, residual])
    }
}

/// The network up to res5.
pub struct ResNet {
    stem: Conv,
    stages: Vec<Vec<Bottleneck>>,
}

impl ResNet {
    /// Reads `stem.conv1`, `res2` … `res5` below `at`; `depth` is 50, 101 or 152.
    pub fn load(
        at: &Loader<'_>,
        depth: usize,
        stem: usize,
        res2: usize,
        width: usize,
    ) -> Result<(Self, [usize; 4]), WeightsError> {
        let blocks = match depth {
            101 => [3, 4, 23, 3],
            152 => [3, 8, 36, 3],
            _ => [3, 4, 6, 3],
        };
        let first = over_four_channels(at.at("stem").at("conv1").conv_norm(3, stem, 7, 2)?).then(Relu);
        let mut stages = Vec::new();
        let mut cin = stem;
        for (i, &n) in blocks.iter().enumerate() {
            let stage = at.at(format!("res{}", i + 2));
            let cout = res2 << i;
            let mut list = Vec::new();
            for j in 0..n {
                let stride = if i > 0 && j == 0 { 2 } else { 1 };
                list.push(Bottleneck::load(&stage.at(j), cin, width << i, cout, stride)?);
                cin = cout;
            }
            stages.push(list);
        }
        Ok((ResNet { stem: first, stages }, [res2, res2 << 1, res2 << 2, res2 << 3]))
    }

    /// x `[1,H,W,4]` → maps of stride 4, 8, 16, 32.
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        let x = tape.step(&self.stem, &[x])?;
        let mut x = tape.step(&MaxPool, &[x])?;
        tape.tap("bb.stem", x);
        let mut maps = Vec::new();
        for (i, stage) in self.stages.iter().enumerate() {
            for block in stage {
                x = block.record(tape, x)?;
            }
            tape.tap(format!("bb.res{}", i + 2), x);
            maps.push(x);
        }
        Ok(maps)
    }
}
