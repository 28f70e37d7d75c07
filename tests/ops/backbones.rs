//! Operations of the larger backbones: HRNet's pooling and concatenation, Swin's windows and patches, GELU.

use crate::case::{Case, numbers};
use querypose::activation::Activation;
use querypose::ops::window_attention::MASK;
use querypose::ops::{AvgPool, Concat, Linear, PatchMerge, Upsample, UpsampleAdd, WindowAttention};

#[test]
fn avg_pool_is_the_mean() {
    for (i, (size, side)) in
        [([1, 1, 1, 3], 1), ([2, 9, 6, 5], 2), ([1, 8, 12, 16], 4), ([1, 8, 17, 4], 8)].into_iter().enumerate()
    {
        let mut case = Case::new(500 + i as u64);
        let [b, h, w, c] = size;
        let x = case.input(&size);
        let cells = case.values(x);
        let (ho, wo) = (h / side, w / side);
        let mut wanted = Vec::new();
        for i in 0..b * ho * wo * c {
            let (b, y, x, channel) = (i / c / wo / ho, i / c / wo % ho, i / c % wo, i % c);
            let cell = |k: usize| cells[((b * h + y * side + k / side) * w + x * side + k % side) * c + channel];
            wanted.push((0..side * side).map(cell).sum::<f64>() / (side * side) as f64);
        }
        let y = case.step(AvgPool { size: side }, &[x]);
        case.expect(y, wanted, 1e-6);
        case.check(&format!("avg_pool of {size:?} by {side}"));
    }
}

#[test]
fn upsample_add_by_any_factor() {
    for (i, (size, factor, activation)) in [
        ([1, 2, 2, 1], 2, Activation::None),
        ([2, 6, 4, 5], 2, Activation::Relu),
        ([1, 2, 8, 64], 1, Activation::None),
        ([1, 8, 16, 3], 8, Activation::Relu),
        ([2, 8, 4, 6], 4, Activation::None),
    ]
    .into_iter()
    .enumerate()
    {
        let mut case = Case::new(90 + i as u64);
        let [b, h, w, c] = size;
        let (x, y) = (case.input(&size), case.input(&[b, h / factor, w / factor, c]));
        let (fine, coarse) = (case.values(x), case.values(y));
        let wanted = (0..b * h * w * c).map(|i| {
            let (b, oy, ox, channel) = (i / c / w / h, i / c / w % h, i / c % w, i % c);
            let at = ((b * (h / factor) + oy / factor) * (w / factor) + ox / factor) * c + channel;
            crate::case::activate(activation, fine[i] + coarse[at])
        });
        let wanted = wanted.collect();
        let sum = case.step(UpsampleAdd { factor, by: Upsample::Nearest, activation }, &[x, y]);
        case.expect(sum, wanted, 1e-7);
        case.check(&format!("upsample_add of {size:?} by {factor}"));
    }
}

