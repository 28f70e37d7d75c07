//! The configuration of a checkpoint, read off the names and shapes of its tensors.
//!
//! Shapes cannot tell everything: [`Hints`] say the rest, or the official configurations' values are taken.

use crate::config::{Backbone, Config, HrFpn, Image};
use crate::weights::Weights;
use std::collections::BTreeMap;

/// What shapes cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hints {
    /// Heads of every multi-head attention. With attention by overlap the tensors do tell.
    pub num_heads: usize,
    /// Full model: the pose stage's instance query feeds the next box stage (official code of Dec 2022).
    pub query_feedback: bool,
    /// Pixels of a picture's shorter side …
    pub shortest_edge: usize,
    /// … and most pixels of its longer one.
    pub longest_edge: usize,
}

impl Default for Hints {
    /// What the official configurations have.
    fn default() -> Self {
        Hints { num_heads: 8, query_feedback: false, shortest_edge: 800, longest_edge: 1333 }
    }
}

/// Reads the configuration off a checkpoint's tensors. Errors are sentences that name the file and the tensor.
pub fn infer(weights: &Weights<'_>, hints: &Hints) -> Result<Config, String> {
    let shapes = Shapes(weights.shapes());
    let config = shapes.config(hints).and_then(|config| config.check().map(|()| config));
    config.map_err(|what| format!("{}: {what}", weights.origin()))
}

/// Shapes by name.
struct Shapes<'a>(BTreeMap<&'a str, &'a [usize]>);

const BOX: &str = "head.head_series.0";
const POSE: &str = "head.pose_head_series.0";
const BOTTOM: &str = "backbone.bottom_up";

