//! Jitter, lag, switched ids and the share found, against the truth.

use crate::data::Photo;
use crate::scenes::{STILL, Scene, Similar, Truth};
use crate::seen::Frames;
use querypose::pose::Pose;

/// Seconds a filter is given to come to rest.
const SETTLE: f64 = 0.5;
/// Pixels a second from which on a joint moves.
const MOVING: f64 = 25.0;

/// What was measured, as sums over many people.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    spread: [f64; 2],
    step: [f64; 2],
    /// Σ e·v and Σ v·v: the lag is their ratio.
    late: [f64; 2],
    error: [f64; 2],
    limb: [f64; 2],
    pub switches: usize,
    /// Sequences of two people in which both are found at the beginning and at the end.
    pub both: usize,
    pub switched: usize,
    found: [usize; 2],
}

impl Sums {
    /// Root mean square distance of a resting joint from its mean, px.
    pub fn jitter(&self) -> f64 {
        (self.spread[0] / self.spread[1]).sqrt()
    }

    /// Root mean square distance of a resting joint from where it was in the frame before, px.
    pub fn step(&self) -> f64 {
        (self.step[0] / self.step[1]).sqrt()
    }

    /// Milliseconds by which moving joints come late.
    pub fn lag(&self) -> f64 {
        1e3 * self.late[0] / self.late[1]
    }

    /// Milliseconds by which an arm comes late that moves alone.
    pub fn limb_lag(&self) -> f64 {
        1e3 * self.limb[0] / self.limb[1]
    }

    /// Root mean square distance of a moving joint from where it is, px.
    pub fn error(&self) -> f64 {
        (self.error[0] / self.error[1]).sqrt()
    }

    /// Share of people in sight that are found in their frame.
    pub fn found(&self) -> f64 {
        self.found[0] as f64 / self.found[1] as f64
    }
}

/// COCO's object keypoint similarity over the labelled joints.
fn oks(truth: &Truth, pose: &Pose) -> f64 {
    const SPREAD: [f64; 17] = [
        0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
        0.089,
    ];
    let (mut sum, mut count) = (0.0, 0.0);
    for ((&[x, y, labelled], k), spread) in truth.joints.iter().zip(&pose.keypoints).zip(SPREAD) {
        let d = (x - f64::from(k.x)).powi(2) + (y - f64::from(k.y)).powi(2);
        sum += labelled * (-d / (2.0 * (2.0 * spread).powi(2) * truth.area)).exp();
        count += labelled;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// For each person the pose that is theirs, best pairs first.
fn matched<'a>(truths: &[Truth], poses: &'a [Pose]) -> Vec<Option<&'a Pose>> {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (t, truth) in truths.iter().enumerate() {
        pairs.extend(poses.iter().enumerate().map(|(p, pose)| (oks(truth, pose), t, p)).filter(|pair| pair.0 >= 0.5));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut of, mut taken) = (vec![None; truths.len()], vec![false; poses.len()]);
    for (_, t, p) in pairs {
        if of[t].is_none() && !taken[p] {
            (of[t], taken[p]) = (Some(&poses[p]), true);
        }
    }
    of
}

fn extent(truth: &Truth) -> [f64; 4] {
    truth.joints.iter().filter(|j| j[2] > 0.0).fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |b, j| {
        [b[0].min(j[0]), b[1].min(j[1]), b[2].max(j[0]), b[3].max(j[1])]
    })
}

/// Whether the second person stands before more than half of the first one's width.
fn covered(truths: &[Truth]) -> bool {
    let [a, b] = [extent(&truths[0]), extent(&truths[1])];
    let both = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    both > 0.35 * (a[2] - a[0]).min(b[2] - b[0])
}

fn at(pose: &Pose, joint: usize) -> [f64; 2] {
    [f64::from(pose.keypoints[joint].x), f64::from(pose.keypoints[joint].y)]
}

/// Adds a window sequence. `raw`: the people as they were found.
pub fn window(sums: &mut Sums, scene: &Scene, photos: &[Photo], raw: &Frames, calm: &Frames) {
    let truths: Vec<Vec<Truth>> = (0..scene.frames).map(|i| scene.truth(photos, &[], i)).collect();
    let place = |t: f64| -> Similar { scene.similar(photos, t) };
    for person in 0..truths[0].len() {
        let own = |frames: &Frames, i: usize| matched(&truths[i], &frames[i])[person].cloned();
        let found: Vec<Option<Pose>> = (0..scene.frames).map(|i| own(raw, i)).collect();
        let shown: Vec<Option<Pose>> = (0..scene.frames).map(|i| own(calm, i)).collect();
        sums.found[0] += shown.iter().flatten().count();
        sums.found[1] += scene.frames;
        if found.iter().flatten().count() * 10 < scene.frames * 8 {
            continue;
        }
        for joint in (0..17).filter(|&j| truths[0][person].joints[j][2] > 0.0) {
            let mut rest: Vec<[f64; 2]> = Vec::new();
            for i in (0..scene.frames).filter(|&i| (SETTLE..STILL).contains(&scene.time(i))) {
                let Some(pose) = &shown[i] else { continue };
                rest.push(at(pose, joint));
                if let Some(before) = &shown[i - 1] {
                    let ([x, y], [x0, y0]) = (at(pose, joint), at(before, joint));
                    sums.step[0] += (x - x0).powi(2) + (y - y0).powi(2);
                    sums.step[1] += 1.0;
                }
            }
            let mean = |of: fn(&[f64; 2]) -> f64| rest.iter().map(of).sum::<f64>() / rest.len().max(1) as f64;
            let (mx, my) = (mean(|p| p[0]), mean(|p| p[1]));
            sums.spread[0] += rest.iter().map(|[x, y]| (x - mx).powi(2) + (y - my).powi(2)).sum::<f64>();
            sums.spread[1] += rest.len() as f64;
            // Where the network takes this joint to be on the photo, in the mean: how far that is from the truth is the
            // network's fault and no filter's.
            let on_photo = |(i, pose): (usize, &Option<Pose>)| {
                pose.as_ref().map(|pose| place(scene.time(i)).inverse().apply(at(pose, joint)))
            };
            let photo: Vec<[f64; 2]> = found.iter().enumerate().filter_map(on_photo).collect();
            let mean = |c: usize| photo.iter().map(|p| p[c]).sum::<f64>() / photo.len() as f64;
            let photo = [mean(0), mean(1)];
            for (i, pose) in shown.iter().enumerate() {
                let t = scene.time(i);
                let Some(pose) = pose.as_ref().filter(|_| t > STILL) else { continue };
                let [a, b] = [-0.002, 0.002].map(|dt| place(t + dt).apply(photo));
                let v = [(b[0] - a[0]) / 0.004, (b[1] - a[1]) / 0.004];
                if v[0].hypot(v[1]) < MOVING {
                    continue;
                }
                let (should, is) = (place(t).apply(photo), at(pose, joint));
                let e = [should[0] - is[0], should[1] - is[1]];
                sums.late[0] += e[0] * v[0] + e[1] * v[1];
                sums.late[1] += v[0] * v[0] + v[1] * v[1];
                sums.error[0] += e[0] * e[0] + e[1] * e[1];
                sums.error[1] += 1.0;
            }
        }
    }
}

