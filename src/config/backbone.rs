//! The network in front of the pyramid, as `config.json` has it.

use super::rules::{list, within};
use serde::{Deserialize, Serialize};

/// The network in front of the pyramid, told apart by `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub enum Backbone {
    /// ResNet with bottleneck blocks, stride in the 3×3 (detectron2).
    Resnet {
        /// 50, 101 or 152.
        depth: usize,
        /// Channels of the 7×7 stem.
        stem_channels: usize,
        /// Output channels of the first stage; doubled at each of the three others.
        res2_channels: usize,
        /// Inner channels of the first stage's bottlenecks; doubled likewise.
        width_per_group: usize,
    },
    /// MobileNetV2 (Sandler et al. 2018).
    MobilenetV2 {
        /// Width multiplier of every layer.
        width: f32,
    },
    /// The body of MoveNet MultiPose: a MobileNetV2 with a narrow pyramid and a hidden layer for each head.
    Movenet {
        /// Width multiplier of the MobileNetV2; Google's has 1.5.
        width: f32,
        /// Names of the heads whose hidden layers are read, in the order of the tensors `hidden.{i}`.
        heads: Vec<String>,
        /// Whether a top-down path over the body's own maps is read beside what the heads know; true if not told.
        top_down: bool,
    },
    /// HRNet (Sun et al. 2019).
    Hrnet {
        /// Channels of the four branches.
        channels: Vec<usize>,
        /// Modules of stages 2 to 4.
        modules: Vec<usize>,
        /// Blocks of stages 1 to 4.
        blocks: Vec<usize>,
        /// Which pyramid follows.
        fpn: HrFpn,
    },
    /// Swin transformer (Liu et al. 2021).
    Swin {
        /// Channels of the first stage; doubled at each further one.
        embed_dim: usize,
        /// Blocks of the four stages.
        depths: Vec<usize>,
        /// Attention heads of the four stages.
        num_heads: Vec<usize>,
        /// Side of an attention window.
        window: usize,
    },
}

/// The two pyramids the official code puts behind an HRNet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HrFpn {
    /// Concatenate, reduce, average-pool.
    Hrfpn,
    /// Cumulative average-pool plus laterals.
    HrfpnV1,
}

