//! RoI align over pyramid levels (detectron2 `ROIPooler` with `ROIAlignV2`).
//!
//! Level of a box: `clamp(floor(4 + log2(sqrt(area)/224 + 1e-8)), first, last)`. Aligned (−0.5), no minimum
//! size; each bin is the mean of `sampling_ratio²` bilinear samples; a sample below −1 or beyond the map
//! counts 0.

use super::grid::{UNWRITTEN, items, spread};
use crate::cpu::parallel::for_each_chunk;
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{DType, ShapeError, Tensor};

args!(RoiAlignArgs for "roi_align" {
    items: u32,
    boxes_per_item: u32,
    size: u32,
    ratio: u32,
    channels: u32,
    levels: u32,
    first: f32,
    only: u32,
    maps: [[f32; 4]; 4],
});

/// Inputs: boxes `[R,4]` xyxy px, then one map `[1,H,W,C]` per stride, finest first. Output `[R,S,S,C]` and,
/// with `levels`, the level index of each box as u32 `[R]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RoiAlign {
    /// Bins per side, S.
    pub size: usize,
    /// Samples per side of a bin.
    pub sampling_ratio: usize,
    /// Pixels per cell of each map.
    pub strides: Vec<usize>,
    /// True if the level indices are wanted too.
    pub levels: bool,
}

impl RoiAlign {
    /// Pyramid level of the first map: log2 of its stride.
    pub fn first_level(&self) -> usize {
        self.strides[0].trailing_zeros() as usize
    }

    /// Index of the map a box reads.
    pub fn level(&self, b: &[f32]) -> usize {
        let area = (b[2] - b[0]) * (b[3] - b[1]);
        let level = (4.0 + (area.max(0.0).sqrt() / 224.0 + 1e-8).log2()).floor();
        let first = self.first_level() as f32;
        // A NaN area ends on the first level.
        level.max(first).min(first + (self.strides.len() - 1) as f32) as usize - self.first_level()
    }
}

