//! COCO's figures by `src/coco` are pycocotools', on every figure, within 1e-9.

use querypose::coco::{By, Found, Labelled, Size, evaluate};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// A Python with pycocotools, if there is one. The one that `QUERYPOSE_PYTHON` names must have it.
fn python() -> Option<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/.venv/bin/python").to_string();
    let has = |name: &String| {
        let done = Command::new(name).args(["-c", "import numpy, pycocotools.cocoeval"]).output();
        done.is_ok_and(|done| done.status.success())
    };
    if let Ok(wished) = std::env::var("QUERYPOSE_PYTHON") {
        assert!(has(&wished), "{wished} (QUERYPOSE_PYTHON) has no pycocotools");
        return Some(wished);
    }
    let found = [own, "python3".to_string()].into_iter().find(has);
    if found.is_none() {
        println!("skipped: no Python here has pycocotools; QUERYPOSE_PYTHON names one");
    }
    found
}

/// A small set.
struct Set {
    pictures: usize,
    truth: Vec<Labelled>,
    found: Vec<Found>,
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn among<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn around(&mut self, by: f64) -> f64 {
        (self.below(2001) as f64 / 1000.0 - 1.0) * by
    }
}

/// Few pictures; people of all sizes, also exactly on a boundary; crowds, people without labels, nobody at all; found
/// ones who are right, nearly right, twice the same, of equal score, and more than count.
fn set(seed: u64) -> Set {
    let mut r = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66);
    r.below(2);
    let pictures = 1 + r.below(4) as usize;
    let (mut truth, mut found) = (Vec::new(), Vec::new());
    for picture in 0..pictures {
        for _ in 0..r.among(&[0, 0, 1, 1, 2, 3, 6]) {
            let side = r.among(&[8.0, 20.0, 32.0, 60.0, 96.0, 150.0, 300.0]);
            let (x, y) = (r.below(200) as f64, r.below(200) as f64 + 0.25);
            let (w, h) = (side, r.among(&[1.0, 1.0, 2.0, 0.5]) * side);
            let none = r.below(6) == 0;
            let keypoints: Vec<[f64; 3]> = (0..17)
                .map(|_| {
                    let v = if none || r.below(4) == 0 { 0.0 } else { 1.0 + r.below(2) as f64 };
                    [x + w * r.below(101) as f64 / 100.0, y + h * r.below(101) as f64 / 100.0, v]
                })
                .collect();
            let labels = keypoints.iter().filter(|k| k[2] > 0.0).count() as u64;
            // Files do not always agree with themselves.
            let labels = if r.below(12) == 0 { r.below(3) } else { labels };
            let area = w * h * r.among(&[1.0, 1.0, 0.53]);
            truth.push(Labelled { picture, bbox: [x, y, w, h], keypoints, labels, area, crowd: r.below(7) == 0 });
        }
    }
    for _ in 0..r.among(&[0, 1, 3, 8, 8, 20, 70]) {
        let score = r.below(30) as f64 / 30.0;
        if truth.is_empty() || r.below(4) == 0 {
            let (x, y, side) = (r.below(300) as f64, r.below(300) as f64, 5.0 + r.below(150) as f64);
            let keypoints = (0..17).map(|_| [x + side * 0.5 + r.around(side), y + r.around(side)]).collect();
            let picture = r.below(pictures as u64) as usize;
            found.push(Found { picture, bbox: [x, y, side, side * 1.5], keypoints, score });
            continue;
        }
        let of = truth[r.below(truth.len() as u64) as usize].clone();
        let by = r.among(&[0.0, 0.02, 0.05, 0.1, 0.3]) * of.area.sqrt();
        let keypoints = of.keypoints.iter().map(|k| [k[0] + r.around(by), k[1] + r.around(by)]).collect();
        let [x, y, w, h] = of.bbox;
        let bbox = [x + r.around(by), y + r.around(by), w + r.around(by).max(0.5 - w), h + r.around(by).max(0.5 - h)];
        let picture = if r.below(9) == 0 { r.below(pictures as u64) as usize } else { of.picture };
        found.push(Found { picture, bbox, keypoints, score });
    }
    Set { pictures, truth, found }
}

