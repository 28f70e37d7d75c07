//! What is done along rows: sums, softmax, layer normalisation, sigmoid. Plain loops that the compiler turns
//! into vectors, compiled for each instruction set through [`super::simd::dispatch`].

use super::gemm::activate;
use super::simd::{Kernel, Lanes, dispatch};
use crate::ops::Activation;

/// Partial sums that run side by side.
const SIDE: usize = 16;

/// Sum of f over a row, in 16 partial sums.
#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; SIDE];
    let mut chunks = x.chunks_exact(SIDE);
    for chunk in &mut chunks {
        for (sum, v) in sums.iter_mut().zip(chunk) {
            *sum += f(*v);
        }
    }
    let rest: f32 = chunks.remainder().iter().map(|v| f(*v)).sum();
    sums.iter().sum::<f32>() + rest
}

/// Largest number of a row; NaN loses.
#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    let mut most = [f32::NEG_INFINITY; SIDE];
    let mut chunks = x.chunks_exact(SIDE);
    for chunk in &mut chunks {
        for (most, v) in most.iter_mut().zip(chunk) {
            *most = if *v > *most { *v } else { *most };
        }
    }
    let rest = chunks.remainder().iter().chain(&most);
    rest.fold(f32::NEG_INFINITY, |most, v| if *v > most { *v } else { most })
}

/// e^x within 3e-7 of its size; 0 below -87, the largest power below 88 above it, NaN stays NaN.
/// The range is cut to |r| ≤ ln(2)/2 and e^r taken from its series, as Cephes' `expf` does.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let cut = if x > 88.0 { 88.0 } else { x };
    let shifted = cut * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that n·ln 2 is exact enough.
    let r = cut - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let series =
        1.0 + r * (1.0 + r * (0.5 + r * (0.166_666_55 + r * (0.041_665_8 + r * (0.008_333_45 + r * 0.001_39)))));
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    if x < -87.0 { 0.0 } else { series * power }
}

/// x·Φ(x), exact but for rounding: Φ from erfc's approximation 7.1.26 in Abramowitz & Stegun (1964), within 1.5e-7.
/// Taken from erfc(|x|), so that far below zero it is small, not the difference of two large numbers.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    let erfc = series * exp(-z * z);
    let positive = if x > 0.0 { x } else { 0.0 };
    positive - x.abs() * (0.5 * erfc)
}

/// 1 / (1 + e^-x) of every number, in place.
pub(crate) fn sigmoid(x: &mut [f32]) {
    dispatch(Sigmoid(x));
}

struct Sigmoid<'a>(&'a mut [f32]);
impl Kernel for Sigmoid<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        self.0.iter_mut().for_each(|v| *v = 1.0 / (1.0 + exp(-*v)));
    }
}

/// In place: e^x over its sum, with the largest subtracted first.
#[inline(always)]
fn softmax_row(x: &mut [f32]) {
    let most = largest(x);
    x.iter_mut().for_each(|v| *v = exp(*v - most));
    let share = 1.0 / sum(x, |v| v);
    x.iter_mut().for_each(|v| *v *= share);
}

/// Softmax of every row of `len` numbers, in place.
pub fn softmax(x: &mut [f32], len: usize) {
    dispatch(Softmax { x, len });
}

struct Softmax<'a> {
    x: &'a mut [f32],
    len: usize,
}
impl Kernel for Softmax<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        self.x.chunks_exact_mut(self.len.max(1)).for_each(softmax_row);
    }
}

/// Layer normalisation of rows; see [`layer_norm`].
pub(crate) struct LayerNorm<'a> {
    pub x: &'a [f32],
    pub residual: Option<&'a [f32]>,
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
    pub eps: f32,
    pub activation: Activation,
}

/// act(LN(x + residual)·gamma + beta) of rows as long as gamma.
pub(crate) fn layer_norm(norm: LayerNorm<'_>, out: &mut [f32]) {
    dispatch((norm, out));
}

