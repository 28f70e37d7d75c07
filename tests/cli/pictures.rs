//! Picture files made by the test.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba};
use std::io::Cursor;

/// 80 × 60, smooth and not symmetric in any way.
pub fn photo() -> DynamicImage {
    let wave = |n: u32, m: u32, speed: f32| (127.0 + 120.0 * ((n * n + 7 * m) as f32 * speed).sin()) as u8;
    RgbImage::from_fn(80, 60, |x, y| Rgb([wave(x, y, 0.002), wave(y, x, 0.003), wave(x + y, 2 * y, 0.001)])).into()
}

pub fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// What a sensor held this way stores: EXIF orientation 1 to 8 turns it upright again.
pub fn turned(upright: &DynamicImage, orientation: u8) -> DynamicImage {
    match orientation {
        2 => upright.fliph(),
        3 => upright.rotate180(),
        4 => upright.flipv(),
        5 => upright.rotate270().flipv(),
        6 => upright.rotate270(),
        7 => upright.rotate270().fliph(),
        8 => upright.rotate90(),
        _ => upright.clone(),
    }
}

/// A PNG with an eXIf chunk of this orientation.
pub fn png_with_orientation(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let png = encode(picture, ImageFormat::Png);
    let exif = [b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
    // Signature and header chunk are 33 bytes.
    [&png[..33], &chunk(b"eXIf", &exif), &png[33..]].concat()
}

/// A JPEG with an EXIF segment of this orientation.
pub fn jpeg_with_orientation(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let jpeg = encode(picture, ImageFormat::Jpeg);
    let tiff = [b'I', b'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
    let length = (8 + tiff.len() as u16).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    let crc = body.iter().fold(u32::MAX, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    });
    [&(data.len() as u32).to_be_bytes()[..], &body, &(!crc).to_be_bytes()].concat()
}

/// A PNG that announces this size and holds next to nothing.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &[]), &chunk(b"IEND", &[])].concat()
}

/// A palette PNG of 80 × 60: the upper half is the first colour, the lower half the second.
pub fn palette_png(colours: [[u8; 3]; 2]) -> Vec<u8> {
    let header = [&80u32.to_be_bytes()[..], &60u32.to_be_bytes(), &[1, 3, 0, 0, 0]].concat();
    // Rows of 1-bit pixels behind a filter byte, in one stored (uncompressed) deflate block.
    let rows: Vec<u8> = (0..60).flat_map(|y| [&[0][..], &[if y < 30 { 0 } else { 0xFF }; 10]].concat()).collect();
    let (a, b) = rows.iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (b + a) % 65521)
    });
    let length = rows.len() as u16;
    let block = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &rows].concat();
    let zlib = [&[0x78, 0x01][..], &block, &(b << 16 | a).to_be_bytes()].concat();
    let data = [chunk(b"PLTE", colours.as_flattened()), chunk(b"IDAT", &zlib), chunk(b"IEND", &[])].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &data].concat()
}

/// The same picture with an alpha channel that hides its left half.
pub fn half_hidden(picture: &DynamicImage) -> DynamicImage {
    let mut rgba = picture.to_rgba8();
    for (x, _, pixel) in rgba.enumerate_pixels_mut() {
        *pixel = Rgba([pixel[0], pixel[1], pixel[2], if x < 40 { 0 } else { 255 }]);
    }
    rgba.into()
}
