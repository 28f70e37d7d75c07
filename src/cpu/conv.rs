//! Convolutions as matrix products over gathered rows, and the depthwise filter.

use super::gemm::{Finish, Matrix, Rows, STRIDE, gemm};
use super::panels::Panels;
use super::parallel::for_each_chunk;
use super::simd::{self, Kernel, Lanes};
use crate::activation::{Activation, activate};
use std::ops::Range;

/// A map `[B,H,W,C]` and the windows a convolution puts on it.
#[derive(Clone, Copy)]
pub struct Windows<'a> {
    /// The map's numbers.
    pub x: &'a [f32],
    /// (height, width, channels) of the map.
    pub size: (usize, usize, usize),
    /// (height, width) of the result.
    pub out: (usize, usize),
    /// (height, width) of the window.
    pub kernel: (usize, usize),
    /// Step in both directions.
    pub stride: usize,
    /// Zeros above and left of the map.
    pub pad: (usize, usize),
    /// Maps.
    pub batch: usize,
}

impl Windows<'_> {
    /// Map, row and column of the result that window `i` makes.
    #[inline(always)]
    fn place(&self, i: usize) -> (usize, usize, usize) {
        // 32-bit divisions are much faster, and no map has 2³² cells.
        let (i, wo, ho) = (i as u32, self.out.1 as u32, self.out.0 as u32);
        let row = i / wo;
        ((row / ho) as usize, (row % ho) as usize, (i - row * wo) as usize)
    }

    /// First row and column of the map that the window at (y, x) covers; negative in the padding.
    #[inline(always)]
    fn corner(&self, y: usize, x: usize) -> (isize, isize) {
        ((y * self.stride) as isize - self.pad.0 as isize, (x * self.stride) as isize - self.pad.1 as isize)
    }
}

impl Windows<'_> {
    /// Columns of a window as a row (ky, kx, channel) from `from` on: each ky is one run of floats in the map, cut at its sides.
    #[inline(always)]
    fn gather(&self, i: usize, from: usize, to: &mut [f32]) {
        let (h, w, c) = self.size;
        let (b, y, x) = self.place(i);
        let (y0, x0) = self.corner(y, x);
        let run = self.kernel.1 * c;
        let (mut at, mut ky) = (from % run, (y0 + (from / run) as isize));
        let inside = (((-x0).max(0) as usize * c).min(run), ((w as isize - x0).max(0) as usize * c).min(run));
        let mut to = to;
        while !to.is_empty() {
            let end = run.min(at + to.len());
            let (head, tail) = to.split_at_mut(end - at);
            let (low, high) = (inside.0.clamp(at, end), inside.1.clamp(at, end));
            if ky < 0 || ky >= h as isize || low >= high {
                head.fill(0.0);
            } else {
                head[..low - at].fill(0.0);
                let first = (b * h + ky as usize) * w * c + (x0 * c as isize + low as isize) as usize;
                copy(&self.x[first..first + high - low], &mut head[low - at..high - at]);
                head[high - at..].fill(0.0);
            }
            (to, at, ky) = (tail, 0, ky + 1);
        }
    }
}

/// Copies without a call: lengths are small here, and in wasm `memory.copy` costs more than the copy.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    debug_assert_eq!(from.len(), to.len());
    // Loops by hand: `zip` would be a call, see the flags in `page`.
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<8>(), to.as_chunks_mut::<8>());
    let mut i = 0;
    while i < to.len() && i < from.len() {
        to[i] = from[i];
        i += 1;
    }
    let mut i = 0;
    while i < to_rest.len() && i < from_rest.len() {
        to_rest[i] = from_rest[i];
        i += 1;
    }
}

impl Rows for Windows<'_> {
    fn rows(&self) -> usize {
        self.batch * self.out.0 * self.out.1
    }
    #[inline(always)]
    fn block<'a>(&'a self, rows: Range<usize>, columns: Range<usize>, block: &'a mut [f32]) -> (&'a [f32], usize) {
        for (i, row) in rows.enumerate() {
            self.gather(row, columns.start, &mut block[i * STRIDE..][..columns.len()]);
        }
        (block, STRIDE)
    }
}

/// act(conv(x) + bias + residual) into `[B,Ho,Wo,Cout]`; weight rows are (ky, kx, channel).
pub fn conv(windows: Windows<'_>, weight: &Panels, finish: Finish<'_>, out: &mut [f32]) {
    let k = windows.kernel.0 * windows.kernel.1 * windows.size.2;
    if windows.kernel == (1, 1) && windows.stride == 1 && windows.pad == (0, 0) {
        let words = &windows.x[..windows.rows() * k];
        return gemm(&Matrix { words, k }, k, weight, 0, finish, out);
    }
    gemm(&windows, k, weight, 0, finish, out);
}

