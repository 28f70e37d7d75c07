//! At which size a picture is looked at: the one that suits the people in it.
//!
//! A network sees people best who are about as large as those it learned from. SNIP (Singh and Davis, CVPR 2018) counts
//! people at each scale of a picture only where they have such a size; AdaScale (Chin, Ding and Marculescu, MLSys 2019)
//! chooses one scale for a frame by what was seen in the one before. So here: one look to see how large people are, and the
//! answer is that of one look at the size chosen for them. Nothing is merged.

use super::rules::within;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Steps of the sizes to choose from, pixels: those of the coarsest pyramid level.
const STEP: usize = 32;
/// What any of the edges may be, pixels.
const EDGES: RangeInclusive<usize> = 32..=2048;

/// Which sizes there are and whom they suit. Edges are shortest edges, px; people are measured by the root of their box's
/// area, px of the network's picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveScale {
    /// The edge of the first look …
    pub first_edge: usize,
    /// … and of the second where that one showed nobody: who fills the picture is found in a smaller one.
    pub nobody_edge: usize,
    /// The least and the largest edge to choose.
    pub edges: [usize; 2],
    /// No smaller than the first for the sake of others, and else no larger than the second: so people are seen well.
    pub people: [usize; 2],
    /// Person score from which on people count for the size; the model's threshold where there is none. Whoever is a little too
    /// unsure to be shown may be sure at a size of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

impl AdaptiveScale {
    /// The edge for people of these sizes in a picture of [`AdaptiveScale::first_edge`]: the largest that leaves nobody above
    /// the larger bound, unless somebody would come below the smaller one.
    pub fn edge(&self, people: &[f32]) -> usize {
        if people.is_empty() { self.nobody_edge } else { self.step(self.best(self.first_edge, people)) }
    }

    /// The same for somebody in a picture of this edge, whatever edges there are.
    pub(crate) fn best(&self, edge: usize, people: &[f32]) -> f32 {
        let largest = people.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let smallest = people.iter().copied().fold(f32::MAX, f32::min).max(f32::MIN_POSITIVE);
        let [least, most] = self.people.map(|side| side as f32);
        edge as f32 * (most / largest).max(least / smallest)
    }

    /// The largest edge to choose that is no larger than this.
    pub(crate) fn step(&self, edge: f32) -> usize {
        let [low, high] = self.edges;
        // Float to integer saturates.
        (edge as usize).clamp(low, high) / STEP * STEP
    }

    /// What is wrong with it; the sentence names the field.
    pub(crate) fn check(&self) -> Result<(), String> {
        let AdaptiveScale { first_edge, nobody_edge, edges, people, score } = self;
        let named =
            [("first_edge", *first_edge), ("nobody_edge", *nobody_edge), ("edges", edges[0]), ("edges", edges[1])];
        for (field, edge) in named {
            let field = format!("image.adaptive_scale.{field}");
            within(&field, edge, *EDGES.start(), *EDGES.end())?;
            if !edge.is_multiple_of(STEP) {
                return Err(format!("{field} is {edge}; it must be a multiple of {STEP}"));
            }
        }
        for side in people {
            within("image.adaptive_scale.people", *side, 1, *EDGES.end())?;
        }
        if score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
            return Err("image.adaptive_scale.score must lie between 0 and 1".into());
        }
        for (field, [low, high]) in [("edges", edges), ("people", people)] {
            if low > high {
                return Err(format!("image.adaptive_scale.{field} is {low} and {high}; the smaller one comes first"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::AdaptiveScale;

    /// What the shipped network has.
    const NANO: AdaptiveScale =
        AdaptiveScale { first_edge: 256, nobody_edge: 192, edges: [160, 448], people: [64, 140], score: None };

    #[test]
    fn people_come_to_the_size_they_are_seen_best_in() {
        // The same cases are in training/tests/test_scale.py.
        let cases: [(&[f32], usize); 9] = [
            (&[], 192),
            (&[140.0], 256),
            (&[141.0], 224),
            // 256 · 140/200 = 179.2
            (&[200.0], 160),
            (&[256.0], 160),
            (&[90.0], 384),
            (&[20.0], 448),
            // The child beside would be lost: 256 · 64/60 = 273.1.
            (&[220.0, 60.0], 256),
            (&[220.0, 30.0], 448),
        ];
        for (people, edge) in cases {
            assert_eq!(NANO.edge(people), edge, "{people:?}");
        }
    }

    #[test]
    fn no_number_is_too_odd() {
        for people in [[0.0], [f32::INFINITY], [f32::NAN], [-1.0]] {
            let edge = NANO.edge(&people);
            assert!((160..=448).contains(&edge), "{people:?}: {edge}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        assert_eq!(NANO.check(), Ok(()));
        let wrong = [
            (AdaptiveScale { first_edge: 250, ..NANO }, "first_edge is 250"),
            (AdaptiveScale { edges: [448, 160], ..NANO }, "edges is 448 and 160"),
            (AdaptiveScale { people: [0, 10], ..NANO }, "people is 0"),
            (AdaptiveScale { nobody_edge: 1 << 40, ..NANO }, "nobody_edge"),
            (AdaptiveScale { score: Some(1.5), ..NANO }, "score must"),
            (AdaptiveScale { score: Some(f32::NAN), ..NANO }, "score must"),
        ];
        for (scale, words) in wrong {
            let said = scale.check().unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
