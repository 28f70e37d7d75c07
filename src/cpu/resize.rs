//! The photo's resize in whole numbers, as PIL does it: weights out of 2²², grey levels after each pass.

use super::simd::{Kernel, Lanes, dispatch};

/// Bits of a weight of 1.
const ONE: u32 = 22;

/// For each of `to` outputs: the first of the `from` inputs it reads and their weights out of 2²².
pub fn taps(from: usize, to: usize) -> Vec<(usize, Vec<i32>)> {
    let scale = from as f64 / to as f64;
    let support = scale.max(1.0);
    (0..to)
        .map(|i| {
            let center = (i as f64 + 0.5) * scale;
            let first = ((center - support + 0.5).floor().max(0.0)) as usize;
            let end = ((center + support + 0.5).floor() as usize).min(from);
            let weights: Vec<f64> =
                (first..end).map(|j| (1.0 - ((j as f64 - center + 0.5) / support).abs()).max(0.0)).collect();
            let sum: f64 = weights.iter().sum();
            (first, weights.into_iter().map(|w| (w / sum * f64::from(1 << ONE) + 0.5) as i32).collect())
        })
        .collect()
}

/// A sum of weighted grey levels as a grey level.
#[inline(always)]
fn level(sum: i32) -> i32 {
    ((sum + (1 << (ONE - 1))) >> ONE).clamp(0, 255)
}

/// Packed RGBA pixels as four grey levels each.
pub fn unpack(pixels: &[u32], out: &mut [i32]) {
    for (out, pixel) in out.chunks_exact_mut(4).zip(pixels) {
        out.iter_mut().zip(pixel.to_le_bytes()).for_each(|(o, byte)| *o = i32::from(byte));
    }
}

/// Four channels of each result as weighted sums of `line`'s pixels, by (first pixel, weights).
pub fn across(line: &[i32], taps: &[(usize, Vec<i32>)], out: &mut [i32]) {
    dispatch(Across { line, taps, out });
}

struct Across<'a> {
    line: &'a [i32],
    taps: &'a [(usize, Vec<i32>)],
    out: &'a mut [i32],
}

impl Kernel for Across<'_> {
    // No vector type: the compiler makes vectors of whole numbers of these loops for each processor level.
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        for (out, (first, weights)) in self.out.chunks_exact_mut(4).zip(self.taps) {
            let mut sum = [0; 4];
            for (pixel, weight) in self.line[4 * first..].chunks_exact(4).zip(weights) {
                sum.iter_mut().zip(pixel).for_each(|(sum, level)| *sum += weight * level);
            }
            out.iter_mut().zip(sum).for_each(|(o, sum)| *o = level(sum));
        }
    }
}

/// Weighted sums of whole lines of grey levels, `lines` (w·4 each) by (line, weight), as grey levels.
pub fn down(lines: &[i32], taps: &[(usize, i32)], out: &mut [i32]) {
    dispatch(Down { lines, taps, out });
}

struct Down<'a> {
    lines: &'a [i32],
    taps: &'a [(usize, i32)],
    out: &'a mut [i32],
}

impl Kernel for Down<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        let width = self.out.len();
        self.out.fill(0);
        for (line, weight) in self.taps {
            let line = &self.lines[line * width..][..width];
            self.out.iter_mut().zip(line).for_each(|(sum, level)| *sum += weight * level);
        }
        self.out.iter_mut().for_each(|sum| *sum = level(*sum));
    }
}

/// (grey level − mean) · scale of four channels.
pub fn normalise(levels: &[i32], mean: [f32; 4], scale: [f32; 4], out: &mut [f32]) {
    for (out, levels) in out.chunks_exact_mut(4).zip(levels.chunks_exact(4)) {
        for c in 0..4 {
            out[c] = (levels[c] as f32 - mean[c]) * scale[c];
        }
    }
}
