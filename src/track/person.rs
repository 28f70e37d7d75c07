//! A person who is followed: a filter for each joint and for the box.

use super::TrackOptions;
use super::assign::size;
use super::point::{Point, memory};
use crate::pose::{Keypoint, Pose};

/// Seconds somebody who is not found is still shown.
const SHOWN_S: f64 = 0.25;
/// Seconds in which a hidden joint's score falls to a third.
const FADE_S: f64 = 0.3;
/// Seconds in which a hidden joint takes up the movement of the person.
const JOIN_S: f64 = 0.1;
/// Less sure joints are hidden: guessed by the network, moving with the person is better.
const HIDDEN: f32 = 0.3;
/// Seconds after which a joint is believed wherever it is.
const BELIEVED_S: f64 = 0.25;
/// Standard deviations that an unsure joint may jump and be believed.
const JUMP: f64 = 4.0;
/// More unsure than this times the person's other joints is unsure.
const UNSURE: f64 = 1.3;

/// From frame to frame a joint trembles by this share of the sigma that the network gives it …
const TREMBLE: f64 = 0.012;
/// … and by this share of the person's size.
const FLOOR: f64 = 0.0008;
/// Sizes a second that a joint seen for the first time may move.
const FIRST_SPEED: f64 = 0.8;
/// Density of accelerations at rest, in sizes per second^1.5, in the middle of the control.
const ACCELERATION: f64 = 0.12;
/// From one end of the control to the other it changes by this factor.
const CONTROL: f64 = 1e3;
/// Joints of a person deviate together, as so many would that do not know of each other.
const TOGETHER: f64 = 6.0;

#[derive(Clone, Debug)]
struct Joint {
    point: Point,
    score: f32,
    sigma: [f32; 2],
    /// Seconds since it was in sight.
    hidden_s: f64,
    /// Whether its last measurement was taken.
    believed: bool,
}

/// Somebody who is followed.
#[derive(Clone, Debug)]
pub struct Person {
    /// From the second frame on.
    pub id: Option<u32>,
    last: Pose,
    joints: Vec<Joint>,
    centre: Point,
    sides: Point,
    seen: bool,
    absent_s: f64,
    dt: f64,
}

/// Further away (px) is nothing that a picture shows, whatever its size.
const FAR: f32 = 1e7;

/// Whether all numbers make sense.
pub fn is_sensible(pose: &Pose) -> bool {
    let near = |v: f32| v.abs() <= FAR;
    let joint = |k: &Keypoint| near(k.x) && near(k.y) && k.score.is_finite() && k.sigma.iter().all(|v| v.is_finite());
    pose.score.is_finite() && pose.bbox.into_iter().all(near) && pose.keypoints.iter().all(joint)
}

/// Width and height of a box, never nothing.
fn extent([x1, y1, x2, y2]: [f32; 4]) -> [f64; 2] {
    [(x1, x2), (y1, y2)].map(|(a, b)| (f64::from(b) - f64::from(a)).max(1e-3))
}

fn middle([x1, y1, x2, y2]: [f32; 4]) -> [f64; 2] {
    [(x1, x2), (y1, y2)].map(|(a, b)| (f64::from(a) + f64::from(b)) / 2.0)
}

fn place(k: &Keypoint) -> [f64; 2] {
    [f64::from(k.x), f64::from(k.y)]
}

/// Variance of a joint's place from frame to frame.
fn tremble(sigma: [f32; 2], bbox: [f32; 4]) -> [f64; 2] {
    let (extent, floor) = (extent(bbox), FLOOR * size(bbox));
    [0, 1].map(|i| (TREMBLE * f64::from(sigma[i].clamp(0.0, 1.0)) * extent[i]).powi(2) + floor * floor)
}

/// Density of accelerations, in pixels² per second³, for somebody of this size.
fn acceleration(size: f64, options: &TrackOptions) -> f64 {
    let steadiness = f64::from(options.steadiness.clamp(0.0, 1.0));
    let control = CONTROL.powf(0.5 - if steadiness.is_nan() { 0.5 } else { steadiness });
    (ACCELERATION * size).powi(2) * control * control
}

impl Person {
    /// Seen for the first time.
    pub fn new(pose: &Pose) -> Person {
        let size = size(pose.bbox);
        let speed = FIRST_SPEED * size;
        let joint = |k: &Keypoint| Joint {
            point: Point::new(place(k), tremble(k.sigma, pose.bbox), speed),
            score: k.score,
            sigma: k.sigma,
            hidden_s: 0.0,
            believed: true,
        };
        let r = tremble(mean_sigma(pose), pose.bbox);
        Person {
            id: None,
            last: pose.clone(),
            joints: pose.keypoints.iter().map(joint).collect(),
            centre: Point::new(middle(pose.bbox), r, speed),
            sides: Point::new(extent(pose.bbox), r, speed),
            seen: true,
            absent_s: 0.0,
            dt: 0.0,
        }
    }

    /// `dt` seconds go by.
    pub fn predict(&mut self, dt: f64, options: &TrackOptions) {
        let q = acceleration(size(self.last.bbox), options);
        let mean = self.velocity();
        let join = 1.0 - (-dt / JOIN_S).exp();
        let absent = self.absent_s > 0.0;
        for joint in &mut self.joints {
            for (axis, mean) in joint.point.axes.iter_mut().zip(mean) {
                if joint.hidden_s > 0.0 || absent {
                    axis.v += (mean - axis.v) * join;
                }
                axis.predict(dt, q);
            }
        }
        self.centre.axes.iter_mut().chain(&mut self.sides.axes).for_each(|axis| axis.predict(dt, q));
        self.dt = dt;
        self.seen = false;
    }