/// One of the four 2×2 convolutions of a transposed one: its results are the positions of one parity.
struct Phase<'a> {
    windows: Windows<'a>,
    y: usize,
    x: usize,
}

impl Rows for Phase<'_> {
    fn rows(&self) -> usize {
        self.windows.rows()
    }
    #[inline(always)]
    fn block<'a>(&'a self, rows: Range<usize>, columns: Range<usize>, block: &'a mut [f32]) -> (&'a [f32], usize) {
        self.windows.block(rows, columns, block)
    }
    #[inline(always)]
    fn target(&self, row: usize) -> usize {
        let (b, y, x) = self.windows.place(row);
        let (h, w) = self.windows.out;
        ((b * h + y) * 2 + self.y) * 2 * w + 2 * x + self.x
    }
}

/// act(transposed 4×4 convolution, stride 2, pad 1) of `[batch,H,W,C]`; weight rows are
/// (phase = py·2+px, ty, tx, channel).
pub fn conv_transpose(
    x: &[f32],
    batch: usize,
    size: (usize, usize, usize),
    weight: &Panels,
    finish: Finish<'_>,
    out: &mut [f32],
) {
    let k = 4 * size.2;
    for phase in 0..4 {
        let (y, x_) = (phase / 2, phase % 2);
        let out_size = (size.0, size.1);
        let windows = Windows { x, size, out: out_size, kernel: (2, 2), stride: 1, pad: (1 - y, 1 - x_), batch };
        gemm(&Phase { windows, y, x: x_ }, k, weight, phase * k, finish, out);
    }
}

/// The filters of a depthwise convolution: weight rows are (ky, kx) of C.
#[derive(Clone, Copy)]
pub struct Filters<'a> {
    /// `[kh·kw, C]`
    pub weight: &'a [f32],
    /// `[C]`
    pub bias: Option<&'a [f32]>,
    /// Applied last.
    pub activation: Activation,
}

/// act(depthwise convolution + bias) into `[B,Ho,Wo,C]`.
pub fn depthwise(windows: Windows<'_>, filters: Filters<'_>, out: &mut [f32]) {
    let (h, w, c) = windows.size;
    let row = windows.out.1 * c;
    let rows = windows.batch * windows.out.0;
    assert!(out.len() == rows * row && windows.x.len() >= windows.batch * h * w * c);
    let zeros = vec![0.0; w.max(1) * c];
    let work = rows * row * windows.kernel.0 * windows.kernel.1;
    for_each_chunk(out, row, work, |i, to| {
        let (b, y) = (i / windows.out.0, i % windows.out.0);
        let line = |y: usize| &windows.x[(b * h + y) * w * c..][..w * c];
        depthwise_row(&windows, filters, y, line, &zeros, to);
    });
}

/// Row `y` of a depthwise result. `line` gives a row of the map, `zeros` is what lies above and below of it.
pub(super) fn depthwise_row<'a>(
    windows: &Windows<'_>,
    filters: Filters<'_>,
    y: usize,
    line: impl Fn(usize) -> &'a [f32],
    zeros: &'a [f32],
    to: &mut [f32],
) {
    let ((h, w, c), (kh, kw)) = (windows.size, windows.kernel);
    let above = |ky: usize| (y * windows.stride + ky).checked_sub(windows.pad.0).filter(|&y| y < h);
    let lines: Vec<&[f32]> = (0..kh).map(|ky| above(ky).map_or(zeros, &line)).collect();
    assert!(lines.iter().all(|line| line.len() >= w * c) && to.len() >= windows.out.1 * c);
    assert!(filters.weight.len() >= kh * kw * c && filters.bias.unwrap_or(zeros).len() >= c);
    filter_row(DepthwiseRow { windows, filters, lines: &lines, bias: filters.bias.unwrap_or(zeros), to });
}

/// Not inlined: one copy of the code, see [`super::gemm`].
#[inline(never)]
fn filter_row(row: DepthwiseRow<'_>) {
    simd::dispatch(row);
}

/// One row of a depthwise result.
struct DepthwiseRow<'a> {
    windows: &'a Windows<'a>,
    filters: Filters<'a>,
    /// The rows of the map that the filter covers.
    lines: &'a [&'a [f32]],
    /// `[C]`
    bias: &'a [f32],
    to: &'a mut [f32],
}

