//! MobileNetV2's bottleneck in one pass: a few rows are expanded, filtered and projected while the cache holds them. The
//! expanded map, six times as wide as what goes in, is never in memory as a whole, but for maps of few rows on many
//! cores.

use super::conv::{Filters, Windows, conv, depthwise, depthwise_row};
use super::gemm::{Finish, Matrix, gemm_here};
use super::panels::Panels;
use super::parallel::{cores, for_each_chunk};
use std::cell::RefCell;

/// Positions that are projected at once, at least: with fewer the weights would be read too often.
const POSITIONS: usize = 96;
/// Rows of the result that a core wants for itself: what lies at the seam between two is expanded by both.
const ROWS_A_CORE: usize = 16;

thread_local! {
    /// Expanded rows and filtered ones, kept between steps and frames.
    static ROWS: RefCell<[Vec<f32>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// A 1×1 convolution.
#[derive(Clone, Copy)]
pub struct Pointwise<'a> {
    /// `[Cin][Cout]`
    pub weight: &'a Panels,
    /// What follows.
    pub finish: Finish<'a>,
}

/// Three convolutions and the maps `[B,H,W,Cin]` they begin with.
#[derive(Clone, Copy)]
pub struct InvertedResidual<'a> {
    /// The maps that go in, and the windows that the filters put on them.
    pub windows: Windows<'a>,
    /// In front of the filters.
    pub expand: Option<Pointwise<'a>>,
    /// One a channel.
    pub filters: Filters<'a>,
    /// Behind them; its residual lies like the result.
    pub project: Pointwise<'a>,
}

/// project(depthwise(expand(x))) into `[B,Ho,Wo,Cout]`.
pub fn inverted_residual(block: &InvertedResidual<'_>, out: &mut [f32]) {
    let Windows { size: (h, w, c), out: (ho, wo), batch, x, .. } = block.windows;
    let map = ho * wo * block.project.weight.n;
    assert!(x.len() >= batch * h * w * c && out.len() == batch * map && block.project.weight.k == block.inner());
    if out.is_empty() {
        return;
    }
    for (b, out) in out.chunks_exact_mut(map).enumerate() {
        let mut one = *block;
        one.windows = Windows { x: &x[b * h * w * c..][..h * w * c], batch: 1, ..block.windows };
        one.project.finish.residual = block.project.finish.residual.map(|residual| &residual[b * map..][..map]);
        let cores = cores();
        if cores > 1 && ho < cores * ROWS_A_CORE { one.in_turn(out) } else { one.together(ho.div_ceil(cores), out) }
    }
}

impl InvertedResidual<'_> {
    /// Channels that are filtered.
    fn inner(&self) -> usize {
        self.expand.map_or(self.windows.size.2, |expand| expand.weight.n)
    }

    /// The windows on expanded rows `x`.
    fn expanded<'x>(&self, x: &'x [f32]) -> Windows<'x> {
        let (h, w, _) = self.windows.size;
        let Windows { out, kernel, stride, pad, batch, .. } = self.windows;
        Windows { x, size: (h, w, self.inner()), out, kernel, stride, pad, batch }
    }

    /// One convolution after the other, each by all cores: for maps of too few rows.
    fn in_turn(&self, out: &mut [f32]) {
        let Windows { size: (h, w, _), out: (ho, wo), .. } = self.windows;
        let [mut wide, mut filtered] = ROWS.with_borrow_mut(std::mem::take);
        let whole = Windows { kernel: (1, 1), stride: 1, pad: (0, 0), ..self.windows };
        filtered.resize(ho * wo * self.inner(), 0.0);
        match self.expand {
            None => depthwise(self.windows, self.filters, &mut filtered),
            Some(expand) => {
                wide.resize(h * w * self.inner(), 0.0);
                conv(Windows { out: (h, w), ..whole }, expand.weight, expand.finish, &mut wide);
                depthwise(self.expanded(&wide), self.filters, &mut filtered);
            }
        }
        let seen = Windows { x: &filtered, size: (ho, wo, self.inner()), ..whole };
        conv(seen, self.project.weight, self.project.finish, out);
        ROWS.with_borrow_mut(|kept| *kept = [wide, filtered]);
    }

    /// All three over a few rows at a time; each core has `band` rows of the result.
    fn together(&self, band: usize, out: &mut [f32]) {
        let row = self.windows.out.1 * self.project.weight.n;
        for_each_chunk(out, band * row, usize::MAX, |i, out| {
            let kept = ROWS.with_borrow_mut(std::mem::take);
            let kept = self.rows(i * band, kept, out);
            ROWS.with_borrow_mut(|rows| *rows = kept);
        });
    }

    /// Rows of the result from `first` on, with two buffers that come back.
    fn rows(&self, first: usize, [mut wide, mut filtered]: [Vec<f32>; 2], out: &mut [f32]) -> [Vec<f32>; 2] {
        let Windows { size: (h, w, c), out: (_, wo), kernel, stride, pad, x, .. } = self.windows;
        let (inner, n) = (self.inner(), self.project.weight.n);
        let (wide_row, row) = (w * inner, wo * inner);
        let rows = out.len() / (wo * n);
        let step = POSITIONS.div_ceil(wo).min(rows);
        // Expanded rows take the places of those that no window will cover again.
        let places = (step - 1) * stride + kernel.0;
        wide.resize(if self.expand.is_some() { places * wide_row } else { 0 }, 0.0);
        filtered.resize(step * row, 0.0);
        let zeros = vec![0.0; wide_row.max(inner)];
        let mut next = (first * stride).saturating_sub(pad.0);
        for (i, out) in out.chunks_mut(step * wo * n).enumerate() {
            let y0 = first + i * step;
            let rows = out.len() / (wo * n);
            if let Some(expand) = self.expand {
                let end = ((y0 + rows - 1) * stride + kernel.0).saturating_sub(pad.0).min(h);
                while next < end {
                    let place = next % places;
                    let count = (end - next).min(places - place);
                    let words = &x[next * w * c..(next + count) * w * c];
                    let to = &mut wide[place * wide_row..(place + count) * wide_row];
                    gemm_here(&Matrix { words, k: c }, expand.weight, expand.finish, to);
                    next += count;
                }
            }
            let windows = self.expanded(&wide);
            let line = |y: usize| match self.expand {
                Some(_) => &wide[y % places * wide_row..][..wide_row],
                None => &x[y * wide_row..][..wide_row],
            };
            for (j, to) in filtered.chunks_exact_mut(row).take(rows).enumerate() {
                depthwise_row(&windows, self.filters, y0 + j, line, &zeros, to);
            }
            let residual = self.project.finish.residual.map(|map| &map[y0 * wo * n..][..rows * wo * n]);
            let words = &filtered[..rows * row];
            let finish = Finish { residual, ..self.project.finish };
            gemm_here(&Matrix { words, k: inner }, self.project.weight, finish, out);
        }
        [wide, filtered]
    }
}
