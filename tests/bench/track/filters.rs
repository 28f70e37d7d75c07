//! What is compared: the people as they are found, a One Euro filter, and ours. Ids are our tracker's in all.

use crate::scenes::RATE;
use crate::seen::Frames;
use querypose::pose::Pose;
use querypose::track::{TrackOptions, Tracker};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

/// A way to calm joints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    None,
    /// One Euro with its least cut-off frequency (Hz) and its beta.
    OneEuro(f64, f64),
    /// Ours with its steadiness.
    Ours(f32),
}

/// The settings of TF.js' pose-detection for MoveNet: positions are shares of the frame.
pub const TFJS: Method = Method::OneEuro(2.5, 300.0);
const DERIVATE: f64 = 2.5;
const THRESHOLD: (f64, f64) = (0.5, 5.0);

/// A One Euro filter (Casiez et al. 2012) of one coordinate, with what TF.js does to it against leaps.
#[derive(Clone, Copy, Default)]
struct OneEuro {
    state: Option<(f64, f64, f64)>,
}

impl OneEuro {
    fn next(&mut self, value: f64, (least, beta): (f64, f64)) -> f64 {
        let alpha = |cut_off: f64| 1.0 / (1.0 + RATE / (TAU * cut_off));
        let Some((last, raw, speed)) = self.state else {
            self.state = Some((value, value, 0.0));
            return value;
        };
        let speed = speed + alpha(DERIVATE) * ((value - raw) * RATE - speed);
        let limit = THRESHOLD.0 + THRESHOLD.1 * speed.abs();
        let now = last + alpha(least + beta * speed.abs()) * limit * ((value - last) / limit).asinh();
        self.state = Some((now, value, speed));
        now
    }
}

/// What a method makes of the people found in every frame.
pub fn run(method: Method, frames: &Frames, (w, h): (u32, u32), options: TrackOptions) -> Frames {
    let steadiness = if let Method::Ours(steadiness) = method { steadiness } else { 0.0 };
    let mut tracker = Tracker::new(TrackOptions { steadiness, ..options });
    let mut filters: BTreeMap<(u32, usize), [OneEuro; 2]> = BTreeMap::new();
    let mut calm = |mut pose: Pose| {
        if let (Method::OneEuro(least, beta), Some(id)) = (method, pose.id) {
            for (i, k) in pose.keypoints.iter_mut().enumerate() {
                let [x, y] = filters.entry((id, i)).or_default();
                let (w, h) = (f64::from(w), f64::from(h));
                k.x = (x.next(f64::from(k.x) / w, (least, beta)) * w) as f32;
                k.y = (y.next(f64::from(k.y) / h, (least, beta)) * h) as f32;
            }
        }
        pose
    };
    let frame = |(i, people): (usize, &Vec<Pose>)| {
        tracker.update(i as f64 / RATE, people.clone()).into_iter().map(&mut calm).collect()
    };
    frames.iter().enumerate().map(frame).collect()
}
