//! Which of the paper's networks a configuration is, and what they are published to reach.

use crate::config::{Backbone, Config, HrFpn};

/// An average precision that somebody else measured, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Average precision.
    pub ap: f32,
    /// On which pictures.
    pub on: &'static str,
}

const COCO: &str = "COCO val2017";
const CROWDPOSE: &str = "CrowdPose test";

/// From the paper (arXiv 2212.07855) and the table of its official repository, single scale.
const PUBLISHED: [(&str, bool, usize, f32, &str); 5] = [
    ("ResNet-50", false, 17, 68.7, COCO),
    ("HRNet-W32", true, 17, 69.8, COCO),
    ("HRNet-W48", false, 17, 71.0, COCO),
    ("Swin-L", false, 17, 73.3, COCO),
    ("Swin-L", false, 14, 72.7, CROWDPOSE),
];

impl Config {
    /// What people call it: `light QueryPose, ResNet-50`.
    pub fn network(&self) -> String {
        let decoder = if self.light { "light" } else { "full" };
        format!("{decoder} QueryPose, {}", self.backbone.known_as().unwrap_or(self.backbone.name()))
    }

    /// What the official weights of this network are published to reach; none for networks of other widths.
    pub fn published(&self) -> Option<Published> {
        let decoder = [self.num_proposals, self.num_stages, self.hidden_dim, self.dynamic_dim, self.num_convs];
        let ours = self.roi_position || self.overlap_attention || self.pose_quality;
        if ours || decoder != [100, 6, 256, 64, 6] || self.part_dim != 128 {
            return None;
        }
        let backbone = self.backbone.known_as()?;
        let found = PUBLISHED.iter().find(|&&(name, light, keypoints, ..)| {
            (name, light, keypoints) == (backbone, self.light, self.keypoints.len())
        });
        found.map(|&(.., ap, on)| Published { ap, on })
    }
}

impl Backbone {
    /// The paper's name, for the widths and depths the paper uses.
    fn known_as(&self) -> Option<&'static str> {
        Some(match self {
            Backbone::Resnet { depth, stem_channels: 64, res2_channels: 256, width_per_group: 64 } => match depth {
                50 => "ResNet-50",
                101 => "ResNet-101",
                _ => return None,
            },
            Backbone::Hrnet { channels, fpn, .. } => match (&channels[..], fpn) {
                ([32, 64, 128, 256], HrFpn::Hrfpn) => "HRNet-W32",
                ([48, 96, 192, 384], HrFpn::HrfpnV1) => "HRNet-W48",
                _ => return None,
            },
            Backbone::Swin { embed_dim, depths, window: 7 | 12, .. } => match (embed_dim, &depths[..]) {
                (96, [2, 2, 6, 2]) => "Swin-T",
                (128, [2, 2, 18, 2]) => "Swin-B",
                (192, [2, 2, 18, 2]) => "Swin-L",
                _ => return None,
            },
            Backbone::MobilenetV2 { .. } => "MobileNetV2",
            Backbone::Movenet { .. } => "MoveNet's body",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Config {
        let path = format!("{}/tests/fixtures/configs/{name}.json", env!("CARGO_MANIFEST_DIR"));
        Config::from_json(&std::fs::read_to_string(path).unwrap(), name).unwrap()
    }

    #[test]
    fn official_networks_are_known() {
        for (name, network, ap) in [
            ("res50_full", "full QueryPose, ResNet-50", Some(68.7)),
            ("res50_light", "light QueryPose, ResNet-50", None),
            ("hrnet32_light", "light QueryPose, HRNet-W32", Some(69.8)),
            ("hrnet48_full", "full QueryPose, HRNet-W48", Some(71.0)),
            ("swinT_full", "full QueryPose, Swin-T", None),
            ("swinB_full", "full QueryPose, Swin-B", None),
            ("swinL_full", "full QueryPose, Swin-L", Some(73.3)),
            ("tiny_light", "light QueryPose, resnet", None),
        ] {
            let config = read(name);
            assert_eq!(config.network(), network);
            assert_eq!(config.published().map(|p| p.ap), ap, "{name}");
        }
    }
}
