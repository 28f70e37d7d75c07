//! What comes out: people with keypoints, and the two JSON shapes others read them in.

use crate::config::Config;
use crate::geometry::Geometry;
use crate::outputs::Outputs;
use serde::Serialize;
use std::cmp::Ordering;

/// A joint on the photo. Its name is the configuration's at the same index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keypoint {
    /// Photo pixels from the left edge; a pixel's centre lies at + 0.5. May lie outside the photo.
    pub x: f32,
    /// Photo pixels from the top edge.
    pub y: f32,
    /// Mean over x and y of 1 − σ, in 0–1.
    pub score: f32,
    /// The network's own uncertainty of x and y, in 0–1, as a share of the person box's width and height.
    pub sigma: [f32; 2],
}

/// A person on the photo.
#[derive(Clone, Debug, PartialEq)]
pub struct Pose {
    /// Who this is, counted from 1, the same in all frames of a stream: from [`crate::track::Tracker`], which knows
    /// nobody before the second frame. None on a photo.
    pub id: Option<u32>,
    /// Class score × mean keypoint score, or the class score alone ([`Config::pose_quality`]), in 0–1.
    pub score: f32,
    /// Sigmoid of the last box stage's logit, in 0–1.
    pub class_score: f32,
    /// In the order of the configuration's `keypoints`.
    pub keypoints: Vec<Keypoint>,
    /// `[x1, y1, x2, y2]` in photo pixels, clipped to the photo.
    pub bbox: [f32; 4],
}

impl Pose {
    /// The same person on a photo of `x` times the width and `y` times the height.
    pub fn scaled(&self, x: f32, y: f32) -> Pose {
        let [left, top, right, bottom] = self.bbox;
        let keypoints = self.keypoints.iter().map(|k| Keypoint { x: k.x * x, y: k.y * y, ..*k }).collect();
        Pose { keypoints, bbox: [left * x, top * y, right * x, bottom * y], ..*self }
    }

    /// The same person with a box that ends where a picture of these pixels ends, as the network's own do, and nobody where
    /// nothing of it is left: a [`crate::track::Tracker`] does not know how large its frames are.
    pub fn within(mut self, (width, height): (u32, u32)) -> Option<Pose> {
        let most = [width, height, width, height].map(|side| side as f32);
        self.bbox.iter_mut().zip(most).for_each(|(v, most)| *v = v.clamp(0.0, most));
        let [left, top, right, bottom] = self.bbox;
        (right > left && bottom > top).then_some(self)
    }
}

/// Reads the people off the results of a run, best first.
///
/// Expects the tape's results `boxes` [n, 4], `logits` [n, 1], `coords` [n, K, 2] and `sigma` [n, K, 2].
/// A keypoint is `(coord + 0.5)·(w, h) + (x1, y1)` of the **unclipped** box (official `inference`). People
/// below the threshold, with an empty box after clipping, or with a number that is not finite are dropped. Before that, of
/// more than `max_people` those of the largest class scores stay, as [`crate::ops::Select`] keeps to the number on demand: it
/// does not know whose joints are too unsure to be shown either.
pub fn poses(outputs: &Outputs, config: &Config, geometry: &Geometry, threshold: f32, max_people: usize) -> Vec<Pose> {
    let joints = config.keypoints.len();
    let result = |name: &str| outputs.values[name].f32();
    let boxes = result("boxes").as_chunks::<4>().0;
    let coords = result("coords").as_chunks::<2>().0.chunks_exact(joints);
    let sigmas = result("sigma").as_chunks::<2>().0.chunks_exact(joints);
    let rows = boxes.iter().zip(result("logits")).zip(coords.zip(sigmas));
    let mut people: Vec<Pose> = rows
        .take(outputs.count)
        .filter(|((_, logit), _)| !logit.is_nan())
        .map(|((corners, &logit), (coords, sigmas))| person(corners, logit, [coords, sigmas], config, geometry))
        .collect();
    if people.len() > max_people {
        sort(&mut people, |a, b| b.class_score.total_cmp(&a.class_score));
        people.truncate(max_people);
    }
    people.retain(|pose| pose.score >= threshold && is_there(pose));
    sort(&mut people, |a, b| b.score.total_cmp(&a.score));
    people
}

/// Stable: equals keep their order. One copy of the code for every order, which the page would have to fetch.
pub(crate) fn sort(people: &mut [Pose], order: fn(&Pose, &Pose) -> Ordering) {
    people.sort_by(order);
}

/// A person's joints on the photo, from their box in what the network saw and their places in that box.
pub(crate) fn keypoints(corners: &[f32; 4], coords: &[[f32; 2]], sigmas: &[[f32; 2]], on: &Geometry) -> Vec<Keypoint> {
    let [x1, y1, x2, y2] = *corners;
    let (width, height) = (x2 - x1, y2 - y1);
    let joint = |(&[x, y], &sigma): (&[f32; 2], &[f32; 2])| {
        let (x, y) = on.to_photo((x + 0.5) * width + x1, (y + 0.5) * height + y1);
        Keypoint { x, y, score: 1.0 - (sigma[0] + sigma[1]) / 2.0, sigma }
    };
    coords.iter().zip(sigmas).map(joint).collect()
}

