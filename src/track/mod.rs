//! People over time: who is the same person from frame to frame, and calm joints that are quick where people are.
//!
//! The people of a frame are assigned to those known so far by how well they fit where each is expected (object
//! keypoint similarity, boxes where joints are few), all at once and optimally. Every joint and the box has a filter of
//! constant velocity that believes the network as far as the network believes itself. Times are the frames' own, so a
//! camera that stutters, or every eighth frame of a video, is all the same.
//!
//! ```
//! use querypose::pose::Pose;
//! use querypose::track::{TrackOptions, Tracker};
//!
//! let mut tracker = Tracker::new(TrackOptions::default());
//! let people: Vec<Pose> = Vec::new(); // of the frame taken at 0.04 s, from `Detector::detect`
//! let known: Vec<Pose> = tracker.update(0.04, people);
//! ```

mod assign;
mod filter;
mod found;
mod likeness;
mod options;
mod person;
mod point;

use crate::pose::{Pose, sort};
use assign::assign;
use likeness::{oks, overlap};
pub use options::TrackOptions;
use person::Person;
use std::cmp::Ordering;

/// Share of the score that somebody new needs from which on looking for who is known is worth while: the threshold that
/// a detector in front of a tracker is best given, as a share of [`TrackOptions::birth_score`].
pub const KEEP: f32 = 0.8;
/// The same where joints count for the score, which wavers with them. Each was the best for nano when it had such scores.
pub const KEEP_WITH_JOINTS: f32 = 0.6;

/// Frames further apart than this (seconds) show different people: nobody can say where anybody went.
pub const CUT_S: f64 = 2.0;
/// A clock that goes back further than this (seconds) is a jump in the video, less is a camera's unsteady clock.
const BACK_S: f64 = 0.1;
/// Two found people who are this similar (OKS and overlap of boxes) are one.
const SAME_OKS: f64 = 0.7;
const SAME_OVERLAP: f64 = 0.6;

/// Follows the people of one stream of frames: a camera, a video.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    options: TrackOptions,
    people: Vec<Person>,
    time_s: Option<f64>,
    last_id: u32,
}

impl Tracker {
    /// Knows nobody yet.
    pub fn new(options: TrackOptions) -> Tracker {
        Tracker { options, people: Vec::new(), time_s: None, last_id: 0 }
    }

    /// Changes the options; who is known stays so.
    pub fn set_options(&mut self, options: TrackOptions) {
        self.options = options;
    }

    /// Forgets everybody: another video, a cut. Ids go on, none is given twice.
    pub fn reset(&mut self) {
        self.people.clear();
        self.time_s = None;
    }

    /// From now on frames have `x` times the width and `y` times the height, and show the same.
    pub fn scale(&mut self, x: f32, y: f32) {
        self.people.iter_mut().for_each(|person| person.scale(x, y));
    }

    /// Takes the people found in the frame of this time (seconds, from whatever beginning) and gives them back calmed,
    /// best score first.
    ///
    /// Each has its [`Pose::id`] from its second frame in a row on, where somebody known is after 0.4 s; before that it
    /// is shown as it was found, without one. The steadiness changes nobody's id. Who is known and not found now is shown
    /// for a quarter of a second where they should be, their score fading.
    /// A joint that is hidden moves on with the person, its score fading too. What the network found twice is one
    /// person.
    ///
    /// A time that is not later than the one before, or no number, is taken for the same moment; one that lies more
    /// than 0.1 s before it, or 2 s after, is a cut: everybody is new. Poses with numbers that are not finite are left
    /// out. The order of the poses does not matter.
    pub fn update(&mut self, time_s: f64, mut poses: Vec<Pose>) -> Vec<Pose> {
        poses.retain(found::is_sensible);
        sort(&mut poses, canonical);
        let poses = each_once(poses);
        let dt = self.step_to(time_s);
        self.people.iter_mut().for_each(|person| person.predict(dt, &self.options));
        let all: Vec<([f32; 4], bool)> = self.people.iter().map(Person::presence).collect();
        for (i, person) in self.people.iter_mut().enumerate() {
            person.meet(&all, i);
        }
        let pairs = assign(&self.people, &poses);
        let mut assigned = vec![false; poses.len()];
        for (person, pose) in self.people.iter_mut().zip(pairs) {
            match pose {
                Some(i) => {
                    assigned[i] = true;
                    person.see(&poses[i], dt, &self.options);
                    if person.id.is_none() && person.is_somebody() {
                        self.last_id = self.last_id.saturating_add(1);
                        person.id = Some(self.last_id);
                    }
                }
                None => person.miss(dt),
            }
        }
        self.people.retain(|person| person.is_expected(&self.options));
        let mut shown: Vec<Pose> = self.people.iter().filter_map(|person| person.pose(&self.options)).collect();
        let unknown = poses.iter().zip(&assigned).filter(|(pose, assigned)| {
            let new = pose.score >= self.options.birth_score;
            new && !**assigned
        });
        for (pose, _) in unknown {
            self.people.push(Person::new(pose));
            shown.push(Pose { id: None, ..pose.clone() });
        }
        sort(&mut shown, |a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        shown
    }

    /// True if a frame of this time is of another scene than the last: nobody of it is known.
    pub fn is_cut(&self, time_s: f64) -> bool {
        let step = self.time_s.map_or(0.0, |last| time_s - last);
        step.is_finite() && !(-BACK_S..=CUT_S).contains(&step)
    }

    /// Seconds since the last frame; after a cut nobody is left.
    fn step_to(&mut self, time_s: f64) -> f64 {
        let Some(last) = self.time_s else {
            self.time_s = time_s.is_finite().then_some(time_s);
            return 0.0;
        };
        let step = time_s - last;
        if !step.is_finite() {
            return 0.0;
        }
        if self.is_cut(time_s) {
            self.people.clear();
            self.time_s = Some(time_s);
            return 0.0;
        }
        self.time_s = Some(last.max(time_s));
        step.max(0.0)
    }
}

/// Of those who are one, the best: nobody is known twice. They come best first.
fn each_once(poses: Vec<Pose>) -> Vec<Pose> {
    let mut once: Vec<Pose> = Vec::with_capacity(poses.len());
    for pose in poses {
        let same = |other: &Pose| overlap(pose.bbox, other.bbox) > SAME_OVERLAP && oks(&pose, other) > SAME_OKS;
        if !once.iter().any(same) {
            once.push(pose);
        }
    }
    once
}

/// Best first, and an order for all others too: that of the input must not matter.
fn canonical(a: &Pose, b: &Pose) -> Ordering {
    let numbers = |pose: &Pose| -> Vec<f32> {
        let joints = pose.keypoints.iter().flat_map(|k| [k.x, k.y, k.score, k.sigma[0], k.sigma[1]]);
        [-pose.score, -pose.class_score].into_iter().chain(pose.bbox).chain(joints).collect()
    };
    let (a, b) = (numbers(a), numbers(b));
    let first = a.iter().zip(&b).map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne());
    first.unwrap_or(a.len().cmp(&b.len()))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
