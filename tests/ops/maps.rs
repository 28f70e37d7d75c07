//! Operations over maps: convolutions, pooling, upsampling.

use crate::case::{Case, activate, numbers};
use querypose::activation::Activation;
use querypose::ops::{Conv, ConvTranspose, Depthwise, InvertedResidual, MaxPool};

/// Sums of up to 1200 products of numbers below 1 in f32, with a sigmoid of slope 1/4 behind some of them:
/// 2e-6 was the worst seen.
const SUMS: f64 = 1e-5;

/// A map `[B,H,W,C]` read with zeros around it.
struct Map {
    size: [usize; 4],
    numbers: Vec<f64>,
}

impl Map {
    fn at(&self, b: usize, y: isize, x: isize, c: usize) -> f64 {
        let [_, h, w, channels] = self.size;
        if y < 0 || x < 0 || y >= h as isize || x >= w as isize {
            return 0.0;
        }
        self.numbers[((b * h + y as usize) * w + x as usize) * channels + c]
    }
}

struct Shape {
    map: [usize; 4],
    out: usize,
    kernel: (usize, usize),
    stride: usize,
    pad: [usize; 4],
}

fn sizes(s: &Shape) -> (usize, usize) {
    let [_, h, w, _] = s.map;
    let [t, l, b, r] = s.pad;
    ((h + t + b - s.kernel.0) / s.stride + 1, (w + l + r - s.kernel.1) / s.stride + 1)
}

/// What follows the sums.
struct Finish<'a> {
    bias: Option<&'a [f64]>,
    residual: Option<&'a [f64]>,
    activation: Activation,
}

impl Finish<'_> {
    /// Number `i` of a result with `n` channels.
    fn of(&self, sum: f64, i: usize, n: usize) -> f64 {
        let sum = sum + self.bias.map_or(0.0, |bias| bias[i % n]) + self.residual.map_or(0.0, |map| map[i]);
        activate(self.activation, sum)
    }
}

/// A convolution by its definition.
fn convolved(map: &Map, s: &Shape, w: &[f64], finish: &Finish) -> Vec<f64> {
    let (ho, wo) = sizes(s);
    let [b, _, _, c] = map.size;
    let number = |i: usize| {
        let (b, y, x, n) = (i / s.out / wo / ho, i / s.out / wo % ho, i / s.out % wo, i % s.out);
        let product = |row: usize| {
            let (ky, kx, channel) = (row / (s.kernel.1 * c), row / c % s.kernel.1, row % c);
            let iy = (y * s.stride + ky) as isize - s.pad[0] as isize;
            let ix = (x * s.stride + kx) as isize - s.pad[1] as isize;
            map.at(b, iy, ix, channel) * w[row * s.out + n]
        };
        finish.of((0..s.kernel.0 * s.kernel.1 * c).map(product).sum(), i, s.out)
    };
    (0..b * ho * wo * s.out).map(number).collect()
}

/// A depthwise convolution by its definition.
fn filtered(map: &Map, s: &Shape, w: &[f64], finish: &Finish) -> Vec<f64> {
    let (ho, wo) = sizes(s);
    let [b, _, _, c] = map.size;
    let number = |i: usize| {
        let (b, y, x, channel) = (i / c / wo / ho, i / c / wo % ho, i / c % wo, i % c);
        let product = |tap: usize| {
            let iy = (y * s.stride + tap / s.kernel.1) as isize - s.pad[0] as isize;
            let ix = (x * s.stride + tap % s.kernel.1) as isize - s.pad[1] as isize;
            map.at(b, iy, ix, channel) * w[tap * c + channel]
        };
        finish.of((0..s.kernel.0 * s.kernel.1).map(product).sum(), i, c)
    };
    (0..b * ho * wo * c).map(number).collect()
}

