//! Feature pyramid (Lin et al. 2017), as in detectron2 with biases and without norm.
//! Official: `detectron2/modeling/backbone/fpn.py`; its p6 is not used by QueryPose.

use super::loader::Loader;
use crate::activation::Activation;
use crate::ops::{Conv, Upsample, UpsampleAdd};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Lateral 1×1 and output 3×3 of each level, finest first.
pub struct Fpn {
    levels: Vec<(Conv, Conv)>,
}

impl Fpn {
    /// Reads `fpn_lateral{2..}` and `fpn_output{2..}` below `at` for maps of these channels.
    pub fn load(at: &Loader<'_>, channels: &[usize], width: usize) -> Result<Self, WeightsError> {
        let mut levels = Vec::new();
        for (i, &c) in channels.iter().enumerate() {
            let lateral = at.at(format!("fpn_lateral{}", i + 2)).conv(c, width, 1, 1)?;
            let output = at.at(format!("fpn_output{}", i + 2)).conv(width, width, 3, 1)?;
            levels.push((lateral, output));
        }
        Ok(Fpn { levels })
    }

    /// Backbone maps, finest first → p2, p3, … of `width` channels.
    pub fn record(&self, tape: &mut Tape, maps: &[TensorId]) -> Result<Vec<TensorId>, ShapeError> {
        let mut pyramid = Vec::new();
        let mut above: Option<TensorId> = None;
        for ((lateral, output), &map) in self.levels.iter().zip(maps).rev() {
            let mut x = tape.step(lateral, &[map])?;
            if let Some(above) = above {
                x = tape.step(
                    &UpsampleAdd { factor: 2, by: Upsample::Nearest, activation: Activation::None },
                    &[x, above],
                )?;
            }
            above = Some(x);
            pyramid.insert(0, tape.step(output, &[x])?);
        }
        for (i, &p) in pyramid.iter().enumerate() {
            tape.tap(format!("fpn.p{}", i + 2), p);
        }
        Ok(pyramid)
    }
}
