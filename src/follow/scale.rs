//! At which size the frames of a stream are looked at: as photos are, but by who was seen in the frames before (AdaScale,
//! see [`AdaptiveScale`]), and no sooner than it is worth it.

use crate::config::AdaptiveScale;

/// What so many seconds of frames say is believed, or else so many frames.
const WINDOW_S: f64 = 1.0;
const FRAMES: usize = 3;
/// Never more frames than these, however fast they come: a clock may stand still.
const MOST_FRAMES: usize = 120;
/// A larger picture must be good for people by so much, else the size would go to and fro with a step back and forth.
const SURELY: f32 = 1.15;
/// While nobody is seen, somebody may be too near to be: a smaller picture is looked at for the last of every so many
/// seconds.
const SEARCH_EVERY_S: f64 = 3.0;
const SEARCH_FOR_S: f64 = 1.0;

/// How large people were lately, and the size chosen for them.
#[derive(Clone, Debug, Default)]
pub(super) struct VideoScale {
    edge: Option<usize>,
    /// Time (s) and the edge (px) that would have been best.
    seen: Vec<(f64, f32)>,
    nobody_since: Option<f64>,
}

impl VideoScale {
    /// Shortest edge (px) for the next frame; none where none was seen yet.
    pub fn edge(&self) -> Option<usize> {
        self.edge
    }

    /// The frame of this time, looked at with this shortest edge (px), showed people of these sizes (px of the network's
    /// picture).
    pub fn see(&mut self, time_s: f64, scale: &AdaptiveScale, edge: usize, people: &[f32]) {
        let best = if people.is_empty() { self.searched(time_s, scale) } else { scale.best(edge, people) };
        if !people.is_empty() {
            self.nobody_since = None;
        }
        self.seen.push((time_s, best));
        let is_recent = |(then, _): (f64, f32)| time_s - then <= WINDOW_S;
        while self.seen.len() > MOST_FRAMES || self.seen.len() > FRAMES && !is_recent(self.seen[0]) {
            self.seen.remove(0);
        }
        let middle = self.middle();
        let (low, high) = (scale.step(middle / SURELY), scale.step(middle));
        self.edge = Some(self.edge.map_or(high, |edge| edge.clamp(low, high)));
    }

    /// The middle one of the edges that would have been best. Counted, for so few frames: a sort is 2 KB of the page's wasm.
    fn middle(&self) -> f32 {
        let half = self.seen.len() / 2;
        let edges = || self.seen.iter().map(|(_, best)| *best);
        let below = |edge: f32| edges().filter(|other| other.total_cmp(&edge).is_lt()).count();
        edges().filter(|edge| below(*edge) <= half).fold(f32::MIN, f32::max)
    }

