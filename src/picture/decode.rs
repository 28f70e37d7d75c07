//! The bytes of a picture file → upright sRGB pixels over white.

use super::decoded::Decoded;
use super::jpeg::{self, Header};
use super::pixels::{MAX_PIXELS, Picture, flatten};
use super::shrink::{self, Shrinker, WORKSPACE};
use super::{colour, kinds, tiff};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbaImage};
use std::io::Cursor;

/// Decodes. Errors are sentences without the file.
pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    if let Some(kind) = kinds::unsupported(bytes) {
        return Err(format!("{kind} pictures cannot be read here: convert it to JPEG or PNG"));
    }
    let format = image::guess_format(bytes).map_err(|_| match crate::weights::other_file(bytes) {
        Some(what) => format!("this is no picture: it is {what}"),
        None => "this is no picture of a known kind: JPEG, PNG, WebP, GIF, BMP and TIFF can be read".to_string(),
    })?;
    let mut decoded = match format {
        ImageFormat::Jpeg => jpeg(bytes)?,
        ImageFormat::Tiff => usual(bytes, format).or_else(|first| tiff::decode(bytes).unwrap_or(Err(first)))?,
        _ => usual(bytes, format)?,
    };
    if let Some(icc) = &decoded.icc
        && let Err(what) = colour::to_srgb(&mut decoded.pixels, icc)
    {
        decoded.notes.push(format!("{what}: its colours are taken as they are"));
    }
    let Decoded { pixels, full, orientation, notes, .. } = decoded;
    let turned = orientation.to_exif() > 4;
    let mut picture = DynamicImage::ImageRgba8(pixels);
    picture.apply_orientation(orientation);
    let rgba = picture.into_rgba8();
    let (width, height) = rgba.dimensions();
    let mut rgba = rgba.into_raw();
    flatten(&mut rgba);
    let full = if turned { (full.1, full.0) } else { full };
    let mut picture = Picture { width, height, rgba, full, notes };
    if full != (width, height) {
        let note = format!("is {} × {} pixels, looked at as {width} × {height}", full.0, full.1);
        picture.notes.push(note);
    }
    Ok(picture)
}

/// What speaks against a picture, in words that tell a kind that is not read from a file that is broken.
fn complaint(format: ImageFormat, e: &ImageError) -> String {
    let kind = format!("{format:?}").to_uppercase();
    match e {
        ImageError::Unsupported(e) => {
            format!("this kind of {kind} picture cannot be read here: convert it to PNG or JPEG ({e})")
        }
        ImageError::Limits(_) => format!("the {kind} picture needs more memory than is allowed: make it smaller"),
        e => format!("the {kind} picture is damaged or cut short: {e}"),
    }
}

/// By the decoder of its kind: whole if it is held so, else row by row where that is possible.
fn usual(bytes: &[u8], format: ImageFormat) -> Result<Decoded, String> {
    let failed = |e: ImageError| complaint(format, &e);
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let full = decoder.dimensions();
    if format == ImageFormat::Tiff && matches!(decoder.color_type(), ColorType::Rgb32F | ColorType::Rgba32F) {
        // It takes 1 for white, whatever numbers there are; `tiff` looks at them.
        return Err("this kind of TIFF picture cannot be read here: convert it to PNG or JPEG".into());
    }
    let by = shrink::factor(full.0, full.1).map_err(|what| format!("the picture {what}"))?;
    // 16-bit RGBA of the largest picture, and as much again for the decoder's own work.
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 16);
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let icc = decoder.icc_profile().ok().flatten();
    let pixels = if by == 1 {
        decoder.set_limits(limits).map_err(failed)?;
        DynamicImage::from_decoder(decoder).map_err(failed)?.into_rgba8()
    } else if format == ImageFormat::Png
        && let Some(pixels) = png_by_rows(bytes, by)?
    {
        pixels
    } else {
        let kind = format!("{format:?}").to_uppercase();
        // The decoders of these kinds take about as much again as what they give.
        shrink::within_workspace(full.0, full.1, &kind, decoder.total_bytes().saturating_mul(2))?;
        limits.max_alloc = Some(WORKSPACE);
        decoder.set_limits(limits).map_err(failed)?;
        let color = decoder.color_type();
        let mut whole = vec![0; decoder.total_bytes() as usize];
        decoder.read_image(&mut whole).map_err(failed)?;
        let mut shrinker = Shrinker::new(full.0, full.1, by);
        let row = full.0 as usize * usize::from(color.bytes_per_pixel());
        whole.chunks_exact(row).for_each(|row| shrinker.push(color, row));
        shrunk(shrinker)?
    };
    Ok(Decoded { pixels, full, icc, orientation, notes: Vec::new() })
}

