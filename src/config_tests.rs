use super::*;
use serde_json::{Value, json};

const R50: &str = include_str!("../tests/fixtures/configs/res50_light.json");

fn r50() -> Config {
    Config::from_json(R50, "config.json").unwrap()
}

/// The sentence for the R50 configuration with one value replaced.
fn complaint(pointer: &str, value: Value) -> String {
    let mut json: Value = serde_json::from_str(R50).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    let error = Config::from_json(&json.to_string(), "nano/config.json").unwrap_err().to_string();
    assert!(error.starts_with("nano/config.json: "), "{error}");
    error
}

#[test]
fn reads_every_field_and_keeps_names() {
    let config = r50();
    assert_eq!(config.num_proposals, 100);
    assert!(config.light && !config.query_feedback);
    assert_eq!(config.threshold, 0.3);
    let again: Config = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
    let kinds = [
        (json!({"type": "mobilenet_v2", "width": 1.0}), "mobilenet_v2"),
        (json!({"type": "movenet", "width": 1.5, "heads": ["center", "kpt_heatmap"]}), "movenet"),
        (
            json!({"type":"hrnet","channels":[32,64,128,256],"modules":[1,4,3],"blocks":[4,4,4,4],"fpn":"hrfpn_v1"}),
            "hrnet",
        ),
        (json!({"type":"swin","embed_dim":96,"depths":[2,2,6,2],"num_heads":[3,6,12,24],"window":7}), "swin"),
    ];
    for (backbone, name) in kinds {
        let mut json: Value = serde_json::from_str(R50).unwrap();
        json["backbone"] = backbone;
        let config = Config::from_json(&json.to_string(), "c").unwrap();
        assert_eq!(config.backbone.name(), name);
        let again: Config = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(again, config);
        json["backbone"] = json!({ "type": name });
        let error = Config::from_json(&json.to_string(), "c").unwrap_err().to_string();
        assert!(error.contains(&format!("backbone of type {name} lacks the field")), "{error}");
    }
}

/// As editors on Windows save it.
#[test]
fn a_mark_in_front_of_the_text_is_no_part_of_it() {
    assert_eq!(Config::from_json(&format!("\u{feff}{R50}"), "config.json").unwrap(), r50());
}

#[test]
fn fields_that_are_not_known_are_named() {
    for (of, name) in [("", "pose_qualitty"), ("/image", "shortest_edges"), ("/backbone", "widht")] {
        let mut json: Value = serde_json::from_str(R50).unwrap();
        json.pointer_mut(of).unwrap()[name] = json!(1);
        let error = Config::from_json(&json.to_string(), "c").unwrap_err().to_string();
        assert!(error.contains(&format!("unknown field `{name}`")), "{error}");
    }
}

#[test]
fn joints_follow_parts() {
    let config = r50();
    let joints = config.joints();
    assert_eq!(joints.len(), 17);
    // nose, left elbow, right elbow, left wrist
    assert_eq!((joints[0], joints[7], joints[8], joints[9]), ((0, 0), (2, 0), (3, 0), (2, 1)));
    assert_eq!(config.concatenated(), [0, 1, 2, 3, 4, 5, 6, 7, 9, 8, 10, 11, 12, 13, 15, 14, 16]);
}

#[test]
fn sizes_follow_detectron2() {
    let config = r50();
    assert_eq!(config.resized(1280, 720), (1333, 750));
    assert_eq!(config.padded(1333, 750), (1344, 768));
    assert_eq!(config.resized(720, 1280), (750, 1333));
    assert_eq!(config.resized(500, 500), (800, 800));
    assert_eq!(config.resized(640, 427), (1199, 800));
    assert_eq!(config.resized(16000, 1), (1333, 1));
    assert_eq!(config.resized(0, 0), (800, 800));
}

#[test]
fn wrong_values_get_a_sentence_that_names_the_field() {
    let cases = [
        ("/model_type", json!("bert"), "model_type"),
        ("/num_proposals", json!(0), "num_proposals is 0"),
        ("/num_proposals", json!(1001), "num_proposals"),
        ("/num_stages", json!(0), "num_stages"),
        ("/hidden_dim", json!(1u64 << 40), "hidden_dim"),
        ("/hidden_dim", json!(-1), "invalid value"),
        ("/hidden_dim", json!(128), "fpn_channels is 256"),
        ("/num_heads", json!(7), "num_heads"),
        ("/part_dim", json!(100), "part_dim"),
        ("/backbone/type", json!("vgg"), "vgg"),
        ("/backbone/depth", json!(18), "backbone.depth"),
        ("/keypoints/3", json!("nose"), "\"nose\" twice"),
        ("/parts/1/0", json!("tail"), "\"tail\""),
        ("/parts/1", json!(["nose"]), "\"nose\" twice"),
        ("/parts/1", json!([]), "parts[1] is empty"),
        ("/parts/1", json!(["left_shoulder"]), "\"right_shoulder\" belongs to none"),
        ("/image/shortest_edge", json!(0), "image.shortest_edge"),
        ("/image/size_divisor", json!(33), "image.size_divisor"),
        ("/image/std", json!([0.0, 1.0, 1.0]), "image.std"),
        ("/image/mean", json!([0.0, 1.0]), "invalid length 2"),
        ("/light", json!("yes"), "invalid type"),
    ];
    for (pointer, value, words) in cases {
        let error = complaint(pointer, value.clone());
        assert!(error.contains(words), "{pointer} = {value}: {error}");
    }
    let error = Config::from_json("{}", "x").unwrap_err().to_string();
    assert!(error.contains("missing field `model_type`"), "{error}");
    assert!(Config::from_json("", "x").is_err());
    assert!(Config::from_json(&"[".repeat(100_000), "x").is_err());
}

/// A few thousand damaged configurations: whatever is accepted keeps the rules, nothing panics.
#[test]
fn damaged_texts_never_panic() {
    let mut state = 1u64;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    for _ in 0..4000 {
        let mut text = R50.as_bytes().to_vec();
        for _ in 0..1 + random(4) {
            let at = random(text.len());
            match random(4) {
                0 => text[at] = b"0123456789-.e\"[]{},:xn"[random(22)],
                1 => drop(text.remove(at)),
                2 => text.insert(at, b"0123456789"[random(10)]),
                _ => text.truncate(at.max(1)),
            }
        }
        if let Ok(config) = Config::from_json(&String::from_utf8_lossy(&text), "damaged") {
            assert_eq!(config.joints().len(), config.keypoints.len());
            assert_eq!(config.concatenated().len(), config.keypoints.len());
            let (w, h) = config.resized(random(20000), random(20000));
            let (pw, ph) = config.padded(w, h);
            assert!(w >= 1 && h >= 1 && pw <= 8192 && ph <= 8192, "{w} {h} {pw} {ph}");
        }
    }
}
