//! The matrix product behind convolutions and linear layers: C = act(A·B + bias + residual).
//!
//! After Goto & van de Geijn (2008). B, a parameter, is packed once into panels two vectors wide and kept
//! with the parameter. Rows of A are gathered block by block into a buffer of fixed stride, so that a
//! convolution needs no im2col in memory; a tile of rows × two vectors is summed in registers.

use super::panels::Panels;
use super::parallel::{SMALL, cores, for_each};
use super::simd::{self, Kernel, Lanes};
use crate::activation::{Activation, activate};
use std::cell::RefCell;

/// Columns of k that are summed in one go: A's block and B's panel stay in the first two caches.
const KC: usize = 256;
/// Floats between rows of A's block: not a power of two, so that rows do not fight for the same cache set.
const STRIDE: usize = KC + 16;
/// Rows of A's block; a multiple of every register tile but 5.
const MC: usize = 96;

/// Sums of the largest register tile: 12 rows of two AVX-512 vectors.
const MAX_SUMS: usize = 12 * MAX_COLS;
/// The widest panel: two AVX-512 vectors.
const MAX_COLS: usize = 32;

/// Where the rows of A come from and where the rows of C go.
pub trait Rows: Sync {
    /// Number of rows.
    fn rows(&self) -> usize;
    /// Writes columns `from..from + to.len()` of a row.
    fn copy(&self, row: usize, from: usize, to: &mut [f32]);
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
    fn copy(&self, row: usize, from: usize, to: &mut [f32]) {
        let at = row * self.k + from;
        copy(&self.words[at..at + to.len()], to);
    }
}

/// Copies without a call: lengths are small here, and in wasm `memory.copy` costs more than the copy.
#[inline(always)]
pub fn copy(from: &[f32], to: &mut [f32]) {
    let (mut a, mut b) = (from.chunks_exact(8), to.chunks_exact_mut(8));
    for (a, b) in (&mut a).zip(&mut b) {
        let eight: [f32; 8] = std::array::from_fn(|i| a[i]);
        b.copy_from_slice(&eight);
    }
    let (mut a, mut b) = (a.remainder(), b.into_remainder());
    if a.len() >= 4 && b.len() >= 4 {
        let four: [f32; 4] = std::array::from_fn(|i| a[i]);
        b[..4].copy_from_slice(&four);
        (a, b) = (&a[4..], &mut b[4..]);
    }
    for (a, b) in a.iter().zip(b) {
        *b = *a;
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
        let rows = (block * m / blocks, (block + 1) * m / blocks);
        let cut = |s: usize| s * panels.len() / splits;
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
        let rows = (block * m / blocks, (block + 1) * m / blocks);
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
        let tiles = rows.div_ceil(V::ROWS);
        let mut targets = [0; MC];
        for (i, target) in targets[..rows].iter_mut().enumerate() {
            *target = self.a.target(first_row + i) * self.b.n;
            assert!(*target + self.b.n <= self.out.len);
        }
        let mut sums = [0.0; MAX_SUMS];
        // Even parts of k, at least one so that an empty sum still writes its bias.
        let parts = self.k.div_ceil(KC).max(1);
        for part in 0..parts {
            let (k0, k1) = (part * self.k / parts, (part + 1) * self.k / parts);
            for row in 0..rows {
                self.a.copy(first_row + row, k0, &mut block[row * STRIDE..][..k1 - k0]);
            }
            for &(column, width) in self.panels {
                let from = self.b.k * column + (self.first_k + k0) * width;
                let panel = &self.b.words[from..from + (k1 - k0) * width];
                let cols = width.min(self.b.n - column);
                let mut start = [0.0; MAX_COLS];
                if let (0, Some(bias)) = (part, self.finish.bias) {
                    start[..cols].copy_from_slice(&bias[column..column + cols]);
                }
                let last = part + 1 == parts;
                let write = Write {
                    out: self.out,
                    column,
                    cols,
                    width,
                    more: part > 0,
                    residual: self.finish.residual.filter(|_| last),
                    activation: if last { self.finish.activation } else { Activation::None },
                };
                for tile in 0..tiles {
                    let (r0, r1) = (tile * rows / tiles, (tile + 1) * rows / tiles);
                    // SAFETY: the instruction set is there; the block holds rows × k, the panel k × width.
                    unsafe {
                        let (a, b) = (block[r0 * STRIDE..].as_ptr(), panel.as_ptr());
                        let tile = Tile { a, b, k: k1 - k0, start: start.as_ptr(), sums: sums.as_mut_ptr() };
                        if width == 2 * V::N {
                            tile.rows::<V, 2>(r1 - r0)
                        } else {
                            tile.rows::<V, 1>(r1 - r0)
                        }
                        write.rows::<V>(&sums, &targets[r0..r1]);
                    }
                }
            }
        }
        BLOCK.with_borrow_mut(|kept| *kept = block);
    }
}

/// A register tile: up to 12 rows times one panel.
struct Tile {
    a: *const f32,
    b: *const f32,
    k: usize,
    /// What the sums of every row start from: the bias, or zeros.
    start: *const f32,
    /// Rows of sums, as wide as the panel.
    sums: *mut f32,
}

