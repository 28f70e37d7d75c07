//! Precision over recall, of all pictures.

use super::matching::{Matched, Outcome};
use super::people::thresholds;

/// Recalls at which precision is read: 0, 0.01 … 1.
pub const RECALLS: usize = 101;

/// Precision and recall at each threshold.
#[derive(Clone, Debug)]
pub struct Curve {
    /// For each threshold the precision at each recall, and the largest recall; nothing if nobody counts.
    points: Vec<([f64; RECALLS], f64)>,
}

impl Curve {
    /// Of all pictures, at most `limit` people on each.
    pub fn new(pictures: &[Matched], limit: usize) -> Curve {
        let people: usize = pictures.iter().map(|picture| picture.counted).sum();
        if people == 0 {
            return Curve { points: Vec::new() };
        }
        let each = pictures.iter().enumerate();
        let mut all: Vec<(usize, usize)> =
            each.flat_map(|(p, picture)| (0..picture.scores.len().min(limit)).map(move |d| (p, d))).collect();
        // Stable, as numpy's merge sort.
        all.sort_by(|a, b| pictures[b.0].scores[b.1].total_cmp(&pictures[a.0].scores[a.1]));
        let count = thresholds().len();
        let points = (0..count).map(|t| {
            let (mut right, mut wrong) = (0.0, 0.0);
            let (mut recalls, mut precisions) = (Vec::new(), Vec::new());
            for &(p, d) in &all {
                match pictures[p].outcomes[t][d] {
                    Outcome::Right => right += 1.0,
                    Outcome::Wrong => wrong += 1.0,
                    Outcome::Ignored => {}
                }
                recalls.push(right / people as f64);
                precisions.push(right / (wrong + right + f64::EPSILON));
            }
            // The best that can be had at this recall or more.
            for i in (1..precisions.len()).rev() {
                precisions[i - 1] = f64::max(precisions[i - 1], precisions[i]);
            }
            let at = |i: usize| {
                let wanted = if i == RECALLS - 1 { 1.0 } else { i as f64 * 0.01 };
                precisions.get(recalls.partition_point(|&recall| recall < wanted)).copied().unwrap_or(0.0)
            };
            (std::array::from_fn(at), recalls.last().copied().unwrap_or(0.0))
        });
        Curve { points: points.collect() }
    }

    /// Mean over recalls, and over thresholds unless one is named.
    pub fn precision(&self, threshold: Option<usize>) -> Option<f64> {
        self.mean(threshold, |(precisions, _)| precisions.iter().sum::<f64>() / RECALLS as f64)
    }

    /// Mean of the largest recall over thresholds unless one is named.
    pub fn recall(&self, threshold: Option<usize>) -> Option<f64> {
        self.mean(threshold, |(_, recall)| *recall)
    }

    /// Precision at each of the [`RECALLS`] recalls at a threshold.
    pub fn precisions(&self, threshold: usize) -> Option<&[f64; RECALLS]> {
        self.points.get(threshold).map(|(precisions, _)| precisions)
    }

    fn mean(&self, threshold: Option<usize>, of: impl Fn(&([f64; RECALLS], f64)) -> f64) -> Option<f64> {
        match threshold {
            Some(t) => self.points.get(t).map(of),
            None if self.points.is_empty() => None,
            None => Some(self.points.iter().map(of).sum::<f64>() / self.points.len() as f64),
        }
    }
}
