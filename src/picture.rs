//! Pictures: upright RGBA pixels, where they come from, and where a network pixel lies on the photo.

use crate::config::Config;
use std::fmt;

/// Longest side accepted, pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels accepted: 50 megapixels are 200 MB as RGBA.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Longest picture file read, bytes: the most pixels, uncompressed at 16 bits.
#[cfg(not(target_arch = "wasm32"))]
const MAX_BYTES: u64 = 500_000_000;

/// An upright picture without transparency.
#[derive(Clone, PartialEq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width × height` pixels of R, G, B, 255, row by row from the top left.
    pub rgba: Vec<u8>,
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
        Ok(Picture { width, height, rgba })
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

    /// Decodes JPEG, PNG, WebP, GIF (first frame), BMP and TIFF: EXIF orientation is applied, grey, palette and
    /// 16-bit pixels become 8-bit RGB, transparency is laid over white. Sizes are checked before any pixel is
    /// decoded. `name` is the file, for the messages.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn decode(bytes: &[u8], name: &str) -> Result<Picture, PictureError> {
        decode(bytes).map_err(|what| PictureError(format!("{name}: {what}")))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn decode(bytes: &[u8]) -> Result<Picture, String> {
    use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    if let Some(kind) = unsupported(bytes) {
        return Err(format!("{kind} pictures cannot be read here: convert it to JPEG or PNG"));
    }
    let format = image::guess_format(bytes).map_err(|_| {
        "this is no picture of a known kind: JPEG, PNG, WebP, GIF, BMP and TIFF can be read".to_string()
    })?;
    let kind = format!("{format:?}").to_uppercase();
    let damaged = |e: image::ImageError| format!("the {kind} picture is damaged or cut short: {e}");
    if format == ImageFormat::Jpeg && jpeg_is_cut_short(bytes) {
        return Err(format!("the {kind} picture is cut short: its end is missing, fetch it again"));
    }
    let reader = ImageReader::with_format(std::io::Cursor::new(bytes), format);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height).map_err(|what| format!("the picture {what}"))?;
    // 16-bit RGBA of the largest picture, and as much again for the decoder's own work.
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 16);
    decoder.set_limits(limits).map_err(damaged)?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    let rgba = picture.into_rgba8();
    let (width, height) = rgba.dimensions();
    let mut rgba = rgba.into_raw();
    flatten(&mut rgba);
    Ok(Picture { width, height, rgba })
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

/// Kinds that are recognised only to say so.
#[cfg(not(target_arch = "wasm32"))]
fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xFF, 0x0A]) || bytes.starts_with(b"\0\0\0\x0CJXL ") {
        return Some("JPEG XL");
    }
    match (bytes.get(4..8)?, bytes.get(8..12)?) {
        (b"ftyp", b"avif" | b"avis") => Some("AVIF"),
        (b"ftyp", b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => Some("HEIC"),
        _ => None,
    }
}

/// True if a JPEG has no end-of-image marker after its first scan; the decoder would paint the rest grey.
#[cfg(not(target_arch = "wasm32"))]
fn jpeg_is_cut_short(bytes: &[u8]) -> bool {
    let mut at = 2;
    // Segments up to the first scan carry their length; a thumbnail inside one has an end marker of its own.
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2) {
        match marker {
            0xDA => return !bytes[at..].windows(2).any(|pair| pair == [0xFF, 0xD9]),
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            _ => match bytes.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => return true,
            },
        }
    }
    // Whatever else is there instead of a marker, the decoder has a better sentence for it; the end has not.
    at >= bytes.len()
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
