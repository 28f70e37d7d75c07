use super::*;
use crate::pose::Keypoint;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Somebody standing with the box's middle at x, y; `wide` by three times that.
fn standing(x: f32, y: f32, wide: f32) -> Pose {
    let joint = |i: usize| Keypoint {
        x: x + wide * 0.4 * (i as f32 * 2.1).sin(),
        y: y - 1.4 * wide + 2.8 * wide * i as f32 / 16.0,
        score: 0.9,
        sigma: [0.1; 2],
    };
    let bbox = [x - wide / 2.0, y - 1.5 * wide, x + wide / 2.0, y + 1.5 * wide];
    Pose { id: None, score: 0.8, class_score: 0.9, keypoints: (0..17).map(joint).collect(), bbox }
}

fn ids(poses: &[Pose]) -> Vec<Option<u32>> {
    poses.iter().map(|pose| pose.id).collect()
}

fn sorted(mut ids: Vec<Option<u32>>) -> Vec<u32> {
    ids.sort();
    ids.into_iter().flatten().collect()
}

const DT: f64 = 1.0 / 30.0;

/// Runs people along, a closure saying where they are in frame `i`; the results of every frame.
fn follow(options: TrackOptions, frames: usize, people: impl Fn(usize) -> Vec<Pose>) -> Vec<Vec<Pose>> {
    let mut tracker = Tracker::new(options);
    (0..frames).map(|i| tracker.update(i as f64 * DT, people(i))).collect()
}

#[test]
fn somebody_is_known_from_the_second_frame_on() {
    let seen = follow(TrackOptions::default(), 4, |_| vec![standing(100.0, 200.0, 50.0)]);
    assert_eq!(seen.iter().map(|poses| ids(poses)).collect::<Vec<_>>(), [[None], [Some(1)], [Some(1)], [Some(1)]]);
    // Flicker has no id, and takes none away.
    let seen = follow(TrackOptions::default(), 8, |i| match i {
        0 | 3 => vec![standing(100.0, 200.0, 50.0)],
        6 | 7 => vec![standing(400.0, 200.0, 50.0)],
        _ => vec![],
    });
    let known: Vec<Vec<u32>> = seen.iter().map(|poses| sorted(ids(poses))).collect();
    assert_eq!(known, [vec![], vec![], vec![], vec![], vec![], vec![], vec![], vec![1]]);
}

#[test]
fn frames_of_half_the_size_change_nothing_but_the_numbers() {
    let people = |i: usize, by: f32| {
        let walk = 3.0 * i as f32;
        vec![standing(by * (100.0 + walk), by * 200.0, by * 50.0), standing(by * (400.0 - walk), by * 220.0, by * 60.0)]
    };
    let options = TrackOptions::default();
    let whole = follow(options, 20, |i| people(i, 1.0));
    let mut tracker = Tracker::new(options);
    for (i, whole) in whole.iter().enumerate() {
        if i == 10 {
            tracker.scale(0.5, 0.5);
        }
        let by = if i < 10 { 1.0 } else { 0.5 };
        let seen = tracker.update(i as f64 * DT, people(i, by));
        assert_eq!(ids(&seen), ids(whole), "frame {i}");
        for (seen, whole) in seen.iter().zip(whole) {
            let whole = whole.scaled(by, by);
            assert!(
                oks(seen, &whole) > 0.9999 && overlap(seen.bbox, whole.bbox) > 0.999,
                "frame {i}: {seen:?} {whole:?}"
            );
        }
    }
}

#[test]
fn an_absence_of_half_a_second_is_forgiven_and_a_longer_one_is_not() {
    for (absent, id) in [(3, 1), (14, 1), (16, 2)] {
        let walk = |i: usize| {
            let away = (20..20 + absent).contains(&i);
            if away { vec![] } else { vec![standing(100.0 + 4.0 * i as f32, 200.0, 50.0)] }
        };
        let seen = follow(TrackOptions::default(), 60, walk);
        assert_eq!(ids(&seen[59]), [Some(id)], "{absent} frames away");
        // Shown for a quarter of a second, fading, where she would be.
        let shown = &seen[22];
        assert_eq!((shown.len(), shown[0].id), (1, Some(1)));
        let [x1, _, x2, _] = shown[0].bbox;
        assert!((f64::from(x1 + x2) / 2.0 - 188.0).abs() < 3.0 && shown[0].score < seen[19][0].score, "{shown:?}");
        assert!(absent < 10 || seen[20 + 9].is_empty());
    }
}