/// Results that share their input loads.
const RUN: usize = 4;

impl Kernel for DepthwiseRow<'_> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(mut self) {
        let (_, w, c) = self.windows.size;
        let wo = self.windows.out.1;
        let (stride, left) = (self.windows.stride, self.windows.pad.1);
        // Results whose whole window is inside from left to right.
        let first = left.div_ceil(stride).min(wo);
        let end = match (w + left).checked_sub(self.windows.kernel.1) {
            Some(last) => (last / stride + 1).clamp(first, wo),
            None => first,
        };
        let whole = c >= V::N && self.filters.activation.is_clamp();
        let runs = match (self.windows.kernel, stride) {
            ((3, 3), 1 | 2) if whole && end - first >= RUN => (end - first).div_ceil(RUN),
            _ => 0,
        };
        // SAFETY: the sizes were checked by `depthwise_row`; the windows of a run are inside the map's width, and
        // rows above or below it read zeros.
        unsafe {
            for x in 0..first {
                self.pixel::<V>(x);
            }
            for i in 0..runs {
                // The last run makes some results of the one before it once more: alone, each takes as long as a run.
                let x = (first + i * RUN).min(end - RUN);
                let (at, to) = ((x * stride - left) * c, x * c);
                if stride == 1 { self.run_of::<V, 1>(at, to) } else { self.run_of::<V, 2>(at, to) }
            }
            for x in (first + runs * RUN).min(end)..wo {
                self.pixel::<V>(x);
            }
        }
    }
}

impl DepthwiseRow<'_> {
    /// Neighbours of a 3×3 filter with step S.
    #[inline(always)]
    unsafe fn run_of<V: Lanes, const S: usize>(&mut self, at: usize, to: usize) {
        let c = self.windows.size.2;
        let lines = [self.lines[0].as_ptr(), self.lines[1].as_ptr(), self.lines[2].as_ptr()];
        // Not 3, which the compiler would unroll: all of it at once does not fit wasm's 16 registers.
        let rows = self.windows.kernel.0.min(3);
        let (low, high) = self.filters.activation.bounds();
        let mut next = 0;
        while next < c {
            // As with the last run, some channels are filtered once more.
            let channel = next.min(c - V::N);
            unsafe {
                let (low, high) = (V::splat(low), V::splat(high));
                let mut acc = [V::load(self.bias.as_ptr().add(channel)); RUN];
                for (ky, line) in lines[..rows].iter().enumerate() {
                    let weight = self.filters.weight.as_ptr().add(3 * ky * c + channel);
                    let weights = [V::load(weight), V::load(weight.add(c)), V::load(weight.add(2 * c))];
                    for column in 0..(RUN - 1) * S + 3 {
                        let x = V::load(line.add(at + column * c + channel));
                        for (i, acc) in acc.iter_mut().enumerate() {
                            if (i * S..i * S + 3).contains(&column) {
                                *acc = acc.fma(x, weights[column - i * S]);
                            }
                        }
                    }
                }
                for (i, &acc) in acc.iter().enumerate() {
                    // In this order NaN stays NaN.
                    high.min(low.max(acc)).store(self.to.as_mut_ptr().add(to + i * c + channel));
                }
            }
            next += V::N;
        }
    }

    /// One position with any filter, at the map's sides too.
    #[inline(always)]
    unsafe fn pixel<V: Lanes>(&mut self, x: usize) {
        let (_, w, c) = self.windows.size;
        let (kh, kw) = self.windows.kernel;
        let x0 = (x * self.windows.stride) as isize - self.windows.pad.1 as isize;
        let taps = ((-x0).max(0) as usize).min(kw)..((w as isize - x0).max(0) as usize).min(kw);
        let mut channel = 0;
        while channel < c {
            let lanes = V::N.min(c - channel);
            unsafe {
                let load = |at: *const f32| if lanes == V::N { V::load(at) } else { V::load_part(at, lanes) };
                let mut acc = load(self.bias.as_ptr().add(channel));
                for ky in 0..kh {
                    let line = self.lines[ky].as_ptr();
                    for kx in taps.clone() {
                        let v = load(line.add((x0 + kx as isize) as usize * c + channel));
                        acc = acc.fma(v, load(self.filters.weight.as_ptr().add((ky * kw + kx) * c + channel)));
                    }
                }
                let to = self.to.as_mut_ptr().add(x * c + channel);
                let acc = activate(acc, self.filters.activation);
                if lanes == V::N { acc.store(to) } else { acc.store_part(to, lanes) }
            }
            channel += V::N;
        }
    }
}
