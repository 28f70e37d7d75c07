//! The cpu engine itself: what it says to wrong inputs, and its timings.

use querypose::cpu::Engine;
use querypose::ops::Add;
use querypose::tape::{Tape, Wanted};
use querypose::tensor::DType;
use std::sync::Arc;

fn tape() -> Arc<Tape> {
    let mut tape = Tape::new(Wanted::Nothing);
    let a = tape.input("a", &[2, 3], DType::F32);
    let b = tape.input("b", &[2, 3], DType::F32);
    let sum = tape.step(&Add, &[a, b]).expect("it fits");
    let flat = tape.reshape(sum, &[6]).expect("it fits");
    let again = tape.step(&Add, &[flat, flat]).expect("it fits");
    tape.result("sum", again);
    tape.prune();
    Arc::new(tape)
}

#[test]
fn wrong_inputs_are_named() {
    let mut plan = Engine::new().prepare(tape()).expect("there is memory");
    let words = [0; 6];
    let mut fails = |inputs: &[(&str, &[u32])]| plan.run(inputs).expect_err("it must fail").to_string();
    assert_eq!(fails(&[("a", &words)]), "input `b` [2, 3] is missing");
    assert_eq!(fails(&[("a", &words), ("b", &words[..5])]), "input `b` [2, 3] wants 6 words, got 5");
    assert_eq!(fails(&[("a", &words), ("b", &words), ("c", &[])]), "the tape has no input `c`; it has a, b");
}

#[test]
fn memory_that_is_not_to_be_had_is_an_error() {
    let mut tape = Tape::new(Wanted::Nothing);
    let a = tape.input("a", &[1 << 30, 1 << 29], DType::F32);
    let sum = tape.step(&Add, &[a, a]).expect("it fits");
    tape.result("sum", sum);
    tape.prune();
    let refused = Engine::new().prepare(Arc::new(tape)).expect_err("nobody has so much");
    assert_eq!(refused.bytes, 2 << 61);
}

#[test]
fn steps_are_timed_when_asked() {
    let mut plan = Engine::new().prepare(tape()).expect("there is memory");
    let (a, b) = ([1.0f32.to_bits(); 6], [2.0f32.to_bits(); 6]);
    let inputs: [(&str, &[u32]); 2] = [("a", &a), ("b", &b)];
    assert_eq!(plan.run(&inputs).expect("it runs").step_ms, None);
    plan.time_steps(true);
    let outputs = plan.run(&inputs).expect("it runs");
    assert_eq!(outputs.step_ms.map(|ms| ms.len()), Some(2));
    assert_eq!((outputs.values["sum"].f32(), &outputs.values["sum"].shape[..]), (&[6.0; 6][..], &[6][..]));
}
