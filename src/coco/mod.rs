//! COCO's evaluation of found people: average precision and recall by object keypoint similarity and by overlap of
//! boxes, the very figures of pycocotools.
//!
//! For each picture the people found are matched with the labelled ones, best score first, at ten thresholds of
//! similarity ([`matching`]); over all pictures precision and recall follow ([`curve`]). Crowds and people without
//! labelled joints count neither for nor against; nor do people of another size, where one size is looked at. A found
//! person's size is that of the joints, or of the box where boxes are compared; pycocotools, given rows that have both,
//! takes the box for both, so give it rows with one of them to compare.
//!
//! [`annotations`] reads the file, `files` says which picture is where, [`truth`] makes the labelled people of it,
//! [`results`] keeps the found ones: the command
//! line and the page go the same way.

pub mod annotations;
pub mod curve;
mod files;
pub mod matching;
mod outline;
mod people;
pub mod results;
pub mod similarity;
pub mod truth;

use curve::Curve;
use matching::{Matched, Outcome, match_picture};
pub use people::{By, Found, Labelled, Size, thresholds};

/// Found people compared with labelled ones.
pub struct Evaluation {
    by: By,
    /// The pictures with anybody on them.
    pictures: Vec<usize>,
    /// By size, in the order of [`Size::EVERY`], then by `pictures`.
    matched: Vec<Vec<Matched>>,
    curves: Vec<Vec<Curve>>,
}

/// What people who score a threshold or more count for at similarity 0.5, on one picture or on all. People in crowds
/// count for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Found ones who are labelled.
    pub right: usize,
    /// Found ones who are not.
    pub wrong: usize,
    /// Labelled ones.
    pub people: usize,
}

impl Counts {
    /// Labelled people whom nobody found, and found ones whom nobody labelled.
    pub fn mistakes(self) -> usize {
        self.people - self.right + self.wrong
    }
}

/// Compares the people found on pictures `0..pictures` with those who are labelled there.
pub fn evaluate(by: By, pictures: usize, labelled: &[Labelled], found: &[Found]) -> Evaluation {
    let most = by.limits().last().copied().unwrap_or_default();
    let mut truth: Vec<Vec<&Labelled>> = vec![Vec::new(); pictures];
    let mut people: Vec<Vec<&Found>> = vec![Vec::new(); pictures];
    labelled.iter().filter(|one| one.picture < pictures).for_each(|one| truth[one.picture].push(one));
    found.iter().filter(|one| one.picture < pictures).for_each(|one| people[one.picture].push(one));
    let mut matched: Vec<Vec<Matched>> = vec![Vec::new(); Size::EVERY.len()];
    let mut seen = Vec::new();
    for (picture, (truth, mut people)) in truth.into_iter().zip(people).enumerate() {
        if truth.is_empty() && people.is_empty() {
            continue;
        }
        seen.push(picture);
        // Stable: equal scores stay in the order they were given.
        people.sort_by(|a, b| b.score.total_cmp(&a.score));
        people.truncate(most);
        let similar = similarity::all(by, &truth, &people);
        for (size, matched) in Size::EVERY.into_iter().zip(&mut matched) {
            matched.push(match_picture(by, size, &truth, &people, &similar));
        }
    }
    let curves = matched.iter().map(|of| by.limits().iter().map(|&limit| Curve::new(of, limit)).collect()).collect();
    Evaluation { by, pictures: seen, matched, curves }
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

    /// All figures by their short names, in pycocotools' order; none where nobody of the size is labelled.
    pub fn figures(&self) -> Vec<(&'static str, Option<f64>)> {
        use Size::{All, Large, Medium, Small};
        let p = |threshold, size| self.precision(threshold, size);
        let r = |threshold, size, limit| self.recall(threshold, size, limit);
        let mut all = vec![("AP", p(None, All)), ("AP50", p(Some(0), All)), ("AP75", p(Some(5), All))];
        if self.by == By::Boxes {
            all.push(("APS", p(None, Small)));
        }
        all.extend([("APM", p(None, Medium)), ("APL", p(None, Large))]);
        match self.by {
            By::Keypoints => {
                all.extend([("AR", r(None, All, None)), ("AR50", r(Some(0), All, None))]);
                all.push(("AR75", r(Some(5), All, None)));
            }
            By::Boxes => {
                let limits = [("AR1", 1), ("AR10", 10), ("AR100", 100)];
                all.extend(limits.map(|(name, limit)| (name, r(None, All, Some(limit)))));
                all.push(("ARS", r(None, Small, None)));
            }
        }
        all.extend([("ARM", r(None, Medium, None)), ("ARL", r(None, Large, None))]);
        all
    }

    /// What is right and wrong on each picture with anybody, by the picture's place, among what scores `least` or more.
    pub fn counts(&self, least: f64) -> Vec<(usize, Counts)> {
        let of = |(&picture, matched): (&usize, &Matched)| {
            let mut counts = Counts { people: matched.counted, ..Counts::default() };
            for (_, outcome) in matched.scores.iter().zip(&matched.outcomes[0]).filter(|(score, _)| **score >= least) {
                counts.right += usize::from(*outcome == Outcome::Right);
                counts.wrong += usize::from(*outcome == Outcome::Wrong);
            }
            (picture, counts)
        };
        self.pictures.iter().zip(&self.matched[0]).map(of).collect()
    }

    /// The same of all pictures together.
    pub fn total(&self, least: f64) -> Counts {
        self.counts(least).into_iter().fold(Counts::default(), |sum, (_, counts)| Counts {
            right: sum.right + counts.right,
            wrong: sum.wrong + counts.wrong,
            people: sum.people + counts.people,
        })
    }

    /// Precision and recall of what scores `least` or more.
    pub fn at_score(&self, least: f64) -> (f64, f64) {
        let Counts { right, wrong, people } = self.total(least);
        (right as f64 / (right + wrong).max(1) as f64, right as f64 / people.max(1) as f64)
    }
}