fn conv(seed: u64, s: &Shape, bias: bool, residual: bool, activation: Activation, live: Option<usize>) {
    let mut case = Case::new(seed);
    let (ho, wo) = sizes(s);
    let [b, _, _, c] = s.map;
    let k = s.kernel.0 * s.kernel.1 * c;
    let x = case.input(&s.map);
    let r = case.input(&[b, ho, wo, s.out]);
    let mut live_b = b;
    if let Some(live) = live {
        case.count(live);
        case.counted(x, 1);
        case.counted(r, 1);
        live_b = live.min(b);
    }
    let weight = case.matrix(&[k, s.out]);
    let bias = bias.then(|| case.param(&[s.out]));
    let map = Map { size: s.map, numbers: case.values(x) };
    let (w, offsets, added) = (numbers(&weight), bias.as_ref().map(|p| numbers(p)), case.values(r));
    let added = residual.then_some(&added[..]);
    let finish = Finish { bias: offsets.as_deref(), residual: added, activation };
    let wanted = convolved(&Map { size: [live_b, map.size[1], map.size[2], c], ..map }, s, &w, &finish);
    let op = Conv { weight, bias, kernel: s.kernel, stride: s.stride, pad: s.pad, activation, residual };
    let y = case.step(op, &[x, r][..1 + residual as usize]);
    case.expect(y, wanted, SUMS);
    case.check(&format!("conv of {:?} to {} by {:?}/{} pad {:?}", s.map, s.out, s.kernel, s.stride, s.pad));
}

fn shape(map: [usize; 4], out: usize, kernel: (usize, usize), stride: usize, pad: [usize; 4]) -> Shape {
    Shape { map, out, kernel, stride, pad }
}

#[test]
fn conv_shapes() {
    let shapes = [
        shape([1, 1, 1, 1], 1, (1, 1), 1, [0; 4]),
        shape([1, 1, 1, 5], 7, (3, 3), 1, [1; 4]),
        shape([1, 9, 11, 4], 32, (3, 3), 2, [0, 0, 1, 1]),
        shape([2, 8, 6, 3], 24, (3, 3), 2, [1, 1, 0, 0]),
        shape([1, 13, 10, 4], 17, (7, 7), 2, [3; 4]),
        shape([3, 5, 4, 20], 33, (1, 1), 1, [0; 4]),
        shape([1, 7, 7, 16], 64, (1, 1), 2, [0; 4]),
        shape([1, 6, 5, 130], 65, (3, 3), 1, [1; 4]),
        shape([2, 4, 9, 8], 16, (1, 3), 1, [0, 1, 0, 1]),
        shape([1, 4, 3, 6], 5, (3, 3), 1, [2; 4]),
        shape([1, 14, 14, 64], 96, (3, 3), 1, [1; 4]),
    ];
    for (i, s) in shapes.iter().enumerate() {
        conv(i as u64, s, true, false, Activation::None, None);
    }
}

#[test]
fn conv_finish() {
    for (i, activation) in Activation::ALL.into_iter().enumerate() {
        for (bias, residual) in [(false, false), (true, false), (false, true), (true, true)] {
            conv(20 + i as u64, &shape([1, 5, 3, 40], 21, (3, 3), 1, [1; 4]), bias, residual, activation, None);
            // More than one part of k.
            conv(30 + i as u64, &shape([1, 2, 7, 300], 36, (1, 1), 1, [0; 4]), bias, residual, activation, None);
        }
    }
}

#[test]
fn conv_counted() {
    for live in [0, 1, 3, 5, 9] {
        conv(40, &shape([5, 6, 6, 12], 20, (3, 3), 1, [1; 4]), true, true, Activation::Relu, Some(live));
    }
}

