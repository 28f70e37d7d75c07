//! A person who is followed: a filter for each joint and for the box.

use super::filter::Axis;
use super::found::{acceleration, extent, mean_place, mean_sigma, middle, narrow, place, tremble};
use super::likeness::{overlap, size};
use super::options::TrackOptions;
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
const JUMP: f64 = 8.0;
/// More unsure than this times the person's other joints is unsure.
const UNSURE: f64 = 1.6;

/// Sizes a second that a joint seen for the first time may move.
const FIRST_SPEED: f64 = 0.8;
/// Joints of a person deviate together as so many would that know nothing of each other.
const TOGETHER: f64 = 12.0;

/// Where somebody as a whole is, is known to this share of the size …
const WALK: f64 = 0.03;
/// … and people who walk change their speed by no more than this, in sizes per second^1.5: they go on behind others.
const MOMENTUM: f64 = 0.15;
/// Behind others joints are taken for somebody else's so easily that the walk believes them this many times less.
const CROWDED: f64 = 4.0;
/// Boxes that overlap more are behind each other.
const BEHIND: f64 = 0.08;

/// Who has been seen once only gives way to who is known …
const UNBORN: f64 = 0.7;
/// … and more so where somebody known is: while two pass each other the network sees a third for a few frames.
const BESIDE: f64 = 0.2;
/// Seconds that somebody new has to be seen there to be somebody …
const BESIDE_S: f64 = 0.4;
/// … and may be missed meanwhile.
const MISSED_S: f64 = 0.1;

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
    /// The pose before, and the seconds between the two.
    before: Option<(Pose, f64)>,
    /// How many times more than expected (variance) the joints tremble: a dark room, a cheap camera.
    noise: f64,
    joints: Vec<Joint>,
    centre: Point,
    sides: Point,
    /// Mean of the joints, slow to turn: whatever the control, who goes behind somebody comes out on the other side.
    walk: [Axis; 2],
    /// Whether somebody else is expected at the same place.
    crowded: bool,
    /// Whether somebody who has an id is.
    beside_known: bool,
    /// Seconds since she was seen first.
    age_s: f64,
    seen: bool,
    absent_s: f64,
    dt: f64,
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
            before: None,
            noise: 1.0,
            joints: pose.keypoints.iter().map(joint).collect(),
            centre: Point::new(middle(pose.bbox), r, speed),
            sides: Point::new(extent(pose.bbox), r, speed),
            walk: mean_place(&pose.keypoints).map(|p| Axis::new(p, (WALK * size).powi(2), speed * speed)),
            crowded: false,
            beside_known: false,
            age_s: 0.0,
            seen: true,
            absent_s: 0.0,
            dt: 0.0,
        }
    }

    /// The same person in a picture of `x` times the width and `y` times the height.
    pub fn scale(&mut self, x: f32, y: f32) {
        self.last = self.last.scaled(x, y);
        if let Some((before, _)) = &mut self.before {
            *before = before.scaled(x, y);
        }
        let points = self.joints.iter_mut().map(|joint| &mut joint.point).chain([&mut self.centre, &mut self.sides]);
        for [across, down] in points.map(|point| &mut point.axes).chain([&mut self.walk]) {
            across.scale(f64::from(x));
            down.scale(f64::from(y));
        }
    }

    /// `dt` seconds go by.
    pub fn predict(&mut self, dt: f64, options: &TrackOptions) {
        let q = acceleration(size(self.last.bbox), options);
        let mean = if self.absent_s > 0.0 { self.walk.map(|axis| axis.v) } else { self.velocity() };
        let walks = (MOMENTUM * size(self.last.bbox)).powi(2);
        self.walk.iter_mut().for_each(|axis| axis.predict(dt, walks));
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
        self.age_s += dt;
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
        self.listen(pose);
        let noise = self.noise;
        let tremble = |sigma, bbox| tremble(sigma, bbox).map(|r| r * noise);
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
        let r = (WALK * size * if self.crowded { CROWDED } else { 1.0 }).powi(2);
        self.walk.iter_mut().zip(mean_place(&pose.keypoints)).for_each(|(axis, z)| axis.update(z, r));
        self.before = Some((std::mem::replace(&mut self.last, pose.clone()), self.unseen_s()));
        self.seen = true;
        self.absent_s = 0.0;
    }

    /// Learns how much the joints tremble: by how much they leave the line through their last two places, in the median,
    /// which those that move do not change. Only where frames are near enough for a line.
    fn listen(&mut self, pose: &Pose) {
        const NEAR_S: f64 = 0.07;
        const LEARN: f64 = 0.06;
        const MOST: f64 = 25.0;
        /// Of the squares of normal deviations.
        const MEDIAN: f64 = 0.455;
        let dt = self.unseen_s();
        let Some((before, dt0)) = &self.before else { return };
        if !(0.001..NEAR_S).contains(&dt) || !(0.001..NEAR_S).contains(dt0) {
            return;
        }
        let g = dt / dt0;
        let wide = 1.0 + (1.0 + g) * (1.0 + g) + g * g;
        let joints = pose.keypoints.iter().zip(&self.last.keypoints).zip(&before.keypoints);
        let mut ratios: Vec<f64> = joints
            .flat_map(|((k, last), before)| {
                let (r, [z, z1, z0]) = (tremble(k.sigma, pose.bbox), [k, last, before].map(place));
                [0, 1].map(|i| (z[i] - z1[i] - g * (z1[i] - z0[i])).powi(2) / (wide * r[i]))
            })
            .collect();
        ratios.sort_unstable_by(f64::total_cmp);
        if let Some(median) = ratios.get(ratios.len() / 2) {
            self.noise = (self.noise + LEARN * (median / MEDIAN - self.noise)).clamp(1.0, MOST);
        }
    }

    /// Not found in the frame.
    pub fn miss(&mut self, dt: f64) {
        self.absent_s += dt;
        for joint in &mut self.joints {
            joint.hidden_s += dt;
            joint.believed = false;
        }
    }

    /// Seconds since anybody looked where she is: at least those since the last frame.
    pub fn unseen_s(&self) -> f64 {
        self.absent_s + self.dt
    }

    /// Looks whether others are expected where she is, of all including herself.
    pub fn meet(&mut self, all: &[([f32; 4], bool)], own: usize) {
        (self.crowded, self.beside_known) = (false, false);
        for (other, &(place, known)) in all.iter().enumerate() {
            if other != own && overlap(all[own].0, place) > BEHIND {
                self.crowded = true;
                self.beside_known |= known;
            }
        }
    }

    /// Whether she can be given an id: where somebody known is, the network may see the same person twice for a while.
    pub fn is_somebody(&self) -> bool {
        !self.beside_known || self.age_s >= BESIDE_S
    }

    /// Whether she is still looked for.
    pub fn is_expected(&self, options: &TrackOptions) -> bool {
        let patience = match self.id {
            Some(_) => options.absence_s.max(0.0),
            None if self.is_somebody() => 0.0,
            None => MISSED_S,
        };
        self.seen || self.absent_s <= patience
    }

    /// Less than 1 for who gives way to those who are known.
    pub fn claim(&self) -> f64 {
        match (self.id, self.beside_known) {
            (Some(_), _) => 1.0,
            (None, false) => UNBORN,
            (None, true) => BESIDE,
        }
    }

    /// How far she has come since she was found: as she walks, or to where her way has led her, whatever the joints
    /// said then.
    fn way(&self, on_her_way: bool) -> [f32; 2] {
        let mean = mean_place(&self.last.keypoints);
        let way = |i: usize| if on_her_way { self.walk[i].p - mean[i] } else { self.walk[i].v * self.dt };
        [0, 1].map(|i| narrow(way(i)))
    }

    /// The box that she was found in, moved.
    fn moved(&self, [dx, dy]: [f32; 2]) -> [f32; 4] {
        let [x1, y1, x2, y2] = self.last.bbox;
        [x1 + dx, y1 + dy, x2 + dx, y2 + dy]
    }

    /// Where her box is expected, whatever the control, and whether she has an id: for others to [`Person::meet`].
    pub fn presence(&self) -> ([f32; 4], bool) {
        (self.moved(self.way(self.absent_s > 0.0)), self.id.is_some())
    }

    /// Where she is looked for, whatever the control: as she was last found, moved on; among others and out of sight
    /// along her way.
    pub fn wanted(&self) -> Pose {
        let [dx, dy] = self.way(self.crowded || self.absent_s > 0.0);
        let keypoints = self.last.keypoints.iter().map(|k| Keypoint { x: k.x + dx, y: k.y + dy, ..*k }).collect();
        Pose { keypoints, bbox: self.moved([dx, dy]), ..self.last }
    }

    /// Where everything is expected now, as sure as it was.
    pub fn expected(&self) -> Pose {
        let joint = |joint: &Joint| {
            let [x, y] = joint.point.place().map(narrow);
            Keypoint { x, y, score: joint.score, sigma: joint.sigma }
        };
        Pose { keypoints: self.joints.iter().map(joint).collect(), bbox: self.bbox(), ..self.last }
    }

    /// Where the box is expected.
    pub fn bbox(&self) -> [f32; 4] {
        let ([x, y], [w, h]) = (self.centre.place(), self.sides.place().map(|side| side.max(1e-3)));
        [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0].map(narrow)
    }

    /// What is shown of her; nothing if she has been away for too long.
    pub fn pose(&self, options: &TrackOptions) -> Option<Pose> {
        let away = 1.0 - self.absent_s / SHOWN_S;
        if !self.seen && (away <= 0.0 || self.id.is_none()) {
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