impl Kernel for (LayerNorm<'_>, &mut [f32]) {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        let (norm, out) = self;
        let c = norm.gamma.len();
        let whole = c - c % V::N;
        assert!(norm.beta.len() == c && norm.residual.is_none_or(|r| r.len() == norm.x.len()));
        for (i, (o, x)) in out.chunks_exact_mut(c.max(1)).zip(norm.x.chunks_exact(c.max(1))).enumerate() {
            // SAFETY: vectors stay below `whole`, which no row, gamma or beta is shorter than.
            unsafe {
                let mut sums = V::splat(0.0);
                for j in (0..whole).step_by(V::N) {
                    let mut v = V::load(x.as_ptr().add(j));
                    if let Some(residual) = norm.residual {
                        v = v.add(V::load(residual.as_ptr().add(i * c + j)));
                    }
                    v.store(o.as_mut_ptr().add(j));
                    sums = sums.add(v);
                }
                let mut total = across(sums);
                for (j, o) in o.iter_mut().enumerate().skip(whole) {
                    *o = x[j] + norm.residual.map_or(0.0, |r| r[i * c + j]);
                    total += *o;
                }
                let mean = total / c as f32;
                let mut sums = V::splat(0.0);
                for j in (0..whole).step_by(V::N) {
                    let v = V::load(o.as_ptr().add(j)).add(V::splat(-mean));
                    sums = sums.fma(v, v);
                }
                let rest: f32 = o[whole..].iter().map(|v| (v - mean) * (v - mean)).sum();
                let scale = 1.0 / ((across(sums) + rest) / c as f32 + norm.eps).sqrt();
                for j in (0..whole).step_by(V::N) {
                    let v = V::load(o.as_ptr().add(j)).add(V::splat(-mean)).mul(V::splat(scale));
                    let v = V::load(norm.beta.as_ptr().add(j)).fma(v, V::load(norm.gamma.as_ptr().add(j)));
                    activate(v, norm.activation).store(o.as_mut_ptr().add(j));
                }
                for (j, o) in o.iter_mut().enumerate().skip(whole) {
                    *o = norm.activation.apply((*o - mean) * scale * norm.gamma[j] + norm.beta[j]);
                }
            }
        }
    }
}

/// Sum of a vector's floats.
#[inline(always)]
unsafe fn across<V: Lanes>(v: V) -> f32 {
    let mut words = [0.0; SIDE];
    unsafe { v.store(words.as_mut_ptr()) };
    words[..V::N].iter().sum()
}

/// Self-attention of one item and one head.
pub(crate) struct Attention<'a> {
    /// `[T,3C]`
    pub qkv: &'a [f32],
    /// Tokens.
    pub t: usize,
    /// Numbers a head has.
    pub d: usize,
    /// Numbers all heads have, C.
    pub c: usize,
    pub head: usize,
    /// `[T,T]`, added to the logits of (query, key).
    pub bias: Option<&'a [f32]>,
    /// `[T,T]`, the weights afterwards.
    pub scores: &'a mut [f32],
    /// Room for `[d,T]`.
    pub turned: &'a mut [f32],
    /// `[T,C]`, of which the head's columns are written.
    pub out: &'a mut [f32],
}

/// Softmax(q·kᵀ / √d + bias)·v.
pub(crate) fn attention(one: Attention<'_>) {
    dispatch(one);
}