/// Share that cell `b` of a coarse side of `n` has of cell `at` of the side `factor` times as long: the middle of the
/// fine cell on the coarse side, beyond the outermost middles the outermost cell.
fn tent(at: usize, b: usize, factor: usize, n: usize) -> f64 {
    let place = ((at as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, (n - 1) as f64);
    (1.0 - (place - b as f64).abs()).max(0.0)
}

#[test]
fn upsample_add_bilinearly() {
    for (i, (size, factor, activation)) in [
        ([1, 2, 2, 1], 2, Activation::None),
        ([2, 6, 4, 5], 2, Activation::Relu),
        ([1, 8, 6, 24], 2, Activation::None),
        ([1, 8, 16, 3], 8, Activation::None),
        ([2, 3, 9, 4], 3, Activation::None),
    ]
    .into_iter()
    .enumerate()
    {
        let mut case = Case::new(95 + i as u64);
        let [b, h, w, c] = size;
        let (low_h, low_w) = (h / factor, w / factor);
        let (x, y) = (case.input(&size), case.input(&[b, low_h, low_w, c]));
        let (fine, coarse) = (case.values(x), case.values(y));
        let mut wanted = Vec::new();
        for (i, own) in fine.iter().enumerate() {
            let (b, oy, ox, channel) = (i / c / w / h, i / c / w % h, i / c % w, i % c);
            let mut sum = *own;
            for (iy, ix) in (0..low_h * low_w).map(|i| (i / low_w, i % low_w)) {
                let share = tent(oy, iy, factor, low_h) * tent(ox, ix, factor, low_w);
                sum += share * coarse[((b * low_h + iy) * low_w + ix) * c + channel];
            }
            wanted.push(crate::case::activate(activation, sum));
        }
        let sum = case.step(UpsampleAdd { factor, by: Upsample::Bilinear, activation }, &[x, y]);
        case.expect(sum, wanted, 5e-7);
        case.check(&format!("upsample_add of {size:?} by {factor}, bilinear"));
    }
}

#[test]
fn concat_enlarges_bilinearly() {
    for (i, (h, w, channels)) in [(8, 8, [1, 2, 3, 1]), (16, 24, [5, 4, 2, 7])].into_iter().enumerate() {
        let mut case = Case::new(510 + i as u64);
        let sizes: Vec<[usize; 4]> = (0..4).map(|l| [1, h >> l, w >> l, channels[l]]).collect();
        let maps: Vec<_> = sizes.iter().map(|size| case.input(size)).collect();
        let values: Vec<Vec<f64>> = maps.iter().map(|&map| case.values(map)).collect();
        let mut wanted = Vec::new();
        for (y, x) in (0..h * w).map(|i| (i / w, i % w)) {
            for (level, [_, lh, lw, c]) in sizes.iter().copied().enumerate() {
                for channel in 0..c {
                    let mut sum = 0.0;
                    for (iy, ix) in (0..lh * lw).map(|i| (i / lw, i % lw)) {
                        let share = tent(y, iy, 1 << level, lh) * tent(x, ix, 1 << level, lw);
                        sum += share * values[level][(iy * lw + ix) * c + channel];
                    }
                    wanted.push(sum);
                }
            }
        }
        let y = case.step(Concat, &maps);
        case.expect(y, wanted, 1e-6);
        case.check(&format!("concat of {channels:?} at {h} x {w}"));
    }
}

#[test]
fn patch_merge_goes_down_first() {
    for (i, size) in [[1, 2, 2, 1], [1, 4, 6, 5], [1, 8, 2, 12]].into_iter().enumerate() {
        let mut case = Case::new(520 + i as u64);
        let [_, h, w, c] = size;
        let x = case.input(&size);
        let cells = case.values(x);
        let mut wanted = Vec::new();
        for (y, x) in (0..h * w / 4).map(|i| (i / (w / 2), i % (w / 2))) {
            for (dy, dx) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                wanted.extend(&cells[((2 * y + dy) * w + 2 * x + dx) * c..][..c]);
            }
        }
        let merged = case.step(PatchMerge, &[x]);
        case.expect(merged, wanted, 0.0);
        case.check(&format!("patch_merge of {size:?}"));
    }
}

