//! The GPU engine itself: long sums cut in parts, what it refuses in words, overlapping frames, timings.

use crate::case::{Case, activate, gpu_engine, numbers};
use pollster::block_on;
use querypose::activation::Activation;
use querypose::gpu::{Device, DeviceError, Engine};
use querypose::ops::{Add, Linear};
use querypose::tape::{Tape, Wanted};
use querypose::tensor::DType;
use std::sync::Arc;

/// 20000 products of numbers below 1 in f32; the worst seen is 5e-7 of the largest.
const LONG_SUMS: f64 = 1e-5;

#[test]
fn long_sums_are_cut_and_tiles_grow() {
    for (seed, [rows, k, n]) in
        [[1, 2048, 8], [3, 1029, 5], [100, 3136, 64], [9, 20000, 3], [1300, 9, 3], [1300, 12, 20], [600, 40, 70]]
            .into_iter()
            .enumerate()
    {
        for live in [None, Some(0), Some(1), Some(rows)] {
            let mut case = Case::new(600 + seed as u64);
            let (x, r) = (case.input(&[rows, k]), case.input(&[rows, n]));
            if let Some(live) = live {
                case.count(live);
                case.counted(x, 1);
                case.counted(r, 1);
            }
            let (weight, bias) = (case.matrix(&[k, n]), case.param(&[n]));
            let (w, b, xs, rs) = (numbers(&weight), numbers(&bias), case.values(x), case.values(r));
            let activation = Activation::Relu;
            let mut wanted = Vec::new();
            for (row, r) in xs.chunks(k).zip(rs.chunks(n)) {
                for c in 0..n {
                    let sum: f64 = row.iter().enumerate().map(|(j, v)| v * w[j * n + c]).sum();
                    wanted.push(activate(activation, sum + b[c] + r[c]));
                }
            }
            let y = case.step(Linear { weight, bias: Some(bias), activation, residual: true }, &[x, r]);
            case.expect(y, wanted, LONG_SUMS);
            case.check(&format!("linear of [{rows}, {k}] to {n}, live {live:?}"));
        }
    }
}

fn sum_of(shape: &[usize]) -> Arc<Tape> {
    let mut tape = Tape::new(Wanted::Nothing);
    let (a, b) = (tape.input("a", shape, DType::F32), tape.input("b", shape, DType::F32));
    let sum = tape.step(&Add, &[a, b]).expect("it fits");
    tape.result("sum", sum);
    Arc::new(tape)
}

#[test]
fn wrong_inputs_are_named() {
    let Some(engine) = gpu_engine() else { return };
    let plan = block_on(engine.prepare(sum_of(&[2, 3]))).expect("it fits");
    let words = [0; 6];
    let fails = |inputs: &[(&str, &[u32])]| block_on(plan.run(inputs)).expect_err("it must fail").to_string();
    assert!(fails(&[("a", &words)]).ends_with("input `b` [2, 3] is missing"));
    assert!(fails(&[("a", &words), ("b", &words[..5])]).ends_with("input `b` [2, 3] wants 6 words, got 5"));
    assert!(fails(&[("a", &words), ("b", &words), ("c", &[])]).ends_with("no input `c`; it has a, b"));
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let Some(engine) = gpu_engine() else { return };
    let refused = block_on(engine.prepare(sum_of(&[1 << 20, 1 << 13]))).err();
    match refused {
        Some(DeviceError::TooLarge(text)) => {
            assert!(text.contains("[1048576, 8192]") && text.contains("34359738368 bytes"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    // The engine goes on.
    block_on(engine.prepare(sum_of(&[4]))).expect("it fits");
}

#[test]
fn frames_may_overlap() {
    let Some(engine) = gpu_engine() else { return };
    let plan = block_on(engine.prepare(sum_of(&[1000]))).expect("it fits");
    let words = |v: f32| vec![v.to_bits(); 1000];
    let inputs: Vec<[Vec<u32>; 2]> = (0..5).map(|i| [words(i as f32), words(0.5)]).collect();
    // All frames are begun before the first one's results are asked for.
    let mut frames: Vec<_> = inputs.iter().map(|[a, b]| Box::pin(plan.run_words(a, b))).collect();
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    let mut sums = vec![f32::NAN; frames.len()];
    for _ in 0..1000 {
        for (frame, sum) in frames.iter_mut().zip(&mut sums).filter(|(_, sum)| sum.is_nan()) {
            if let std::task::Poll::Ready(value) = frame.as_mut().poll(&mut context) {
                *sum = value;
            }
        }
    }
    assert_eq!(sums, [0.5, 1.5, 2.5, 3.5, 4.5]);
}

/// A frame of the sum above.
trait Sum {
    async fn run_words(&self, a: &[u32], b: &[u32]) -> f32;
}
impl Sum for querypose::gpu::Plan {
    async fn run_words(&self, a: &[u32], b: &[u32]) -> f32 {
        let outputs = self.run(&[("a", a), ("b", b)]).await.expect("it runs");
        let sum = outputs.values["sum"].f32();
        assert!(sum.iter().all(|v| *v == sum[0]));
        sum[0]
    }
}

#[test]
fn a_lost_device_says_so() {
    if gpu_engine().is_none() {
        return;
    }
    let device = block_on(Device::open(None)).expect("there was one before");
    let engine = Engine::new(device.clone());
    let plan = block_on(engine.prepare(sum_of(&[4]))).expect("it fits");
    device.destroy();
    let run = block_on(plan.run(&[("a", &[0; 4]), ("b", &[0; 4])]));
    assert!(matches!(run, Err(DeviceError::Lost(_))), "{run:?}");
    assert!(matches!(block_on(engine.prepare(sum_of(&[8]))), Err(DeviceError::Lost(_))));
}

#[test]
fn an_adapter_is_found_by_name_or_not() {
    let Some(engine) = gpu_engine() else { return };
    let name: String = engine.device().name().chars().take(5).collect::<String>().to_uppercase();
    assert!(block_on(Device::open(Some(&name))).is_ok(), "{name}");
    let error = block_on(Device::open(Some("no such thing"))).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(
        error.contains("no such thing") && error.contains(engine.device().name().split(' ').next().unwrap_or("")),
        "{error}"
    );
}

#[test]
fn steps_are_timed_when_asked() {
    let Some(engine) = gpu_engine() else { return };
    let plan = block_on(engine.prepare(sum_of(&[5000]))).expect("it fits");
    let words = vec![1.0f32.to_bits(); 5000];
    let inputs: [(&str, &[u32]); 2] = [("a", &words), ("b", &words)];
    assert_eq!(block_on(plan.run(&inputs)).expect("it runs").step_ms, None);
    plan.time_steps(true);
    let outputs = block_on(plan.run(&inputs)).expect("it runs");
    if let Some(ms) = outputs.step_ms {
        assert!(ms.len() == 1 && ms[0] >= 0.0 && ms[0] < 1e5, "{ms:?}");
    }
    assert_eq!(outputs.values["sum"].f32(), vec![2.0; 5000]);
}
