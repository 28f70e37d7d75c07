//! The engines against the tensors of the official code (tests/fixtures/golden).

mod fixture;

use fixture::Golden;
use querypose::model::Decode;
use querypose::tape::Wanted;

/// Every stored tensor of a small network, so many of them.
fn every_tap(name: &str, tensors: usize) {
    let golden = Golden::open(name);
    for engine in fixture::engines() {
        let run = golden.run(&engine, Decode::All, Wanted::Everything);
        let (mut compared, mut relative) = (0, 0f32);
        for (tap, want) in golden.tensors() {
            if tap.starts_with("final.") || tap.starts_with("result.") || tap == "input.image_u8" {
                continue;
            }
            let got = run.tap(&tap);
            let bound = match tap.rsplit('.').next() {
                Some("boxes" | "in_boxes") => 0.005,
                Some("level") => 0.0,
                _ => 2e-4 * want.largest().max(1.0),
            };
            let worst = want.worst(got, &tap);
            assert!(worst <= bound, "{name} {engine:?} {tap}: off by {worst}, bound {bound}");
            relative = relative.max(worst / want.largest().max(1.0));
            compared += 1;
        }
        println!("{name} {engine:?}: {compared} tensors, worst {relative:.1e} of a tensor's largest number");
        assert_eq!(compared, tensors);
    }
}

/// What a user sees: boxes ≤ 0.005 px, keypoints ≤ 0.01 px, scores ≤ 1e-5.
const SEEN: [f32; 3] = [0.005, 0.01, 1e-5];

fn people(name: &str) {
    let golden = Golden::open(name);
    for engine in fixture::engines() {
        let run = golden.run(&engine, Decode::All, Wanted::Nothing);
        run.people().assert_equal(&golden.people(), SEEN, &format!("{name} {engine:?}"));
    }
}

/// Decoding on demand gives the very people of decoding all, for any threshold.
fn on_demand_equals_all(name: &str) {
    let golden = Golden::open(name);
    for engine in fixture::engines() {
        let all = golden.run(&engine, Decode::All, Wanted::Nothing).people();
        let mut scores: Vec<f32> = all.class_score.clone();
        scores.sort_by(f32::total_cmp);
        // A hair below a score: the way to a logit and back rounds.
        for threshold in [0.0, scores[4] - 1e-6, scores[9] - 1e-6, 1.0] {
            let run = golden.run_from(&engine, Decode::OnDemand, Wanted::Nothing, threshold);
            let some = run.people();
            let kept: Vec<usize> = (0..all.class_score.len()).filter(|&i| all.class_score[i] >= threshold).collect();
            assert_eq!(some.ids.len(), kept.len(), "{name} {engine:?} at {threshold}");
            let wanted = all.only(&some.ids);
            some.assert_equal(&wanted, SEEN, &format!("{name} {engine:?} at {threshold}"));
        }
    }
}

/// The files' own f32-against-f64 noise is at most 2e-5 (features) and 2e-4 px (boxes).
#[test]
fn tiny_light() {
    every_tap("tiny_light", 84);
    people("tiny_light");
    on_demand_equals_all("tiny_light");
}

/// The full decoder of May 2023: the pose stages' instance queries end with their stage.
#[test]
fn tiny_full() {
    every_tap("tiny_full", 76);
    people("tiny_full");
    on_demand_equals_all("tiny_full");
}

/// The full decoder of December 2022: they go on into the next box stage.
#[test]
fn tiny_full_v0() {
    every_tap("tiny_full_v0", 76);
    people("tiny_full_v0");
    on_demand_equals_all("tiny_full_v0");
}

/// The real size, on the CPU engine: boxes ≤ 0.02 px, keypoints ≤ 0.05 px, strided samples of the features.
#[test]
fn res50_light_end_to_end() {
    let golden = Golden::open("res50_light");
    let engine = fixture::Which::Cpu;
    let run = golden.run(&engine, Decode::All, Wanted::Prefixes(vec!["fpn".into(), "bb".into(), "s5.box".into()]));
    run.people().assert_equal(&golden.people(), [0.02, 0.05, 1e-4], "res50_light");
    let mut compared = 0;
    for (name, want) in golden.tensors() {
        let Some((tap, stride)) = name.split_once('[') else { continue };
        if !(tap.starts_with("fpn") || tap.starts_with("bb")) {
            continue;
        }
        let got = run.strided(tap, stride);
        let worst = want.worst(&got, &name);
        assert!(worst <= 2e-4 * want.largest(), "{name}: off by {worst}");
        compared += 1;
    }
    assert_eq!(compared, 9);
}

/// The costs of querypose.md at 480×640: about 66 GMAC with one person, 97 with three, 203 with ten, 1573 with all.
#[test]
fn res50_light_costs() {
    let golden = Golden::open("res50_light");
    let giga: Vec<f64> = [1, 3, 10, 100].iter().map(|&people| golden.macs(people) as f64 / 1e9).collect();
    println!("GMAC at 1, 3, 10, 100 people: {giga:.1?}");
    for (got, want) in giga.iter().zip([66.0, 97.0, 203.0, 1573.0]) {
        assert!((got - want).abs() < 0.8, "{giga:?}");
    }
}