/// Adds a sequence of two people.
pub fn pair(sums: &mut Sums, scene: &Scene, cutouts: &[Photo], calm: &Frames) {
    let mut ids: Vec<[Option<u32>; 2]> = Vec::new();
    for (i, poses) in calm.iter().enumerate() {
        let truths = scene.truth(&[], cutouts, i);
        if covered(&truths) {
            continue;
        }
        let of = matched(&truths, poses);
        sums.found[0] += of.iter().flatten().count();
        sums.found[1] += of.len();
        ids.push([0, 1].map(|p| of[p].and_then(|pose| pose.id)));
    }
    let mut switches = 0;
    for person in 0..2 {
        let known: Vec<u32> = ids.iter().filter_map(|pair| pair[person]).collect();
        switches += known.windows(2).filter(|pair| pair[0] != pair[1]).count();
    }
    let end = ids.len() / 4;
    let mostly = |part: &[[Option<u32>; 2]]| part.iter().filter(|p| p[0].is_some() && p[1].is_some()).count() * 2 > end;
    if mostly(&ids[..end]) && mostly(&ids[ids.len() - end..]) {
        sums.both += 1;
        sums.switched += usize::from(switches > 0);
    }
    sums.switches += switches;
}

/// Frames of an arm's sequence.
const ARM: usize = 180;
/// Elbow and wrist, and how far each goes.
const SWING: [(usize, f64); 2] = [(7, 0.15), (9, 0.3)];

/// How far the arm of somebody of this size has gone, and its speed: at rest for a second, then it waves.
fn swing(t: f64, size: f64) -> ([f64; 2], [f64; 2]) {
    let turn = std::f64::consts::TAU * 0.9;
    let s = (t - 1.0).max(0.0);
    let speed = if t > 1.0 { turn * (turn * s).sin() } else { 0.0 };
    let way = 1.0 - (turn * s).cos();
    ([size * way, -0.5 * size * way], [size * speed, -0.5 * size * speed])
}

/// Somebody at rest whose arm moves alone: no photo shows that, so it is added to what the network found of people at
/// rest, with its trembling as it is. For each person the sequence, the person at rest, and the size.
pub fn arms(scene: &Scene, photos: &[Photo], raw: &Frames) -> Vec<(Frames, Vec<Pose>, f64)> {
    let still = (STILL * crate::scenes::RATE) as usize;
    let truths = scene.truth(photos, &[], 0);
    let one = |person: usize| {
        let found: Vec<Pose> =
            raw[..still].iter().filter_map(|poses| matched(&truths, poses)[person].cloned()).collect();
        if found.len() * 10 < still * 9 {
            return None;
        }
        // Not in their order, which would come again and again.
        let moved = |i: usize| {
            let mut pose = found[i * 29 % found.len()].clone();
            let (way, _) = swing(i as f64 / crate::scenes::RATE, truths[person].area.sqrt());
            for (joint, share) in SWING {
                pose.keypoints[joint].x += (share * way[0]) as f32;
                pose.keypoints[joint].y += (share * way[1]) as f32;
            }
            vec![pose]
        };
        Some(((0..ARM).map(moved).collect(), found.clone(), truths[person].area.sqrt()))
    };
    (0..truths.len()).filter_map(one).collect()
}

/// Adds an arm's sequence; `found` is the person at rest.
pub fn arm(sums: &mut Sums, found: &[Pose], size: f64, calm: &Frames) {
    for (joint, share) in SWING {
        let mean = |c: usize| found.iter().map(|pose| at(pose, joint)[c]).sum::<f64>() / found.len() as f64;
        let rest = [mean(0), mean(1)];
        for (i, poses) in calm.iter().enumerate() {
            let (way, speed) = swing(i as f64 / crate::scenes::RATE, size);
            let Some(pose) = poses.first().filter(|_| speed[0] != 0.0) else { continue };
            for c in 0..2 {
                let v = share * speed[c];
                sums.limb[0] += (rest[c] + share * way[c] - at(pose, joint)[c]) * v;
                sums.limb[1] += v * v;
            }
        }
    }
}
