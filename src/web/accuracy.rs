//! COCO's figures for JS: the same annotations, results and evaluation as `querypose eval` has.

use super::thrown::{ours, thrown};
use crate::coco::annotations::Annotations;
use crate::coco::results::{LOWEST, MOST_PEOPLE, Results, as_written};
use crate::coco::truth::Truth;
use crate::coco::{By, Counts, Evaluation, Found, Labelled, evaluate};
use crate::error::{Error, ErrorKind};
use crate::pose::{Keypoint, Pose};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// So many pictures with the most mistakes are told.
const WORST: usize = 20;
/// Precision and recall are told at so many thresholds, in even steps to 1.
const STEPS: u32 = 100;
/// Numbers of a person in [`Accuracy::add`] before those of the keypoints: score and corners.
const HEAD: usize = 5;

/// Annotations, and what was found on their pictures so far.
#[wasm_bindgen]
pub struct Accuracy {
    annotations: Annotations,
    truth: Truth,
    results: Results,
    files: Vec<Option<usize>>,
    /// Which pictures were looked at.
    seen: Vec<bool>,
}

/// What [`Accuracy::open`] is told.
#[derive(Deserialize)]
struct Asked {
    name: String,
    paths: Vec<String>,
    keypoints: Vec<String>,
}

/// What is known before any picture is looked at.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    /// For each picture the place of its file among the paths.
    files: &'a [Option<usize>],
    /// Their names.
    names: Vec<&'a str>,
    people: usize,
    notes: Vec<&'a String>,
    threshold: f32,
    max_people: usize,
}

/// What is counted.
#[derive(Serialize)]
struct Counted {
    joints: BTreeMap<&'static str, Option<f64>>,
    boxes: BTreeMap<&'static str, Option<f64>>,
    /// Labelled people who count.
    people: usize,
    /// Threshold, how many found people are right, how many wrong.
    curve: Vec<(f64, usize, usize)>,
    /// The same at the threshold that was asked for.
    at: (f64, usize, usize),
    worst: Vec<Worst>,
}

/// A picture with mistakes.
#[derive(Serialize)]
struct Worst {
    image: usize,
    missed: usize,
    wrong: usize,
    labelled: Vec<Drawn>,
    found: Vec<Drawn>,
}

/// A person to be drawn, in pixels where a pixel's centre is a whole number.
#[derive(Serialize)]
struct Drawn {
    bbox: [f64; 4],
    /// x, y, and whether it is labelled.
    keypoints: Vec<(f64, f64, bool)>,
    /// Counts neither for nor against: a crowd, or nobody with labelled joints.
    ignored: bool,
    score: f64,
}

#[wasm_bindgen]
impl Accuracy {
    /// Reads the text of a file of annotations. `asked` is JSON: the file's `name` for messages, the `paths` of the files
    /// among which the pictures are, and the model's `keypoints`. Throws the sentence of what is wrong with the file.
    pub fn open(text: Vec<u8>, asked: &str) -> Result<Accuracy, JsValue> {
        let refused = |sentence: String| thrown(Error::new(ErrorKind::BadRequest, sentence));
        let Asked { name, paths, keypoints } = serde_json::from_str(asked).map_err(|e| thrown(ours(e)))?;
        let annotations = Annotations::parse(&text, &name).map_err(refused)?;
        let truth = annotations.truth(&annotations.images, &keypoints).map_err(refused)?;
        let files = annotations.files_of(&paths);
        let seen = vec![false; annotations.images.len()];
        Ok(Accuracy { annotations, truth, results: Results::default(), files, seen })
    }

    /// What is known before any picture is looked at, as JSON: for each picture the place of its file among the paths or
    /// null, names, people, notes, and the threshold and the most people to look with.
    pub fn about(&self) -> Result<String, JsValue> {
        let about = About {
            files: &self.files,
            names: self.annotations.images.iter().map(|image| image.file_name.as_str()).collect(),
            people: self.truth.people.len(),
            notes: self.annotations.notes.iter().chain(&self.truth.notes).collect(),
            threshold: LOWEST,
            max_people: MOST_PEOPLE,
        };
        serde_json::to_string(&about).map_err(|e| thrown(ours(e)))
    }