impl Shapes<'_> {
    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A shape of N dimensions.
    fn get<const N: usize>(&self, name: &str) -> Result<[usize; N], String> {
        let shape = self
            .0
            .get(name)
            .ok_or_else(|| format!("tensor \"{name}\" is missing, so what it is made for cannot be told"))?;
        <[usize; N]>::try_from(*shape)
            .map_err(|_| format!("tensor \"{name}\" has the shape {shape:?}; a QueryPose has {N} dimensions there"))
    }

    /// How many of the numbers 0, `step`, 2·`step`, … between the two texts name a tensor.
    fn count(&self, before: &str, step: usize, after: &str) -> usize {
        (0..self.0.len()).take_while(|i| self.has(&format!("{before}{}{after}", i * step))).count()
    }

    fn config(&self, hints: &Hints) -> Result<Config, String> {
        if !self.has("init_proposal_features.weight") || !self.has("part_query.weight") {
            let names: Vec<&str> = self.0.keys().take(3).copied().collect();
            return Err(format!(
                "this is no QueryPose: there are no tensors \"init_proposal_features.weight\" and \"part_query.weight\" \
                 among its {} (it begins with {:.200})",
                self.0.len(),
                names.join(", ")
            ));
        }
        let [num_proposals, hidden_dim] = self.get("init_proposal_features.weight")?;
        let [_, part_dim] = self.get("part_query.weight")?;
        let [feedforward_dim, _] = self.get(&format!("{BOX}.linear1.weight"))?;
        let [dynamic_dim] = self.get(&format!("{BOX}.inst_interact.norm1.weight"))?;
        let box_roi = self.grid(&format!("{BOX}.inst_interact.out_layer.weight"), hidden_dim)?;
        let full = format!("{POSE}.pose_decoder_inst_interact.out_layer.weight");
        let position = format!("{POSE}.roi_position");
        let overlap = format!("{BOX}.overlap");
        let light = !self.has(&full);
        let pose_roi = match (light, self.has(&position)) {
            (false, _) => self.grid(&full, hidden_dim)?,
            (true, true) => self.get::<3>(&position)?[0],
            (true, false) => 14,
        };
        let (parts, keypoints) = self.parts()?;
        let backbone = self.backbone()?;
        // What each was trained with where it was published.
        let (mean, std) = match backbone {
            Backbone::Movenet { .. } => ([127.5; 3], [127.5; 3]),
            _ => ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
        };
        Ok(Config {
            model_type: "querypose".into(),
            backbone,
            fpn_channels: self.fpn_channels()?,
            num_proposals,
            num_stages: self.count("head.head_series.", 1, ".class_logits.weight"),
            hidden_dim,
            feedforward_dim,
            num_heads: if self.has(&overlap) { self.get::<1>(&overlap)?[0] } else { hints.num_heads },
            dynamic_dim,
            num_cls: self.count(&format!("{BOX}.cls_module."), 3, ".weight"),
            num_reg: self.count(&format!("{BOX}.reg_module."), 3, ".weight"),
            box_roi,
            pose_roi,
            sampling_ratio: 2,
            parts,
            keypoints,
            part_dim,
            num_convs: self.count(&format!("{POSE}.inst_convs."), 2, ".weight"),
            light,
            query_feedback: hints.query_feedback && !light,
            roi_position: self.has(&position),
            overlap_attention: self.has(&overlap),
            pose_quality: false,
            image: Image {
                adaptive_scale: None,
                shortest_edge: hints.shortest_edge,
                longest_edge: hints.longest_edge,
                mean,
                std,
                size_divisor: 32,
            },
            threshold: 0.3,
        })
    }

    /// Side of the grid that a layer `[D, side²·D]` reads.
    fn grid(&self, name: &str, hidden: usize) -> Result<usize, String> {
        let [_, inputs] = self.get(name)?;
        let side = (inputs as f64 / hidden.max(1) as f64).sqrt().round() as usize;
        match side.checked_mul(side).and_then(|cells| cells.checked_mul(hidden)) {
            Some(wanted) if wanted == inputs => Ok(side),
            _ => Err(format!("tensor \"{name}\" reads {inputs} numbers, which is no square grid of {hidden}")),
        }
    }

    fn fpn_channels(&self) -> Result<usize, String> {
        let fpn = ["backbone.fpn_output2.weight", "backbone.fpn_conv.0.weight"];
        let name = fpn.into_iter().find(|name| self.has(name)).unwrap_or(fpn[0]);
        self.get::<4>(name).map(|[channels, ..]| channels)
    }

    /// The parts by how many joints each head gives: COCO's 17, CrowdPose's 14, or any others without their names.
    fn parts(&self) -> Result<(Vec<Vec<String>>, Vec<String>), String> {
        let mut sizes = Vec::new();
        for part in 0..self.count(&format!("{POSE}.fc_coord."), 1, ".linear.weight") {
            let name = format!("{POSE}.fc_coord.{part}.linear.weight");
            let [numbers, _] = self.get(&name)?;
            if !numbers.is_multiple_of(2) || numbers > 512 {
                return Err(format!("tensor \"{name}\" gives {numbers} numbers, which are no x and y of joints"));
            }
            sizes.push(numbers / 2);
        }
        let pairs = |names: &[&str]| -> Vec<String> {
            names.iter().flat_map(|name| ["left", "right"].map(|side| format!("{side}_{name}"))).collect()
        };
        let texts = |names: &[&str]| -> Vec<String> { names.iter().map(|name| name.to_string()).collect() };
        let limbs = [
            pairs(&["shoulder"]),
            texts(&["left_elbow", "left_wrist"]),
            texts(&["right_elbow", "right_wrist"]),
            pairs(&["hip"]),
            texts(&["left_knee", "left_ankle"]),
            texts(&["right_knee", "right_ankle"]),
        ];
        let with = |first: Vec<String>| std::iter::once(first).chain(limbs.clone()).collect();
        let body = [pairs(&["shoulder"]), pairs(&["elbow", "wrist", "hip", "knee", "ankle"])].concat();
        Ok(match sizes[..] {
            [5, 2, 2, 2, 2, 2, 2] => {
                let face = texts(&["nose", "left_eye", "right_eye", "left_ear", "right_ear"]);
                (with(face.clone()), [face, body].concat())
            }
            [2, 2, 2, 2, 2, 2, 2] => {
                let head = texts(&["head", "neck"]);
                (with(head.clone()), [body, head].concat())
            }
            _ => {
                let mut next = 0;
                let mut joint = || {
                    next += 1;
                    format!("joint_{next}")
                };
                let parts: Vec<Vec<String>> = sizes.iter().map(|&n| (0..n).map(|_| joint()).collect()).collect();
                let all = parts.concat();
                (parts, all)
            }
        })
    }

    fn backbone(&self) -> Result<Backbone, String> {
        let at = |rest: &str| format!("{BOTTOM}.{rest}");
        if self.has(&at("stem.conv1.weight")) {
            return self.resnet();
        }
        if self.has(&at("patch_embed.proj.weight")) {
            return self.swin();
        }
        if self.has(&at("stage4.0.branches.0.0.conv1.weight")) {
            return self.hrnet();
        }
        if self.has(&at("blocks.0.depthwise.weight")) {
            // 320 channels at width 1, and exact at every usual width.
            let [last, ..] = self.get::<4>(&at("blocks.16.project.weight"))?;
            let width = last as f32 / 320.0;
            let heads = self.count(&format!("{BOTTOM}.hidden."), 1, ".pointwise.weight");
            // Which head a hidden layer belongs to, its tensors do not say.
            let heads: Vec<String> = (0..heads).map(|i| format!("head{i}")).collect();
            return Ok(match heads.is_empty() {
                true => Backbone::MobilenetV2 { width },
                false => Backbone::Movenet { width, heads, top_down: self.has("backbone.fpn_lateral2.weight") },
            });
        }
        let known = self.0.keys().filter(|name| name.starts_with("backbone."));
        let first: Vec<&str> = known.take(3).copied().collect();
        Err(format!("its backbone is of no known kind (its tensors begin with {:.200})", first.join(", ")))
    }

    fn resnet(&self) -> Result<Backbone, String> {
        let [stem_channels, ..] = self.get::<4>(&format!("{BOTTOM}.stem.conv1.weight"))?;
        let [res2_channels, width_per_group, ..] = self.get::<4>(&format!("{BOTTOM}.res2.0.conv3.weight"))?;
        let blocks = [2, 3, 4, 5].map(|i| self.count(&format!("{BOTTOM}.res{i}."), 1, ".conv1.weight"));
        let depth = match blocks {
            [3, 4, 6, 3] => 50,
            [3, 4, 23, 3] => 101,
            [3, 8, 36, 3] => 152,
            other => {
                return Err(format!("its backbone is a ResNet of {other:?} blocks; 50, 101 or 152 layers are known"));
            }
        };
        Ok(Backbone::Resnet { depth, stem_channels, res2_channels, width_per_group })
    }

    fn hrnet(&self) -> Result<Backbone, String> {
        let mut channels = Vec::new();
        for branch in 0..4 {
            let [c, ..] = self.get::<4>(&format!("{BOTTOM}.stage4.0.branches.{branch}.0.conv1.weight"))?;
            channels.push(c);
        }
        let stages = [2, 3, 4].map(|stage| format!("{BOTTOM}.stage{stage}."));
        let modules = stages.iter().map(|stage| self.count(stage, 1, ".branches.0.0.conv1.weight")).collect();
        let mut blocks = vec![self.count(&format!("{BOTTOM}.layer1."), 1, ".conv1.weight")];
        blocks.extend(stages.iter().map(|stage| self.count(&format!("{stage}0.branches.0."), 1, ".conv1.weight")));
        let v1 = self.has("backbone.lateral_conv.0.weight");
        Ok(Backbone::Hrnet { channels, modules, blocks, fpn: if v1 { HrFpn::HrfpnV1 } else { HrFpn::Hrfpn } })
    }

    fn swin(&self) -> Result<Backbone, String> {
        let [embed_dim, ..] = self.get::<4>(&format!("{BOTTOM}.patch_embed.proj.weight"))?;
        let stages = [0, 1, 2, 3].map(|stage| format!("{BOTTOM}.layers.{stage}.blocks."));
        let depths = stages.iter().map(|stage| self.count(stage, 1, ".norm1.weight")).collect();
        let (mut num_heads, mut window) = (Vec::new(), 0);
        for stage in &stages {
            let name = format!("{stage}0.attn.relative_position_bias_table");
            let [offsets, heads] = self.get(&name)?;
            // One row for each way two of window² places may lie to each other.
            let side = (offsets as f64).sqrt().round() as usize;
            if side * side != offsets || side.is_multiple_of(2) {
                return Err(format!("tensor \"{name}\" has {offsets} rows, which belong to no square window"));
            }
            window = side.div_ceil(2);
            num_heads.push(heads);
        }
        Ok(Backbone::Swin { embed_dim, depths, num_heads, window })
    }
}

#[cfg(test)]
#[path = "infer_tests.rs"]
mod tests;
