//! The 14 keypoints of CrowdPose (Li et al. 2019) from the configuration alone: head and neck in the face's place.

use querypose::config::Config;
use querypose::cpu::Engine;
use querypose::geometry::Geometry;
use querypose::model::{Decode, Intervention, QueryPose};
use querypose::tape::Wanted;
use querypose::weights::{Weights, uniform};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

const CONFIG: &str = include_str!("../fixtures/configs/tiny_crowdpose.json");

/// Each proposal's (x, y, σx, σy) by the keypoint's name, and the shapes that were asked for.
fn run(config: &Json) -> (BTreeMap<String, Vec<f32>>, BTreeMap<String, Vec<usize>>) {
    let config = Config::from_json(&config.to_string(), "tiny_crowdpose.json").expect("a valid configuration");
    let asked: Rc<RefCell<BTreeMap<String, Vec<usize>>>> = Rc::default();
    let note = asked.clone();
    let weights = Weights::generated("made up", move |name, shape| {
        note.borrow_mut().insert(name.to_string(), shape.to_vec());
        let (low, high) = if name.ends_with("running_var") { (0.5, 1.5) } else { (-0.2, 0.25) };
        Some(uniform(name, shape.iter().product(), low, high, 1))
    });
    let net = QueryPose::load(&config, &weights).expect("the network loads");
    let (w, h) = (96, 64);
    let tape = net
        .record(
            &Geometry::new(&config, w, h),
            config.num_proposals,
            Decode::All,
            Wanted::Nothing,
            Intervention::default(),
        )
        .expect("the tape records");
    let pixels: Vec<u32> = (0..w * h).map(|i| (i as u32).wrapping_mul(0x9E37_79B9) | 0xff00_0000).collect();
    let inputs: [(&str, &[u32]); 2] = [("picture", &pixels), ("threshold", &[0])];
    let outputs =
        Engine::new().prepare(Arc::new(tape)).expect("there is memory").run(&inputs).expect("the engine runs");
    let k = config.keypoints.len();
    assert_eq!(outputs.values["coords"].shape, [config.num_proposals, k, 2]);
    let mut by_name: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for (i, (xy, sigma)) in
        outputs.values["coords"].f32().chunks(2).zip(outputs.values["sigma"].f32().chunks(2)).enumerate()
    {
        by_name.entry(config.keypoints[i % k].clone()).or_default().extend(xy.iter().chain(sigma));
    }
    let shapes = asked.borrow().clone();
    (by_name, shapes)
}

#[test]
fn crowdpose_14_keypoints() {
    let mut config: Json = serde_json::from_str(CONFIG).expect("JSON");
    config["image"]["shortest_edge"] = json!(64);
    let (joints, shapes) = run(&config);
    assert_eq!(joints.len(), 14);
    assert!(joints.values().all(|v| v.len() == 40 && v.iter().all(|x| x.is_finite())));
    for part in 0..7 {
        // Every part answers for two joints: four numbers each.
        for head in ["fc_coord", "fc_sigma"] {
            let name = format!("head.pose_head_series.2.{head}.{part}.linear.weight");
            assert_eq!(shapes[&name], [4, 32], "{name}");
        }
    }
    assert_eq!(shapes["part_query.weight"], [7, 32]);

    // Results in another order: the same joints under the same names.
    let mut turned = config.clone();
    turned["keypoints"].as_array_mut().expect("a list").reverse();
    assert_eq!(run(&turned).0, joints);

    // The joints of a part are told apart by their place in it: here head answers with neck's numbers.
    let mut swapped = config;
    swapped["parts"][0] = json!(["neck", "head"]);
    let swapped = run(&swapped).0;
    assert_eq!((&swapped["head"], &swapped["neck"]), (&joints["neck"], &joints["head"]));
    assert_ne!(joints["head"], joints["neck"]);
    assert_eq!(swapped["left_ankle"], joints["left_ankle"]);
}
