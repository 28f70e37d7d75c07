//! How alike two poses are.

use crate::coco::similarity::SPREAD;
use crate::pose::{Keypoint, Pose};

/// Square root of the area of a box.
pub fn size([x1, y1, x2, y2]: [f32; 4]) -> f64 {
    let side = |a: f32, b: f32| (f64::from(b) - f64::from(a)).max(1e-3);
    (side(x1, x2) * side(y1, y2)).sqrt()
}

/// Intersection over union of two boxes.
pub fn overlap(a: [f32; 4], b: [f32; 4]) -> f64 {
    let [a, b] = [a, b].map(|corners| corners.map(f64::from));
    let side = |i: usize| (a[i + 2].min(b[i + 2]) - a[i].max(b[i])).max(0.0);
    let area = |[x1, y1, x2, y2]: [f64; 4]| (x2 - x1).max(0.0) * (y2 - y1).max(0.0);
    let both = side(0) * side(1);
    let either = area(a) + area(b) - both;
    if either > 0.0 { both / either } else { 0.0 }
}

/// Object keypoint similarity of two poses, joints weighed by both scores; `stray` is what they may have moved apart,
/// as a share of the size. Also the weight of the joints: how many are sure.
pub fn similarity(a: &[Keypoint], b: &[Keypoint], size: f64, stray: f64) -> (f64, f64) {
    // COCO's standard deviation is twice the spread of human annotators; joints of other sets have the mean of those.
    let other = SPREAD.iter().sum::<f64>() / SPREAD.len() as f64;
    let falloff = |i: usize| 2.0 * if a.len() == SPREAD.len() { SPREAD[i] } else { other };
    let (mut sum, mut weight) = (0.0, 0.0);
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let sure = f64::from(a.score.clamp(0.0, 1.0) * b.score.clamp(0.0, 1.0));
        let (dx, dy) = (f64::from(a.x) - f64::from(b.x), f64::from(a.y) - f64::from(b.y));
        let wide = size * size * (falloff(i) * falloff(i) + stray * stray);
        sum += sure * (-(dx * dx + dy * dy) / (2.0 * wide)).exp();
        weight += sure;
    }
    (if weight > 0.0 { sum / weight } else { 0.0 }, weight)
}

/// Object keypoint similarity of two found people.
pub fn oks(a: &Pose, b: &Pose) -> f64 {
    if a.keypoints.len() != b.keypoints.len() {
        return 0.0;
    }
    similarity(&a.keypoints, &b.keypoints, size(a.bbox).max(size(b.bbox)), 0.0).0
}
