//! Operations along rows: linear layers, norms, attention, gates.

use crate::case::{Case, activate, numbers, sigmoid};
use querypose::activation::Activation;
use querypose::ops::{Add, Attention, AttentionPool, DynamicConv, Gate, LayerNorm, Linear};
use querypose::params::{Int8, Values};

/// Sums of up to 700 products of numbers below 1 in f32, with a sigmoid of slope 1/4 behind some of them:
/// 2.2e-6 was the worst seen.
const SUMS: f64 = 1e-5;

fn softmax(x: &[f64]) -> Vec<f64> {
    let most = x.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    let powers: Vec<f64> = x.iter().map(|v| (v - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|v| v / sum).collect()
}

#[test]
fn linear_layers() {
    let shapes: [(&[usize], usize); 8] = [
        (&[1, 1], 1),
        (&[64, 64], 64),
        (&[13, 7], 33),
        (&[2, 7, 128], 34),
        (&[100, 3], 1),
        (&[5, 700], 50),
        (&[97, 256], 48),
        (&[300, 20], 7),
    ];
    for (i, (shape, n)) in shapes.into_iter().enumerate() {
        for live in [None, Some(0), Some(1), Some(shape[0])] {
            let mut case = Case::new(100 + i as u64);
            let k = shape[shape.len() - 1];
            let mut out = shape.to_vec();
            out[shape.len() - 1] = n;
            let (x, r) = (case.input(shape), case.input(&out));
            if let Some(live) = live {
                case.count(live);
                case.counted(x, 1);
                case.counted(r, 1);
            }
            let (weight, bias) = (case.matrix(&[k, n]), (i % 3 != 1).then(|| case.param(&[n])));
            let residual = i % 2 == 0;
            let activation = [Activation::None, Activation::Relu, Activation::Sigmoid][i % 3];
            let (a, w, added) = (case.values(x), numbers(&weight), case.values(r));
            let offsets = bias.as_ref().map(|p| numbers(p));
            let wanted = (0..a.len() / k * n).map(|i| {
                let (row, column) = (i / n, i % n);
                let sum: f64 = (0..k).map(|j| a[row * k + j] * w[j * n + column]).sum();
                let offset = offsets.as_ref().map_or(0.0, |o| o[column]);
                activate(activation, sum + offset + if residual { added[i] } else { 0.0 })
            });
            let wanted = wanted.collect();
            let op = Linear { weight, bias, activation, residual };
            let y = case.step(op, &[x, r][..1 + residual as usize]);
            case.expect(y, wanted, SUMS);
            case.check(&format!("linear of {shape:?} to {n}, live {live:?}"));
        }
    }
}

#[test]
fn layer_norm_of_rows() {
    for (i, c) in [1usize, 3, 16, 33, 64, 256].into_iter().enumerate() {
        for (residual, activation) in [(false, Activation::None), (true, Activation::Relu)] {
            let mut case = Case::new(120 + i as u64);
            let (x, r) = (case.input(&[50, c]), case.input(&[50, c]));
            let (gamma, beta) = (case.param(&[c]), case.param(&[c]));
            let (a, b, g, s) = (case.values(x), case.values(r), numbers(&gamma), numbers(&beta));
            let mut wanted = Vec::new();
            for row in 0..50 {
                let v: Vec<f64> = (row * c..(row + 1) * c).map(|i| a[i] + if residual { b[i] } else { 0.0 }).collect();
                let mean = v.iter().sum::<f64>() / c as f64;
                let var = v.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / c as f64;
                let normal = |j: usize| (v[j] - mean) / (var + 1e-5).sqrt() * g[j] + s[j];
                wanted.extend((0..c).map(|j| activate(activation, normal(j))));
            }
            let y = case.step(LayerNorm { gamma, beta, activation, residual }, &[x, r][..1 + residual as usize]);
            // The mean is subtracted in f32: 5e-7 was the worst seen.
            case.expect(y, wanted, 5e-6);
            case.check(&format!("layer_norm of {c}"));
        }
    }
}

#[test]
fn attention_over_tokens() {
    for (i, (b, t, c, heads, live, boxed)) in [
        (1, 1, 4, 1, None, false),
        (1, 64, 64, 8, None, false),
        (3, 7, 40, 8, Some(2), false),
        (2, 100, 24, 3, None, false),
        (4, 7, 16, 2, Some(0), false),
        (1, 64, 64, 4, None, true),
        (2, 100, 24, 3, None, true),
        (3, 7, 40, 8, Some(2), true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut case = Case::new(140 + i as u64);
        let spread: Vec<f32> = case.random.many(b * t * 3 * c).iter().map(|v| v * 3.0).collect();
        let x = case.numbers(&[b, t, 3 * c], &spread);
        // One in four has an area (both corners are random), and most of those overlap.
        let boxes = case.input(&[b * t, 4]);
        let overlap = boxed.then(|| case.param(&[heads]));
        if let Some(live) = live {
            case.count(live);
            case.counted(x, 1);
            case.counted(boxes, t);
        }
        let b = live.unwrap_or(b);
        let (v, corners, d) = (case.values(x), case.values(boxes), c / heads);
        let at =
            |b: usize, t_: usize, part: usize, head: usize, j: usize| v[(b * t + t_) * 3 * c + part * c + head * d + j];
        let area = |b: [f64; 4]| (b[2] - b[0]).max(0.0) * (b[3] - b[1]).max(0.0);
        let iou = |item: usize, one: usize, other: usize| {
            let [p, q] = [one, other].map(|i| <[f64; 4]>::try_from(&corners[(item * t + i) * 4..][..4]).unwrap());
            let both = area([p[0].max(q[0]), p[1].max(q[1]), p[2].min(q[2]), p[3].min(q[3])]);
            let either = area(p) + area(q) - both;
            if either > 0.0 { both / either } else { 0.0 }
        };
        let (mut out, mut mean) = (vec![0.0; b * t * c], vec![0.0; b * t * t]);
        for (b, head, q) in (0..b * heads * t).map(|i| (i / t / heads, i / t % heads, i % t)) {
            let score = |k: usize| (0..d).map(|j| at(b, q, 0, head, j) * at(b, k, 1, head, j)).sum::<f64>();
            let shared = |k: usize| overlap.as_ref().map_or(0.0, |most| most.wide()[head] as f64 * iou(b, q, k));
            let scores: Vec<f64> = (0..t).map(|k| score(k) / (d as f64).sqrt() + shared(k)).collect();
            for (k, w) in softmax(&scores).into_iter().enumerate() {
                mean[(b * t + q) * t + k] += w / heads as f64;
                for j in 0..d {
                    out[(b * t + q) * c + head * d + j] += w * at(b, k, 2, head, j);
                }
            }
        }
        let made = case.steps(Attention { heads, overlap, weights: true }, &[x, boxes][..1 + usize::from(boxed)]);
        case.expect(made[0], out, SUMS);
        case.expect(made[1], mean, SUMS);
        case.check(&format!("attention of {b}×{t}×{c}, {heads} heads, boxes {boxed}"));
    }
}

#[test]
fn attention_pool_of_parts() {
    for (i, (b, hw, p, d, live)) in
        [(1, 1, 1, 1, None), (2, 784, 7, 64, None), (3, 9, 7, 5, Some(1)), (2, 16, 3, 33, Some(0))]
            .into_iter()
            .enumerate()
    {
        let mut case = Case::new(160 + i as u64);
        let (logits, features) = (case.input(&[b, hw, p]), case.input(&[b, hw, d]));
        if let Some(live) = live {
            case.count(live);
            case.counted(logits, 1);
            case.counted(features, 1);
        }
        let (l, f) = (case.values(logits), case.values(features));
        let (mut pooled, mut maps) = (Vec::new(), Vec::new());
        for (b, part) in (0..live.unwrap_or(b) * p).map(|i| (i / p, i % p)) {
            let map = softmax(&(0..hw).map(|j| l[(b * hw + j) * p + part]).collect::<Vec<_>>());
            pooled.extend((0..d).map(|c| (0..hw).map(|j| map[j] * f[(b * hw + j) * d + c]).sum::<f64>()));
            maps.extend(map);
        }
        let made = case.steps(AttentionPool, &[logits, features]);
        case.expect(made[0], pooled, SUMS);
        case.expect(made[1], maps, SUMS);
        case.check(&format!("attention_pool of {hw}×{p}×{d}"));
    }
}

#[test]
fn dynamic_conv_has_a_matrix_an_instance() {
    for (i, (b, m, k, n, offset, live)) in
        [(1, 1, 1, 1, 0, None), (5, 49, 64, 16, 9, None), (3, 196, 20, 33, 0, Some(2)), (2, 49, 300, 64, 5, Some(0))]
            .into_iter()
            .enumerate()
    {
        let mut case = Case::new(180 + i as u64);
        let l = offset + k * n + 3;
        let (x, params) = (case.input(&[b, m, k]), case.input(&[b, l]));
        if let Some(live) = live {
            case.count(live);
            case.counted(x, 1);
            case.counted(params, 1);
        }
        let (a, w) = (case.values(x), case.values(params));
        let wanted = (0..live.unwrap_or(b) * m * n).map(|i| {
            let (row, column) = (i / n, i % n);
            (0..k).map(|j| a[row * k + j] * w[row / m * l + offset + j * n + column]).sum()
        });
        let wanted = wanted.collect();
        let y = case.step(DynamicConv { offset, k, n }, &[x, params]);
        case.expect(y, wanted, SUMS);
        case.check(&format!("dynamic_conv of {b}×{m}×{k} to {n}"));
    }
}

#[test]
fn gates_choose() {
    for (i, e) in [1usize, 5, 128].into_iter().enumerate() {
        let mut case = Case::new(200 + i as u64);
        let (x, q) = (case.input(&[3, 7, e]), case.input(&[3, 7, e]));
        let wide: Vec<f32> = case.random.many(3 * 7 * 2 * e).iter().map(|v| v * 20.0).collect();
        let l = case.numbers(&[3, 7, 2 * e], &wide);
        case.count(2);
        for id in [x, q, l] {
            case.counted(id, 1);
        }
        let (a, b) = (case.values(x), case.values(q));
        let gates: Vec<f64> = case.values(l).into_iter().map(sigmoid).collect();
        let mixed = (0..a.len()).map(|i| {
            let first = i / e * 2 * e + i % e;
            a[i] * gates[first] + b[i] * gates[first + e]
        });
        let mixed = mixed.collect();
        let made = case.steps(Gate { gates: true }, &[x, q, l]);
        case.expect(made[0], mixed, SUMS);
        case.expect(made[1], gates, SUMS);
        case.check(&format!("gate of {e}"));
    }
}

#[test]
fn add_adds() {
    let mut case = Case::new(210);
    let (a, b) = (case.input(&[3, 17]), case.input(&[3, 17]));
    let wanted = case.values(a).iter().zip(case.values(b)).map(|(a, b)| a + b).collect();
    let sum = case.step(Add, &[a, b]);
    case.expect(sum, wanted, 1e-7);
    case.check("add");
}

/// Each number within half a step of its channel, the largest of a channel met exactly, zeros kept.
#[test]
fn int8_is_the_nearest_step() {
    let mut random = crate::case::Random::new(77);
    for (channels, run, rows) in [(5, 1, 40), (3, 16, 7), (4, 100, 1)] {
        let mut numbers = random.many(channels * run * rows);
        let channel = |i: usize| i / run % channels;
        for (i, v) in numbers.iter_mut().enumerate() {
            *v *= channel(i) as f32;
        }
        let int8 = Int8::nearest(&numbers, channels, run);
        assert_eq!((int8.scale.len(), int8.scale[0]), (channels, 0.0));
        let wide = Values::I8(int8.clone()).to_f32();
        for (i, (wide, v)) in wide.iter().zip(&numbers).enumerate() {
            // Half a step, and what rounding to f32 adds.
            assert!((wide - v).abs() <= 0.50001 * int8.scale[channel(i)], "{wide} for {v}");
        }
        for c in 1..channels {
            assert!((0..numbers.len()).any(|i| channel(i) == c && int8.values[i].abs() == 127));
        }
    }
}
