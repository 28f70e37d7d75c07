//! TIFF pictures that the usual decoder refuses or takes for what they are not: palettes, and levels as floats or whole
//! numbers of other widths.

use super::decoded::Decoded;
use super::shrink;
use image::RgbaImage;
use image::metadata::Orientation;
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

const PHOTOMETRIC: u16 = 262;
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// Decodes; none if it is of yet another kind, for which the usual decoder has the sentence.
pub fn decode(bytes: &[u8]) -> Option<Result<Decoded, String>> {
    // The library knows no palettes, but reads their indices as grey levels if it is told that they are some.
    let indices = as_grey(bytes);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = shrink::WORKSPACE as usize / 4;
    let mut decoder = Decoder::new(Cursor::new(indices.as_deref().unwrap_or(bytes))).ok()?.with_limits(limits);
    let full = decoder.dimensions().ok()?;
    let (bits, channels) = match decoder.colortype().ok()? {
        ColorType::Gray(bits) => (bits, 1),
        ColorType::RGB(bits) => (bits, 3),
        _ => return None,
    };
    match shrink::factor(full.0, full.1) {
        Ok(1) => {}
        Ok(_) => {
            return Some(Err(format!("the TIFF picture of {} × {} pixels is too large for its kind", full.0, full.1)));
        }
        Err(what) => return Some(Err(format!("the picture {what}"))),
    }
    let colours = match &indices {
        Some(_) => Some(decoder.find_tag(Tag::ColorMap).ok()??.into_u16_vec().ok()?),
        None => None,
    };
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
    let icc = decoder.find_tag(Tag::IccProfile).ok().flatten().and_then(|tag| tag.into_u8_vec().ok());
    let read = match decoder.read_image() {
        Ok(read) => read,
        Err(e) => return Some(Err(format!("the TIFF picture is damaged or cut short: {e}"))),
    };
    let mut notes = Vec::new();
    let count = full.0 as usize * full.1 as usize;
    let rgba = match (colours, read) {
        (Some(colours), DecodingResult::U8(read)) => palette(&unpacked(&read, bits, full.0), &colours)?,
        (Some(_), _) => return None,
        (None, read) => {
            let (levels, note) = levels(read)?;
            notes.extend(note);
            let rgba = |pixel: &[u8]| [pixel[0], pixel[pixel.len() / 2], pixel[pixel.len() - 1], 255];
            levels.chunks_exact(channels).flat_map(rgba).collect()
        }
    };
    let pixels = RgbaImage::from_raw(full.0, full.1, rgba).filter(|_| count > 0)?;
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    Some(Ok(Decoded { pixels, full, icc, orientation, notes }))
}

/// A copy of a palette picture that says its indices are grey levels; none for another picture.
fn as_grey(bytes: &[u8]) -> Option<Vec<u8>> {
    let little = match bytes.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let first: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let first = if little { u32::from_le_bytes(first) } else { u32::from_be_bytes(first) } as usize;
    let entries = (0..usize::from(u16_at(first)?)).map(|i| first + 2 + 12 * i);
    let at = entries.into_iter().find(|&at| u16_at(at) == Some(PHOTOMETRIC))? + 8;
    if u16_at(at)? != PALETTE {
        return None;
    }
    let mut grey = bytes.to_vec();
    let value = if little { BLACK_IS_ZERO.to_le_bytes() } else { BLACK_IS_ZERO.to_be_bytes() };
    grey[at..at + 2].copy_from_slice(&value);
    Some(grey)
}

/// Indices of at most eight bits lie one behind the other, some over two bytes; a row begins with a byte of its own.
fn unpacked(read: &[u8], bits: u8, width: u32) -> Vec<u8> {
    let (width, bits) = (width as usize, usize::from(bits));
    let index = |line: &[u8], x: usize| {
        let first = x * bits;
        let both = u16::from_be_bytes([line[first / 8], line.get(first / 8 + 1).copied().unwrap_or(0)]);
        (both >> (16 - bits - first % 8)) as u8 & (0xFF >> (8 - bits))
    };
    read.chunks_exact((width * bits).div_ceil(8))
        .flat_map(|line| (0..width).map(|x| index(line, x)).collect::<Vec<u8>>())
        .collect()
}

/// A palette's colours: all reds, all greens, all blues, of 16 bits.
fn palette(indices: &[u8], colours: &[u16]) -> Option<Vec<u8>> {
    let size = colours.len() / 3;
    // Some programs write eight bits where sixteen belong.
    let narrow = colours.iter().all(|&level| level < 256);
    let level = |level: u16| if narrow { level as u8 } else { ((u32::from(level) + 128) / 257) as u8 };
    let mut rgba = Vec::with_capacity(indices.len() * 4);
    for &index in indices {
        let index = usize::from(index);
        if index >= size {
            return None;
        }
        rgba.extend([0, 1, 2].map(|channel| level(colours[channel * size + index])));
        rgba.push(255);
    }
    Some(rgba)
}

/// Numbers of any kind as levels from 0 to 255, and what was done to them.
fn levels(read: DecodingResult) -> Option<(Vec<u8>, Option<String>)> {
    let numbers: Vec<f32> = match read {
        DecodingResult::F32(v) => v,
        DecodingResult::F64(v) => v.into_iter().map(|x| x as f32).collect(),
        DecodingResult::F16(v) => v.into_iter().map(|x| x.to_f32()).collect(),
        DecodingResult::U32(v) => v.into_iter().map(|x| x as f32).collect(),
        DecodingResult::U64(v) => v.into_iter().map(|x| x as f32).collect(),
        DecodingResult::I8(v) => v.into_iter().map(f32::from).collect(),
        DecodingResult::I16(v) => v.into_iter().map(f32::from).collect(),
        DecodingResult::I32(v) => v.into_iter().map(|x| x as f32).collect(),
        DecodingResult::I64(v) => v.into_iter().map(|x| x as f32).collect(),
        _ => return None,
    };
    let finite = || numbers.iter().copied().filter(|x| x.is_finite());
    let (low, high) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    // Nobody wrote down what is white: 1 and 255 are usual, else the largest number is.
    let (black, white) = match (low, high) {
        _ if low > high => return None,
        _ if low >= 0.0 && high <= 1.0 => (0.0, 1.0),
        _ if low >= 0.0 && high <= 255.0 => (0.0, 255.0),
        _ => (low, high),
    };
    let level = |x: &f32| ((x - black) / (white - black).max(f32::MIN_POSITIVE) * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
    let note = format!("holds numbers from {low} to {high}: {black} is shown black, {white} white");
    Some((numbers.iter().map(level).collect(), Some(note)))
}
