//! The GPU's matrix product, which `conv`, `linear`, `conv_transpose` and `dynamic_conv` share.

use super::grid::{THREADS, TYPICAL, grid};
use crate::activation::Activation;
use crate::op::{Bind, Kernel, Tile, args};

args!(ConvArgs for "conv" {
    rows: u32,
    items: u32,
    rows_per_item: u32,
    slices: u32,
    slices_per_item: u32,
    cols: u32,
    channels: u32,
    taps: u32,
    kernel_width: u32,
    stride: u32,
    pad_top: u32,
    pad_left: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    up: u32,
    sum_part: u32,
    x_slice: u32,
    w_offset: u32,
    w_slice: u32,
    w_row: u32,
    y_slice: u32,
});
args!(ConvSumArgs for "conv_sum" { rows: u32, items: u32, rows_per_item: u32, cols: u32, parts: u32 });

/// A product of activations and weights over NHWC maps: what `shaders/conv.wgsl` computes.
pub(crate) struct Product {
    /// Activations.
    pub x: Bind,
    /// Weight rows (tap, input channel).
    pub weight: Bind,
    /// How they are stored: [`crate::params::Param::stored_as`].
    pub stored_as: u32,
    /// Scales of int8 columns.
    pub scale: Option<Bind>,
    pub bias: Option<Bind>,
    pub residual: Option<Bind>,
    pub out: Bind,
    pub activation: Activation,
    /// Output pixels of a slice.
    pub rows: usize,
    pub cols: usize,
    pub channels: usize,
    /// (height, width)
    pub kernel: (usize, usize),
    pub stride: usize,
    /// Top and left.
    pub pad: (usize, usize),
    /// Input map (height, width).
    pub map: (usize, usize),
    /// Map the rows run over (height, width).
    pub out_map: (usize, usize),
    /// The device's own trait of this name.
    pub tile: Tile,
    /// Instances.
    pub items: usize,
    pub slices: Slices,
}

/// What the third dimension of the grid stands for.
pub(crate) enum Slices {
    /// Nothing: all rows are in one slice, and a long sum may be cut in parts.
    None,
    /// The four phases of a doubled map.
    Phases,
    /// A matrix each: how many, words to the first, and from one to the next.
    Instances { all: usize, offset: usize, stride: usize },
}

