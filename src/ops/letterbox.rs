//! Photo → network input: antialiased bilinear resize, normalise, zero-pad bottom and right.
//!
//! The resize is the triangle filter of PIL's `BILINEAR` (what detectron2 calls): its support grows with the
//! shrinking factor, the horizontal pass comes first, and each pass rounds to 8 bits. Golden:
//! `preprocess_resize`. A fourth, zero channel pads RGB to a whole vec4.

use crate::cpu::parallel::for_each_chunk;
use crate::cpu::resize;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{DType, ShapeError, Tensor};

args!(LetterboxArgs for "letterbox" {
    source_width: u32,
    source_height: u32,
    width: u32,
    height: u32,
    padded_width: u32,
    padded_height: u32,
    column_taps: u32,
    row_taps: u32,
    mean: [f32; 4],
    deviation: [f32; 4],
});

/// Resize to `resized`, normalise, pad to `padded`; all sizes (width, height) in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Letterbox {
    /// Size of the photo.
    pub source: (usize, usize),
    /// Size after the resize.
    pub resized: (usize, usize),
    /// Size after the padding.
    pub padded: (usize, usize),
    /// Subtracted per channel, in grey levels.
    pub mean: [f32; 3],
    /// Divided by per channel, in grey levels.
    pub std: [f32; 3],
}

impl Op for Letterbox {
    fn name(&self) -> &'static str {
        "letterbox"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        let (w, h) = self.source;
        expect(inputs.len() == 1 && inputs[0].shape == [h, w] && inputs[0].dtype == DType::U32, || {
            format!("wants packed pixels [{h}, {w}]")
        })?;
        expect(w > 0 && h > 0 && self.resized.0 > 0 && self.resized.1 > 0, || "an empty picture".into())?;
        expect(self.resized.0 <= self.padded.0 && self.resized.1 <= self.padded.1, || {
            "the padded size is smaller than the resized one".into()
        })?;
        Ok(vec![Spec::f32(&[1, self.padded.1, self.padded.0, 4], None)])
    }

    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let (sw, sh) = self.source;
        let (rw, rh) = self.resized;
        let (pw, _) = self.padded;
        let pixels = io.u32(0);
        let (across, down) = (resize::taps(sw, rw), resize::taps(sh, rh));
        // Horizontal pass first; each line's pixels are unpacked once.
        let mut narrow = vec![0i32; rw * sh * 4];
        for_each_chunk(&mut narrow, rw * 4, sw * sh * 8, |y, narrow| {
            let mut line = vec![0i32; 4 * sw];
            resize::unpack(&pixels[y * sw..(y + 1) * sw], &mut line);
            resize::across(&line, &across, narrow);
        });
        // The fourth channel is zero whatever the photo's alpha is.
        let [r, g, b] = std::array::from_fn(|c| 1.0 / self.std[c]);
        let (scale, mean) = ([r, g, b, 0.0], [self.mean[0], self.mean[1], self.mean[2], 0.0]);
        for_each_chunk(io.out(0), pw * 4, rw * rh * 16, |y, out| {
            let Some((first, weights)) = down.get(y) else { return out.fill(0.0) };
            let (inside, padding) = out.split_at_mut(rw * 4);
            let lines: Vec<(usize, i32)> = weights.iter().enumerate().map(|(i, weight)| (first + i, *weight)).collect();
            let mut levels = vec![0i32; rw * 4];
            resize::down(&narrow, &lines, &mut levels);
            resize::normalise(&levels, mean, scale, inside);
            padding.fill(0.0);
        });
        Ok(())
    }

    fn kernels(&self, _io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let ((sw, sh), (w, h), (pw, ph)) = (self.source, self.resized, self.padded);
        // Pixels a filter reaches at most.
        let reach = |from: usize, to: usize| (2 * from.max(to)).div_ceil(to) + 1;
        let (column_taps, row_taps) = (reach(sw, w), reach(sh, h));
        let four = |[r, g, b]: [f32; 3]| [r, g, b, 0.0];
        let args = LetterboxArgs {
            source_width: sw as u32,
            source_height: sh as u32,
            width: w as u32,
            height: h as u32,
            padded_width: pw as u32,
            padded_height: ph as u32,
            column_taps: column_taps as u32,
            row_taps: row_taps as u32,
            mean: four(self.mean),
            deviation: four(self.std),
        };
        let filters = w * (1 + column_taps) + h * (1 + row_taps);
        let binds = vec![Bind::Input(0), Bind::Scratch(0, filters), Bind::Scratch(1, sh * w), Bind::Output(0)];
        let pass = |pass: u32, groups: [usize; 3]| Kernel {
            consts: vec![("PASS", pass)],
            binds: binds.clone(),
            groups: groups.map(|g| g as u32),
            ..Kernel::with(&args)
        };
        let passes = [[(w + h).div_ceil(64), 1, 1], [w.div_ceil(64), sh, 1], [pw.div_ceil(64), ph, 1]];
        Ok(passes.into_iter().zip(0..).map(|(groups, number)| pass(number, groups)).collect())
    }
}