/// Two walk past each other; in the middle only the nearer is found.
#[test]
fn ids_stay_through_a_crossing() {
    let place = |i: usize, from: f32, step: f32| standing(from + step * i as f32, 200.0, 50.0);
    let people = |i: usize| {
        let both = vec![place(i, 100.0, 4.0), place(i, 400.0, -4.0)];
        let apart = (both[0].bbox[0] - both[1].bbox[0]).abs();
        if apart < 25.0 { both[..1].to_vec() } else { both }
    };
    let seen = follow(TrackOptions::default(), 75, people);
    let of = |frame: usize, right: bool| {
        let known = seen[frame].iter().filter(|pose| pose.id.is_some());
        let x = |pose: &Pose| if right { pose.bbox[0] } else { -pose.bbox[0] };
        known.max_by(|a, b| x(a).total_cmp(&x(b))).unwrap().id
    };
    assert!(seen.iter().any(|poses| poses.iter().filter(|p| p.score > 0.79).count() == 1), "one is hidden for a while");
    assert_eq!((of(5, false), of(5, true)), (of(74, true), of(74, false)));
    assert_eq!(sorted(ids(&seen[74])), [1, 2]);
}

/// While two pass each other the network sees a third for some frames, between them and surer than either: that is
/// nobody, and both keep their ids, whatever the control.
#[test]
fn what_is_seen_between_two_is_nobody() {
    let at = |i: usize, from: f32, step: f32| standing(from + step * i as f32, 200.0, 50.0);
    let people = |i: usize| {
        let (a, b) = (at(i, 100.0, 4.0), at(i, 400.0, -4.0));
        let between = Pose { score: 0.85, ..standing(258.0, 200.0, 60.0) };
        match i {
            32..=35 => vec![a, b, between],
            36..=40 => vec![between],
            41..=43 => vec![a, between, b],
            _ => vec![a, b],
        }
    };
    for steadiness in [0.0, 0.5, 1.0] {
        let seen = follow(TrackOptions { steadiness, ..TrackOptions::default() }, 75, people);
        let known: BTreeSet<u32> = seen.iter().flatten().filter_map(|pose| pose.id).collect();
        assert_eq!(known, BTreeSet::from([1, 2]), "{steadiness}");
        let left = |frame: usize| seen[frame].iter().min_by(|a, b| a.bbox[0].total_cmp(&b.bbox[0])).unwrap().id;
        assert_ne!(left(10), left(70), "{steadiness}: they have changed places");
    }
}

/// Who stays beside somebody is somebody, though not at once, and though missed now and then.
#[test]
fn somebody_new_beside_somebody_known() {
    let people = |i: usize| {
        let beside = (10..).contains(&i) && i % 5 != 2;
        let new = beside.then(|| standing(135.0, 200.0, 50.0));
        [standing(100.0, 200.0, 50.0)].into_iter().chain(new).collect()
    };
    let seen = follow(TrackOptions::default(), 40, people);
    let with_id = |frame: usize| sorted(ids(&seen[frame]));
    assert_eq!((seen[11].len(), with_id(11)), (2, vec![1]), "shown, without an id");
    assert_eq!(with_id(10 + 11), [1]);
    assert_eq!(with_id(10 + 13), [1, 2]);
    assert_eq!(with_id(39), [1, 2]);
}

/// Trembling of a person at rest in px a frame, and the control's order. Seen: 2.00, 0.43, 0.25, 0.15, 0.10.
#[test]
fn steadier_is_calmer() {
    // White: from frame to frame as from joint to joint.
    let noise = |i: usize, k: usize| {
        let mut x = (i as u32).wrapping_mul(0x9e37_79b9) ^ (k as u32).wrapping_mul(0x85eb_ca6b);
        for factor in [0x7feb_352d, 0x846c_a68b] {
            x = (x ^ (x >> 16)).wrapping_mul(factor);
        }
        ((x ^ (x >> 15)) as f32 / u32::MAX as f32 - 0.5) * 6.0
    };
    let people = |i: usize| {
        let mut pose = standing(300.0, 300.0, 100.0);
        for (k, joint) in pose.keypoints.iter_mut().enumerate() {
            joint.x += noise(i, 2 * k);
            joint.y += noise(i, 2 * k + 1);
        }
        vec![pose]
    };
    let mut before = f32::MAX;
    for (steadiness, most) in [(0.0, 2.1), (0.25, 0.6), (0.5, 0.4), (0.75, 0.25), (1.0, 0.2)] {
        let seen = follow(TrackOptions { steadiness, ..TrackOptions::default() }, 90, people);
        let step = |i: usize| (seen[i][0].keypoints[5].x - seen[i - 1][0].keypoints[5].x).abs();
        let jitter = (30..90).map(step).sum::<f32>() / 60.0;
        println!("{steadiness}: {jitter} px a frame");
        assert!(jitter < before && jitter < most, "{steadiness}: {jitter} px");
        before = jitter;
        if steadiness == 0.0 {
            let seen: Vec<[f32; 2]> = seen[40][0].keypoints.iter().map(|k| [k.x, k.y]).collect();
            assert_eq!(seen, people(40)[0].keypoints.iter().map(|k| [k.x, k.y]).collect::<Vec<_>>());
        }
    }
}

