//! The matrix product behind convolutions and linear layers: C = act(A·B + bias + residual).
//!
//! After Goto & van de Geijn (2008). B, a parameter, is packed once into panels two vectors wide and kept
//! with the parameter. Rows of A are gathered block by block into a buffer of fixed stride, so that a
//! convolution needs no im2col in memory; a tile of rows × two vectors is summed in registers.

use super::panels::Panels;
use super::parallel::{SMALL, cores, for_each, share};
use super::simd::{self, Kernel, Lanes};
use crate::activation::{Activation, activate};
use std::cell::RefCell;
use std::ops::Range;

/// Columns of k that are summed in one go: A's block and B's panel stay in the first two caches.
const KC: usize = 256;
/// Floats between rows of A's block: not a power of two, so that rows do not fight for the same cache set.
pub(super) const STRIDE: usize = KC + 16;
/// Rows of A's block; a multiple of every register tile.
const MC: usize = 120;

/// Rows of the largest register tile.
const MAX_ROWS: usize = 12;
/// Its sums.
const MAX_SUMS: usize = MAX_ROWS * MAX_COLS;
/// The widest panel: two AVX-512 vectors.
const MAX_COLS: usize = 32;

/// Where the rows of A come from and where the rows of C go.
pub trait Rows: Sync {
    /// Number of rows.
    fn rows(&self) -> usize;
    /// Some columns of some rows, and floats from one row to the next: where they lie, or gathered into `block`, [`STRIDE`]
    /// floats a row.
    fn block<'a>(&'a self, rows: Range<usize>, columns: Range<usize>, block: &'a mut [f32]) -> (&'a [f32], usize);
    /// The row of the result that this row makes.
    #[inline(always)]
    fn target(&self, row: usize) -> usize {
        row
    }
}

/// A matrix in memory, row-major with `k` columns.
pub struct Matrix<'a> {
    /// Its numbers.
    pub words: &'a [f32],
    /// Columns.
    pub k: usize,
}

impl Rows for Matrix<'_> {
    fn rows(&self) -> usize {
        self.words.len() / self.k.max(1)
    }
    #[inline(always)]
    fn block<'a>(&'a self, rows: Range<usize>, columns: Range<usize>, _: &'a mut [f32]) -> (&'a [f32], usize) {
        (&self.words[rows.start * self.k + columns.start..(rows.end - 1) * self.k + columns.end], self.k)
    }
}

/// What happens to a sum before it is written.
#[derive(Clone, Copy, Default)]
pub struct Finish<'a> {
    /// Added to every row, one per column.
    pub bias: Option<&'a [f32]>,
    /// Added element by element; lies like the result.
    pub residual: Option<&'a [f32]>,
    /// Applied last.
    pub activation: Activation,
}

/// out = act(A · B[first_k .. first_k + k] + bias + residual); `out` has rows of `b.n` columns.
pub fn gemm<R: Rows>(a: &R, k: usize, b: &Panels, first_k: usize, finish: Finish<'_>, out: &mut [f32]) {
    let (m, n) = (a.rows(), b.n);
    if m == 0 || n == 0 {
        return;
    }
    assert!(first_k + k <= b.k && finish.bias.is_none_or(|v| v.len() >= n));
    assert!(out.len() >= m * n && finish.residual.is_none_or(|r| r.len() >= out.len()));
    let panels: Vec<(usize, usize)> = b.columns().collect();
    let blocks = m.div_ceil(MC);
    let splits = column_splits(blocks, panels.len(), m * n * k);
    let out = Out { at: out.as_mut_ptr(), len: out.len() };
    let task = |i: usize| {
        let (block, split) = (i % blocks, i / blocks);
        let rows = (share(m, block, blocks), share(m, block + 1, blocks));
        let cut = |s: usize| share(panels.len(), s, splits);
        let panels = &panels[cut(split)..cut(split + 1)];
        block_of(Task { a, k, b, first_k, finish, out: &out, rows, panels });
    };
    for_each(blocks * splits, m * n * k, task);
}

/// The same with a matrix, on this thread alone.
pub fn gemm_here(a: &Matrix<'_>, b: &Panels, finish: Finish<'_>, out: &mut [f32]) {
    let (m, n, k) = (a.rows(), b.n, a.k);
    assert!(k <= b.k && finish.bias.is_none_or(|v| v.len() >= n));
    assert!(out.len() >= m * n && finish.residual.is_none_or(|r| r.len() >= out.len()));
    let panels: Vec<(usize, usize)> = b.columns().collect();
    let out = Out { at: out.as_mut_ptr(), len: out.len() };
    let blocks = m.div_ceil(MC);
    for block in 0..blocks {
        let rows = (share(m, block, blocks), share(m, block + 1, blocks));
        block_of(Task { a, k, b, first_k: 0, finish, out: &out, rows, panels: &panels });
    }
}

/// Not inlined: whoever multiplies has the same code, which the page would have to fetch as often as it is there.
#[inline(never)]
fn block_of<R: Rows>(task: Task<'_, R>) {
    simd::dispatch(task);
}

