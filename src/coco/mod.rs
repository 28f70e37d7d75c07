//! COCO's evaluation of found people: average precision and recall by object keypoint similarity and by overlap of
//! boxes, the very figures of pycocotools.
//!
//! For each picture the people found are matched with the labelled ones, best score first, at ten thresholds of
//! similarity ([`matching`]); over all pictures precision and recall follow ([`curve`]). Crowds and people without
//! labelled joints count neither for nor against; nor do people of another size, where one size is looked at. A found
//! person's size is that of the joints, or of the box where boxes are compared; pycocotools, given rows that have both,
//! takes the box for both, so give it rows with one of them to compare.

pub mod curve;
pub mod matching;
mod people;
pub mod similarity;

use curve::Curve;
use matching::{Matched, match_picture};
pub use people::{By, Found, Labelled, Size, thresholds};

/// Found people compared with labelled ones.
pub struct Evaluation {
    by: By,
    /// By size, in the order of [`Size::EVERY`]; pictures without anybody are left out.
    matched: Vec<Vec<Matched>>,
    curves: Vec<Vec<Curve>>,
}

/// Compares the people found on pictures `0..pictures` with those who are labelled there.
pub fn evaluate(by: By, pictures: usize, labelled: &[Labelled], found: &[Found]) -> Evaluation {
    let most = by.limits().last().copied().unwrap_or_default();
    let mut truth: Vec<Vec<&Labelled>> = vec![Vec::new(); pictures];
    let mut people: Vec<Vec<&Found>> = vec![Vec::new(); pictures];
    labelled.iter().filter(|one| one.picture < pictures).for_each(|one| truth[one.picture].push(one));
    found.iter().filter(|one| one.picture < pictures).for_each(|one| people[one.picture].push(one));
    let mut matched: Vec<Vec<Matched>> = vec![Vec::new(); Size::EVERY.len()];
    for (truth, mut people) in truth.into_iter().zip(people) {
        if truth.is_empty() && people.is_empty() {
            continue;
        }
        // Stable: equal scores stay in the order they were given.
        people.sort_by(|a, b| b.score.total_cmp(&a.score));
        people.truncate(most);
        let similar = similarity::all(by, &truth, &people);
        for (size, matched) in Size::EVERY.into_iter().zip(&mut matched) {
            matched.push(match_picture(by, size, &truth, &people, &similar));
        }
    }
    let curves = matched.iter().map(|of| by.limits().iter().map(|&limit| Curve::new(of, limit)).collect()).collect();
    Evaluation { by, matched, curves }
}

impl Evaluation {
    fn curve(&self, size: Size, limit: Option<usize>) -> &Curve {
        let limits = self.by.limits();
        let limit = limit.and_then(|limit| limits.iter().position(|&other| other == limit));
        let place = Size::EVERY.iter().position(|&other| other == size).unwrap_or_default();
        &self.curves[place][limit.unwrap_or(limits.len() - 1)]
    }

    /// Average precision of people of a size, 0 … 1: at one threshold, by its place in [`thresholds`], or over all.
    /// None if nobody of this size is labelled (pycocotools says −1).
    pub fn precision(&self, threshold: Option<usize>, size: Size) -> Option<f64> {
        self.curve(size, None).precision(threshold)
    }

    /// Average recall likewise, with at most `limit` people a picture (one of [`By::limits`]; else the usual one).
    pub fn recall(&self, threshold: Option<usize>, size: Size, limit: Option<usize>) -> Option<f64> {
        self.curve(size, limit).recall(threshold)
    }

    /// Precision and recall at similarity 0.5 of what scores `least` or more; people in crowds count for neither.
    pub fn at_score(&self, least: f64) -> (f64, f64) {
        let (mut right, mut wrong, mut people) = (0usize, 0usize, 0usize);
        for picture in &self.matched[0] {
            people += picture.counted;
            let of = picture.scores.iter().zip(&picture.outcomes[0]).filter(|(score, _)| **score >= least);
            for (_, outcome) in of {
                right += usize::from(*outcome == matching::Outcome::Right);
                wrong += usize::from(*outcome == matching::Outcome::Wrong);
            }
        }
        (right as f64 / (right + wrong).max(1) as f64, right as f64 / people.max(1) as f64)
    }
}
