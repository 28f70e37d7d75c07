//! The engines against the tensors of the official code (tests/fixtures/golden).

mod crowdpose;
mod fixture;
mod following;
mod interventions;

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

/// HRNet with its first pyramid.
#[test]
fn tiny_hrnet() {
    every_tap("tiny_hrnet", 35);
    people("tiny_hrnet");
}

/// HRNet with the pyramid of HRNet-W48's configuration.
#[test]
fn tiny_hrnet_v1() {
    every_tap("tiny_hrnet_v1", 23);
    people("tiny_hrnet_v1");
}

/// Swin; every stage's map ends within a window, the last one is smaller than a window.
#[test]
fn tiny_swin() {
    every_tap("tiny_swin", 31);
    people("tiny_swin");
}

/// The real size, on the CPU engine: every proposal's box and class score within `REAL`, the poses of all of them or of
/// the best dozen within `bounds`, so many strided samples of the features, and what backbone and pyramid cost.
fn end_to_end(name: &str, samples: usize, gmac: f64, decode: Decode, bounds: [f32; 3]) {
    let golden = Golden::open(name);
    let cost = golden.features_gmac();
    assert!((cost - gmac).abs() < 0.1, "{name}: {cost} GMAC");
    let wanted = golden.people();
    let mut scores = wanted.class_score.clone();
    scores.sort_by(f32::total_cmp);
    let threshold = if decode == Decode::All { 0.0 } else { scores[scores.len() - 12] - 1e-5 };
    let taps = Wanted::Prefixes(vec!["fpn".into(), "bb".into(), "s5.box".into()]);
    let run = golden.run_from(&fixture::Which::Cpu, decode, taps, threshold);
    let people = run.people();
    assert!(people.ids.len() >= 12, "{name}: {} people", people.ids.len());
    people.assert_equal(&wanted.only(&people.ids), bounds, &format!("{name}, {} people", people.ids.len()));
    run.all_boxes().assert_equal(&wanted.boxes_only(), REAL, &format!("{name}, all boxes"));
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
    assert_eq!(compared, samples);
}

/// Bounds at the real size, for boxes (px), keypoints (px) and scores.
const REAL: [f32; 3] = [0.02, 0.05, 1e-4];

#[test]
fn res50_light_end_to_end() {
    end_to_end("res50_light", 9, 42.7, Decode::All, REAL);
}

#[test]
fn hrnet32_light_end_to_end() {
    end_to_end("hrnet32_light", 16, 65.8, Decode::OnDemand, REAL);
}

#[test]
fn swin_t_light_end_to_end() {
    end_to_end("swinT_light", 9, 43.4, Decode::OnDemand, REAL);
}

#[test]
#[ignore = "1600 GMAC: a minute"]
fn every_pose_of_swin_t_light() {
    end_to_end("swinT_light", 9, 43.4, Decode::All, REAL);
}

/// HRNet's random weights make features of 45 (one σ) and with them a part attention that is nearly one cell, so that
/// f32's rounding moves single joints: the official tensors are themselves up to 0.064 px from f64, and one of their
/// 3400 coordinates is above 0.05, a joint's score is off by 1.1e-4. So f64 decides here: nothing of ours may be further
/// from it than twice that, and no more than one in a thousand coordinates above 0.05 px.
#[test]
#[ignore = "1600 GMAC: a minute"]
fn every_pose_of_hrnet32_light() {
    let golden = Golden::open("hrnet32_light");
    let (official, exact) = (golden.people(), golden.people_f64());
    let ours = golden.run(&fixture::Which::Cpu, Decode::All, Wanted::Nothing).people();
    let order = exact.only(&ours.ids);
    ours.assert_equal(&order, [0.02, 2.0 * 0.064, 2.0 * 1.1e-4], "hrnet32_light against f64, all people");
    for (what, people) in [("ours", &ours), ("the official", &official.only(&ours.ids))] {
        let off = people.keypoints.iter().flatten().zip(order.keypoints.iter().flatten());
        let off: Vec<f32> = off.flat_map(|(a, b)| [(a[0] - b[0]).abs(), (a[1] - b[1]).abs()]).collect();
        let above = off.iter().filter(|&&d| d > REAL[1]).count();
        let mean = off.iter().sum::<f32>() / off.len() as f32;
        println!("{what}: {above} of {} coordinates above {} px, mean {mean:.1e} px", off.len(), REAL[1]);
        assert!(above * 1000 <= off.len(), "{what}: {above} coordinates");
    }
}

/// The costs at 480×640: about 66 GMAC with one person, 97 with three, 203 with ten, 1573 with all.
#[test]
fn res50_light_costs() {
    let golden = Golden::open("res50_light");
    let giga: Vec<f64> = [1, 3, 10, 100].iter().map(|&people| golden.macs(people) as f64 / 1e9).collect();
    println!("GMAC at 1, 3, 10, 100 people: {giga:.1?}");
    for (got, want) in giga.iter().zip([66.0, 97.0, 203.0, 1573.0]) {
        assert!((got - want).abs() < 0.8, "{giga:?}");
    }
}

/// Writes `target/tmp/res50_light.safetensors`, f32, for tests that want a checkpoint of real size.
#[test]
#[ignore = "writes 755 MB"]
fn write_res50() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("res50_light.safetensors");
    fixture::write_weights("res50_light", &path);
    println!("{}: {} bytes", path.display(), std::fs::metadata(&path).unwrap().len());
}