#[test]
fn depthwise_is_one_filter_a_channel() {
    let shapes = [
        (shape([1, 1, 1, 3], 3, (3, 3), 1, [1; 4]), Activation::None),
        (shape([1, 9, 14, 32], 32, (3, 3), 1, [1; 4]), Activation::Relu6),
        (shape([2, 10, 13, 17], 17, (3, 3), 2, [1; 4]), Activation::Relu6),
        (shape([1, 8, 12, 24], 24, (3, 3), 2, [0, 0, 1, 1]), Activation::Relu),
        (shape([1, 12, 11, 5], 5, (5, 5), 1, [2; 4]), Activation::None),
        (shape([1, 3, 2, 40], 40, (3, 3), 1, [1; 4]), Activation::Sigmoid),
        (shape([1, 7, 6, 8], 8, (1, 1), 1, [0; 4]), Activation::Gelu),
        (shape([1, 6, 30, 16], 16, (3, 3), 3, [1, 2, 0, 0]), Activation::None),
        (shape([1, 5, 9, 19], 19, (3, 3), 1, [0; 4]), Activation::None),
    ];
    for (i, (s, activation)) in shapes.into_iter().enumerate() {
        let mut case = Case::new(50 + i as u64);
        let c = s.map[3];
        let x = case.input(&s.map);
        let (side, taps) = (s.kernel.0, s.kernel.0 * s.kernel.1);
        let (weight, bias) = (case.param(&[taps, c]), (i % 3 != 0).then(|| case.param(&[c])));
        let map = Map { size: s.map, numbers: case.values(x) };
        let (w, offsets) = (numbers(&weight), bias.as_ref().map(|p| numbers(p)));
        let wanted = filtered(&map, &s, &w, &Finish { bias: offsets.as_deref(), residual: None, activation });
        let y = case.step(Depthwise { weight, bias, kernel: side, stride: s.stride, pad: s.pad, activation }, &[x]);
        case.expect(y, wanted, SUMS);
        case.check(&format!("depthwise of {:?}, {side}/{}", s.map, s.stride));
    }
}

#[test]
fn inverted_residual_is_three_convolutions() {
    let (same, tensorflow) = ([1; 4], [0, 0, 1, 1]);
    // Map, channels between (0: no expansion) and behind, stride, padding, residual. Maps of a few rows, and of more than
    // all cores want; rows that are shorter and longer than the positions of one go; nothing a multiple of a vector.
    let blocks = [
        ([1, 1, 1, 1], 1, 1, 1, same, true),
        ([1, 7, 5, 6], 36, 6, 1, same, true),
        ([2, 9, 14, 8], 48, 8, 1, same, true),
        ([1, 10, 12, 5], 30, 7, 2, tensorflow, false),
        ([1, 67, 3, 4], 24, 9, 1, same, false),
        ([2, 66, 110, 3], 18, 3, 1, same, true),
        ([1, 133, 33, 3], 17, 4, 2, same, false),
        ([1, 70, 6, 12], 0, 5, 1, same, false),
        ([1, 5, 6, 12], 0, 12, 1, same, true),
    ];
    for (i, (map, inner, out, stride, pad, residual)) in blocks.into_iter().enumerate() {
        let mut case = Case::new(150 + i as u64);
        let (x, c) = (case.input(&map), map[3]);
        let wide = if inner == 0 { c } else { inner };
        let middle = shape([map[0], map[1], map[2], wide], wide, (3, 3), stride, pad);
        let (ho, wo) = sizes(&middle);
        let pointwise = |case: &mut Case, from: usize, to: usize, activation, residual| {
            let (weight, bias) = (case.matrix(&[from, to]), Some(case.param(&[to])));
            Conv { weight, bias, kernel: (1, 1), stride: 1, pad: [0; 4], activation, residual }
        };
        let expand = (inner > 0).then(|| pointwise(&mut case, c, inner, Activation::Relu6, false));
        let (weight, bias) = (case.param(&[9, wide]), (i % 2 == 0).then(|| case.param(&[wide])));
        let depthwise = Depthwise { weight, bias, kernel: 3, stride, pad, activation: Activation::Relu6 };
        let last = if residual { Activation::None } else { Activation::Relu };
        let project = pointwise(&mut case, wide, out, last, residual);

        let finished = |conv: &Conv, residual: Option<&[f64]>, of: &Map, to: usize| {
            let bias = conv.bias.as_ref().map(|p| numbers(p));
            let finish = Finish { bias: bias.as_deref(), residual, activation: conv.activation };
            convolved(of, &shape(of.size, to, (1, 1), 1, [0; 4]), &numbers(&conv.weight), &finish)
        };
        let first = Map { size: map, numbers: case.values(x) };
        let numbers_of = |expand: &Conv| finished(expand, None, &first, inner);
        let expanded = expand.as_ref().map_or_else(|| first.numbers.clone(), numbers_of);
        let bias = depthwise.bias.as_ref().map(|p| numbers(p));
        let finish = Finish { bias: bias.as_deref(), residual: None, activation: Activation::Relu6 };
        let expanded = Map { size: middle.map, numbers: expanded };
        let between = filtered(&expanded, &middle, &numbers(&depthwise.weight), &finish);
        let between = Map { size: [map[0], ho, wo, wide], numbers: between };
        let wanted = finished(&project, residual.then_some(&first.numbers[..]), &between, out);

        let y = case.step(InvertedResidual { expand, depthwise, project }, &[x]);
        case.expect(y, wanted, SUMS);
        case.check(&format!("inverted residual of {map:?}, {inner} wide, to {out} by {stride}"));
    }
}

