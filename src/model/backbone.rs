//! What stands in front of the decoders: a backbone and its pyramid, as the configuration asks for them.

use super::fpn::Fpn;
use super::hrfpn::HrFpn;
use super::hrnet::HrNet;
use super::loader::Loader;
use super::mobilenet::MobileNetV2;
use super::movenet::MoveNet;
use super::resnet::ResNet;
use super::swin::Swin;
use crate::config::{Backbone as Kind, Config};
use crate::tape::{Block, Tape};
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// What stands in front of a pyramid.
pub enum BottomUp {
    ResNet(ResNet),
    MobileNetV2(MobileNetV2),
    HrNet(HrNet),
    Swin(Swin),
}

/// What joins a backbone's maps.
pub enum Pyramid {
    Fpn(Fpn),
    HrFpn(HrFpn),
}

/// A backbone with its pyramid.
pub enum Backbone {
    /// Four maps of the backbone, joined by a pyramid that asks for nothing else.
    Apart(Box<BottomUp>, Pyramid),
    /// A body whose narrow pyramid and heads are read too.
    MoveNet(Box<MoveNet>),
}

impl Backbone {
    /// Reads `bottom_up` and the pyramid below `at`.
    pub fn load(at: &Loader<'_>, config: &Config) -> Result<Self, WeightsError> {
        let bottom = at.at("bottom_up");
        let width = config.fpn_channels;
        let (bottom_up, channels) = match &config.backbone {
            Kind::Resnet { depth, stem_channels, res2_channels, width_per_group } => {
                let (net, c) = ResNet::load(&bottom, *depth, *stem_channels, *res2_channels, *width_per_group)?;
                (BottomUp::ResNet(net), c)
            }
            Kind::MobilenetV2 { width } => {
                let (net, c) = MobileNetV2::load(&bottom, *width)?;
                (BottomUp::MobileNetV2(net), c)
            }
            Kind::Swin { embed_dim, depths, num_heads, window } => {
                let (net, c) = Swin::load(&bottom, *embed_dim, depths, num_heads, *window)?;
                (BottomUp::Swin(net), c)
            }
            Kind::Movenet { width: body, heads, top_down } => {
                return Ok(Backbone::MoveNet(Box::new(MoveNet::load(at, *body, heads.len(), *top_down, width)?)));
            }
            Kind::Hrnet { channels, modules, blocks, fpn } => {
                let bottom_up = BottomUp::HrNet(HrNet::load(&bottom, channels, modules, blocks)?);
                return Ok(Backbone::Apart(
                    Box::new(bottom_up),
                    Pyramid::HrFpn(HrFpn::load(at, *fpn, channels, width)?),
                ));
            }
        };
        Ok(Backbone::Apart(Box::new(bottom_up), Pyramid::Fpn(Fpn::load(at, &channels, width)?)))
    }

    /// x `[1,H,W,4]`, normalised and padded → p2, p3, p4, p5 (strides 4 to 32).
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        let (bottom_up, pyramid) = match self {
            Backbone::Apart(bottom_up, pyramid) => (bottom_up, pyramid),
            Backbone::MoveNet(net) => return net.record(tape, x),
        };
        tape.block(Block::Backbone);
        let maps = match bottom_up.as_ref() {
            BottomUp::ResNet(net) => net.record(tape, x)?,
            BottomUp::MobileNetV2(net) => net.record(tape, x)?,
            BottomUp::HrNet(net) => net.record(tape, x)?,
            BottomUp::Swin(net) => net.record(tape, x)?,
        };
        tape.block(Block::Fpn);
        match pyramid {
            Pyramid::Fpn(fpn) => fpn.record(tape, &maps),
            Pyramid::HrFpn(fpn) => fpn.record(tape, &maps),
        }
    }
}
