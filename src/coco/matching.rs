//! Which found person is which labelled one, on one picture.

use super::people::{By, Found, Labelled, Size, thresholds};

/// What a found person counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// For.
    Right,
    /// Against.
    Wrong,
    /// Neither.
    Ignored,
}

/// A picture's people.
#[derive(Clone, Debug)]
pub struct Matched {
    /// Scores of the found people, best first.
    pub scores: Vec<f64>,
    /// For each threshold what each found person counts for.
    pub outcomes: Vec<Vec<Outcome>>,
    /// Labelled people who count.
    pub counted: usize,
}

/// Matches the people of a picture, found ones best first, at all thresholds. `similar`: a row for each found person.
pub fn match_picture(by: By, size: Size, labelled: &[&Labelled], found: &[&Found], similar: &[Vec<f64>]) -> Matched {
    let (least, most) = size.range();
    let beyond = |area: f64| area < least || area > most;
    let ignored: Vec<bool> =
        labelled.iter().map(|one| one.crowd || (by == By::Keypoints && one.labels == 0) || beyond(one.area)).collect();
    // Those who count first: whoever fits one of them is not given to one who does not.
    let counted = ignored.iter().filter(|&&ignored| !ignored).count();
    let mut order: Vec<usize> = (0..labelled.len()).collect();
    order.sort_by_key(|&i| ignored[i]);
    let own_area = |one: &Found| match by {
        By::Boxes => one.bbox[2] * one.bbox[3],
        By::Keypoints => {
            let side = |i: usize| {
                let of = one.keypoints.iter().map(|k| k[i]);
                of.clone().fold(f64::MIN, f64::max) - of.fold(f64::MAX, f64::min)
            };
            side(0) * side(1)
        }
    };
    let elsewhere: Vec<bool> = found.iter().map(|one| beyond(own_area(one))).collect();
    let at = |threshold: f64| -> Vec<Outcome> {
        let mut taken = vec![false; labelled.len()];
        let one = |d: usize| {
            let mut best = threshold.min(1.0 - 1e-10);
            let mut mine: Option<usize> = None;
            for &g in &order {
                if taken[g] && !labelled[g].crowd {
                    continue;
                }
                if mine.is_some_and(|m| !ignored[m]) && ignored[g] {
                    break;
                }
                if similar[d][g] < best {
                    continue;
                }
                (best, mine) = (similar[d][g], Some(g));
            }
            match mine {
                Some(g) => {
                    taken[g] = true;
                    if ignored[g] { Outcome::Ignored } else { Outcome::Right }
                }
                None if elsewhere[d] => Outcome::Ignored,
                None => Outcome::Wrong,
            }
        };
        (0..found.len()).map(one).collect()
    };
    let scores = found.iter().map(|one| one.score).collect();
    Matched { scores, outcomes: thresholds().into_iter().map(at).collect(), counted }
}