impl Kernel for Attention<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        let Attention { qkv, t, d, c, head, bias, scores, turned, out } = self;
        let scale = 1.0 / (d as f32).sqrt();
        let row = |token: usize, part: usize| &qkv[token * 3 * c + part * c + head * d..][..d];
        for token in 0..t {
            for (i, v) in row(token, 1).iter().enumerate() {
                turned[i * t + token] = v * scale;
            }
        }
        for (token, scores) in scores.chunks_exact_mut(t).enumerate() {
            match bias {
                Some(bias) => scores.copy_from_slice(&bias[token * t..][..t]),
                None => scores.fill(0.0),
            }
            for (q, k) in row(token, 0).iter().zip(turned.chunks_exact(t)) {
                scores.iter_mut().zip(k).for_each(|(s, k)| *s += q * k);
            }
            softmax_row(scores);
            let out = &mut out[token * c + head * d..][..d];
            out.fill(0.0);
            for (other, weight) in scores.iter().enumerate() {
                out.iter_mut().zip(row(other, 2)).for_each(|(o, v)| *o += weight * v);
            }
        }
    }
}

/// out `[P,d]` = weights `[P,N]` · table `[N,d]`, for few rows P.
pub(crate) fn weighted_rows(weights: &[f32], table: &[f32], d: usize, out: &mut [f32]) {
    dispatch(WeightedRows { weights, table, d, out });
}

struct WeightedRows<'a> {
    weights: &'a [f32],
    table: &'a [f32],
    d: usize,
    out: &'a mut [f32],
}

impl Kernel for WeightedRows<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        let n = self.table.len() / self.d.max(1);
        self.out.fill(0.0);
        for (j, row) in self.table.chunks_exact(self.d.max(1)).enumerate() {
            for (out, weights) in self.out.chunks_exact_mut(self.d).zip(self.weights.chunks_exact(n)) {
                let weight = weights[j];
                out.iter_mut().zip(row).for_each(|(o, v)| *o += weight * v);
            }
        }
    }
}

/// out = Σ weight · table[start .. start + out.len()], over (start, weight).
pub(crate) fn blend(table: &[f32], rows: &[(usize, f32)], out: &mut [f32]) {
    dispatch(Blend { table, rows, out });
}

struct Blend<'a> {
    table: &'a [f32],
    rows: &'a [(usize, f32)],
    out: &'a mut [f32],
}

impl Kernel for Blend<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        let n = self.out.len();
        assert!(self.rows.iter().all(|&(at, _)| at + n <= self.table.len()));
        let mut i = 0;
        while i < n {
            let lanes = V::N.min(n - i);
            // SAFETY: rows are inside the table, see above.
            unsafe {
                let mut acc = V::splat(0.0);
                for &(at, weight) in self.rows {
                    let from = self.table.as_ptr().add(at + i);
                    let v = if lanes == V::N { V::load(from) } else { V::load_part(from, lanes) };
                    acc = acc.fma(v, V::splat(weight));
                }
                let to = self.out.as_mut_ptr().add(i);
                if lanes == V::N { acc.store(to) } else { acc.store_part(to, lanes) }
            }
            i += V::N;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the integral of the normal density, by Simpson's rule in f64.
    #[test]
    fn gelu_is_gelu() {
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let phi = |x: f64| {
            let h = x / 1000.0;
            let inner: f64 = (1..1000).map(|i| density(i as f64 * h) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
            0.5 + h / 3.0 * (density(0.0) + inner + density(x))
        };
        for i in -700..700 {
            let x = i as f32 * 1e-2;
            let (got, exact) = (gelu(x) as f64, x as f64 * phi(x as f64));
            assert!((got - exact).abs() < 6e-7 * (x as f64).abs().max(1.0), "gelu({x}) = {got}, not {exact}");
        }
        assert!(gelu(f32::NAN).is_nan() && gelu(-50.0) == 0.0 && gelu(50.0) == 50.0);
    }

    #[test]
    fn exp_is_exp() {
        let mut worst = 0.0f64;
        for i in -86_000..88_000 {
            let x = i as f32 * 1e-3;
            let exact = (x as f64).exp();
            worst = worst.max(((exp(x) as f64 - exact) / exact).abs());
        }
        assert!(worst < 3e-7, "{worst}");
        assert_eq!((exp(0.0), exp(-1e9), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(f32::NAN).is_nan() && exp(f32::INFINITY) > 1e38);
    }
}
