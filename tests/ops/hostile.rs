//! Numbers nobody wants: the engines must come back from them without a panic.

use crate::case::Case;
use querypose::activation::Activation;
use querypose::ops::{Attention, AttentionPool, BoxDeltas, Conv, Depthwise, Gate, LayerNorm, RoiAlign};

const ODD: [f32; 8] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e38, -1e38, 1e-42, 0.0, -0.0];

fn odd(n: usize) -> Vec<f32> {
    (0..n).map(|i| ODD[(i * 7 + i / 8) % 8]).collect()
}

#[test]
fn odd_numbers_do_no_harm() {
    let mut case = Case::new(500);
    let map = case.numbers(&[1, 6, 7, 8], &odd(336));
    let (weight, filter) = (case.param(&[72, 9]), case.param(&[9, 8]));
    let (kernel, pad, activation) = ((3, 3), [1; 4], Activation::Relu6);
    let y = case.step(Conv { weight, bias: None, kernel, stride: 1, pad, activation, residual: false }, &[map]);
    let z = case.step(Depthwise { weight: filter, bias: None, kernel: 3, stride: 1, pad, activation }, &[map]);
    let qkv = case.numbers(&[1, 7, 24], &odd(168));
    let mixed = case.steps(Attention { heads: 2, overlap: None, weights: true }, &[qkv]);
    let (logits, features) = (case.numbers(&[1, 16, 3], &odd(48)), case.numbers(&[1, 16, 8], &odd(128)));
    let pooled = case.steps(AttentionPool, &[logits, features]);
    let (gamma, beta) = (case.param(&[8]), case.param(&[8]));
    let normal = case.step(LayerNorm { gamma, beta, activation, residual: false }, &[features]);
    let (e, l) = (case.numbers(&[1, 2, 8], &odd(16)), case.numbers(&[1, 2, 16], &odd(32)));
    let gated = case.steps(Gate { gates: true }, &[e, e, l]);
    let made = [&[y, z, normal][..], &mixed, &pooled, &gated].concat();
    for (i, id) in made.into_iter().enumerate() {
        case.tape().result(&format!("{i}"), id);
    }
    case.survive();
}

#[test]
fn odd_boxes_do_no_harm() {
    let mut case = Case::new(501);
    let boxes = case.numbers(&[16, 4], &odd(64));
    let deltas = case.numbers(&[16, 4], &odd(64).into_iter().rev().collect::<Vec<_>>());
    let moved = case.step(BoxDeltas, &[boxes, deltas]);
    let (qkv, most) = (case.input(&[2, 8, 24]), case.param(&[2]));
    let attended = case.steps(Attention { heads: 2, overlap: Some(most), weights: true }, &[qkv, boxes]);
    let maps = [case.input(&[1, 8, 8, 4]), case.input(&[1, 4, 4, 4])];
    let op = RoiAlign { size: 7, sampling_ratio: 2, strides: vec![4, 8], levels: true };
    let first = case.steps(op.clone(), &[boxes, maps[0], maps[1]]);
    let second = case.steps(op, &[moved, maps[0], maps[1]]);
    for (i, id) in [first, second, attended].concat().into_iter().enumerate() {
        case.tape().result(&format!("{i}"), id);
    }
    for outputs in case.survive() {
        let levels = outputs.values["1"].words.iter().chain(&outputs.values["3"].words);
        assert!(levels.clone().count() == 32 && levels.max() <= Some(&1));
    }
}