#[test]
fn an_unsure_jump_is_not_believed_and_a_sure_one_is() {
    for (sigma, followed) in [(0.6, false), (0.08, true)] {
        let people = |i: usize| {
            let mut pose = standing(300.0, 300.0, 100.0);
            if (30..33).contains(&i) {
                let joint = &mut pose.keypoints[9];
                (joint.x, joint.sigma, joint.score) = (joint.x + 150.0, [sigma; 2], 1.0 - sigma);
            }
            vec![pose]
        };
        let seen = follow(TrackOptions::default(), 34, people);
        let moved = seen[32][0].keypoints[9].x - seen[29][0].keypoints[9].x;
        assert_eq!(moved > 100.0, followed, "{moved} px at sigma {sigma}");
        assert!(followed || (moved < 15.0 && seen[32][0].keypoints[9].score < seen[29][0].keypoints[9].score));
    }
}

/// A hidden joint moves on with the person; what the network guesses there is left aside.
#[test]
fn a_hidden_joint_goes_along_and_fades() {
    let people = |i: usize| {
        let mut pose = standing(100.0 + 5.0 * i as f32, 300.0, 100.0);
        if i >= 40 {
            let joint = &mut pose.keypoints[9];
            (joint.x, joint.y, joint.score, joint.sigma) = (0.0, 0.0, 0.1, [0.9; 2]);
        }
        vec![pose]
    };
    let seen = follow(TrackOptions::default(), 46, people);
    let joint = seen[45][0].keypoints[9];
    let should = standing(100.0 + 5.0 * 45.0, 300.0, 100.0).keypoints[9];
    assert!((joint.x - should.x).hypot(joint.y - should.y) < 6.0, "{joint:?} {should:?}");
    assert!(joint.score < 0.7 * seen[39][0].keypoints[9].score);
    assert!((joint.score - (1.0 - (joint.sigma[0] + joint.sigma[1]) / 2.0)).abs() < 1e-5);
}

#[test]
fn time_may_stand_still_go_back_and_leap() {
    let mut tracker = Tracker::new(TrackOptions::default());
    let one = || vec![standing(100.0, 200.0, 50.0)];
    for time in [5.0, 5.0, 5.0, 4.95, f64::NAN, f64::INFINITY, 5.03] {
        let seen = tracker.update(time, one());
        assert!(seen.len() == 1 && seen[0].keypoints.iter().all(|k| k.x.is_finite()), "{time}: {seen:?}");
    }
    assert_eq!(ids(&tracker.update(5.1, one())), [Some(1)]);
    // One frame a second, by itself, loses nobody.
    assert_eq!(ids(&tracker.update(6.1, one())), [Some(1)]);
    // Back to the beginning, and far ahead: a cut. Ids are never given twice.
    for (time, id) in [(0.0, 2), (1e9, 3), (-1e300, 4)] {
        assert_eq!(ids(&tracker.update(time, one())), [None]);
        assert_eq!(ids(&tracker.update(time, one())), [Some(id)]);
    }
    tracker.reset();
    tracker.update(0.0, one());
    assert_eq!(ids(&tracker.update(0.1, one())), [Some(5)]);
}

#[test]
fn nobody_and_two_hundred() {
    let crowd = |i: usize| -> Vec<Pose> {
        let at = |n: usize| standing(40.0 + 60.0 * (n % 20) as f32 + i as f32, 90.0 + 150.0 * (n / 20) as f32, 40.0);
        if i % 10 == 9 { vec![] } else { (0..200).map(at).collect() }
    };
    let seen = follow(TrackOptions::default(), 25, crowd);
    assert_eq!(sorted(ids(&seen[1])), (1..=200).collect::<Vec<u32>>());
    assert_eq!(sorted(ids(&seen[24])), (1..=200).collect::<Vec<u32>>(), "an empty frame between");
    assert!(follow(TrackOptions::default(), 3, |_| vec![]).iter().all(Vec::is_empty));
}

