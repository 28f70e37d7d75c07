use super::*;
use crate::outputs::Value;
use crate::tensor::DType;
use safetensors::SafeTensors;

fn config() -> Config {
    Config::from_json(include_str!("../tests/fixtures/configs/tiny_light.json"), "tiny_light.json").unwrap()
}

fn value(shape: &[usize], numbers: &[f32]) -> Value {
    assert_eq!(shape.iter().product::<usize>(), numbers.len());
    Value { shape: shape.to_vec(), dtype: DType::F32, words: numbers.iter().map(|x| x.to_bits()).collect() }
}

/// Results with these boxes and logits; every joint in the middle of its box, σ 0.25 and 0.75.
fn results(boxes: &[[f32; 4]], logits: &[f32]) -> Outputs {
    let n = boxes.len();
    let values = [
        ("boxes", value(&[n, 4], boxes.as_flattened())),
        ("logits", value(&[n, 1], logits)),
        ("coords", value(&[n, 17, 2], &vec![0.0; n * 34])),
        ("sigma", value(&[n, 17, 2], &[0.25, 0.75].repeat(n * 17))),
    ];
    Outputs { values: values.map(|(name, v)| (name.into(), v)).into(), count: n, step_ms: None }
}

const GEOMETRY: Geometry = Geometry { photo: (200, 100), resized: (100, 100), padded: (128, 128) };

/// The official code's own result for the same last-stage tensors.
#[test]
fn equals_the_official_results() {
    let bytes = include_bytes!("../tests/fixtures/golden/tiny_light.safetensors");
    let golden = SafeTensors::deserialize(bytes).unwrap();
    let numbers = |name: &str| -> Vec<f32> {
        golden.tensor(name).unwrap().data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()
    };
    let coords: Vec<f32> = numbers("s2.pose.kps").as_chunks::<3>().0.iter().flat_map(|k| [k[0], k[1]]).collect();
    let values = [
        ("boxes", value(&[10, 4], &numbers("s2.box.boxes"))),
        ("logits", value(&[10, 1], &numbers("s2.box.logits"))),
        ("coords", value(&[10, 17, 2], &coords)),
        ("sigma", value(&[10, 17, 2], &numbers("s2.pose.sigma"))),
    ];
    let outputs = Outputs { values: values.map(|(name, v)| (name.into(), v)).into(), count: 10, step_ms: None };
    let geometry = Geometry { photo: (181, 135), resized: (121, 90), padded: (128, 96) };
    let found = poses(&outputs, &config(), &geometry, 0.0, 20);

    let (boxes, keypoints, scores) = (numbers("result.boxes"), numbers("result.kps"), numbers("result.scores"));
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    assert_eq!(found.len(), 9, "the tenth proposal's box lies outside the picture");
    for (pose, &i) in found.iter().zip(&order) {
        // The same arithmetic in another order: a few units in the last place of numbers up to 300.
        assert!((pose.score - scores[i]).abs() < 1e-6, "{} {}", pose.score, scores[i]);
        assert!(pose.bbox.iter().zip(&boxes[i * 4..]).all(|(a, b)| (a - b).abs() < 1e-3), "{:?}", pose.bbox);
        for (k, official) in pose.keypoints.iter().zip(keypoints[i * 51..].as_chunks::<3>().0) {
            let [x, y, score] = *official;
            assert!((k.x - x).abs() < 1e-3 && (k.y - y).abs() < 1e-3, "{k:?} {official:?}");
            assert!((k.score - score).abs() < 1e-6);
        }
    }
}

#[test]
fn scales_clips_boxes_and_not_keypoints() {
    let outputs = results(&[[-60.0, 10.0, 20.0, 50.0]], &[0.0]);
    let [pose] = &poses(&outputs, &config(), &GEOMETRY, 0.0, 20)[..] else { panic!("one person") };
    assert_eq!(pose.bbox, [0.0, 10.0, 40.0, 50.0]);
    assert_eq!((pose.keypoints[16].x, pose.keypoints[16].y), (-40.0, 30.0));
    assert_eq!((pose.class_score, pose.keypoints[0].score, pose.score), (0.5, 0.5, 0.25));
    let learned = Config { pose_quality: true, ..config() };
    let [pose] = &poses(&outputs, &learned, &GEOMETRY, 0.0, 20)[..] else { panic!("one person") };
    assert_eq!(
        (pose.class_score, pose.keypoints[0].score, pose.score),
        (0.5, 0.5, 0.5),
        "a class that learned the pose's quality"
    );
}

