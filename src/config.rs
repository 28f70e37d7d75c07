//! `config.json` of a model folder ↔ [`Config`], and the size rules that follow from it.
//!
//! The field names are shared with `training/` and with other people's model folders: fields may be added
//! as optional ones, none may be renamed. A configuration is input from outside, so every number is checked
//! here once and the rest of the code may rely on it.

mod backbone;
mod rules;
mod scale;

pub use backbone::{Backbone, HrFpn};
pub use scale::AdaptiveScale;

use crate::json;
use rules::within;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Everything the network depends on but its weights. A field that is not known is an error: it may be another's misspelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Always `querypose`.
    pub model_type: String,
    /// The network in front of the pyramid.
    pub backbone: Backbone,
    /// Channels of every pyramid level; equal to `hidden_dim`.
    pub fpn_channels: usize,
    /// R, learned proposals.
    pub num_proposals: usize,
    /// S, box stages and pose stages (official `NUM_HEADS`).
    pub num_stages: usize,
    /// D, width of an instance query.
    pub hidden_dim: usize,
    /// Inner width of the feed-forward blocks of both decoders.
    pub feedforward_dim: usize,
    /// Heads of every multi-head attention.
    pub num_heads: usize,
    /// Inner width of the dynamic convolution.
    pub dynamic_dim: usize,
    /// Linear layers in front of the class logit.
    pub num_cls: usize,
    /// Linear layers in front of the box deltas.
    pub num_reg: usize,
    /// Side of the RoI grid of a box stage.
    pub box_roi: usize,
    /// Side of the RoI grid of a pose stage.
    pub pose_roi: usize,
    /// Samples per RoI cell and axis.
    pub sampling_ratio: usize,
    /// P parts, each a list of keypoint names.
    pub parts: Vec<Vec<String>>,
    /// K keypoint names in the order results are given.
    pub keypoints: Vec<String>,
    /// E, width of a part query.
    pub part_dim: usize,
    /// RoI convolutions of a pose stage.
    pub num_convs: usize,
    /// True: the pose stages take the instance query as it is, without a dynamic convolution ("light" QueryPose).
    pub light: bool,
    /// Full model only: the pose stage's instance query feeds the next box stage (official code of Dec 2022).
    #[serde(default)]
    pub query_feedback: bool,
    /// Ours: every pose stage adds its learned `roi_position` `[S,S,D]` to its RoI, so that a cell knows where in the
    /// box it is with only few convolutions.
    #[serde(default)]
    pub roi_position: bool,
    /// Ours: a box stage's self-attention also goes by how much the boxes overlap, its `overlap` `[num_heads]` being what a
    /// head adds for boxes that are the same. Proposals on one person then see each other however alike their queries are.
    #[serde(default)]
    pub overlap_attention: bool,
    /// Ours: the last stage's class learned how good the pose is, and is the person's score alone. Without, the score is the
    /// paper's, class score × mean keypoint score.
    #[serde(default)]
    pub pose_quality: bool,
    /// How a picture is brought to the network.
    pub image: Image,
    /// Person score from which on the page and the command line show a person, unless told otherwise.
    #[serde(default = "default_threshold")]
    pub threshold: f32,
}

fn default_threshold() -> f32 {
    0.3
}

/// How a picture is brought to the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Pixels of the shorter side after resizing …
    pub shortest_edge: usize,
    /// … unless the longer side would exceed this.
    pub longest_edge: usize,
    /// Subtracted from R, G, B in 0–255.
    pub mean: [f32; 3],
    /// Divided by.
    pub std: [f32; 3],
    /// Both sides are zero-padded to a multiple of this.
    pub size_divisor: usize,
    /// Ours: a picture is looked at in the size that suits its people, where that is known; without, always in this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptive_scale: Option<AdaptiveScale>,
}