impl Backbone {
    /// The `type` it is known by in `config.json`.
    pub fn name(&self) -> &'static str {
        match self {
            Backbone::Resnet { .. } => "resnet",
            Backbone::MobilenetV2 { .. } => "mobilenet_v2",
            Backbone::Movenet { .. } => "movenet",
            Backbone::Hrnet { .. } => "hrnet",
            Backbone::Swin { .. } => "swin",
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Backbone::Resnet { depth, stem_channels, res2_channels, width_per_group } => {
                if ![50, 101, 152].contains(depth) {
                    return Err(format!("backbone.depth is {depth}; a resnet has 50, 101 or 152 layers here"));
                }
                within("backbone.stem_channels", *stem_channels, 1, 1024)?;
                within("backbone.res2_channels", *res2_channels, 1, 1024)?;
                within("backbone.width_per_group", *width_per_group, 1, 1024)
            }
            Backbone::MobilenetV2 { width } => width_within("mobilenet_v2", *width),
            Backbone::Movenet { width, heads, .. } => {
                within("the number of backbone.heads", heads.len(), 1, 16)?;
                width_within("movenet", *width)
            }
            Backbone::Hrnet { channels, modules, blocks, .. } => {
                list("backbone.channels", channels, 4, 1024)?;
                list("backbone.modules", modules, 3, 16)?;
                list("backbone.blocks", blocks, 4, 16)
            }
            Backbone::Swin { embed_dim, depths, num_heads, window } => {
                within("backbone.embed_dim", *embed_dim, 1, 1024)?;
                list("backbone.depths", depths, 4, 64)?;
                list("backbone.num_heads", num_heads, 4, 128)?;
                within("backbone.window", *window, 2, 32)?;
                match (0..4).find(|&i| !(embed_dim << i).is_multiple_of(4 * num_heads[i])) {
                    Some(i) => Err(format!(
                        "backbone.num_heads[{i}] is {}, which does not divide that stage's {} channels into fours",
                        num_heads[i],
                        embed_dim << i
                    )),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The fields of all backbones side by side, as they lie in JSON. Reading one flat object takes a tenth of the code that
/// serde needs for an enum told apart by a field.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stem_channels: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    res2_channels: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width_per_group: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heads: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_down: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modules: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fpn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed_dim: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    depths: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_heads: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<usize>,
}

impl TryFrom<Flat> for Backbone {
    type Error = String;

    fn try_from(flat: Flat) -> Result<Backbone, String> {
        let lacks = |field: &str| format!("backbone of type {:.40} lacks the field `{field}`", flat.r#type);
        let number = |field: &str, value: Option<usize>| value.ok_or_else(|| lacks(field));
        let numbers = |field: &str, value: &Option<Vec<usize>>| value.clone().ok_or_else(|| lacks(field));
        let width = flat.width.ok_or_else(|| lacks("width"));
        Ok(match flat.r#type.as_str() {
            "resnet" => Backbone::Resnet {
                depth: number("depth", flat.depth)?,
                stem_channels: number("stem_channels", flat.stem_channels)?,
                res2_channels: number("res2_channels", flat.res2_channels)?,
                width_per_group: number("width_per_group", flat.width_per_group)?,
            },
            "mobilenet_v2" => Backbone::MobilenetV2 { width: width? },
            "movenet" => Backbone::Movenet {
                width: width?,
                heads: flat.heads.clone().ok_or_else(|| lacks("heads"))?,
                top_down: flat.top_down.unwrap_or(true),
            },
            "hrnet" => Backbone::Hrnet {
                channels: numbers("channels", &flat.channels)?,
                modules: numbers("modules", &flat.modules)?,
                blocks: numbers("blocks", &flat.blocks)?,
                fpn: match flat.fpn.as_deref().ok_or_else(|| lacks("fpn"))? {
                    "hrfpn" => HrFpn::Hrfpn,
                    "hrfpn_v1" => HrFpn::HrfpnV1,
                    other => return Err(format!("backbone.fpn is \"{other:.40}\"; an hrnet has hrfpn or hrfpn_v1")),
                },
            },
            "swin" => Backbone::Swin {
                embed_dim: number("embed_dim", flat.embed_dim)?,
                depths: numbers("depths", &flat.depths)?,
                num_heads: numbers("num_heads", &flat.num_heads)?,
                window: number("window", flat.window)?,
            },
            other => {
                let known = "resnet, mobilenet_v2, movenet, hrnet and swin";
                return Err(format!("backbone.type is \"{other:.40}\"; this program knows {known}"));
            }
        })
    }
}

impl From<Backbone> for Flat {
    fn from(backbone: Backbone) -> Flat {
        let flat = Flat { r#type: backbone.name().into(), ..Flat::default() };
        match backbone {
            Backbone::Resnet { depth, stem_channels, res2_channels, width_per_group } => Flat {
                depth: Some(depth),
                stem_channels: Some(stem_channels),
                res2_channels: Some(res2_channels),
                width_per_group: Some(width_per_group),
                ..flat
            },
            Backbone::MobilenetV2 { width } => Flat { width: Some(width), ..flat },
            Backbone::Movenet { width, heads, top_down } => {
                Flat { width: Some(width), heads: Some(heads), top_down: Some(top_down), ..flat }
            }
            Backbone::Hrnet { channels, modules, blocks, fpn } => Flat {
                channels: Some(channels),
                modules: Some(modules),
                blocks: Some(blocks),
                fpn: Some(if fpn == HrFpn::Hrfpn { "hrfpn" } else { "hrfpn_v1" }.into()),
                ..flat
            },
            Backbone::Swin { embed_dim, depths, num_heads, window } => Flat {
                embed_dim: Some(embed_dim),
                depths: Some(depths),
                num_heads: Some(num_heads),
                window: Some(window),
                ..flat
            },
        }
    }
}

fn width_within(kind: &str, width: f32) -> Result<(), String> {
    if (0.1..=4.0).contains(&width) {
        return Ok(());
    }
    Err(format!("backbone.width is {width}; a {kind} has a width between 0.1 and 4"))
}
