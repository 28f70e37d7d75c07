//! Which found person is which known one.

use super::person::Person;
use crate::pose::{Keypoint, Pose};
use pathfinding::prelude::{Weights, kuhn_munkres};

/// COCO's falloffs of its 17 joints: twice the spread of human annotators, as a share of the person's size.
const FALLOFF: [f64; 17] =
    [0.052, 0.05, 0.05, 0.07, 0.07, 0.158, 0.158, 0.144, 0.144, 0.124, 0.124, 0.214, 0.214, 0.174, 0.174, 0.178, 0.178];
/// For joints of other sets: the mean of those.
const OTHER: f64 = 0.121;
/// Sizes a second that somebody may have moved other than expected.
const STRAY: f64 = 0.6;
/// Less similar is somebody else.
const LEAST: f64 = 0.1;
/// Who has been seen once only gives way to who is known.
const UNBORN: f64 = 0.7;
/// Sure joints from which on joints alone decide.
const ENOUGH: f64 = 6.0;

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
fn similarity(a: &[Keypoint], b: &[Keypoint], size: f64, stray: f64) -> (f64, f64) {
    let falloff = |i: usize| if a.len() == FALLOFF.len() { FALLOFF[i] } else { OTHER };
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

/// How well a found person fits a known one, 0 … 1.
fn fit(person: &Person, expected: &Pose, found: &Pose) -> f64 {
    if expected.keypoints.len() != found.keypoints.len() {
        return 0.0;
    }
    let stray = STRAY * person.unseen_s();
    let size = size(expected.bbox).max(size(found.bbox));
    let (joints, sure) = similarity(&expected.keypoints, &found.keypoints, size, stray);
    let share = (sure / ENOUGH).min(1.0);
    let fit = share * joints + (1.0 - share) * overlap(expected.bbox, found.bbox);
    if fit < LEAST { 0.0 } else { fit * if person.id.is_some() { 1.0 } else { UNBORN } }
}

/// Fits as whole numbers, since sums of those do not depend on their order. Fewer rows than columns.
struct Fits {
    rows: usize,
    columns: usize,
    values: Vec<i64>,
}

/// A fit of 1.
const WHOLE: f64 = 1e9;

impl Weights<i64> for Fits {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn at(&self, row: usize, column: usize) -> i64 {
        self.values[row * self.columns + column]
    }

    fn neg(&self) -> Self {
        Fits { values: self.values.iter().map(|v| -v).collect(), ..*self }
    }
}

/// For each known person the place of the pose that is theirs; the sum of all fits is as large as it can be.
pub fn assign(people: &[Person], poses: &[Pose]) -> Vec<Option<usize>> {
    let mut of = vec![None; people.len()];
    if people.is_empty() || poses.is_empty() {
        return of;
    }
    let expected: Vec<Pose> = people.iter().map(Person::wanted).collect();
    let at = |person: usize, pose: usize| (fit(&people[person], &expected[person], &poses[pose]) * WHOLE) as i64;
    let swapped = people.len() > poses.len();
    let (rows, columns) = if swapped { (poses.len(), people.len()) } else { (people.len(), poses.len()) };
    let values = (0..rows * columns).map(|i| (i / columns, i % columns));
    let values = values.map(|(row, column)| if swapped { at(column, row) } else { at(row, column) }).collect();
    let fits = Fits { rows, columns, values };
    let (_, columns) = kuhn_munkres(&fits);
    for (row, column) in columns.into_iter().enumerate().filter(|&(row, column)| fits.at(row, column) > 0) {
        let (person, pose) = if swapped { (column, row) } else { (row, column) };
        of[person] = Some(pose);
    }
    of
}
