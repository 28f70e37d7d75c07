//! The GPU's matrix product, which `conv`, `linear`, `conv_transpose` and `dynamic_conv` share, and small
//! things every op's kernels need.

use super::{Activation, Bind, Kernel};
use crate::tape::Tensor;

/// Invocations of a plain kernel's workgroup.
const THREADS: usize = 64;
/// Workgroups in a row before a grid folds into its second dimension; the limit is 65535.
const FOLD: usize = 32768;

/// A grid for a shader with `@workgroup_size(64)` that computes its index as `id.x + id.y * groups.x * 64`.
pub(crate) fn grid(invocations: usize) -> [u32; 3] {
    let groups = invocations.div_ceil(THREADS);
    let x = groups.min(FOLD);
    [x as u32, groups.div_ceil(x.max(1)) as u32, 1]
}

/// How the leading dimension of a tensor divides into instances: how many, and rows of each. A tensor that is
/// not counted is one instance.
pub(crate) fn items(tensor: &Tensor) -> (usize, usize) {
    let rows = tensor.shape.first().copied().unwrap_or(1);
    match tensor.counted {
        Some(per_item) => (rows / per_item.max(1), per_item),
        None => (1, rows),
    }
}

/// Live words of a tensor: instances and words of each.
pub(crate) fn live_words(tensor: &Tensor) -> [u32; 2] {
    let (items, _) = items(tensor);
    [items as u32, (tensor.len() / items.max(1)) as u32]
}

/// Live rows of the leading dimension: instances and rows of each.
pub(crate) fn live_leading(tensor: &Tensor) -> [u32; 2] {
    let (items, rows) = items(tensor);
    [items as u32, rows as u32]
}

/// Workgroups over `all` instances in a grid's third dimension: few where only some are live, since each works
/// on further ones if there are more, and those for nobody cost time.
pub(crate) fn spread(tensor: &Tensor, all: usize) -> u32 {
    if tensor.counted.is_some() { all.min(2 * TYPICAL) as u32 } else { all.min(65535) as u32 }
}

/// Bound where an output that nobody wants would be written; the shader does not touch it.
pub(crate) const UNWRITTEN: Bind = Bind::Scratch(2, 4);

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
    pub software: bool,
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
/// Instances the number of workgroups is chosen for; each works on further rows where there are more.
const TYPICAL: usize = 4;

impl Product {
    /// The dispatches.
    pub fn kernels(self) -> Vec<Kernel> {
        let quads = self.channels.div_ceil(4);
        let sum = self.kernel.0 * self.kernel.1 * quads;
        let wide = self.cols > 4;
        let cols_each = if wide { 8 } else { 4 };
        let across = self.cols.div_ceil(cols_each).next_power_of_two().min(8);
        let typical = match self.slices {
            Slices::Instances { .. } => self.rows,
            _ => self.rows.min(self.rows / self.items.max(1) * TYPICAL),
        };
        let down = THREADS / across;
        // Twice the rows reread the weights half as often: a third faster on drivers that run on a processor.
        // Real GPUs keep more threads in flight with the smaller tile.
        let tall = self.software && typical >= 16 * down;
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
        let args = [
            self.rows,
            self.items,
            rows_per_item,
            slices,
            slices_per_item,
            self.cols,
            self.channels,
            self.kernel.0 * self.kernel.1,
            self.kernel.1,
            self.stride,
            self.pad.0,
            self.pad.1,
            self.map.0,
            self.map.1,
            self.out_map.0,
            self.out_map.1,
            up,
            if split { part } else { 0 },
            x_slice,
            w_offset,
            w_slice,
            w_row,
            y_slice,
        ];
        let scratch = Bind::Scratch(0, parts * self.rows * self.cols);
        let has = |bind: &Option<Bind>| u32::from(bind.is_some() && !split);
        let unread = self.x;
        let mut kernels = vec![Kernel {
            shader: "conv",
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
            args: args.iter().map(|&v| v as u32).collect(),
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
        }];
        if split {
            kernels.push(Kernel {
                shader: "conv_sum",
                consts: vec![
                    ("BIAS", u32::from(self.bias.is_some())),
                    ("RESIDUAL", u32::from(self.residual.is_some())),
                    ("ACTIVATION", self.activation.code()),
                ],
                args: [self.rows, self.items, rows_per_item, self.cols, parts].map(|v| v as u32).to_vec(),
                binds: vec![
                    Bind::Count,
                    scratch,
                    self.bias.unwrap_or(unread),
                    self.residual.unwrap_or(unread),
                    self.out,
                ],
                groups: grid(self.rows * self.cols),
            });
        }
        kernels
    }
}