/// A product that fills fewer workgroups than this has its sum cut, if that is long.
const FEW: usize = 64;
/// Shortest part of a cut sum, in fours of input channels.
const SHORTEST_PART: usize = 32;
impl Product {
    /// The dispatches.
    pub fn kernels(self) -> Vec<Kernel> {
        let quads = self.channels.div_ceil(4);
        let sum = self.kernel.0 * self.kernel.1 * quads;
        let wide = self.cols > 4;
        let typical = match self.slices {
            Slices::Instances { .. } => self.rows,
            _ => self.rows.min(self.rows / self.items.max(1) * TYPICAL),
        };
        let cols_each = if wide { 8 } else { 4 };
        let side_by_side = self.cols.div_ceil(cols_each).next_power_of_two().min(8);
        // Stacked threads lie side by side only where there are too few rows.
        let needed = (8 * THREADS).div_ceil(typical.max(1)).next_power_of_two();
        let across = if self.tile == Tile::Stacked { side_by_side.min(needed) } else { side_by_side };
        let down = THREADS / across;
        let tall = self.tile != Tile::Small && typical >= 16 * down;
        let (tile_rows, tile_cols) = (down * if tall { 8 } else { 4 }, across * cols_each);
        let groups = self.cols.div_ceil(tile_cols) * typical.div_ceil(tile_rows);
        let parts = match self.slices {
            Slices::None if groups < FEW => (FEW / groups.max(1)).min(sum / SHORTEST_PART).max(1),
            _ => 1,
        };
        let part = sum.div_ceil(parts.max(1));
        let parts = sum.div_ceil(part.max(1)).max(1);
        let split = parts > 1;
        // Without padding no tap of a live row lies outside of the map.
        let padded = self.kernel != (1, 1) || self.pad != (0, 0);
        let w_row = self.cols.div_ceil(4);
        let (slices, slices_per_item, x_slice, w_offset, w_slice, y_slice, up) = match self.slices {
            Slices::None => (parts, 0, 0, 0, 0, if split { self.rows * self.cols } else { 0 }, 1),
            Slices::Phases => (4, 0, 0, 0, 4 * self.channels * w_row, 0, 2),
            Slices::Instances { all, offset, stride } => {
                let (x, y) = (self.rows * self.channels, self.rows * self.cols);
                (all, all / self.items.max(1), x, offset / 4, stride / 4, y, 1)
            }
        };
        let rows_per_item = self.rows / self.items.max(1);
        let args = ConvArgs {
            rows: self.rows as u32,
            items: self.items as u32,
            rows_per_item: rows_per_item as u32,
            slices: slices as u32,
            slices_per_item: slices_per_item as u32,
            cols: self.cols as u32,
            channels: self.channels as u32,
            taps: (self.kernel.0 * self.kernel.1) as u32,
            kernel_width: self.kernel.1 as u32,
            stride: self.stride as u32,
            pad_top: self.pad.0 as u32,
            pad_left: self.pad.1 as u32,
            height: self.map.0 as u32,
            width: self.map.1 as u32,
            out_height: self.out_map.0 as u32,
            out_width: self.out_map.1 as u32,
            up,
            sum_part: if split { part as u32 } else { 0 },
            x_slice: x_slice as u32,
            w_offset: w_offset as u32,
            w_slice: w_slice as u32,
            w_row: w_row as u32,
            y_slice: y_slice as u32,
        };
        let scratch = Bind::Scratch(0, parts * self.rows * self.cols);
        let has = |bind: &Option<Bind>| u32::from(bind.is_some() && !split);
        let unread = self.x;
        let mut kernels = vec![Kernel {
            consts: vec![
                ("WEIGHTS", self.stored_as),
                ("ALIGNED", u32::from(self.channels.is_multiple_of(4))),
                ("PADDED", u32::from(padded)),
                ("TALL", u32::from(tall)),
                ("WIDE", u32::from(wide)),
                ("ACROSS", across as u32),
                ("WHOLE", u32::from(self.cols.is_multiple_of(4))),
                ("BIAS", has(&self.bias)),
                ("RESIDUAL", has(&self.residual)),
                ("ACTIVATION", if split { Activation::None.code() } else { self.activation.code() }),
            ],
            binds: vec![
                Bind::Count,
                self.x,
                self.weight,
                self.bias.filter(|_| !split).unwrap_or(unread),
                self.residual.filter(|_| !split).unwrap_or(unread),
                if split { scratch } else { self.out },
                self.scale.unwrap_or(unread),
            ],
            groups: [
                self.cols.div_ceil(tile_cols) as u32,
                typical.div_ceil(tile_rows).max(FEW.min(self.rows.div_ceil(tile_rows))) as u32,
                slices as u32,
            ],
            ..Kernel::with(&args)
        }];
        if split {
            kernels.push(Kernel {
                consts: vec![
                    ("BIAS", u32::from(self.bias.is_some())),
                    ("RESIDUAL", u32::from(self.residual.is_some())),
                    ("ACTIVATION", self.activation.code()),
                ],
                binds: vec![
                    Bind::Count,
                    scratch,
                    self.bias.unwrap_or(unread),
                    self.residual.unwrap_or(unread),
                    self.out,
                ],
                groups: grid(self.rows * self.cols),
                ..Kernel::with(&ConvSumArgs {
                    rows: self.rows as u32,
                    items: self.items as u32,
                    rows_per_item: rows_per_item as u32,
                    cols: self.cols as u32,
                    parts: parts as u32,
                })
            });
        }
        kernels
    }
}