#[test]
fn who_is_found_twice_is_one() {
    let twice = |_: usize| vec![standing(100.0, 200.0, 50.0), Pose { score: 0.5, ..standing(101.0, 202.0, 51.0) }];
    assert_eq!(ids(&follow(TrackOptions::default(), 5, twice)[4]), [Some(1)]);
}

#[test]
fn who_scores_little_is_followed_only_if_known() {
    let options = TrackOptions { birth_score: 0.5, ..TrackOptions::default() };
    let faint = |i: usize| vec![Pose { score: if i < 5 { 0.8 } else { 0.3 }, ..standing(100.0, 200.0, 50.0) }];
    assert_eq!(ids(&follow(options, 20, faint)[19]), [Some(1)]);
    let always = |_: usize| vec![Pose { score: 0.3, ..standing(100.0, 200.0, 50.0) }];
    assert!(follow(options, 20, always).iter().all(Vec::is_empty));
}

/// A pose of any numbers at all.
fn any_pose() -> impl Strategy<Value = Pose> {
    let tame = -50f32..700.0;
    let number = prop_oneof![20 => tame, 1 => any::<f32>()];
    let joint = (number.clone(), number.clone(), 0f32..1.0, 0f32..1.0, 0f32..1.0)
        .prop_map(|(x, y, score, a, b)| Keypoint { x, y, score, sigma: [a, b] });
    let joints = prop_oneof![9 => Just(17usize), 1 => 0usize..20];
    let keypoints = joints.prop_flat_map(move |n| prop::collection::vec(joint.clone(), n));
    (keypoints, prop::array::uniform4(number), 0f32..1.0, 0f32..1.0)
        .prop_map(|(keypoints, bbox, score, class_score)| Pose { id: None, score, class_score, keypoints, bbox })
}

/// Frames of people who walk, wander off and come back, and of some who make no sense.
fn any_frames() -> impl Strategy<Value = Vec<(f64, Vec<Pose>)>> {
    let walker = (0f32..600.0, 0f32..400.0, 5f32..80.0, -3f32..3.0).prop_map(|(x, y, wide, step)| (x, y, wide, step));
    let walkers = prop::collection::vec(walker, 0..6);
    let frame = (prop_oneof![12 => 0.01f64..0.2, 1 => -3f64..4.0], 0u32..256, prop::collection::vec(any_pose(), 0..2));
    (walkers, prop::collection::vec(frame, 1..25)).prop_map(|(walkers, frames)| {
        let mut time = 0.0;
        let frame = |(i, (dt, hidden, more)): (usize, (f64, u32, Vec<Pose>))| {
            time += dt;
            let there = walkers.iter().enumerate().filter(|(w, _)| hidden >> w & 1 == 0 || hidden > 128);
            let at = |(_, &(x, y, wide, step)): (usize, &(f32, f32, f32, f32))| standing(x + step * i as f32, y, wide);
            (time, there.map(at).chain(more).collect())
        };
        frames.into_iter().enumerate().map(frame).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_comes_ids_are_unique_and_numbers_finite(frames in any_frames(), steadiness in -1f32..2.0) {
        let mut tracker = Tracker::new(TrackOptions { steadiness, ..TrackOptions::default() });
        for (time, poses) in frames {
            let most = poses.len() + tracker.people.len();
            let seen = tracker.update(time, poses);
            prop_assert!(seen.len() <= most);
            let known: Vec<u32> = seen.iter().filter_map(|pose| pose.id).collect();
            prop_assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len());
            for pose in &seen {
                prop_assert!(found::is_sensible(pose), "{:?}", pose);
                prop_assert!((0.0..=1.0).contains(&pose.score));
                prop_assert!(pose.keypoints.iter().all(|k| (0.0..=1.0).contains(&k.score)));
                prop_assert!(pose.keypoints.iter().all(|k| k.sigma.iter().all(|s| (0.0..=1.0).contains(s))));
            }
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(frames in any_frames(), turn in 0usize..7) {
        let (mut one, mut other) = (Tracker::new(TrackOptions::default()), Tracker::new(TrackOptions::default()));
        for (time, poses) in frames {
            let mut turned = poses.clone();
            turned.reverse();
            let by = turn % turned.len().max(1);
            turned.rotate_left(by);
            prop_assert_eq!(one.update(time, poses), other.update(time, turned));
        }
    }
}