#[test]
fn conv_transpose_scatters() {
    for (i, (size, n, live)) in
        [([1, 1, 1, 1], 1, None), ([2, 3, 5, 9], 20, None), ([3, 14, 14, 6], 33, Some(2)), ([2, 2, 2, 4], 4, Some(0))]
            .into_iter()
            .enumerate()
    {
        let mut case = Case::new(70 + i as u64);
        let [b, h, w, c] = size;
        let x = case.input(&size);
        if let Some(live) = live {
            case.count(live);
            case.counted(x, 1);
        }
        let b = live.unwrap_or(b);
        let (weight, bias) = (case.matrix(&[16 * c, n]), case.param(&[n]));
        let (map, rows) = (case.values(x), numbers(&weight));
        let offsets = numbers(&bias);
        // Each input stamps its 4×4 kernel around (2y, 2x) − 1, the definition of a transposed convolution.
        let mut sums: Vec<f64> = (0..b * 4 * h * w * n).map(|i| offsets[i % n]).collect();
        for i in 0..b * h * w {
            let (bi, y, x) = (i / (h * w), i / w % h, i % w);
            for (ky, kx) in (0..16).map(|k| (k / 4, k % 4)) {
                let (oy, ox) = ((2 * y + ky) as isize - 1, (2 * x + kx) as isize - 1);
                if oy < 0 || ox < 0 || oy >= 2 * h as isize || ox >= 2 * w as isize {
                    continue;
                }
                let (oy, ox) = (oy as usize, ox as usize);
                // The op stores kernel[ky][kx] at ky = 3 − py − 2·ty, kx = 3 − px − 2·tx.
                let (py, px) = (oy % 2, ox % 2);
                let (ty, tx) = ((3 - py - ky) / 2, (3 - px - kx) / 2);
                for ci in 0..c {
                    let row = ((py * 2 + px) * 4 + ty * 2 + tx) * c + ci;
                    for co in 0..n {
                        sums[((bi * 2 * h + oy) * 2 * w + ox) * n + co] += map[i * c + ci] * rows[row * n + co];
                    }
                }
            }
        }
        let wanted = sums.into_iter().map(|v| v.max(0.0)).collect();
        let y = case.step(ConvTranspose { weight, bias: Some(bias), activation: Activation::Relu }, &[x]);
        case.expect(y, wanted, SUMS);
        case.check(&format!("conv_transpose of {size:?}"));
    }
}

#[test]
fn max_pool_takes_the_largest() {
    for (i, size) in [[1, 1, 1, 3], [2, 9, 6, 5], [1, 4, 7, 16]].into_iter().enumerate() {
        let mut case = Case::new(80 + i as u64);
        let [b, h, w, c] = size;
        let x = case.input(&size);
        let numbers = case.values(x);
        let (ho, wo) = (h.div_ceil(2), w.div_ceil(2));
        let mut wanted = Vec::new();
        for i in 0..b * ho * wo * c {
            let (b, y, x, channel) = (i / c / wo / ho, i / c / wo % ho, i / c % wo, i % c);
            let mut most = f64::NEG_INFINITY;
            for (dy, dx) in (0..9).map(|t| (t / 3, t % 3)) {
                let (iy, ix) = (2 * y + dy, 2 * x + dx);
                if (1..=h).contains(&iy) && (1..=w).contains(&ix) {
                    most = most.max(numbers[((b * h + iy - 1) * w + ix - 1) * c + channel]);
                }
            }
            wanted.push(most);
        }
        let y = case.step(MaxPool, &[x]);
        case.expect(y, wanted, 0.0);
        case.check(&format!("max_pool of {size:?}"));
    }
}
