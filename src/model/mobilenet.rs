//! MobileNetV2 (Sandler et al. 2018) up to its last bottleneck, BatchNorm already folded by the exporter.
//!
//! Padding is TensorFlow's SAME over even inputs: at stride 2 nothing above and left, one row below and right.

use super::loader::{Loader, over_four_channels};
use crate::activation::Activation::Relu6;
use crate::ops::{Conv, InvertedResidual};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// (expansion, channels, blocks, stride) of each group, Table 2 of the paper.
const GROUPS: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

/// Last block of stride 4, 8, 16 and 32.
const OUTPUTS: [usize; 4] = [2, 5, 12, 16];

/// The network up to its last bottleneck.
pub struct MobileNetV2 {
    stem: Conv,
    blocks: Vec<InvertedResidual>,
}

/// Channels at a width, rounded to a multiple of 8 as in the reference implementation.
fn channels(base: usize, width: f32) -> usize {
    let wanted = base as f32 * width;
    let rounded = (((wanted + 4.0) / 8.0) as usize * 8).max(8);
    if (rounded as f32) < 0.9 * wanted { rounded + 8 } else { rounded }
}

fn same(stride: usize) -> [usize; 4] {
    if stride == 2 { [0, 0, 1, 1] } else { [1; 4] }
}

impl MobileNetV2 {
    /// Reads `stem` and `blocks.{i}.{expand,depthwise,project}` below `at`.
    pub fn load(at: &Loader<'_>, width: f32) -> Result<(Self, [usize; 4]), WeightsError> {
        let first = channels(32, width);
        let mut stem = over_four_channels(at.at("stem").conv(3, first, 3, 2)?).then(Relu6);
        stem.pad = same(2);
        let (mut blocks, mut outs) = (Vec::new(), Vec::new());
        let mut cin = first;
        for (expansion, base, repeats, stride) in GROUPS {
            let cout = channels(base, width);
            for i in 0..repeats {
                let block = at.at("blocks").at(blocks.len());
                let stride = if i == 0 { stride } else { 1 };
                let inner = cin * expansion;
                let expand =
                    if expansion > 1 { Some(block.at("expand").conv(cin, inner, 1, 1)?.then(Relu6)) } else { None };
                let mut depthwise = block.at("depthwise").depthwise(inner, 3, stride)?.then(Relu6);
                depthwise.pad = same(stride);
                let mut project = block.at("project").conv(inner, cout, 1, 1)?;
                project.residual = stride == 1 && cin == cout;
                blocks.push(InvertedResidual { expand, depthwise, project });
                outs.push(cout);
                cin = cout;
            }
        }
        Ok((MobileNetV2 { stem, blocks }, OUTPUTS.map(|i| outs[i])))
    }

    /// Channels behind block `i`.
    pub fn channels(&self, i: usize) -> usize {
        self.blocks[i].project.weight.shape[1]
    }

    /// x `[1,H,W,4]` → maps of stride 4, 8, 16, 32.
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        let maps = self.record_with(tape, x, &[])?;
        for (i, &map) in maps.iter().enumerate() {
            tape.tap(format!("bb.res{}", i + 2), map);
        }
        Ok(maps)
    }

    /// The same, and what comes out of the blocks `more`, in the order of the blocks.
    pub fn record_with(&self, tape: &mut Tape, x: TensorId, more: &[usize]) -> Result<Vec<TensorId>, ShapeError> {
        let mut x = tape.step(&self.stem, &[x])?;
        tape.tap("bb.stem", x);
        let mut maps = Vec::new();
        for (i, block) in self.blocks.iter().enumerate() {
            x = tape.step(block, &[x])?;
            if OUTPUTS.contains(&i) || more.contains(&i) {
                maps.push(x);
            }
        }
        Ok(maps)
    }
}