    /// The people found on a picture: for each score, left, top, right, bottom, then x, y and score of each keypoint, in the
    /// picture's pixels.
    pub fn add(&mut self, image: usize, people: &[f32]) {
        const JOINTS: usize = 17;
        let pose = |row: &[f32]| Pose {
            id: None,
            score: row[0],
            class_score: row[0],
            bbox: [row[1], row[2], row[3], row[4]],
            keypoints: row[HEAD..]
                .as_chunks::<3>()
                .0
                .iter()
                .map(|&[x, y, score]| Keypoint { x, y, score, sigma: [0.0; 2] })
                .collect(),
        };
        if let Some(seen) = self.seen.get_mut(image) {
            *seen = true;
            let poses: Vec<Pose> = people.chunks_exact(HEAD + 3 * JOINTS).map(pose).collect();
            self.results.add(image, &poses);
        }
    }

    /// Forgets what was found.
    pub fn reset(&mut self) {
        self.results = Results::default();
        self.seen.fill(false);
    }

    /// COCO results as JSON text.
    pub fn results(&self) -> Result<Vec<u8>, JsValue> {
        self.results.to_json(&self.annotations).map(String::into_bytes).map_err(|e| thrown(ours(e)))
    }

    /// All figures, precision and recall over the threshold and at `threshold`, and the pictures with the most mistakes
    /// there, as JSON.
    pub fn count(&self, threshold: f32) -> Result<String, JsValue> {
        let threshold = as_written(threshold);
        let found = self.results.found(&self.annotations, &self.truth);
        let by = |by: By| evaluate(by, self.annotations.images.len(), &self.truth.people, &found);
        let (joints, boxes) = (by(By::Keypoints), by(By::Boxes));
        let at = |least: f64| {
            let Counts { right, wrong, .. } = joints.total(least);
            (least, right, wrong)
        };
        let counted = Counted {
            joints: joints.figures().into_iter().collect(),
            boxes: boxes.figures().into_iter().collect(),
            people: joints.total(1.0).people,
            curve: (1..=STEPS).map(|step| at(f64::from(step) / f64::from(STEPS))).collect(),
            at: at(threshold),
            worst: self.worst(&joints, &found, threshold),
        };
        serde_json::to_string(&counted).map_err(|e| thrown(ours(e)))
    }
}

impl Accuracy {
    /// Only pictures that were looked at: the others cannot be shown.
    fn worst(&self, joints: &Evaluation, found: &[Found], threshold: f64) -> Vec<Worst> {
        let mut images = vec![0; self.annotations.images.len()];
        for (place, image) in self.annotations.images.iter().enumerate() {
            if let Some(&picture) = self.truth.places.get(image.key()) {
                images[picture] = place;
            }
        }
        let mut all = joints.counts(threshold);
        all.retain(|(picture, counts)| counts.mistakes() > 0 && self.seen[images[*picture]]);
        // Stable: of two that are as bad the first comes first.
        all.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.mistakes()));
        all.truncate(WORST);
        let worst = |(picture, counts): (usize, Counts)| Worst {
            image: images[picture],
            missed: counts.people - counts.right,
            wrong: counts.wrong,
            labelled: self.truth.people.iter().filter(|one| one.picture == picture).map(labelled).collect(),
            found: found.iter().filter(|one| one.picture == picture && one.score >= threshold).map(drawn).collect(),
        };
        all.into_iter().map(worst).collect()
    }
}

fn labelled(one: &Labelled) -> Drawn {
    let keypoints = one.keypoints.iter().map(|&[x, y, v]| (x, y, v > 0.0)).collect();
    Drawn { bbox: one.bbox, keypoints, ignored: one.crowd || one.labels == 0, score: 1.0 }
}

fn drawn(one: &Found) -> Drawn {
    let keypoints = one.keypoints.iter().map(|&[x, y]| (x, y, true)).collect();
    Drawn { bbox: one.bbox, keypoints, ignored: false, score: one.score }
}
