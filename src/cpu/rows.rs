//! What is done along rows: sums, softmax, layer normalisation, sigmoid. Plain loops that the compiler turns
//! into vectors, compiled for each instruction set through [`super::simd::dispatch`].

use super::simd::{Kernel, Lanes, dispatch};
use crate::activation::{Activation, activate, exp};

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
