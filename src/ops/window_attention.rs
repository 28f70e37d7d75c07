//! Swin's attention inside windows, shifted or not (Liu et al. 2021, section 3.2). Official: `WindowAttention` and
//! the rolling, padding and masking around it in `SwinTransformerBlock`, `swin.py`.
//!
//! Queries, keys and values are read from the map where they lie: no window is cut out or put back. The official
//! code pads the map to whole windows before it makes queries, keys and values, so a padded cell is a zero row
//! times a matrix plus the bias: its key and value are the bias alone.

use super::grid::grid;
use crate::cpu::parallel::for_each_chunk;
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, numbers};
use std::sync::Arc;

args!(WindowAttentionArgs for "window_attention" {
    height: u32,
    width: u32,
    down: u32,
    across: u32,
    channels: u32,
    heads: u32,
    window: u32,
    shift: u32,
    scale: f32,
    mask: f32,
});

/// Added between cells that the shift brought together from opposite sides of the map.
pub const MASK: f32 = -100.0;

/// qkv `[1,H,W,3C]` → `[1,H,W,C]`: softmax(q·kᵀ/√d + position bias + mask)·v over the cells of a query's window.
#[derive(Clone, Debug)]
pub struct WindowAttention {
    /// `relative_position_bias_table` `[(2·window−1)², heads]`, rows (dy, dx) of query minus key.
    pub table: Arc<Param>,
    /// Bias of the layer that made qkv, `[3C]`.
    pub bias: Arc<Param>,
    /// Attention heads; each has a multiple of four channels.
    pub heads: usize,
    /// Side of a window.
    pub window: usize,
    /// Cells the windows are moved down and right by, less than `window`.
    pub shift: usize,
}

/// One side of a map seen in windows.
#[derive(Clone, Copy)]
struct Side {
    cells: usize,
    window: usize,
    shift: usize,
}

impl Side {
    fn windows(self) -> usize {
        self.cells.div_ceil(self.window)
    }
    /// The cell at place `at` of the padded side after rolling; `cells` or more is padding.
    fn cell(self, at: usize) -> usize {
        (at + self.shift) % (self.windows() * self.window)
    }
    /// Places of different regions were not neighbours before rolling.
    fn region(self, at: usize) -> usize {
        let padded = self.windows() * self.window;
        if self.shift == 0 {
            0
        } else {
            usize::from(at + self.window >= padded) + usize::from(at + self.shift >= padded)
        }
    }
}

impl WindowAttention {
    fn sides(&self, h: usize, w: usize) -> [Side; 2] {
        [h, w].map(|cells| Side { cells, window: self.window, shift: self.shift })
    }

    /// Position bias of every head, then query, then key of a window.
    fn position_bias(&self) -> Vec<f32> {
        let (table, n) = (self.table.wide(), self.window);
        let t = n * n;
        let entry = |i: usize| {
            let (head, query, key) = (i / (t * t), i / t % t, i % t);
            let (dy, dx) = (query / n + n - 1 - key / n, query % n + n - 1 - key % n);
            table[(dy * (2 * n - 1) + dx) * self.heads + head]
        };
        (0..self.heads * t * t).map(entry).collect()
    }
}

impl Op for WindowAttention {
    fn name(&self) -> &'static str {
        "window_attention"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1, || "wants qkv [1, H, W, 3C]".into())?;
        let [b, h, w, c3] = inputs[0].dims()?;
        expect(b == 1, || "wants qkv [1, H, W, 3C]".into())?;
        expect(inputs.len() == 1 && self.heads > 0 && c3 % (12 * self.heads) == 0, || {
            format!("{} heads do not divide it into fours", self.heads)
        })?;
        expect(self.shift < self.window, || "the shift is not less than the window".into())?;
        let rows = (2 * self.window - 1) * (2 * self.window - 1);
        expect(self.table.shape == [rows, self.heads] && self.bias.shape == [c3], || {
            format!("{} or {} does not fit", self.table.name, self.bias.name)
        })?;
        Ok(vec![Spec::f32(&[1, h, w, c3 / 3], None)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        vec![&self.table, &self.bias]
    }
    fn macs(&self, _inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        2 * numbers(&outputs[0]) * numbers(&[self.window, self.window])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [_, h, w, c3] = io.dims(0)?;
        let (n, c) = (self.window, c3 / 3);
        let (t, d) = (n * n, c / self.heads);
        let [down, across] = self.sides(h, w);
        let (qkv, bias, position) = (io.f32(0), self.bias.wide(), self.position_bias());
        let windows = down.windows() * across.windows();
        // Where a window's token lies on the map; none in the padding.
        let place = |window: usize, token: usize| {
            let at = (window / across.windows() * n + token / n, window % across.windows() * n + token % n);
            let (y, x) = (down.cell(at.0), across.cell(at.1));
            (at, (y < h && x < w).then_some(y * w + x))
        };
        let mut answers = vec![0f32; windows * t * c];
        for_each_chunk(&mut answers, t * c, windows * t * t * 2 * c, |window, out| {
            let tokens: Vec<_> = (0..t).map(|token| place(window, token)).collect();
            let mut own = Vec::with_capacity(t * c3);
            for (_, cell) in &tokens {
                own.extend_from_slice(cell.map_or(bias, |cell| &qkv[cell * c3..][..c3]));
            }
            let region = |token: usize| (down.region(tokens[token].0.0), across.region(tokens[token].0.1));
            let regions: Vec<_> = (0..t).map(region).collect();
            let mixed = regions.iter().any(|r| *r != regions[0]);
            let (mut scores, mut turned, mut start) = (vec![0f32; t * t], vec![0f32; t * d], vec![0f32; t * t]);
            for head in 0..self.heads {
                start.copy_from_slice(&position[head * t * t..][..t * t]);
                if mixed {
                    for (i, start) in start.iter_mut().enumerate() {
                        *start += if regions[i / t] == regions[i % t] { 0.0 } else { MASK };
                    }
                }
                let (scores, turned) = (&mut scores[..], &mut turned[..]);
                let bias = Some(&start[..]);
                rows::attention(rows::Attention { qkv: &own, t, d, c, head, bias, scores, turned, out: &mut *out });
            }
        });
        let out = io.out(0);
        for (i, answer) in answers.chunks_exact(c).enumerate() {
            if let (_, Some(cell)) = place(i / t, i % t) {
                out[cell * c..][..c].copy_from_slice(answer);
            }
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, c3] = io.inputs[0].dims()?;
        let (n, c) = (self.window, c3 / 3);
        let [down, across] = self.sides(h, w).map(Side::windows);
        let scale = 1.0 / ((c / self.heads) as f32).sqrt();
        let args = WindowAttentionArgs {
            height: h as u32,
            width: w as u32,
            down: down as u32,
            across: across as u32,
            channels: c as u32,
            heads: self.heads as u32,
            window: n as u32,
            shift: self.shift as u32,
            scale,
            mask: MASK,
        };
        Ok(vec![Kernel {
            consts: vec![("QUADS", (c / self.heads / 4) as u32)],
            binds: vec![
                Bind::Input(0),
                Bind::Param(0, Packing::Vector),
                Bind::Param(1, Packing::Vector),
                Bind::Output(0),
            ],
            groups: grid(down * across * self.heads * n * n),
            ..Kernel::with(&args)
        }])
    }
}
