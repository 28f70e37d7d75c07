use super::*;
use crate::config::Config;
use serde_json::Value as Json;
use std::collections::BTreeMap;

type Tensors = BTreeMap<String, Vec<usize>>;

/// Names and shapes, as the golden files list them.
fn manifest(name: &str) -> Tensors {
    let path = format!("{}/tests/fixtures/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let json: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let shape = |t: &Json| t["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let tensors = json["tensors"].as_array().unwrap().iter();
    tensors.map(|t| (t["name"].as_str().unwrap().to_string(), shape(t))).collect()
}

fn inferred(tensors: &Tensors) -> Result<Config, String> {
    let shapes = Shapes(tensors.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect());
    shapes.config(&Hints::default()).and_then(|config| config.check().map(|()| config))
}

fn config(name: &str) -> Config {
    inferred(&manifest(name)).unwrap()
}

/// The same with another backbone in front.
fn with_backbone(name: &str, backbone: Tensors) -> Config {
    let mut tensors = manifest(name);
    tensors.retain(|name, _| !name.starts_with("backbone.bottom_up.") && !name.starts_with("backbone.fpn_lateral"));
    tensors.extend(backbone);
    inferred(&tensors).unwrap()
}

fn named<const N: usize>(entries: [(String, Vec<usize>); N]) -> impl Iterator<Item = (String, Vec<usize>)> {
    entries.into_iter().map(|(name, shape)| (format!("backbone.bottom_up.{name}"), shape))
}

/// The configuration somebody wrote down for it.
fn written(name: &str) -> Config {
    let path = format!("{}/tests/fixtures/configs/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Config::from_json(&std::fs::read_to_string(path).unwrap(), name).unwrap()
}

#[test]
fn official_networks_are_told_from_their_tensors() {
    for name in ["res50_light", "hrnet32_light", "swinT_light", "tiny_light"] {
        assert_eq!(config(name), written(name), "{name}");
    }
}

#[test]
fn full_and_light_are_told_apart() {
    let full = config("tiny_full");
    assert_eq!(full, Config { light: false, ..config("tiny_light") });
    let tensors = manifest("tiny_full");
    let shapes = Shapes(tensors.iter().map(|(n, s)| (n.as_str(), s.as_slice())).collect());
    let hints = Hints { query_feedback: true, num_heads: 4, shortest_edge: 320, longest_edge: 640 };
    let told = shapes.config(&hints).unwrap();
    assert!(told.query_feedback && told.num_heads == 4);
    assert_eq!((told.image.shortest_edge, told.image.longest_edge), (320, 640));
}

#[test]
fn resnets_are_told_by_their_blocks() {
    for (depth, blocks) in [(101, [3, 4, 23, 3]), (152, [3, 8, 36, 3])] {
        let mut tensors = BTreeMap::from_iter(named([
            ("stem.conv1.weight".into(), vec![64, 3, 7, 7]),
            ("res2.0.conv3.weight".into(), vec![256, 64, 1, 1]),
        ]));
        for (stage, count) in blocks.into_iter().enumerate() {
            tensors.extend(
                (0..count).flat_map(|b| named([(format!("res{}.{b}.conv1.weight", stage + 2), vec![64, 64, 1, 1])])),
            );
        }
        let found = with_backbone("res50_light", tensors).backbone;
        assert_eq!(found, Backbone::Resnet { depth, stem_channels: 64, res2_channels: 256, width_per_group: 64 });
    }
}

#[test]
fn hrnets_are_told_by_their_branches() {
    let channels = vec![48, 96, 192, 384];
    let mut tensors = BTreeMap::new();
    for (stage, modules) in [(2, 1), (3, 4), (4, 3)] {
        for (module, branch, block) in
            (0..modules).flat_map(|m| (0..stage).flat_map(move |br| (0..4).map(move |bl| (m, br, bl))))
        {
            let name = format!("stage{stage}.{module}.branches.{branch}.{block}.conv1.weight");
            let c = channels[branch];
            tensors.extend(named([(name, vec![c, c, 3, 3])]));
        }
    }
    tensors.extend((0..4).flat_map(|b| named([(format!("layer1.{b}.conv1.weight"), vec![64, 64, 1, 1])])));
    tensors.insert("backbone.fpn_conv.0.weight".into(), vec![256, 256, 3, 3]);
    let hrnet = |fpn| Backbone::Hrnet { channels: channels.clone(), modules: vec![1, 4, 3], blocks: vec![4; 4], fpn };
    assert_eq!(with_backbone("res50_light", tensors.clone()).backbone, hrnet(HrFpn::Hrfpn));
    assert_eq!(written("hrnet48_full").backbone, hrnet(HrFpn::HrfpnV1));
    tensors.insert("backbone.lateral_conv.0.weight".into(), vec![256, 48, 1, 1]);
    assert_eq!(with_backbone("res50_light", tensors).backbone, hrnet(HrFpn::HrfpnV1));
}

#[test]
fn swins_are_told_by_their_stages() {
    let families = [
        (96, [2, 2, 6, 2], [3, 6, 12, 24]),
        (128, [2, 2, 18, 2], [4, 8, 16, 32]),
        (192, [2, 2, 18, 2], [6, 12, 24, 48]),
    ];
    for ((embed_dim, depths, heads), name) in families.into_iter().zip(["swinT_full", "swinB_full", "swinL_full"]) {
        let mut tensors = BTreeMap::from_iter(named([("patch_embed.proj.weight".into(), vec![embed_dim, 3, 4, 4])]));
        for stage in 0..4 {
            for block in 0..depths[stage] {
                let at = format!("layers.{stage}.blocks.{block}");
                tensors.extend(named([
                    (format!("{at}.norm1.weight"), vec![embed_dim << stage]),
                    (format!("{at}.attn.relative_position_bias_table"), vec![169, heads[stage]]),
                ]));
            }
        }
        let found = with_backbone("res50_light", tensors).backbone;
        let wanted = Backbone::Swin { embed_dim, depths: depths.into(), num_heads: heads.into(), window: 7 };
        assert_eq!(found, wanted);
        assert_eq!(found, written(name).backbone);
    }
}

#[test]
fn our_own_backbones_are_told_too() {
    for width in [0.35f32, 0.5, 0.75, 1.0, 1.4] {
        let last = (320.0 * width).round() as usize;
        let tensors = named([
            ("blocks.0.depthwise.weight".into(), vec![32, 1, 3, 3]),
            ("blocks.16.project.weight".into(), vec![last, 960, 1, 1]),
        ]);
        let found = with_backbone("res50_light", tensors.collect()).backbone;
        assert!(matches!(found, Backbone::MobilenetV2 { width: w } if (w - width).abs() < 1e-6), "{found:?}");
    }
    let movenet = named([
        ("blocks.0.depthwise.weight".into(), vec![48, 1, 3, 3]),
        ("blocks.16.project.weight".into(), vec![480, 1440, 1, 1]),
        ("hidden.0.pointwise.weight".into(), vec![96, 24, 1, 1]),
        ("hidden.1.pointwise.weight".into(), vec![96, 24, 1, 1]),
    ]);
    let found = with_backbone("res50_light", movenet.collect());
    let heads = vec!["head0".to_string(), "head1".into()];
    assert_eq!(found.backbone, Backbone::Movenet { width: 1.5, heads, top_down: false });
    assert_eq!((found.image.mean, found.image.std), ([127.5; 3], [127.5; 3]), "what MoveNet was trained with");
}

#[test]
fn parts_are_told_by_their_heads() {
    let mut tensors = manifest("tiny_light");
    let head = |part: usize| format!("head.pose_head_series.0.fc_coord.{part}.linear.weight");
    tensors.insert(head(0), vec![4, 32]);
    let crowd = inferred(&tensors).unwrap();
    assert_eq!((crowd.keypoints.len(), crowd.parts.len()), (14, 7));
    let crowdpose = written("tiny_crowdpose");
    assert_eq!((crowd.parts, crowd.keypoints), (crowdpose.parts, crowdpose.keypoints));
    tensors.insert(head(6), vec![8, 32]);
    let other = inferred(&tensors).unwrap();
    assert_eq!((other.keypoints.len(), other.parts[6].len()), (16, 4));
    tensors.insert(head(6), vec![5, 32]);
    assert!(inferred(&tensors).unwrap_err().contains("no x and y"));
}

#[test]
fn other_networks_are_refused_in_a_sentence() {
    let mut tensors = manifest("tiny_light");
    tensors.retain(|name, _| name.starts_with("backbone."));
    let error = inferred(&tensors).unwrap_err();
    assert!(error.contains("no QueryPose") && error.contains("backbone.bottom_up.res2.0.conv1.norm.bias"), "{error}");
    assert!(inferred(&BTreeMap::new()).is_err());
    let broken = |change: &dyn Fn(&mut Tensors)| {
        let mut tensors = manifest("tiny_light");
        change(&mut tensors);
        inferred(&tensors).unwrap_err()
    };
    let stem = "backbone.bottom_up.stem.conv1.weight";
    assert!(broken(&|t| drop(t.remove(stem))).contains("no known kind"));
    assert!(broken(&|t| drop(t.insert(stem.into(), vec![16]))).contains(stem));
    assert!(broken(&|t| drop(t.remove("backbone.bottom_up.res4.3.conv1.weight"))).contains("[3, 4, 3, 3] blocks"));
    let out = "head.head_series.0.inst_interact.out_layer.weight";
    assert!(broken(&|t| drop(t.insert(out.into(), vec![32, 1567]))).contains("no square grid"));
    assert!(broken(&|t| drop(t.insert("part_query.weight".into(), vec![7, 30]))).contains("part_dim"));
}