/// As the official code does it: pad to whole windows, roll, cut windows out, attend, and all the way back.
fn windows_naive(
    qkv: &[f64],
    [h, w, c]: [usize; 3],
    bias: &[f64],
    table: &[f64],
    [heads, n, shift]: [usize; 3],
) -> Vec<f64> {
    let (ph, pw) = (h.div_ceil(n) * n, w.div_ceil(n) * n);
    let rolled = |y: usize, x: usize| -> &[f64] {
        let (y, x) = ((y + shift) % ph, (x + shift) % pw);
        if y < h && x < w { &qkv[(y * w + x) * 3 * c..][..3 * c] } else { bias }
    };
    // Slices 0..-n, -n..-shift, -shift.. of a side, numbered.
    let slice = |at: usize, side: usize| match () {
        _ if at < side - n => 0,
        _ if at < side - shift => 1,
        _ => 2,
    };
    let d = c / heads;
    let mut out = vec![0.0; h * w * c];
    for (wy, wx) in (0..ph / n * (pw / n)).map(|i| (i / (pw / n) * n, i % (pw / n) * n)) {
        let tokens: Vec<(usize, usize)> = (0..n * n).map(|i| (wy + i / n, wx + i % n)).collect();
        for (head, &(qy, qx)) in (0..heads).flat_map(|head| tokens.iter().map(move |q| (head, q))) {
            let q = &rolled(qy, qx)[head * d..][..d];
            let score = |&(ky, kx): &(usize, usize)| {
                let k = &rolled(ky, kx)[c + head * d..][..d];
                let dot: f64 = q.iter().zip(k).map(|(a, b)| a * b).sum();
                let entry = (qy + n - 1 - ky) * (2 * n - 1) + qx + n - 1 - kx;
                let apart = shift > 0 && (slice(qy, ph), slice(qx, pw)) != (slice(ky, ph), slice(kx, pw));
                dot / (d as f64).sqrt() + table[entry * heads + head] + if apart { f64::from(MASK) } else { 0.0 }
            };
            let scores: Vec<f64> = tokens.iter().map(score).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = scores.iter().map(|s| (s - most).exp()).sum();
            let (y, x) = ((qy + shift) % ph, (qx + shift) % pw);
            if y >= h || x >= w {
                continue;
            }
            for channel in 0..d {
                let value = |&(ky, kx): &(usize, usize)| rolled(ky, kx)[2 * c + head * d + channel];
                let sum: f64 = tokens.iter().zip(&scores).map(|(t, s)| (s - most).exp() / total * value(t)).sum();
                out[(y * w + x) * c + head * d + channel] = sum;
            }
        }
    }
    out
}

#[test]
fn window_attention_pads_shifts_and_masks() {
    // Whole windows; padding on one side and on both; a map smaller than a window.
    for (i, (h, w, n)) in [(8, 12, 4), (7, 14, 7), (9, 7, 7), (10, 11, 4), (3, 4, 7), (1, 1, 3)].into_iter().enumerate()
    {
        for (heads, d, shift) in [(1, 4, 0), (3, 8, n / 2), (2, 12, 0), (2, 4, n / 2)] {
            let mut case = Case::new(530 + i as u64);
            let c = heads * d;
            let qkv = case.input(&[1, h, w, 3 * c]);
            let (table, bias) = (case.param(&[(2 * n - 1) * (2 * n - 1), heads]), case.param(&[3 * c]));
            let sizes = ([h, w, c], [heads, n, shift]);
            let wanted = windows_naive(&case.values(qkv), sizes.0, &numbers(&bias), &numbers(&table), sizes.1);
            let y = case.step(WindowAttention { table, bias, heads, window: n, shift }, &[qkv]);
            case.expect(y, wanted, 2e-6);
            case.check(&format!("window_attention of {h} x {w} in {n}, {heads} heads of {d}, shift {shift}"));
        }
    }
}

#[test]
fn gelu_behind_a_linear_layer() {
    let mut case = Case::new(540);
    let x: Vec<f32> = (-60..=60).map(|i| i as f32 * 0.1).collect();
    let rows = case.numbers(&[x.len(), 1], &x);
    let weight = case.param_of(&[1, 5], vec![1.0, -1.0, 0.5, 1.5, 10.0], false);
    let wanted = x.iter().flat_map(|&x| [1.0, -1.0, 0.5, 1.5, 10.0].map(|w| crate::case::gelu(f64::from(x) * w)));
    let wanted = wanted.collect();
    let y = case.step(Linear { weight, bias: None, activation: Activation::Gelu, residual: false }, &[rows]);
    // Numbers reach 60: 1e-7 of that is what is left of the approximation's 1.5e-7 of x.
    case.expect(y, wanted, 1e-7);
    case.check("gelu");
}