#[test]
fn drops_what_cannot_be_shown_and_sorts_the_rest() {
    let whole = [10.0, 10.0, 20.0, 50.0];
    let boxes = [whole, whole, [100.0, 0.0, 120.0, 5.0], [30.0, 5.0, 30.0, 9.0], [f32::NAN, 0.0, 1.0, 1.0], whole];
    let outputs = results(&boxes, &[-1.0, 3.0, 3.0, 3.0, 3.0, f32::NAN]);
    let scores = |threshold| -> Vec<f32> {
        poses(&outputs, &config(), &GEOMETRY, threshold, 20).iter().map(|pose| pose.class_score).collect()
    };
    let all = scores(0.0);
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[0] > 0.9 && all[1] < 0.3);
    assert_eq!(scores(0.3).len(), 1);
    let mut none = outputs.clone();
    none.count = 0;
    assert!(poses(&none, &config(), &GEOMETRY, 0.0, 20).is_empty());
}

/// On demand the two of the largest class scores are decoded, and nobody knows before whose joints are unsure or whose box lies
/// outside: decoding all shows nobody else.
#[test]
fn a_place_is_taken_by_class_whoever_is_shown() {
    let whole = [10.0, 10.0, 20.0, 50.0];
    let outputs = results(&[whole, [300.0, 0.0, 320.0, 5.0], whole, whole], &[2.0, 3.0, 1.0, f32::NAN]);
    let scores = |threshold: f32, most: usize| -> Vec<f32> {
        poses(&outputs, &config(), &GEOMETRY, threshold, most).iter().map(|pose| pose.class_score).collect()
    };
    let shown = |logits: &[f32]| -> Vec<f32> { logits.iter().map(|&logit| sigmoid(logit)).collect() };
    assert_eq!(scores(0.0, 4), shown(&[2.0, 1.0]));
    assert_eq!(scores(0.0, 2), shown(&[2.0]), "the other place is taken by who lies outside");
    assert!(scores(0.0, 1).is_empty());
    let mut unsure = results(&[whole, whole], &[3.0, 1.0]);
    unsure.values.insert("sigma".into(), value(&[2, 17, 2], &[[0.9; 34], [0.1; 34]].concat()));
    assert_eq!(poses(&unsure, &config(), &GEOMETRY, 0.3, 2).len(), 1);
    assert!(poses(&unsure, &config(), &GEOMETRY, 0.3, 1).is_empty());
}

#[test]
fn image_ids_come_from_file_names() {
    assert_eq!(image_id("000000000139.jpg"), Some(139));
    assert_eq!(image_id("val2014/COCO_val2014_000000000042.jpg"), Some(42));
    assert_eq!(image_id("0"), Some(0));
    for none in ["IMG_0007.png", "IMG_0007-edited.png", "holiday (1).jpg", "COCO_cats_3.jpg", "2026/me.jp2", "+1.jpg"] {
        assert_eq!(image_id(none), None, "{none}");
    }
    assert_eq!(image_id("99999999999999999999999.jpg"), None);
    assert_eq!(image_id("9007199254740992.jpg"), None);
    assert_eq!(image_id(""), None);
}

#[test]
fn json_has_the_shapes_others_read() {
    let pose = &poses(&results(&[[10.0, 10.0, 20.0, 50.0]], &[0.0]), &config(), &GEOMETRY, 0.0, 20)[0];
    let coco = serde_json::to_value(CocoResult::new(pose, 7, "a.jpg")).unwrap();
    assert_eq!(coco["category_id"], 1);
    assert_eq!(coco["keypoints"].as_array().unwrap().len(), 51);
    assert_eq!(coco["keypoints"][0], 29.5, "half a pixel less than the pixel's edge convention");
    assert_eq!(coco["bbox"], serde_json::json!([20.0, 10.0, 20.0, 40.0]));
    let config = config();
    let tfjs = serde_json::to_value(TfjsPose::new(pose, &config)).unwrap();
    assert_eq!(tfjs["keypoints"][9]["name"], "left_wrist");
    assert_eq!(tfjs["keypoints"][9]["x"], 30.0);
    let names: Vec<&String> = tfjs["box"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["height", "width", "xMax", "xMin", "yMax", "yMin"]);
}

#[test]
fn who_has_left_the_picture_is_nobody() {
    let pose = |bbox| Pose { id: None, score: 0.5, class_score: 0.5, keypoints: Vec::new(), bbox };
    let within = |bbox| pose(bbox).within((200, 100)).map(|pose| pose.bbox);
    assert_eq!(within([-20.0, 10.0, 30.0, 120.0]), Some([0.0, 10.0, 30.0, 100.0]));
    assert_eq!(within([-20.0, 10.0, -1.0, 50.0]), None);
    assert_eq!(within([20.0, 100.0, 30.0, 150.0]), None);
}