fn as_json(set: &Set) -> Json {
    let flat = |of: &[[f64; 3]]| of.as_flattened().to_vec();
    let truth = set.truth.iter().map(|one| {
        json!({
            "image_id": one.picture + 1, "bbox": one.bbox, "keypoints": flat(&one.keypoints), "area": one.area,
            "num_keypoints": one.labels, "iscrowd": u8::from(one.crowd)
        })
    });
    let found = set.found.iter().map(|one| {
        let keypoints: Vec<f64> = one.keypoints.iter().flat_map(|&[x, y]| [x, y, 0.5]).collect();
        json!({"image_id": one.picture + 1, "bbox": one.bbox, "keypoints": keypoints, "score": one.score})
    });
    json!({"pictures": set.pictures, "truth": truth.collect::<Vec<_>>(), "found": found.collect::<Vec<_>>()})
}

#[test]
fn every_figure_is_that_of_pycocotools() {
    let Some(python) = python() else { return };
    let sets: Vec<Set> = (0..1200).map(set).collect();
    let text = Json::Array(sets.iter().map(as_json).collect()).to_string();
    let mut program = Command::new(python);
    program.args(["-c", include_str!("count.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let theirs: Vec<[Vec<f64>; 2]> = serde_json::from_slice(&done.stdout).expect("pycocotools counts");
    assert_eq!(theirs.len(), sets.len());
    let (mut worst, mut counted) = (0f64, 0);
    for (i, (set, theirs)) in sets.iter().zip(&theirs).enumerate() {
        for (by, theirs) in [By::Keypoints, By::Boxes].into_iter().zip(theirs) {
            let ours = evaluate(by, set.pictures, &set.truth, &set.found).figures();
            assert_eq!(ours.len(), theirs.len());
            for ((name, ours), theirs) in ours.into_iter().zip(theirs) {
                let ours = ours.unwrap_or(-1.0);
                worst = worst.max((ours - theirs).abs());
                counted += usize::from(*theirs > 0.0 && *theirs < 1.0);
                assert!((ours - theirs).abs() < 1e-9, "set {i}, {by:?}, {name}: {ours} instead of {theirs}");
            }
        }
    }
    println!("{counted} figures between 0 and 1, the worst off by {worst:e}");
    assert!(counted > 5000, "{counted} figures that say something");
}

/// What needs no Python: nobody there, nobody found, everybody found.
#[test]
fn nobody_and_everybody() {
    let Set { pictures, truth, .. } = (0..).map(set).find(|set| set.truth.iter().any(|one| !one.crowd)).unwrap();
    let none = evaluate(By::Boxes, pictures, &truth, &[]);
    assert_eq!((none.precision(None, Size::All), none.recall(None, Size::All, None)), (Some(0.0), Some(0.0)));
    let found: Vec<Found> = truth
        .iter()
        .map(|one| Found {
            picture: one.picture,
            bbox: one.bbox,
            keypoints: one.keypoints.iter().map(|k| [k[0], k[1]]).collect(),
            score: 0.5,
        })
        .collect();
    let all = evaluate(By::Boxes, pictures, &truth, &found);
    assert!(all.precision(None, Size::All).unwrap() > 1.0 - 1e-12 && all.at_score(0.5) == (1.0, 1.0));
    assert_eq!(all.at_score(0.6), (0.0, 0.0));
    let empty = evaluate(By::Keypoints, 3, &[], &found);
    assert_eq!((empty.precision(None, Size::All), empty.recall(Some(0), Size::Large, None)), (None, None));
    assert_eq!(evaluate(By::Keypoints, 0, &truth, &found).precision(None, Size::All), None);
}