/// out = A · B on this thread, B `[k][n]` row-major and used only once.
pub fn gemm_once(a: &Matrix<'_>, b: &[f32], n: usize, out: &mut [f32]) {
    let mut panels = PANELS.with_borrow_mut(std::mem::take);
    panels.repack(a.k, n, b);
    gemm_here(a, &panels, Finish::default(), out);
    PANELS.with_borrow_mut(|kept| *kept = panels);
}

/// Few rows are split by columns, so that every core has work.
fn column_splits(blocks: usize, panels: usize, macs: usize) -> usize {
    let wanted = 2 * cores();
    if wanted > 2 && macs > SMALL { wanted.div_ceil(blocks).min(panels) } else { 1 }
}

/// The result, written by several threads at places that do not overlap.
struct Out {
    at: *mut f32,
    len: usize,
}
// SAFETY: tasks write disjoint rows or columns, see `gemm`.
unsafe impl Sync for Out {}
unsafe impl Send for Out {}

thread_local! {
    /// A's block, kept between steps and frames.
    static BLOCK: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    /// A matrix that is used once, packed.
    static PANELS: RefCell<Panels> = const { RefCell::new(Panels::NONE) };
}

/// A block of rows times some panels.
struct Task<'a, R> {
    a: &'a R,
    k: usize,
    b: &'a Panels,
    first_k: usize,
    finish: Finish<'a>,
    out: &'a Out,
    rows: (usize, usize),
    panels: &'a [(usize, usize)],
}

impl<R: Rows> Kernel for Task<'_, R> {
    #[inline(always)]
    unsafe fn run<V: Lanes>(self) {
        let mut block = BLOCK.with_borrow_mut(std::mem::take);
        block.resize(MC * STRIDE, 0.0);
        let (first_row, end_row) = self.rows;
        let rows = end_row - first_row;
        let tiles = rows.div_ceil(unsafe { V::rows() });
        let mut targets = [0; MC];
        for (i, target) in targets[..rows].iter_mut().enumerate() {
            *target = self.a.target(first_row + i) * self.b.n;
            assert!(*target + self.b.n <= self.out.len);
        }
        let mut sums = [0f32; MAX_SUMS];
        // Written and read by this pointer alone.
        let sums = sums.as_mut_ptr();
        // Even parts of k, at least one so that an empty sum still writes its bias.
        let parts = self.k.div_ceil(KC).max(1);
        for part in 0..parts {
            let (k0, k1) = (share(self.k, part, parts), share(self.k, part + 1, parts));
            let (a, stride) = self.a.block(first_row..end_row, k0..k1, &mut block);
            let (first, last) = (part == 0, part + 1 == parts);
            // The sum of earlier parts of k lies in the result.
            let earlier = (!first).then_some(self.out.at.cast_const());
            let residual = self.finish.residual.filter(|_| last).map(<[f32]>::as_ptr);
            let added: Vec<*const f32> = earlier.into_iter().chain(residual).collect();
            let activation = if last { self.finish.activation } else { Activation::None };
            for &(column, width) in self.panels {
                let from = self.b.k * column + (self.first_k + k0) * width;
                let panel = &self.b.words[from..from + (k1 - k0) * width];
                let cols = width.min(self.b.n - column);
                let mut start = [0.0; MAX_COLS];
                if let (true, Some(bias)) = (first, self.finish.bias) {
                    start[..cols].copy_from_slice(&bias[column..column + cols]);
                }
                // SAFETY: the instruction set is there; the block holds rows × k, the panel k × width, and from each
                // row's target on there are `cols` results, and as many numbers that are added.
                let panel = Panel {
                    b: panel.as_ptr(),
                    k: k1 - k0,
                    stride,
                    start: start.as_ptr(),
                    added: &added,
                    out: self.out.at,
                    column,
                    activation,
                };
                // Columns that the result does not have, and what is more than a bound, take a way of their own.
                let apart = cols < width || !activation.is_clamp();
                let places: [usize; MAX_ROWS] = std::array::from_fn(|i| i * width);
                let inner = if apart { panel.into_sums(sums) } else { panel };
                for tile in 0..tiles {
                    let (r0, r1) = (tile * rows / tiles, (tile + 1) * rows / tiles);
                    let (a, targets) = (&a[r0 * stride..], &targets[r0..r1]);
                    let to = if apart { &places[..r1 - r0] } else { targets };
                    unsafe {
                        if width == 2 * V::N {
                            inner.tile::<V, 2>(a, to)
                        } else {
                            inner.tile::<V, 1>(a, to)
                        }
                        if apart {
                            let sums = std::slice::from_raw_parts(sums, MAX_SUMS);
                            panel.finish::<V>(sums.chunks_exact(width).zip(targets), cols);
                        }
                    }
                }
            }
        }
        BLOCK.with_borrow_mut(|kept| *kept = block);
    }
}