    /// Mean velocity of the joints in sight, or last in sight.
    fn velocity(&self) -> [f64; 2] {
        let (mut sum, mut weight) = ([0.0; 2], 1e-9);
        for joint in self.joints.iter().filter(|joint| joint.hidden_s <= self.absent_s) {
            let sure = f64::from(joint.score.clamp(0.0, 1.0));
            weight += sure;
            (0..2).for_each(|i| sum[i] += sure * joint.point.axes[i].v);
        }
        sum.map(|sum| sum / weight)
    }

    /// Found in the frame as `pose`.
    pub fn see(&mut self, pose: &Pose, dt: f64, options: &TrackOptions) {
        let size = size(pose.bbox);
        let q = acceleration(size, options);
        let usual = mean_sigma(pose).iter().sum::<f32>();
        // First what deviates, then what that says of the whole person, then the joints themselves.
        let (mut together, mut weight) = ([0.0; 2], 1e-9);
        let mut believed = 0.0;
        for (joint, k) in self.joints.iter_mut().zip(&pose.keypoints) {
            let r = tremble(k.sigma, pose.bbox);
            let deviation = joint.point.deviation(place(k), r);
            let jumps = deviation.iter().any(|d| d.abs() > JUMP);
            let unsure = f64::from(k.sigma[0] + k.sigma[1]) > UNSURE * f64::from(usual);
            let hidden = k.score < HIDDEN || (jumps && unsure);
            joint.hidden_s = if hidden { joint.hidden_s + dt } else { 0.0 };
            // Out of sight for long, the network's guess is still the best there is.
            joint.believed = !hidden || joint.hidden_s > BELIEVED_S;
            if joint.believed {
                joint.point.remember(deviation);
                let sure = f64::from(k.score.clamp(0.0, 1.0));
                weight += sure;
                believed += 1.0;
                (0..2).for_each(|i| together[i] += sure * joint.point.drift[i]);
            }
        }
        let together = together.map(|sum| sum.abs() / weight);
        let moving = together.map(|drift| drift * f64::min(believed, TOGETHER).sqrt() / memory());
        for (joint, k) in self.joints.iter_mut().zip(&pose.keypoints).filter(|(joint, _)| joint.believed) {
            joint.point.update(place(k), tremble(k.sigma, pose.bbox), dt, q, moving);
            (joint.score, joint.sigma) = (k.score, k.sigma);
        }
        let r = tremble(mean_sigma(pose), pose.bbox);
        for (point, at) in [(&mut self.centre, middle(pose.bbox)), (&mut self.sides, extent(pose.bbox))] {
            let deviation = point.deviation(at, r);
            point.remember(deviation);
            point.update(at, r, dt, q, moving);
        }
        self.last = pose.clone();
        self.seen = true;
        self.absent_s = 0.0;
    }

    /// Not found in the frame.
    pub fn miss(&mut self, dt: f64) {
        self.absent_s += dt;
        for joint in &mut self.joints {
            joint.hidden_s += dt;
            joint.believed = false;
        }
    }

    /// Whether she was found in the last frame.
    pub fn is_seen(&self) -> bool {
        self.seen
    }

    /// Seconds since she was found.
    pub fn absent_s(&self) -> f64 {
        self.absent_s
    }

    /// Seconds since anybody looked where she is: at least those since the last frame.
    pub fn unseen_s(&self) -> f64 {
        self.absent_s + self.dt
    }

    /// Where everything is expected now, as sure as it was.
    pub fn expected(&self) -> Pose {
        let joint = |joint: &Joint| {
            let [x, y] = joint.point.place().map(narrow);
            Keypoint { x, y, score: joint.score, sigma: joint.sigma }
        };
        Pose { keypoints: self.joints.iter().map(joint).collect(), bbox: self.bbox(), ..self.last }
    }

    fn bbox(&self) -> [f32; 4] {
        let ([x, y], [w, h]) = (self.centre.place(), self.sides.place().map(|side| side.max(1e-3)));
        [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0].map(narrow)
    }

    /// What is shown of her; nothing if she has been away for too long.
    pub fn pose(&self, options: &TrackOptions) -> Option<Pose> {
        let away = 1.0 - self.absent_s / SHOWN_S;
        if !self.seen && away <= 0.0 {
            return None;
        }
        let raw = self.seen && options.steadiness <= 0.0;
        let mut pose = self.expected();
        for ((shown, joint), measured) in pose.keypoints.iter_mut().zip(&self.joints).zip(&self.last.keypoints) {
            if raw {
                *shown = *measured;
                continue;
            }
            // Less sure, so that the score stays what it is: 1 − the mean of sigma.
            let fade = if joint.believed { 1.0 } else { (-joint.hidden_s / FADE_S).exp() as f32 };
            shown.sigma = joint.sigma.map(|sigma| 1.0 - (1.0 - sigma) * fade);
            shown.score = joint.score * fade;
        }
        pose.bbox = if raw { self.last.bbox } else { pose.bbox };
        let away = if self.seen { 1.0 } else { away as f32 };
        Some(Pose { id: self.id, score: pose.score * away, class_score: pose.class_score * away, ..pose })
    }
}

/// What fits in a number of the results.
fn narrow(v: f64) -> f32 {
    v.clamp(-f64::from(FAR), f64::from(FAR)) as f32
}

/// Mean sigma of the joints, x and y.
fn mean_sigma(pose: &Pose) -> [f32; 2] {
    let count = pose.keypoints.len().max(1) as f32;
    [0, 1].map(|i| pose.keypoints.iter().map(|k| k.sigma[i]).sum::<f32>() / count)
}