/// What is wrong with a configuration, with the field and the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks a configuration; `origin` is the file (or address) it came from, for the messages.
    pub fn from_json(text: &str, origin: &str) -> Result<Config, ConfigError> {
        let config: Config =
            json::read(text).map_err(|e| ConfigError(format!("{origin}: not a model's config.json: {e}")))?;
        config.check().map_err(|what| ConfigError(format!("{origin}: {what}")))?;
        Ok(config)
    }

    /// Every rule a configuration has to keep; the sentence names the field.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.model_type != "querypose" {
            return Err(format!("model_type is \"{:.40}\", this program runs \"querypose\"", self.model_type));
        }
        within("fpn_channels", self.fpn_channels, 1, 2048)?;
        within("num_proposals", self.num_proposals, 1, 1000)?;
        within("num_stages", self.num_stages, 1, 16)?;
        within("hidden_dim", self.hidden_dim, 1, 2048)?;
        within("feedforward_dim", self.feedforward_dim, 1, 16384)?;
        within("num_heads", self.num_heads, 1, 64)?;
        within("dynamic_dim", self.dynamic_dim, 1, 512)?;
        within("num_cls", self.num_cls, 1, 16)?;
        within("num_reg", self.num_reg, 1, 16)?;
        within("box_roi", self.box_roi, 1, 32)?;
        within("pose_roi", self.pose_roi, 1, 64)?;
        within("sampling_ratio", self.sampling_ratio, 1, 16)?;
        within("part_dim", self.part_dim, 4, 2048)?;
        within("num_convs", self.num_convs, 2, 32)?;
        if self.fpn_channels != self.hidden_dim {
            return Err(format!(
                "fpn_channels is {} and hidden_dim {}: the decoders read the pyramid at their own width, so the two must be equal",
                self.fpn_channels, self.hidden_dim
            ));
        }
        for (field, width) in [("hidden_dim", self.hidden_dim), ("part_dim", self.part_dim)] {
            if !width.is_multiple_of(self.num_heads) {
                return Err(format!(
                    "{field} is {width}, which {} attention heads (num_heads) do not divide",
                    self.num_heads
                ));
            }
        }
        if !self.part_dim.is_multiple_of(4) {
            return Err(format!(
                "part_dim is {}, it must be a multiple of 4 (the gates squeeze it to a quarter)",
                self.part_dim
            ));
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(format!("threshold is {}, a score lies between 0 and 1", self.threshold));
        }
        self.check_parts()?;
        self.backbone.check()?;
        self.image.check()
    }

    /// The parts must cover the keypoints, each exactly once.
    fn check_parts(&self) -> Result<(), String> {
        within("the number of keypoints", self.keypoints.len(), 1, 256)?;
        within("the number of parts", self.parts.len(), 1, 64)?;
        let mut names = BTreeSet::new();
        for name in &self.keypoints {
            if name.is_empty() || name.len() > 64 {
                return Err("keypoints holds a name that is empty or longer than 64 bytes".into());
            }
            if !names.insert(name.as_str()) {
                return Err(format!("keypoints names \"{name}\" twice"));
            }
        }
        let mut seen = BTreeSet::new();
        for (i, part) in self.parts.iter().enumerate() {
            if part.is_empty() {
                return Err(format!("parts[{i}] is empty: a part holds at least one keypoint"));
            }
            for name in part {
                if !names.contains(name.as_str()) {
                    return Err(format!("parts[{i}] names \"{name:.64}\", which keypoints does not list"));
                }
                if !seen.insert(name.as_str()) {
                    return Err(format!("parts names \"{name}\" twice: each keypoint belongs to one part"));
                }
            }
        }
        match names.difference(&seen).next() {
            Some(name) => Err(format!("keypoint \"{name}\" belongs to none of the parts")),
            None => Ok(()),
        }
    }

    /// Part of each keypoint and its place within that part, in the order of `keypoints`.
    pub fn joints(&self) -> Vec<(usize, usize)> {
        let place = |name: &String| {
            let parts = self.parts.iter().enumerate();
            parts.filter_map(|(p, names)| names.iter().position(|n| n == name).map(|at| (p, at))).next()
        };
        self.keypoints.iter().filter_map(place).collect()
    }

    /// For each joint in the order of the parts (first part's joints, then the second's, …) its index in `keypoints`.
    pub fn concatenated(&self) -> Vec<usize> {
        let index = |name: &String| self.keypoints.iter().position(|k| k == name);
        self.parts.iter().flatten().filter_map(index).collect()
    }

    /// The same, bringing pictures to another shortest edge (px); the longest edge follows in proportion.
    pub fn at_size(mut self, shortest_edge: usize) -> Config {
        let image = &mut self.image;
        image.longest_edge = (image.longest_edge * shortest_edge).div_ceil(image.shortest_edge.max(1));
        image.shortest_edge = shortest_edge;
        self
    }

    /// Size (w, h) a picture is resized to: detectron2's `ResizeShortestEdge`, at least one pixel a side.
    pub fn resized(&self, width: usize, height: usize) -> (usize, usize) {
        let (w, h) = (width.max(1) as f64, height.max(1) as f64);
        let (short, long) = (self.image.shortest_edge as f64, self.image.longest_edge as f64);
        let scale = short / w.min(h);
        let (mut new_w, mut new_h) = if h < w { (scale * w, short) } else { (short, scale * h) };
        if new_w.max(new_h) > long {
            let scale = long / new_w.max(new_h);
            (new_w, new_h) = (new_w * scale, new_h * scale);
        }
        (((new_w + 0.5) as usize).max(1), ((new_h + 0.5) as usize).max(1))
    }

    /// Size (w, h) after zero-padding a resized picture to the size divisor.
    pub fn padded(&self, width: usize, height: usize) -> (usize, usize) {
        let up = |n: usize| n.div_ceil(self.image.size_divisor) * self.image.size_divisor;
        (up(width), up(height))
    }
}

impl Image {
    fn check(&self) -> Result<(), String> {
        within("image.shortest_edge", self.shortest_edge, 16, 4096)?;
        within("image.longest_edge", self.longest_edge, 16, 4096)?;
        within("image.size_divisor", self.size_divisor, 32, 1024)?;
        if !self.size_divisor.is_multiple_of(32) {
            return Err(format!(
                "image.size_divisor is {}; it must be a multiple of 32, the stride of the coarsest pyramid level",
                self.size_divisor
            ));
        }
        if let Some(scale) = &self.adaptive_scale {
            scale.check()?;
        }
        if self.mean.iter().any(|m| !m.is_finite() || m.abs() > 1e4) {
            return Err("image.mean must hold three finite numbers for pixels of 0 to 255".into());
        }
        if self.std.iter().any(|s| !(1e-3..=1e4).contains(s)) {
            return Err("image.std must hold three numbers above zero for pixels of 0 to 255".into());
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
