//! Pictures beyond what is held in memory are averaged over squares of pixels while their rows come in.

use super::pixels::{MAX_PIXELS, MAX_SIDE};
use image::ColorType;

/// Most pixels a shrunk picture keeps: 64 MB as RGBA, and far more than any network looks at.
const KEPT: u64 = 16_000_000;
/// Longest side and most pixels a file may announce.
const LONGEST: u32 = 1 << 18;
const MOST: u64 = 1_000_000_000;
/// Bytes a decoder may take for a picture it cannot give row by row.
pub const WORKSPACE: u64 = 1_000_000_000;

/// Pixels a side to become one: 1 for a picture that is held as it is. Errors are sentences without a subject.
pub fn factor(width: u32, height: u32) -> Result<u32, String> {
    if width == 0 || height == 0 {
        return Err("has no pixels".into());
    }
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > LONGEST || pixels > MOST {
        return Err(format!(
            "is {width} × {height} pixels, which is too large: make it smaller than {LONGEST} pixels a side and {} \
             megapixels",
            MOST / 1_000_000
        ));
    }
    if width.max(height) <= MAX_SIDE && pixels <= MAX_PIXELS {
        return Ok(1);
    }
    let fits = |by: &u32| {
        let (w, h) = (width.div_ceil(*by), height.div_ceil(*by));
        w.max(h) <= MAX_SIDE && u64::from(w) * u64::from(h) <= KEPT
    };
    Ok((2..).find(fits).unwrap_or(LONGEST))
}

/// Refuses what needs too much memory. `bytes` is what the decoder takes.
pub fn within_workspace(width: u32, height: u32, kind: &str, bytes: u64) -> Result<(), String> {
    if bytes <= WORKSPACE {
        return Ok(());
    }
    Err(format!(
        "the picture is {width} × {height} pixels, which is too large for a {kind}: {} MB would be needed, {} are \
         allowed. A baseline JPEG or a PNG that is not interlaced can be of any size up to {} megapixels",
        bytes / 1_000_000,
        WORKSPACE / 1_000_000,
        MOST / 1_000_000
    ))
}

/// Takes rows from the top, gives RGBA over white.
pub struct Shrinker {
    width: usize,
    height: usize,
    by: usize,
    /// Sums of R, G, B of the row of squares that is being filled.
    sums: Vec<[u32; 3]>,
    rows: usize,
    /// What is done.
    pub rgba: Vec<u8>,
}

impl Shrinker {
    /// For a picture of this size; `by` pixels a side become one.
    pub fn new(width: u32, height: u32, by: u32) -> Shrinker {
        let (width, height, by) = (width as usize, height as usize, by as usize);
        let cells = width.div_ceil(by);
        let rgba = Vec::with_capacity(cells * height.div_ceil(by) * 4);
        Shrinker { width, height, by, sums: vec![[0; 3]; cells], rows: 0, rgba }
    }

    /// Width and height of the result.
    pub fn size(&self) -> (u32, u32) {
        (self.width.div_ceil(self.by) as u32, self.height.div_ceil(self.by) as u32)
    }

    /// The next row.
    pub fn push(&mut self, color: ColorType, row: &[u8]) {
        let bytes = usize::from(color.bytes_per_pixel());
        let squares = row.chunks(bytes * self.by);
        for (sum, square) in self.sums.iter_mut().zip(squares) {
            for pixel in square.chunks_exact(bytes) {
                let rgb = over_white(color, pixel);
                sum.iter_mut().zip(rgb).for_each(|(sum, level)| *sum += u32::from(level));
            }
        }
        self.rows += 1;
        if self.rows.is_multiple_of(self.by) || self.rows == self.height {
            let high = (self.rows - 1) % self.by + 1;
            for (i, sum) in self.sums.iter_mut().enumerate() {
                let wide = self.by.min(self.width - i * self.by);
                let count = (high * wide) as u32;
                self.rgba.extend(sum.map(|sum| ((sum + count / 2) / count) as u8));
                self.rgba.push(255);
                *sum = [0; 3];
            }
        }
    }
}

/// A pixel of any kind as 8-bit RGB.
fn over_white(color: ColorType, pixel: &[u8]) -> [u8; 3] {
    let deep = |i: usize| u16::from_ne_bytes([pixel[2 * i], pixel[2 * i + 1]]);
    let narrow = |i: usize| ((u32::from(deep(i)) + 128) / 257) as u8;
    let lay = |rgb: [u8; 3], alpha: u8| {
        let (alpha, over) = (u32::from(alpha), 255 * (255 - u32::from(alpha)));
        rgb.map(|level| ((u32::from(level) * alpha + over + 127) / 255) as u8)
    };
    match color {
        ColorType::L8 => [pixel[0]; 3],
        ColorType::La8 => lay([pixel[0]; 3], pixel[1]),
        ColorType::Rgb8 => [pixel[0], pixel[1], pixel[2]],
        ColorType::Rgba8 => lay([pixel[0], pixel[1], pixel[2]], pixel[3]),
        ColorType::L16 => [narrow(0); 3],
        ColorType::La16 => lay([narrow(0); 3], narrow(1)),
        ColorType::Rgb16 => [0, 1, 2].map(narrow),
        ColorType::Rgba16 => lay([0, 1, 2].map(narrow), narrow(3)),
        _ => [0; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        for (size, by) in [
            ((16_384, 3000), 1),
            ((10_000, 5000), 1),
            ((10_000, 5001), 2),
            ((16_385, 10), 2),
            ((65_000, 1000), 4),
            ((16_320, 12_240), 4),
            ((200_000, 100), 13),
        ] {
            assert_eq!(factor(size.0, size.1), Ok(by), "{size:?}");
        }
        assert!(factor(0, 5).unwrap_err().contains("no pixels"));
        assert!(factor(300_000, 1).unwrap_err().contains("too large"));
        assert!(factor(100_000, 100_000).unwrap_err().contains("1000 megapixels"));
    }

    /// 5 × 3 by 2: whole squares, and those cut at the right and the bottom.
    #[test]
    fn squares_are_averaged() {
        let mut shrinker = Shrinker::new(5, 3, 2);
        for row in [[0, 10, 20, 30, 40], [10, 20, 30, 40, 60], [1, 2, 200, 255, 7]] {
            shrinker.push(ColorType::L8, &row);
        }
        assert_eq!(shrinker.size(), (3, 2));
        let grey: Vec<u8> = shrinker.rgba.iter().step_by(4).copied().collect();
        assert_eq!(grey, [10, 30, 50, 2, 228, 7]);
        assert!(shrinker.rgba.iter().skip(3).step_by(4).all(|&a| a == 255));
        let mut clear = Shrinker::new(1, 1, 2);
        clear.push(ColorType::Rgba8, &[10, 20, 30, 128]);
        assert_eq!(clear.rgba, [132, 137, 142, 255]);
    }
}
