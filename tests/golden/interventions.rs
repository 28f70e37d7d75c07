//! Edits of the tape against the official code's own tensors: what an edit leaves alone must stay what it was.

use crate::fixture::{self, Golden, Run};
use querypose::model::{Decode, Gates, Intervention, PartAttention};
use querypose::tape::Wanted;

fn gates(gates: Gates) -> Intervention {
    Intervention { gates, ..Intervention::default() }
}

/// Largest difference between two rows of numbers of one length.
fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}

fn tap<'a>(run: &'a Run, name: &str) -> &'a [f32] {
    &run.tap(name).values
}

#[test]
fn as_learned_is_the_plain_tape() {
    let golden = Golden::open("tiny_light");
    for engine in fixture::engines() {
        let plain = golden.run(&engine, Decode::All, Wanted::Everything);
        let named = golden.run_with(&engine, gates(Gates::Learned));
        assert!(plain.outputs == named.outputs, "{engine:?}: not the same bits");
    }
}

/// The answer after k stages is the official code's own answer of stage k; same bound as `tiny_light_every_tap`.
#[test]
fn stopping_answers_with_that_stage() {
    let golden = Golden::open("tiny_light");
    let stages = golden.tensors().iter().filter(|(name, _)| name.ends_with(".box.boxes")).count();
    assert!(stages > 1);
    for engine in fixture::engines() {
        for k in 1..=stages {
            let run = golden.run_with(&engine, Intervention { stop_after: Some(k), ..Intervention::default() });
            for (name, want) in golden.tensors() {
                let stage = format!("s{}.", k - 1);
                let result = match name.strip_prefix(&stage) {
                    Some("box.boxes") => "boxes",
                    Some("pose.coord") => "coords",
                    Some("pose.sigma") => "sigma",
                    _ => continue,
                };
                let bound = if result == "boxes" { 0.005 } else { 2e-4 };
                let off = worst(&want.values, tap(&run, result));
                assert!(off <= bound, "{engine:?}, {k} stages, {result}: off by {off}");
            }
            assert!(!run.outputs.values.contains_key(&format!("s{k}.box.boxes")), "stage {} was run", k + 1);
        }
    }
    for k in [0, stages + 1] {
        let stop = Intervention { stop_after: Some(k), ..Intervention::default() };
        let error = golden.record(Decode::All, Wanted::Nothing, stop).unwrap_err();
        assert!(error.0.contains(&format!("cannot stop after stage {k}")), "{error}");
    }
}

#[test]
fn gates_choose_look_or_memory() {
    let golden = Golden::open("tiny_light");
    for engine in fixture::engines() {
        let learned = golden.run_with(&engine, Intervention::default());
        let look = golden.run_with(&engine, gates(Gates::New));
        let memory = golden.run_with(&engine, gates(Gates::Old));
        let sum = golden.run_with(&engine, gates(Gates::Sum));
        for s in 0..2 {
            let name = |what: &str| format!("s{s}.pose.{what}");
            assert_eq!(tap(&look, &name("sim")), tap(&look, &name("part_embed")));
            assert_eq!(tap(&memory, &name("sim")), tap(&memory, &name("q_in")));
            let both: Vec<f32> =
                tap(&sum, &name("part_embed")).iter().zip(tap(&sum, &name("q_in"))).map(|(e, q)| e + q).collect();
            assert!(worst(&both, tap(&sum, &name("sim"))) < 1e-6);
            for run in [&look, &memory, &sum] {
                assert_eq!(tap(run, &format!("s{s}.box.boxes")), tap(&learned, &format!("s{s}.box.boxes")));
                assert!(worst(tap(run, &name("coord")), tap(&learned, &name("coord"))) > 1e-3, "{engine:?}: no effect");
            }
        }
        // Who never looks answers the same for everybody.
        let coords = &memory.outputs.values["coords"];
        let each = coords.f32().chunks_exact(coords.words.len() / coords.shape[0]);
        let first = each.clone().next().unwrap();
        assert!(each.into_iter().all(|one| worst(one, first) < 1e-5), "{engine:?}");
    }
}

#[test]
fn uniform_attention_takes_the_mean() {
    let golden = Golden::open("tiny_light");
    for engine in fixture::engines() {
        let uniform = Intervention { attention: PartAttention::Uniform, ..Intervention::default() };
        let run = golden.run_with(&engine, uniform);
        let attention = run.tap("s0.pose.attn");
        let positions = *attention.shape.last().unwrap();
        assert!(attention.values.iter().all(|w| (w * positions as f32 - 1.0).abs() < 1e-5));
        // [N, D, h, w], and [P, N, D]: every part has the mean.
        let (up, pooled) = (run.tap("s0.pose.upsample"), run.tap("s0.pose.attn_pooled"));
        let mean: Vec<f32> =
            up.values.chunks_exact(positions).map(|map| map.iter().sum::<f32>() / positions as f32).collect();
        assert!(pooled.values.chunks_exact(mean.len()).all(|part| worst(part, &mean) < 1e-4));
        let learned = golden.run_with(&engine, Intervention::default());
        assert!(worst(tap(&run, "coords"), tap(&learned, "coords")) > 1e-3, "{engine:?}: no effect");
    }
}