/// A panel of B, and what becomes of the sums. Each row has its target, where it begins in `out` and in what is added.
#[derive(Clone, Copy)]
struct Panel<'a> {
    b: *const f32,
    k: usize,
    /// Floats from one row of A to the next.
    stride: usize,
    /// What the sums of every row start from: the bias, or zeros.
    start: *const f32,
    /// Added to the sums at last: before, each of their products would be rounded as roughly as what may be far larger.
    added: &'a [*const f32],
    out: *mut f32,
    /// First column of the panel.
    column: usize,
    activation: Activation,
}

impl Panel<'_> {
    /// A register tile: a row of A for each target times the panel, whose columns the result all has. Only the tiles that
    /// an instruction set uses are compiled for it.
    #[inline(always)]
    unsafe fn tile<V: Lanes, const NV: usize>(&self, a: &[f32], targets: &[usize]) {
        let (a, to) = (a.as_ptr(), targets.as_ptr());
        unsafe {
            match targets.len() {
                1 => self.sum::<V, 1, NV>(a, to),
                2 => self.sum::<V, 2, NV>(a, to),
                3 => self.sum::<V, 3, NV>(a, to),
                4 => self.sum::<V, 4, NV>(a, to),
                5 if V::ROWS >= 5 => self.sum::<V, 5, NV>(a, to),
                6 if V::ROWS >= 6 => self.sum::<V, 6, NV>(a, to),
                7 if V::ROWS >= 7 => self.sum::<V, 7, NV>(a, to),
                8 if V::ROWS >= 8 => self.sum::<V, 8, NV>(a, to),
                9 if V::ROWS >= 9 => self.sum::<V, 9, NV>(a, to),
                10 if V::ROWS >= 10 => self.sum::<V, 10, NV>(a, to),
                11 if V::ROWS >= 11 => self.sum::<V, 11, NV>(a, to),
                12 if V::ROWS >= 12 => self.sum::<V, 12, NV>(a, to),
                _ => unreachable!("a tile of {NV} vectors has no {} rows", targets.len()),
            }
        }
    }

    /// The sums over k, and what follows. A function of its own in wasm: among other code, V8 keeps the sums in memory.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn sum<V: Lanes, const MR: usize, const NV: usize>(&self, a: *const f32, targets: *const usize) {
        unsafe {
            let mut acc = [[V::splat(0.0); NV]; MR];
            for acc in &mut acc {
                for (j, sum) in acc.iter_mut().enumerate() {
                    *sum = V::load(self.start.add(j * V::N));
                }
            }
            let rows: [*const f32; MR] = std::array::from_fn(|i| a.add(i * self.stride));
            let mut b = self.b;
            for k in 0..self.k {
                let mut row = [V::splat(0.0); NV];
                for (j, v) in row.iter_mut().enumerate() {
                    *v = V::load(b.add(j * V::N));
                }
                for (i, acc) in acc.iter_mut().enumerate() {
                    let x = V::splat(*rows[i].add(k));
                    for (sum, v) in acc.iter_mut().zip(row) {
                        *sum = sum.fma(x, v);
                    }
                }
                b = b.add(NV * V::N);
            }
            for added in self.added {
                for (i, acc) in acc.iter_mut().enumerate() {
                    let added = added.add(*targets.add(i) + self.column);
                    for (j, sum) in acc.iter_mut().enumerate() {
                        *sum = sum.add(V::load(added.add(j * V::N)));
                    }
                }
            }
            let (low, high) = self.activation.bounds();
            let (low, high) = (V::splat(low), V::splat(high));
            for (i, acc) in acc.iter().enumerate() {
                let to = self.out.add(*targets.add(i) + self.column);
                for (j, &sum) in acc.iter().enumerate() {
                    // In this order NaN stays NaN.
                    high.min(low.max(sum)).store(to.add(j * V::N));
                }
            }
        }
    }

    /// The same with nothing but the sums, row by row.
    fn into_sums(self, sums: *mut f32) -> Self {
        Panel { added: &[], out: sums, column: 0, activation: Activation::None, ..self }
    }

    /// What follows on rows of sums, each with its target: for `cols` columns, by any activation.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn finish<'s, V: Lanes>(&self, rows: impl Iterator<Item = (&'s [f32], &'s usize)>, cols: usize) {
        for (sums, &target) in rows {
            let mut j = 0;
            while j < cols {
                let lanes = V::N.min(cols - j);
                // SAFETY: `target + cols` is inside the result, and so inside of what is added, which is as long.
                unsafe {
                    let mut sum = V::load(sums.as_ptr().add(j));
                    for added in self.added {
                        let at = added.add(target + self.column + j);
                        sum = sum.add(if lanes == V::N { V::load(at) } else { V::load_part(at, lanes) });
                    }
                    let (sum, to) = (activate(sum, self.activation), self.out.add(target + self.column + j));
                    if lanes == V::N { sum.store(to) } else { sum.store_part(to, lanes) }
                }
                j += V::N;
            }
        }
    }
}
