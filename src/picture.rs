//! Pictures: upright RGBA pixels, where they come from, and where a network pixel lies on the photo.

#[cfg(not(target_arch = "wasm32"))]
mod colour;
#[cfg(not(target_arch = "wasm32"))]
mod decode;
#[cfg(not(target_arch = "wasm32"))]
mod jpeg;
#[cfg(not(target_arch = "wasm32"))]
mod kinds;
#[cfg(not(target_arch = "wasm32"))]
mod shrink;
#[cfg(not(target_arch = "wasm32"))]
mod tiff;

use crate::config::Config;
use std::fmt;

#[cfg(not(target_arch = "wasm32"))]
pub use kinds::{READ, UNREAD};

/// Longest side of a picture in memory, pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a picture in memory: 50 megapixels are 200 MB as RGBA.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Longest picture file read, bytes.
#[cfg(not(target_arch = "wasm32"))]
const MAX_BYTES: u64 = 1_000_000_000;

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
pub struct PictureError(String);

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

    /// Reads a picture file. Native only; a browser decodes pictures itself.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(path: &std::path::Path) -> Result<Picture, PictureError> {
        let name = path.display().to_string();
        use std::io::Read;
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path);
        let read = file.and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
        read.map_err(|e| PictureError(format!("{name}: cannot be read: {e}")))?;
        if bytes.len() as u64 > MAX_BYTES {
            let most = MAX_BYTES / 1_000_000;
            return Err(PictureError(format!("{name}: the file is larger than {most} MB, which no picture needs")));
        }
        Picture::decode(&bytes, &name)
    }

    /// Decodes JPEG, PNG, WebP, GIF (first frame), BMP and TIFF: EXIF orientation is applied, a colour profile is
    /// converted to sRGB, grey, palette, CMYK, 16-bit and float pixels become 8-bit RGB, transparency is laid over
    /// white. Sizes are checked before any pixel is decoded. `name` is the file, for the messages.
    ///
    /// A picture of more than [`MAX_PIXELS`] or [`MAX_SIDE`] is shrunk by a whole number while it is decoded, to at
    /// most 16 megapixels. That takes little more than the result for PNG and baseline JPEG, the coefficients for
    /// progressive JPEG, all pixels for the other kinds, and is refused above 1 GB.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn decode(bytes: &[u8], name: &str) -> Result<Picture, PictureError> {
        decode::decode(bytes).map_err(|what| PictureError(format!("{name}: {what}")))
    }
}

fn check_size(width: u32, height: u32) -> Result<(), String> {
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
fn flatten(rgba: &mut [u8]) {
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

/// How a photo lies in the network's input: resized, then padded at the right and the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Photo, (w, h) pixels.
    pub photo: (usize, usize),
    /// After resizing; not quite the photo's proportions, because both sides are rounded.
    pub resized: (usize, usize),
    /// After padding: the network's input.
    pub padded: (usize, usize),
}

impl Geometry {
    /// The geometry of a photo of `width` × `height` pixels for this network.
    pub fn new(config: &Config, width: usize, height: usize) -> Geometry {
        let resized = config.resized(width, height);
        let padded = config.padded(resized.0, resized.1);
        Geometry { photo: (width, height), resized, padded }
    }

    /// Photo pixels per network pixel, x and y.
    pub fn scale(&self) -> (f32, f32) {
        let over = |photo: usize, resized: usize| photo as f32 / resized as f32;
        (over(self.photo.0, self.resized.0), over(self.photo.1, self.resized.1))
    }

    /// A point of the network's input, on the photo.
    pub fn to_photo(&self, x: f32, y: f32) -> (f32, f32) {
        let (sx, sy) = self.scale();
        (x * sx, y * sy)
    }

    /// A point of the photo, in the network's input.
    pub fn to_network(&self, x: f32, y: f32) -> (f32, f32) {
        let (sx, sy) = self.scale();
        (x / sx, y / sy)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "picture_tests.rs"]
mod tests;