impl Tile {
    /// Picks the tile of so many rows; only those that an instruction set uses are compiled for it.
    #[inline(always)]
    unsafe fn rows<V: Lanes, const NV: usize>(self, rows: usize) {
        unsafe {
            match rows {
                1 => self.sum::<V, 1, NV>(),
                2 => self.sum::<V, 2, NV>(),
                3 => self.sum::<V, 3, NV>(),
                4 => self.sum::<V, 4, NV>(),
                5 if V::ROWS >= 5 => self.sum::<V, 5, NV>(),
                6 if V::ROWS >= 6 => self.sum::<V, 6, NV>(),
                7 if V::ROWS >= 7 => self.sum::<V, 7, NV>(),
                8 if V::ROWS >= 8 => self.sum::<V, 8, NV>(),
                9 if V::ROWS >= 9 => self.sum::<V, 9, NV>(),
                10 if V::ROWS >= 10 => self.sum::<V, 10, NV>(),
                11 if V::ROWS >= 11 => self.sum::<V, 11, NV>(),
                12 if V::ROWS >= 12 => self.sum::<V, 12, NV>(),
                _ => unreachable!("a tile has 1 to {} rows", V::ROWS),
            }
        }
    }

    /// The sums over k. A function of its own in wasm: among other code, V8 keeps the sums in memory.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn sum<V: Lanes, const MR: usize, const NV: usize>(self) {
        unsafe {
            let mut acc = [[V::splat(0.0); NV]; MR];
            for acc in &mut acc {
                for (j, sum) in acc.iter_mut().enumerate() {
                    *sum = V::load(self.start.add(j * V::N));
                }
            }
            let (mut a, mut b) = (self.a, self.b);
            for _ in 0..self.k {
                let mut row = [V::splat(0.0); NV];
                for (j, v) in row.iter_mut().enumerate() {
                    *v = V::load(b.add(j * V::N));
                }
                for (i, acc) in acc.iter_mut().enumerate() {
                    let x = V::splat(*a.add(i * STRIDE));
                    for (sum, v) in acc.iter_mut().zip(row) {
                        *sum = sum.fma(x, v);
                    }
                }
                a = a.add(1);
                b = b.add(NV * V::N);
            }
            for (i, acc) in acc.iter().enumerate() {
                for (j, sum) in acc.iter().enumerate() {
                    sum.store(self.sums.add((i * NV + j) * V::N));
                }
            }
        }
    }
}

/// How sums become results.
struct Write<'a> {
    out: &'a Out,
    /// First column of the panel, and how many there are of its width.
    column: usize,
    cols: usize,
    width: usize,
    /// The result already holds the sum of earlier parts of k.
    more: bool,
    /// Added, for the last part of k.
    residual: Option<&'a [f32]>,
    /// Applied, for the last part of k.
    activation: Activation,
}

impl Write<'_> {
    /// Finishes rows of sums and writes them to where each row of the result begins. The activation is chosen
    /// outside the loops.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    unsafe fn rows<V: Lanes>(&self, sums: &[f32], targets: &[usize]) {
        unsafe {
            match self.activation {
                Activation::None => self.rows_by::<V>(sums, targets, Activation::None),
                Activation::Relu => self.rows_by::<V>(sums, targets, Activation::Relu),
                Activation::Relu6 => self.rows_by::<V>(sums, targets, Activation::Relu6),
                Activation::Sigmoid => self.rows_by::<V>(sums, targets, Activation::Sigmoid),
                Activation::Gelu => self.rows_by::<V>(sums, targets, Activation::Gelu),
            }
        }
    }

    #[inline(always)]
    unsafe fn rows_by<V: Lanes>(&self, sums: &[f32], targets: &[usize], activation: Activation) {
        let residual = self.residual.map(|residual| residual.as_ptr());
        if self.cols == 2 * V::N && !self.more && residual.is_none() {
            // Most tiles: as wide as their panel, with nothing to add.
            for (sums, target) in sums.chunks_exact(2 * V::N).zip(targets) {
                // SAFETY: as below.
                unsafe {
                    let to = self.out.at.add(target + self.column);
                    activate(V::load(sums.as_ptr()), activation).store(to);
                    activate(V::load(sums.as_ptr().add(V::N)), activation).store(to.add(V::N));
                }
            }
            return;
        }
        for (sums, target) in sums.chunks_exact(self.width).zip(targets) {
            let mut j = 0;
            while j < self.cols {
                let lanes = V::N.min(self.cols - j);
                let at = target + self.column + j;
                // SAFETY: `at + lanes` is inside the result, and so inside the residual, which is as long.
                unsafe {
                    let load = |at: *const f32| if lanes == V::N { V::load(at) } else { V::load_part(at, lanes) };
                    let to = self.out.at.add(at);
                    let mut sum = V::load(sums.as_ptr().add(j));
                    if self.more {
                        sum = sum.add(load(to));
                    }
                    if let Some(residual) = residual {
                        sum = sum.add(load(residual.add(at)));
                    }
                    let sum = activate(sum, activation);
                    if lanes == V::N { sum.store(to) } else { sum.store_part(to, lanes) }
                }
                j += V::N;
            }
        }
    }
}