/// The class score of a logit, in 0–1.
pub(crate) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// [`Pose::score`].
pub(crate) fn person_score(class_score: f32, keypoints: &[Keypoint], config: &Config) -> f32 {
    if config.pose_quality {
        return class_score;
    }
    class_score * (keypoints.iter().map(|k| k.score).sum::<f32>() / keypoints.len() as f32)
}

/// One person from one row of the results.
fn person(corners: &[f32; 4], logit: f32, [coords, sigmas]: [&[[f32; 2]]; 2], config: &Config, on: &Geometry) -> Pose {
    let keypoints = keypoints(corners, coords, sigmas, on);
    let class_score = sigmoid(logit);
    let score = person_score(class_score, &keypoints, config);
    let [x1, y1, x2, y2] = on.box_to_photo(*corners);
    let clip = |x: f32, y: f32| (x.clamp(0.0, on.photo.0 as f32), y.clamp(0.0, on.photo.1 as f32));
    let ((left, top), (right, bottom)) = (clip(x1, y1), clip(x2, y2));
    Pose { id: None, score, class_score, keypoints, bbox: [left, top, right, bottom] }
}

/// True if there is something of a person to show.
fn is_there(pose: &Pose) -> bool {
    let [left, top, right, bottom] = pose.bbox;
    let finite =
        pose.score.is_finite() && pose.keypoints.iter().all(|k| [k.x, k.y, k.score].iter().all(|v| v.is_finite()));
    // A box that is not finite compares false here and is dropped with the empty ones.
    finite && right > left && bottom > top
}

/// One person in the COCO results format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CocoResult {
    /// The picture's id: a number, or whatever the annotations have. See [`image_id`].
    pub image_id: serde_json::Value,
    /// The picture's file name, which COCO's own tools ignore.
    pub file_name: String,
    /// 1, person, or whatever the annotations call it.
    pub category_id: serde_json::Value,
    /// x, y, score for each keypoint. COCO counts pixel indices, where a pixel's centre is a whole number, so
    /// x and y are 0.5 less than [`Keypoint`]'s (as in detectron2's evaluator).
    pub keypoints: Vec<f32>,
    /// Person score.
    pub score: f32,
    /// x, y, width, height in photo pixels.
    pub bbox: [f32; 4],
    /// [`Pose::id`], left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_id: Option<u32>,
}

impl CocoResult {
    /// A person of the picture `file_name`.
    pub fn new(pose: &Pose, image_id: impl Into<serde_json::Value>, file_name: &str) -> Self {
        let [x1, y1, x2, y2] = pose.bbox;
        CocoResult {
            image_id: image_id.into(),
            file_name: file_name.into(),
            category_id: 1.into(),
            keypoints: pose.keypoints.iter().flat_map(|k| [k.x - 0.5, k.y - 0.5, k.score]).collect(),
            score: pose.score,
            bbox: [x1, y1, x2 - x1, y2 - y1],
            track_id: pose.id,
        }
    }
}

/// The COCO image id that a file's name is: nothing but digits in front of the ending (`000000000139.jpg` is 139), or
/// COCO's own longer form (`COCO_val2014_000000000139.jpg`); none for other names, and for more than JavaScript can
/// count.
pub fn image_id(file_name: &str) -> Option<u64> {
    const LARGEST: u64 = (1 << 53) - 1;
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let own = ["train2014", "val2014", "test2014", "test2015"];
    let long = stem.strip_prefix("COCO_").and_then(|rest| rest.split_once('_'));
    let digits = long.filter(|(set, _)| own.contains(set)).map_or(stem, |(_, digits)| digits);
    let all = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    digits.parse().ok().filter(|&id| all && id <= LARGEST)
}

/// A person in the shape of TF.js' pose-detection, plus σ and a box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TfjsPose<'a> {
    /// [`Pose::id`], left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Person score.
    pub score: f32,
    /// In the configuration's order.
    pub keypoints: Vec<TfjsKeypoint<'a>>,
    /// Around the person, clipped to the photo.
    #[serde(rename = "box")]
    pub bbox: TfjsBox,
}

/// A joint in the shape of TF.js' pose-detection, in photo pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TfjsKeypoint<'a> {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
    /// In 0–1.
    pub score: f32,
    /// See [`Keypoint::sigma`].
    pub sigma: [f32; 2],
    /// `left_shoulder`, …
    pub name: &'a str,
}

/// A box in the shape of TF.js' pose-detection, in photo pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TfjsBox {
    /// Left.
    pub x_min: f32,
    /// Top.
    pub y_min: f32,
    /// Right.
    pub x_max: f32,
    /// Bottom.
    pub y_max: f32,
    /// Right − left.
    pub width: f32,
    /// Bottom − top.
    pub height: f32,
}

impl<'a> TfjsPose<'a> {
    /// A person with the names of this configuration's keypoints.
    pub fn new(pose: &Pose, config: &'a Config) -> Self {
        let [x1, y1, x2, y2] = pose.bbox;
        let named = pose.keypoints.iter().zip(&config.keypoints);
        TfjsPose {
            id: pose.id,
            score: pose.score,
            keypoints: named
                .map(|(k, name)| TfjsKeypoint { x: k.x, y: k.y, score: k.score, sigma: k.sigma, name })
                .collect(),
            bbox: TfjsBox { x_min: x1, y_min: y1, x_max: x2, y_max: y2, width: x2 - x1, height: y2 - y1 },
        }
    }
}

#[cfg(test)]
#[path = "pose_tests.rs"]
mod tests;
