//! Upright RGBA pixels in memory, and how many of them there may be.

use std::fmt;

/// Longest side of a picture in memory, pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a picture in memory: 50 megapixels are 200 MB as RGBA.
pub const MAX_PIXELS: u64 = 50_000_000;

/// An upright picture without transparency.
#[derive(Clone, PartialEq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width × height` pixels of R, G, B, 255, row by row from the top left.
    pub rgba: Vec<u8>,
    /// Width and height of the picture as it lies in its file, upright. More than those above if it was too large
    /// and shrunk while it was decoded; people are told in these pixels.
    pub full: (u32, u32),
    /// What is to be said about it, a sentence each: that its end is missing, that it was shrunk.
    pub notes: Vec<String>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} × {})", self.width, self.height)
    }
}

/// Why a picture cannot be used, with its name and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureError(pub(super) String);

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for PictureError {}

impl Picture {
    /// A picture from RGBA bytes that are upright already; transparency is laid over white.
    pub fn from_rgba(width: u32, height: u32, mut rgba: Vec<u8>) -> Result<Picture, PictureError> {
        check_size(width, height).map_err(|what| PictureError(format!("the picture {what}")))?;
        if rgba.len() as u64 != u64::from(width) * u64::from(height) * 4 {
            return Err(PictureError(format!(
                "{} bytes are not a picture of {width} × {height} RGBA pixels",
                rgba.len()
            )));
        }
        flatten(&mut rgba);
        Ok(Picture { width, height, rgba, full: (width, height), notes: Vec::new() })
    }

    /// Pixels of [`Picture::full`] per pixel, x and y: 1 unless the picture was shrunk.
    pub fn scale(&self) -> (f32, f32) {
        (self.full.0 as f32 / self.width as f32, self.full.1 as f32 / self.height as f32)
    }
}

/// Refuses what is too large to be held as it is. Errors are sentences without a subject.
pub(crate) fn check_size(width: u32, height: u32) -> Result<(), String> {
    if width == 0 || height == 0 {
        return Err("has no pixels".into());
    }
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!(
            "is {width} × {height} pixels, which is too large: make it smaller than {MAX_SIDE} pixels a side and \
             {} megapixels",
            MAX_PIXELS / 1_000_000
        ));
    }
    Ok(())
}

/// Lays transparent pixels over white, where a printed cut-out would lie.
pub(super) fn flatten(rgba: &mut [u8]) {
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        if alpha != 255 {
            for channel in &mut pixel[..3] {
                *channel = ((u32::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            }
            pixel[3] = 255;
        }
    }
}
