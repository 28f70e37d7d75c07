//! What a found person says in the tracker's numbers: places, sizes, and how far they may be off.

use super::likeness::size;
use super::options::TrackOptions;
use crate::pose::{Keypoint, Pose};

// Tuned by tests/bench/track, for the least trembling at equal lag; there a resting joint trembles by 0.011 of its sigma in
// the median, a few by much more.

/// From frame to frame a joint may tremble by this share of the sigma that the network gives it …
const TREMBLE: f64 = 0.03;
/// … and by this share of the person's size.
const FLOOR: f64 = 0.0015;
/// Density of accelerations at rest, in sizes per second^1.5, in the middle of the control.
const ACCELERATION: f64 = 0.015;
/// From one end of the control to the other it changes by this factor.
const CONTROL: f64 = 1e2;

/// Further away (px) is nothing that a picture shows, whatever its size.
const FAR: f32 = 1e7;

/// Whether all numbers make sense.
pub fn is_sensible(pose: &Pose) -> bool {
    let near = |v: f32| v.abs() <= FAR;
    let joint = |k: &Keypoint| near(k.x) && near(k.y) && k.score.is_finite() && k.sigma.iter().all(|v| v.is_finite());
    pose.score.is_finite() && pose.bbox.into_iter().all(near) && pose.keypoints.iter().all(joint)
}

/// Width and height of a box, never nothing.
pub fn extent([x1, y1, x2, y2]: [f32; 4]) -> [f64; 2] {
    [(x1, x2), (y1, y2)].map(|(a, b)| (f64::from(b) - f64::from(a)).max(1e-3))
}

/// The middle of a box.
pub fn middle([x1, y1, x2, y2]: [f32; 4]) -> [f64; 2] {
    [(x1, x2), (y1, y2)].map(|(a, b)| (f64::from(a) + f64::from(b)) / 2.0)
}

/// A joint's place.
pub fn place(k: &Keypoint) -> [f64; 2] {
    [f64::from(k.x), f64::from(k.y)]
}

/// Variance of a joint's place from frame to frame.
pub fn tremble(sigma: [f32; 2], bbox: [f32; 4]) -> [f64; 2] {
    let (extent, floor) = (extent(bbox), FLOOR * size(bbox));
    [0, 1].map(|i| (TREMBLE * f64::from(sigma[i].clamp(0.0, 1.0)) * extent[i]).powi(2) + floor * floor)
}

/// Density of accelerations, in pixels² per second³, for somebody of this size.
pub fn acceleration(size: f64, options: &TrackOptions) -> f64 {
    let steadiness = f64::from(options.steadiness.clamp(0.0, 1.0));
    let control = CONTROL.powf(0.5 - if steadiness.is_nan() { 0.5 } else { steadiness });
    (ACCELERATION * size).powi(2) * control * control
}

/// What fits in a number of the results.
pub fn narrow(v: f64) -> f32 {
    v.clamp(-f64::from(FAR), f64::from(FAR)) as f32
}

/// Mean sigma of the joints, x and y.
pub fn mean_sigma(pose: &Pose) -> [f32; 2] {
    let count = pose.keypoints.len().max(1) as f32;
    [0, 1].map(|i| pose.keypoints.iter().map(|k| k.sigma[i]).sum::<f32>() / count)
}

/// Mean of the joints' places, of those in sight more; no joints are nowhere.
pub fn mean_place(joints: &[Keypoint]) -> [f64; 2] {
    let weight = |k: &Keypoint| f64::from(k.score.clamp(0.0, 1.0)).powi(2) + 1e-6;
    let all: f64 = joints.iter().map(weight).sum();
    [0, 1].map(|i| joints.iter().map(|k| weight(k) * place(k)[i]).sum::<f64>() / all.max(1e-9))
}
