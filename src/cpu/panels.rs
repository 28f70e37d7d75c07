//! Matrices packed for the product: panels two vectors wide, after Goto & van de Geijn (2008).

use super::simd;

/// B packed into panels of two vectors; the last panel is one vector wide if that is enough. Missing columns
/// are zero.
#[derive(Debug, Clone, Default)]
pub struct Panels {
    /// Rows of B.
    pub k: usize,
    /// Columns of B.
    pub n: usize,
    /// Panel after panel, each `k` rows of its width.
    pub(super) words: Vec<f32>,
}

impl Panels {
    pub(super) const NONE: Panels = Panels { k: 0, n: 0, words: Vec::new() };

    /// Packs `[k][n]` rows, read through `at(row, column)`.
    pub fn pack(k: usize, n: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let mut panels = Panels { k, n, words: Vec::new() };
        panels.words = vec![0.0; k * panels.padded()];
        for (first, width) in panels.columns() {
            let panel = &mut panels.words[first * k..(first + width) * k];
            let cols = width.min(n - first);
            for (row, words) in panel.chunks_exact_mut(width).enumerate() {
                for (j, word) in words[..cols].iter_mut().enumerate() {
                    *word = at(row, first + j);
                }
            }
        }
        panels
    }

    /// Packs row-major `[k][n]` numbers again into the same memory.
    pub fn repack(&mut self, k: usize, n: usize, rows: &[f32]) {
        (self.k, self.n) = (k, n);
        self.words.clear();
        self.words.resize(k * self.padded(), 0.0);
        for (first, width) in self.columns() {
            let panel = &mut self.words[first * k..(first + width) * k];
            let cols = width.min(n - first);
            for (words, row) in panel.chunks_exact_mut(width).zip(rows.chunks_exact(n)) {
                words[..cols].copy_from_slice(&row[first..first + cols]);
            }
        }
    }

    /// Columns with the padding of the last panel.
    fn padded(&self) -> usize {
        self.n.next_multiple_of(simd::lanes())
    }

    /// First column and width of each panel.
    pub(super) fn columns(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (padded, width) = (self.padded(), 2 * simd::lanes());
        (0..padded).step_by(width).map(move |first| (first, width.min(padded - first)))
    }
}