impl Op for RoiAlign {
    fn name(&self) -> &'static str {
        "roi_align"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(!self.strides.is_empty() && inputs.len() == 1 + self.strides.len(), || {
            "wants boxes and a map per stride".into()
        })?;
        expect(inputs[0].shape.len() == 2 && inputs[0].shape[1] == 4, || "boxes are [R, 4]".into())?;
        let r = inputs[0].shape[0];
        let c = inputs[1].shape.last().copied().unwrap_or(0);
        for map in &inputs[1..] {
            expect(map.shape.len() == 4 && map.shape[0] == 1 && map.shape[3] == c, || {
                format!("maps are [1, H, W, {c}]")
            })?;
        }
        let mut specs = vec![Spec::f32(&[r, self.size, self.size, c], inputs[0].counted)];
        if self.levels {
            specs.push(Spec { shape: vec![r], dtype: DType::U32, counted: inputs[0].counted });
        }
        Ok(specs)
    }

    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let boxes = io.f32(0);
        let maps: Vec<(usize, usize, &[f32])> =
            (1..io.inputs.len()).map(|i| (io.shape(i)[1], io.shape(i)[2], io.f32(i))).collect();
        let c = io.shape(1)[3];
        let (s, ratio) = (self.size, self.sampling_ratio);
        let share = 1.0 / (ratio * ratio) as f32;
        let work = io.out(0).len() * ratio * ratio * 4;
        for_each_chunk(io.out(0), s * s * c, work, |i, out| {
            let b = &boxes[4 * i..4 * i + 4];
            let level = self.level(b);
            let (h, w, map) = maps[level];
            let scale = 1.0 / self.strides[level] as f32;
            let (x1, y1) = (b[0] * scale - 0.5, b[1] * scale - 0.5);
            let bin_w = (b[2] * scale - 0.5 - x1) / s as f32;
            let bin_h = (b[3] * scale - 0.5 - y1) / s as f32;
            let mut cells = Vec::with_capacity(4 * ratio * ratio);
            for (bin, out) in out.chunks_exact_mut(c).enumerate() {
                cells.clear();
                for i in 0..ratio * ratio {
                    let y = y1 + bin_h * ((bin / s) as f32 + ((i / ratio) as f32 + 0.5) / ratio as f32);
                    let x = x1 + bin_w * ((bin % s) as f32 + ((i % ratio) as f32 + 0.5) / ratio as f32);
                    cells.extend(bilinear(x, y, w, h).map(|(at, weight)| (at * c, weight * share)));
                }
                rows::blend(map, &cells, out);
            }
        });
        if self.levels {
            let levels: Vec<u32> = boxes.chunks_exact(4).map(|b| self.level(b) as u32).collect();
            io.out_u32(1).copy_from_slice(&levels);
        }
        Ok(())
    }

    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let c = io.inputs[1].shape[3];
        let (items, boxes) = items(io.outputs[0]);
        let maps = self.strides.len();
        // Area of a box on the second level; four times that for each further one.
        let first = 224.0 * 224.0 * 4f32.powi(self.first_level() as i32 + 1 - 4);
        let map = |i: usize| {
            let i = if i < maps { i } else { 0 };
            let shape = &io.inputs[1 + i].shape;
            [shape[1] as f32, shape[2] as f32, 1.0 / self.strides[i] as f32, 0.0]
        };
        let args = RoiAlignArgs {
            items: items as u32,
            boxes_per_item: boxes as u32,
            size: self.size as u32,
            ratio: self.sampling_ratio as u32,
            channels: c as u32,
            levels: maps as u32,
            first,
            only: 0,
            maps: std::array::from_fn(map),
        };
        // A processor that plays the GPU chooses the map for every cell of every lane anew: on SwiftShader that takes 1.7 times
        // as long as to go over the boxes once per level.
        let split = io.device.software && maps <= 4;
        // More maps than four would make a ninth storage buffer: the engine says so.
        let all: Vec<usize> = (0..maps.max(4)).map(|i| if i < maps { i } else { 0 }).collect();
        let kernel = |only: usize, read: &[usize]| {
            let mut binds = vec![Bind::Count, Bind::Input(0)];
            binds.extend(read.iter().map(|i| Bind::Input(1 + i)));
            binds.extend([Bind::Output(0), if self.levels { Bind::Output(1) } else { UNWRITTEN }]);
            Kernel {
                consts: vec![
                    ("WHOLE", u32::from(c.is_multiple_of(4))),
                    ("LEVELS", u32::from(self.levels)),
                    ("SPLIT", u32::from(split)),
                ],
                binds,
                groups: [
                    c.div_ceil(32) as u32,
                    (self.size * self.size).div_ceil(8) as u32,
                    spread(io.outputs[0], io.outputs[0].shape[0]),
                ],
                ..Kernel::with(&RoiAlignArgs { only: only as u32, ..args })
            }
        };
        Ok(if split { (0..maps).map(|level| kernel(level, &[level; 4])).collect() } else { vec![kernel(0, &all)] })
    }
}

/// The four cells a sample at (x, y) of a w×h map reads, with their weights; empty outside.
fn bilinear(x: f32, y: f32, w: usize, h: usize) -> impl Iterator<Item = (usize, f32)> {
    // `contains` also turns NaN away.
    let inside = (-1.0..=w as f32).contains(&x) && (-1.0..=h as f32).contains(&y);
    let (x, y) = (x.max(0.0), y.max(0.0));
    let edge = |v: f32, n: usize| -> (usize, usize, f32) {
        let low = v as usize;
        if low >= n - 1 { (n - 1, n - 1, 0.0) } else { (low, low + 1, v - low as f32) }
    };
    let (xl, xh, lx) = edge(x, w);
    let (yl, yh, ly) = edge(y, h);
    let (hx, hy) = (1.0 - lx, 1.0 - ly);
    let cells = [(yl * w + xl, hy * hx), (yl * w + xh, hy * lx), (yh * w + xl, ly * hx), (yh * w + xh, ly * lx)];
    cells.into_iter().take(if inside { 4 } else { 0 })
}
