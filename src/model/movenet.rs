//! The body of MoveNet MultiPose (Google, Apache-2.0) and the pyramid that joins it to the decoders.
//!
//! The body is a MobileNetV2 with a narrow pyramid down to stride 4 and, for each of its heads, a hidden layer that
//! knows people and joints; the heads' own last layers are left out. Ours is what follows: one 1×1 convolution a level
//! over what the heads know and, if the configuration has `top_down`, over a path through the body's own maps (Lin et
//! al. 2017). `training/querypose/movenet.py` is the same.

use super::loader::Loader;
use super::mobilenet::MobileNetV2;
use crate::activation::Activation;
use crate::ops::{AvgPool, Conv, InvertedResidual, Upsample, UpsampleAdd};
use crate::tape::{Block, Tape};
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Channels of the narrow pyramid at strides 4, 8, 16, 32.
const NARROW: [usize; 4] = [24, 24, 32, 64];
/// Channels of a head's hidden layer.
const HIDDEN: usize = 96;
/// Channels behind the body's last 1×1 convolution.
const LAST: usize = 1280;
/// The block whose output the narrow pyramid takes at stride 16; at the other strides it is the last one.
const LATERAL4: usize = 9;

/// 3×3 depthwise convolution without bias, 1×1 convolution, ReLU.
fn separable(at: &Loader<'_>, cin: usize, cout: usize) -> Result<InvertedResidual, WeightsError> {
    let depthwise = at.at("depthwise").depthwise_no_bias(cin, 3, 1)?;
    let project = at.at("pointwise").conv(cin, cout, 1, 1)?.then(Activation::Relu);
    Ok(InvertedResidual { expand: None, depthwise, project })
}

/// Body and pyramid.
pub struct MoveNet {
    body: MobileNetV2,
    last: Conv,
    /// `lateral5`
    coarsest: Conv,
    /// For strides 16, 8, 4 the lateral convolution (`lateral4..2`) and what follows the sum (`merge4..2`).
    narrow: [(Conv, InvertedResidual); 3],
    hidden: Vec<InvertedResidual>,
    /// `fpn_lateral2..5` of the top-down path; none without it.
    laterals: Vec<Conv>,
    /// `fpn_output2..5`, each as one convolution per map that it reads; they add up.
    outputs: Vec<Vec<Conv>>,
}

impl MoveNet {
    /// Reads `bottom_up` with `heads` hidden layers, `fpn_output{2..5}` and, with `top_down`, `fpn_lateral{2..5}`
    /// below `at`.
    pub fn load(
        at: &Loader<'_>,
        body_width: f32,
        heads: usize,
        top_down: bool,
        width: usize,
    ) -> Result<Self, WeightsError> {
        let bottom = at.at("bottom_up");
        let (body, [c2, c3, c4, c5]) = MobileNetV2::load(&bottom, body_width)?;
        let inner = body.channels(LATERAL4);
        let [n2, n3, n4, n5] = NARROW;
        let step =
            |level: usize, own: usize, cin: usize, cout: usize| -> Result<(Conv, InvertedResidual), WeightsError> {
                let lateral = bottom.at(format!("lateral{level}")).conv(own, cin, 1, 1)?;
                Ok((lateral, separable(&bottom.at(format!("merge{level}")), cin, cout)?))
            };
        let hidden = (0..heads).map(|i| separable(&bottom.at("hidden").at(i), n2, HIDDEN));
        let own: &[usize] = if top_down { &[c2, c3, c4, LAST] } else { &[] };
        let lateral = |(i, &c)| at.at(format!("fpn_lateral{}", i + 2)).conv(c, width, 1, 1);
        let reads = [vec![HIDDEN; heads], vec![n3], vec![n4], vec![n5]];
        let output = |(i, mut maps): (usize, Vec<usize>)| {
            maps.extend(top_down.then_some(width));
            at.at(format!("fpn_output{}", i + 2)).conv_of_several(&maps, width)
        };
        Ok(MoveNet {
            last: bottom.at("last").conv(c5, LAST, 1, 1)?.then(Activation::Relu6),
            coarsest: bottom.at("lateral5").conv(LAST, n5, 1, 1)?,
            narrow: [step(4, inner, n5, n4)?, step(3, c3, n4, n3)?, step(2, c2, n3, n2)?],
            hidden: hidden.collect::<Result<_, _>>()?,
            laterals: own.iter().enumerate().map(lateral).collect::<Result<_, _>>()?,
            outputs: reads.into_iter().enumerate().map(output).collect::<Result<_, _>>()?,
            body,
        })
    }