fn shrunk(shrinker: Shrinker) -> Result<RgbaImage, String> {
    let (width, height) = shrinker.size();
    RgbaImage::from_raw(width, height, shrinker.rgba).ok_or_else(|| "the picture lacks rows: it is cut short".into())
}

/// A PNG that is shrunk as its rows come; none if they come in another order.
fn png_by_rows(bytes: &[u8], by: u32) -> Result<Option<RgbaImage>, String> {
    let failed = |e: png::DecodingError| format!("the PNG picture is damaged or cut short: {e}");
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(failed)?;
    if reader.info().interlaced {
        return Ok(None);
    }
    let color = match reader.output_color_type().0 {
        png::ColorType::Grayscale => ColorType::L8,
        png::ColorType::GrayscaleAlpha => ColorType::La8,
        png::ColorType::Rgba => ColorType::Rgba8,
        _ => ColorType::Rgb8,
    };
    let mut shrinker = Shrinker::new(reader.info().width, reader.info().height, by);
    while let Some(row) = reader.next_row().map_err(failed)? {
        shrinker.push(color, row.data());
    }
    shrunk(shrinker).map(Some)
}

/// A JPEG: named for what it is if nothing here reads it, taken as far as it goes if its end is missing.
fn jpeg(bytes: &[u8]) -> Result<Decoded, String> {
    let header = Header::read(bytes);
    if let Some(kind) = header.unread() {
        return Err(format!(
            "this is {kind}, which cannot be read here: convert it to a usual JPEG or a PNG (djpeg or ImageMagick can)"
        ));
    }
    let cut = || "the JPEG picture is cut short: fetch it again".to_string();
    if !header.scan && !header.ends {
        return Err(cut());
    }
    let (width, height) = (u32::from(header.size.0), u32::from(header.size.1));
    let by = shrink::factor(width, height).unwrap_or(1);
    let mut missing = None;
    let mut decoded = if by > 1 {
        let small = jpeg::small(bytes, &header, by)?;
        missing = Some(small.missing);
        let exif = small.exif.as_deref().and_then(Orientation::from_exif_chunk);
        let pixels = RgbaImage::from_raw(small.width, small.height, small.rgba).ok_or_else(cut)?;
        let orientation = exif.unwrap_or(Orientation::NoTransforms);
        Decoded { pixels, full: (width, height), icc: small.icc, orientation, notes: Vec::new() }
    } else {
        usual(bytes, ImageFormat::Jpeg).map_err(|e| if header.ends { e } else { cut() })?
    };
    if !header.ends {
        let blank = missing.unwrap_or_else(|| blank_rows(&decoded.pixels));
        let of = decoded.pixels.height();
        if blank * 2 > of {
            return Err(format!("{}, {} of 100 rows are missing", cut(), blank * 100 / of));
        }
        decoded.notes.push(match blank {
            0 => "has no end: fetch it again if it looks incomplete".into(),
            _ => format!("is cut short: the last {} of 100 rows are missing and left grey", (blank * 100).div_ceil(of)),
        });
    }
    Ok(decoded)
}

/// Rows at the bottom that are grey, as the decoder leaves what it does not have; none if they are too few for a row of
/// blocks.
fn blank_rows(pixels: &RgbaImage) -> u32 {
    let grey = |pixel: &image::Rgba<u8>| pixel.0[..3] == [128; 3];
    let rows = pixels.rows().rev().take_while(|row| row.clone().all(grey)).count() as u32;
    if rows < 8 { 0 } else { rows }
}