    /// The edge that may show somebody after nobody was seen until now: the largest, and in between a small one.
    fn searched(&mut self, time_s: f64, scale: &AdaptiveScale) -> f32 {
        let since = *self.nobody_since.get_or_insert(time_s);
        let is_small = (time_s - since) % SEARCH_EVERY_S >= SEARCH_EVERY_S - SEARCH_FOR_S;
        if is_small { scale.nobody_edge as f32 } else { f32::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::VideoScale;
    use crate::config::AdaptiveScale;

    /// What the shipped network has.
    const NANO: AdaptiveScale =
        AdaptiveScale { first_edge: 256, nobody_edge: 192, edges: [160, 448], people: [64, 140], score: None };

    /// Sizes of the last frame of each second, 30 frames a second, of people with these sides (shares of the shorter edge) at a
    /// time.
    fn seconds(n: usize, people: impl Fn(f64) -> Vec<f32>) -> Vec<usize> {
        let mut scale = VideoScale::default();
        let mut sizes = Vec::new();
        for frame in 0..30 * n {
            let time_s = frame as f64 / 30.0;
            let edge = scale.edge().unwrap_or(336);
            let sides: Vec<f32> = people(time_s).iter().map(|share| share * edge as f32).collect();
            scale.see(time_s, &NANO, edge, &sides);
            if frame % 30 == 29 {
                sizes.extend(scale.edge());
            }
        }
        sizes
    }

    #[test]
    fn who_is_near_is_looked_at_smaller_who_is_far_larger() {
        // 140 / 0.7 = 200
        assert_eq!(seconds(5, |_| vec![0.7]), [192; 5]);
        // Nobody above 140: 140 / 0.4 = 350.
        assert_eq!(seconds(5, |_| vec![0.4, 0.25]), [320; 5]);
        assert_eq!(seconds(3, |_| vec![2.0]), [160; 3], "never smaller than the least");
        assert_eq!(seconds(3, |_| vec![0.05]), [448; 3]);
    }

    #[test]
    fn for_the_sake_of_who_is_near_nobody_small_is_lost() {
        // 64 / 0.19 = 337, and 64 / 0.3 = 213
        assert_eq!(seconds(3, |_| vec![0.9, 0.19]), [320; 3]);
        assert_eq!(seconds(3, |_| vec![0.9, 0.3]), [192; 3]);
    }

    #[test]
    fn one_frame_is_enough_to_begin_with_and_one_strange_frame_changes_nothing() {
        let mut scale = VideoScale::default();
        assert_eq!(scale.edge(), None);
        scale.see(0.0, &NANO, 336, &[235.0]);
        assert_eq!(scale.edge(), Some(192));
        for frame in 1..60 {
            let people: &[f32] = if frame % 10 == 9 { &[] } else { &[134.0] };
            scale.see(f64::from(frame) / 30.0, &NANO, 192, people);
            assert_eq!(scale.edge(), Some(192), "frame {frame}");
        }
    }

    #[test]
    fn while_nobody_is_seen_smaller_pictures_are_looked_at_too() {
        let sizes = seconds(20, |_| Vec::new());
        assert_eq!(sizes[0], 448);
        let small = sizes.iter().filter(|size| **size == 192).count();
        assert!((3..10).contains(&small), "{sizes:?}");
        // Found only there, they are followed there.
        let found = seconds(8, |s| if s > 2.5 { vec![0.7] } else { Vec::new() });
        assert!(found[4..].iter().all(|size| *size == 192), "{found:?}");
    }

    #[test]
    fn who_comes_near_and_steps_back_is_followed_who_sways_is_not() {
        let sizes = seconds(20, |s| vec![if (5.0..=10.0).contains(&s) { 0.7 } else { 0.25 }]);
        assert_eq!(sizes[..5], [448; 5]);
        assert_eq!(sizes[6..10], [192; 4]);
        assert_eq!(sizes[14], 448, "back again: {sizes:?}");
        let swaying = seconds(30, |s| vec![0.7 * (1.0 + 0.05 * (2.0 * s as f32).sin())]);
        assert!(swaying[3..].iter().all(|size| *size == swaying[3]), "{swaying:?}");
    }

    #[test]
    fn frames_far_apart_decide_by_three_and_none_waits_for_ever() {
        let mut scale = VideoScale::default();
        for (minute, side) in [(0, 100.0), (1, 100.0), (2, 300.0), (3, 300.0)] {
            scale.see(60.0 * f64::from(minute), &NANO, 336, &[side]);
            assert!(scale.seen.len() <= 3);
        }
        assert_eq!(scale.edge(), Some(160), "two of three");
    }

    #[test]
    fn no_number_is_too_odd() {
        let mut scale = VideoScale::default();
        for odd in [f64::NAN, -1.0, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e300] {
            for people in [&[][..], &[f32::NAN], &[0.0], &[f32::INFINITY]] {
                scale.see(odd, &NANO, 336, people);
                assert!((160..=448).contains(&scale.edge().unwrap()), "{odd}, {people:?}");
            }
        }
        for _ in 0..100 {
            scale.see(f64::NAN, &NANO, 336, &[100.0]);
        }
        assert!(scale.seen.len() <= 3, "{} frames are kept", scale.seen.len());
        for _ in 0..1000 {
            scale.see(7.0, &NANO, 336, &[100.0]);
        }
        assert!(scale.seen.len() <= 120, "{} frames of one moment are kept", scale.seen.len());
    }
}
