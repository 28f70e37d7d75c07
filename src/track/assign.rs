//! Which found person is which known one.

use super::likeness::{overlap, similarity, size};
use super::person::Person;
use crate::pose::Pose;
use pathfinding::prelude::{Weights, kuhn_munkres};

/// Sizes a second that somebody may have moved other than expected.
const STRAY: f64 = 0.6;
/// Less similar is somebody else.
const LEAST: f64 = 0.1;
/// Sure joints from which on joints alone decide.
const ENOUGH: f64 = 6.0;

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
    // Of two who are as near, she is rather the surer one.
    let sure = f64::from(found.score.clamp(0.0, 1.0)).sqrt();
    if fit < LEAST { 0.0 } else { fit * sure * person.claim() }
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