    /// x `[1,H,W,4]` → p2, p3, p4, p5 (strides 4 to 32).
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        tape.block(Block::Backbone);
        let mut own = self.body.record_with(tape, x, &[LATERAL4])?;
        let inner = own.remove(2);
        own[3] = tape.step(&self.last, &[own[3]])?;
        for (i, &map) in own.iter().enumerate() {
            tape.tap(format!("bb.res{}", i + 2), map);
        }
        let known = self.record_heads(tape, &[own[0], own[1], inner, own[3]])?;
        tape.block(Block::Fpn);
        let path = self.record_path(tape, &own)?;
        let mut pyramid: Vec<TensorId> = Vec::new();
        for (i, (convs, mut maps)) in self.outputs.iter().zip(known).enumerate() {
            maps.extend(path.get(i));
            let mut level = pyramid.last().map(|&finer| tape.step(&AvgPool { size: 2 }, &[finer])).transpose()?;
            for (conv, &map) in convs.iter().zip(&maps) {
                level = Some(match level {
                    Some(sum) => tape.step(&conv.clone().plus_residual(), &[map, sum])?,
                    None => tape.step(conv, &[map])?,
                });
            }
            let level = level.ok_or_else(|| ShapeError("a pyramid level that reads nothing".into()))?;
            tape.tap(format!("fpn.p{}", i + 2), level);
            pyramid.push(level);
        }
        Ok(pyramid)
    }

    /// The body's maps at strides 4, 8, 16, 32 → what the heads know: their hidden layers, then the narrow pyramid's
    /// maps.
    fn record_heads(&self, tape: &mut Tape, body: &[TensorId; 4]) -> Result<[Vec<TensorId>; 4], ShapeError> {
        let mut narrow = vec![tape.step(&self.coarsest, &[body[3]])?];
        for ((lateral, merge), &map) in self.narrow.iter().zip(body[..3].iter().rev()) {
            let map = tape.step(lateral, &[map])?;
            let sum = UpsampleAdd { factor: 2, by: Upsample::Bilinear, activation: Activation::None };
            let sum = tape.step(&sum, &[map, narrow[0]])?;
            narrow.insert(0, tape.step(merge, &[sum])?);
        }
        let mut hidden = Vec::new();
        for (i, head) in self.hidden.iter().enumerate() {
            hidden.push(tape.step(head, &[narrow[0]])?);
            tape.tap(format!("bb.hidden{i}"), hidden[i]);
        }
        for (i, &map) in narrow.iter().enumerate() {
            tape.tap(format!("bb.s{}", 4 << i), map);
        }
        Ok([hidden, vec![narrow[1]], vec![narrow[2]], vec![narrow[3]]])
    }

    /// The top-down path over the body's own maps, finest first.
    fn record_path(&self, tape: &mut Tape, own: &[TensorId]) -> Result<Vec<TensorId>, ShapeError> {
        let mut path: Vec<TensorId> = Vec::new();
        for (lateral, &map) in self.laterals.iter().zip(own).rev() {
            let mut x = tape.step(lateral, &[map])?;
            if let Some(&above) = path.first() {
                let sum = UpsampleAdd { factor: 2, by: Upsample::Nearest, activation: Activation::None };
                x = tape.step(&sum, &[x, above])?;
            }
            path.insert(0, x);
        }
        Ok(path)
    }
}
