//! Picture files; a browser decodes pictures itself.

use super::decode::decode;
use super::pixels::{Picture, PictureError};
use std::io::Read;

/// Longest picture file read, bytes.
const MAX_BYTES: u64 = 1_000_000_000;

impl Picture {
    /// Reads a picture file.
    pub fn open(path: &std::path::Path) -> Result<Picture, PictureError> {
        let name = path.display().to_string();
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
    pub fn decode(bytes: &[u8], name: &str) -> Result<Picture, PictureError> {
        decode(bytes).map_err(|what| PictureError(format!("{name}: {what}")))
    }
}
