//! How similar two people are.

use super::people::{By, Found, Labelled};

/// COCO's 17 joints, in its order.
pub const JOINTS: [&str; 17] = [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
];

/// Spread of human annotators for these joints, as a share of the square root of the area.
pub const SPREAD: [f64; 17] = [
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
    0.089,
];

/// Similarities of each found person (row) with each labelled one.
pub fn all(by: By, labelled: &[&Labelled], found: &[&Found]) -> Vec<Vec<f64>> {
    let row = |found: &&Found| {
        let one = |labelled: &&Labelled| match by {
            By::Keypoints => oks(labelled, &found.keypoints),
            By::Boxes => overlap(labelled.bbox, found.bbox, labelled.crowd),
        };
        labelled.iter().map(one).collect()
    };
    found.iter().map(row).collect()
}

/// Object keypoint similarity over the labelled joints. Where there are none: how near the joints lie to the box, twice
/// as large on each side.
pub fn oks(labelled: &Labelled, joints: &[[f64; 2]]) -> f64 {
    let any = labelled.keypoints.iter().any(|k| k[2] > 0.0);
    let [x, y, w, h] = labelled.bbox;
    let outside = |v: f64, from: f64, to: f64| (from - v).max(0.0) + (v - to).max(0.0);
    let pairs = labelled.keypoints.iter().zip(joints).zip(SPREAD);
    let terms: Vec<f64> = pairs
        .filter(|((k, _), _)| !any || k[2] > 0.0)
        .map(|((&[kx, ky, _], &[jx, jy]), spread)| {
            let (dx, dy) = match any {
                true => (jx - kx, jy - ky),
                false => (outside(jx, x - w, x + 2.0 * w), outside(jy, y - h, y + 2.0 * h)),
            };
            let wide = (2.0 * spread) * (2.0 * spread);
            (-((dx * dx + dy * dy) / wide / (labelled.area + f64::EPSILON) / 2.0)).exp()
        })
        .collect();
    sum(&terms) / terms.len().max(1) as f64
}

/// A sum in numpy's order: what is exactly as large as a threshold must be so here too.
fn sum(terms: &[f64]) -> f64 {
    let (eights, rest) = terms.as_chunks::<8>();
    let Some((first, more)) = eights.split_first() else { return rest.iter().sum() };
    let mut r = *first;
    for eight in more {
        r.iter_mut().zip(eight).for_each(|(r, v)| *r += v);
    }
    let eight = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    rest.iter().fold(eight, |sum, v| sum + v)
}

/// Intersection over union of two boxes (x, y, width, height); of a crowd, the share of the found box that lies in it.
pub fn overlap(labelled: [f64; 4], found: [f64; 4], crowd: bool) -> f64 {
    let side = |i: usize| (found[i] + found[i + 2]).min(labelled[i] + labelled[i + 2]) - found[i].max(labelled[i]);
    let (w, h) = (side(0), side(1));
    if w <= 0.0 || h <= 0.0 {
        return 0.0;
    }
    let (both, own) = (w * h, found[2] * found[3]);
    both / if crowd { own } else { own + labelled[2] * labelled[3] - both }
}
