//! What the decoders of all kinds of files give.

use image::RgbaImage;
use image::metadata::Orientation;

/// What a decoder gave.
pub struct Decoded {
    /// RGBA of whatever transparency.
    pub pixels: RgbaImage,
    /// Width and height in the file.
    pub full: (u32, u32),
    pub icc: Option<Vec<u8>>,
    pub orientation: Orientation,
    pub notes: Vec<String>,
}
