//! What the other decoder does not tell about a JPEG, and JPEGs too large for it.

use super::shrink::{self, WORKSPACE};
use jpeg_decoder::{Decoder, PixelFormat};

/// What a JPEG's segments say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Header {
    /// The second byte of its frame's marker.
    pub frame: u8,
    /// Bits of a sample.
    pub bits: u8,
    /// Width and height.
    pub size: (u16, u16),
    /// Bytes of all its coefficients, decoded.
    pub coefficients: u64,
    /// False if there is no end marker behind the first scan.
    pub ends: bool,
    /// True if there is a scan.
    pub scan: bool,
}

impl Header {
    /// Walks over the segments up to the first scan. A thumbnail inside one has markers of its own, which are not seen.
    pub fn read(bytes: &[u8]) -> Header {
        let mut header = Header::default();
        let mut at = 2;
        while let Some(&[0xFF, marker]) = bytes.get(at..at + 2) {
            match marker {
                0xDA => {
                    header.scan = true;
                    header.ends = bytes[at..].windows(2).any(|pair| pair == [0xFF, 0xD9]);
                    return header;
                }
                0xFF => at += 1,
                0x01 | 0xD0..=0xD8 => at += 2,
                _ => {
                    let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return header };
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    if let (0xC0..=0xCF, false) = (marker, matches!(marker, 0xC4 | 0xC8 | 0xCC))
                        && let Some(frame) = bytes.get(at + 4..at + 2 + length)
                    {
                        header.see_frame(marker, frame);
                    }
                    at += 2 + length;
                }
            }
        }
        // Whatever else is there instead of a marker, the decoder has a better sentence for it.
        header.ends = at < bytes.len();
        header
    }

    fn see_frame(&mut self, marker: u8, frame: &[u8]) {
        let &[bits, h1, h2, w1, w2, count, ref components @ ..] = frame else { return };
        self.frame = marker;
        self.bits = bits;
        self.size = (u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]));
        let samples =
            components.chunks_exact(3).take(count.into()).map(|c| (u64::from(c[1] >> 4), u64::from(c[1] & 15)));
        let samples: Vec<(u64, u64)> = samples.collect();
        let most = |of: fn(&(u64, u64)) -> u64| samples.iter().map(of).max().unwrap_or(1).max(1);
        let (across, down) = (most(|s| s.0), most(|s| s.1));
        let blocks = u64::from(self.size.0).div_ceil(8 * across) * u64::from(self.size.1).div_ceil(8 * down);
        self.coefficients = blocks * 128 * samples.iter().map(|(h, v)| h * v).sum::<u64>();
    }

    /// What kind of JPEG this is, if it is one that nothing here can read.
    pub fn unread(&self) -> Option<&'static str> {
        match (self.frame, self.bits) {
            (0xC9 | 0xCA, _) => Some("an arithmetic-coded JPEG"),
            (0xC3 | 0xCB, _) => Some("a lossless JPEG"),
            (0xC5..=0xC7 | 0xCD..=0xCF, _) => Some("a hierarchical JPEG"),
            (0xC0..=0xC2, 12) => Some("a JPEG of 12 bits"),
            _ => None,
        }
    }

    /// True if it comes coarse first and then finer.
    pub fn progressive(&self) -> bool {
        self.frame == 0xC2
    }
}

/// A JPEG that is shrunk while it is decoded.
pub struct Small {
    pub width: u32,
    pub height: u32,
    /// RGBA; grey where rows are missing.
    pub rgba: Vec<u8>,
    /// Rows at the bottom that the file does not hold.
    pub missing: u32,
    pub icc: Option<Vec<u8>>,
    pub exif: Option<Vec<u8>>,
}

/// The end marker, and noise in front of it that is as good as any numbers.
const END: [u8; 2] = [0xFF, 0xD9];
const NOISE: [u8; 4096] = [0x5A; 4096];

/// Decodes at an eighth, a quarter or half of the size, the largest that is at most 1 / `by`, and averages what is too
/// much even so. Errors are sentences without a subject.
pub fn small(bytes: &[u8], header: &Header, by: u32) -> Result<Small, String> {
    if header.progressive() {
        let (width, height) = header.size;
        shrink::within_workspace(width.into(), height.into(), "progressive JPEG", header.coefficients)?;
    }
    if header.ends {
        return behind(bytes, &[], header, by);
    }
    if header.progressive() {
        return Err("the JPEG picture is cut short: fetch it again".into());
    }
    // The decoder gives nothing without an end marker, and makes up numbers for what is missing in front of it. Rows
    // that depend on what stands there are those that the file does not hold.
    let mut one = behind(bytes, &END, header, by)?;
    let other = behind(bytes, &[&NOISE[..], &END].concat(), header, by)?;
    let row = one.width as usize * 4;
    let same = one.rgba.chunks_exact(row).zip(other.rgba.chunks_exact(row)).take_while(|(a, b)| a == b).count();
    one.missing = one.height - same as u32;
    one.rgba[same * row..].as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| *pixel = [128, 128, 128, 255]);
    Ok(one)
}

/// Decodes the bytes and what is put behind them.
fn behind(bytes: &[u8], tail: &[u8], header: &Header, by: u32) -> Result<Small, String> {
    let (width, height) = (u32::from(header.size.0), u32::from(header.size.1));
    let failed = |e: jpeg_decoder::Error| format!("the JPEG picture is damaged or cut short: {e}");
    let mut decoder = Decoder::new(std::io::Read::chain(bytes, tail));
    decoder.set_max_decoding_buffer_size(WORKSPACE as usize);
    decoder.read_info().map_err(failed)?;
    let halved = [2u32, 4, 8].into_iter().find(|&n| n >= by).unwrap_or(8);
    let wanted = |side: u32| side.div_ceil(halved) as u16;
    decoder.scale(wanted(width), wanted(height)).map_err(failed)?;
    let pixels = decoder.decode().map_err(failed)?;
    let info = decoder.info().ok_or("the JPEG picture is damaged")?;
    let (wide, high) = (u32::from(info.width), u32::from(info.height));
    let rows: Vec<u8>;
    let (color, rows) = match info.pixel_format {
        PixelFormat::L8 => (image::ColorType::L8, &pixels),
        PixelFormat::L16 => (image::ColorType::L16, &pixels),
        PixelFormat::RGB24 => (image::ColorType::Rgb8, &pixels),
        PixelFormat::CMYK32 => {
            let ink = |c: u8, k: u8| (u32::from(255 - c) * u32::from(255 - k) / 255) as u8;
            rows = pixels.chunks_exact(4).flat_map(|p| [ink(p[0], p[3]), ink(p[1], p[3]), ink(p[2], p[3])]).collect();
            (image::ColorType::Rgb8, &rows)
        }
    };
    let more = shrink::factor(wide, high).map_err(|what| format!("the picture {what}"))?;
    let mut shrinker = shrink::Shrinker::new(wide, high, more);
    for row in rows.chunks_exact(wide as usize * usize::from(color.bytes_per_pixel())) {
        shrinker.push(color, row);
    }
    let (width, height) = shrinker.size();
    let exif = decoder.exif_data().map(<[u8]>::to_vec);
    Ok(Small { width, height, rgba: shrinker.rgba, missing: 0, icc: decoder.icc_profile(), exif })
}
