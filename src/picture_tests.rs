use super::*;
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, Rgba};
use std::io::Cursor;

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// 48 × 32, four corners of different colours: every turn and flip of it looks different.
fn corners() -> DynamicImage {
    ImageBuffer::from_fn(48, 32, |x, y| match (x < 24, y < 16) {
        (true, true) => Rgb([200u8, 30, 30]),
        (false, true) => Rgb([30, 200, 30]),
        (true, false) => Rgb([30, 30, 200]),
        (false, false) => Rgb([200, 200, 200]),
    })
    .into()
}

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 4] {
    let at = (y * picture.width + x) as usize * 4;
    picture.rgba[at..at + 4].try_into().unwrap()
}

/// Puts an EXIF segment with this orientation behind the start marker of a JPEG.
fn with_orientation(jpeg: &[u8], orientation: u8, little: bool) -> Vec<u8> {
    let tiff: &[u8] = if little {
        &[b'I', b'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
    } else {
        &[b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    };
    let length = (2 + 6 + tiff.len() as u16).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, b"Exif\0\0", tiff, &jpeg[2..]].concat()
}

#[test]
fn every_exif_orientation_gives_the_same_upright_picture() {
    let upright = corners();
    let expected = Picture::decode(&encode(&upright, ImageFormat::Jpeg), "upright").unwrap();
    // What the sensor stored, so that the orientation's turn makes it upright again.
    let stored: [DynamicImage; 8] = [
        upright.clone(),
        upright.fliph(),
        upright.rotate180(),
        upright.flipv(),
        upright.rotate270().flipv(),
        upright.rotate270(),
        upright.rotate270().fliph(),
        upright.rotate90(),
    ];
    for (i, stored) in stored.iter().enumerate() {
        for little in [true, false] {
            let jpeg = with_orientation(&encode(stored, ImageFormat::Jpeg), i as u8 + 1, little);
            let picture = Picture::decode(&jpeg, "turned").unwrap();
            assert_eq!((picture.width, picture.height), (48, 32), "orientation {}", i + 1);
            // JPEG blocks fall differently on a turned picture: 6 grey levels at the middle of a quarter.
            for (x, y) in [(8, 8), (40, 8), (8, 24), (40, 24)] {
                let (a, b) = (pixel(&picture, x, y), pixel(&expected, x, y));
                assert!(a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 6), "orientation {}: {a:?} {b:?}", i + 1);
            }
        }
    }
}

#[test]
fn grey_sixteen_bit_alpha_and_other_kinds_become_rgb() {
    let grey: DynamicImage = ImageBuffer::from_pixel(5, 3, Luma([77u8])).into();
    let picture = Picture::decode(&encode(&grey, ImageFormat::Png), "grey.png").unwrap();
    assert_eq!(pixel(&picture, 4, 2), [77, 77, 77, 255]);
    let deep: DynamicImage = ImageBuffer::from_pixel(5, 3, Rgb([65535u16, 257 * 128, 0])).into();
    let picture = Picture::decode(&encode(&deep, ImageFormat::Png), "deep.png").unwrap();
    assert_eq!(pixel(&picture, 0, 0), [255, 128, 0, 255]);
    let deep_grey: DynamicImage = ImageBuffer::from_pixel(5, 3, Luma([257u16 * 9])).into();
    let picture = Picture::decode(&encode(&deep_grey, ImageFormat::Tiff), "deep.tif").unwrap();
    assert_eq!(pixel(&picture, 0, 0), [9, 9, 9, 255]);
    let clear: DynamicImage =
        ImageBuffer::from_fn(2, 1, |x, _| Rgba([10u8, 20, 30, if x == 0 { 0 } else { 128 }])).into();
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = Picture::decode(&encode(&clear, format), "clear").unwrap();
        assert_eq!(picture.rgba, [255, 255, 255, 255, 132, 137, 142, 255]);
    }
    for format in [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Tiff] {
        let picture = Picture::decode(&encode(&corners(), format), "other").unwrap();
        assert_eq!(pixel(&picture, 0, 0), [200, 30, 30, 255], "{format:?}");
    }
}

#[test]
fn what_is_no_picture_gets_a_sentence() {
    let complaint = |bytes: &[u8]| {
        let error = Picture::decode(bytes, "dir/a.jpg").unwrap_err().to_string();
        assert!(error.starts_with("dir/a.jpg: "), "{error}");
        error
    };
    assert!(complaint(b"").contains("empty"));
    assert!(complaint(b"Dear reader, this is a letter.").contains("no picture of a known kind"));
    assert!(complaint(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").contains("HEIC"));
    assert!(complaint(b"\0\0\0\x18ftypavif\0\0\0\0mif1avif").contains("AVIF"));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = encode(&corners(), format);
        for keep in [12, bytes.len() / 2, bytes.len() - 12] {
            let error = complaint(&bytes[..keep]);
            assert!(error.contains("cut short") || error.contains("no picture"), "{format:?} {keep}: {error}");
        }
    }
    // A thumbnail's end marker inside an EXIF segment is not the picture's.
    let jpeg = encode(&corners(), ImageFormat::Jpeg);
    let thumbnail = [&jpeg[..2], &[0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 0, 0], &jpeg[2..jpeg.len() / 2]].concat();
    assert!(complaint(&thumbnail).contains("cut short"));
}

#[test]
fn too_large_is_refused_before_anything_is_decoded() {
    // A PNG that is nothing but a header (its checksum as zlib gives it).
    let header = |width: u32, height: u32| {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        chunk.extend([8, 2, 0, 0, 0]);
        let crc = chunk.iter().fold(u32::MAX, |crc, &b| {
            (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
        });
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        png.extend(&chunk);
        png.extend((!crc).to_be_bytes());
        png.extend(b"\0\0\0\x04IDAT\0\0\0\0\0\0\0\0");
        png
    };
    for (width, height) in [(30_000, 8), (8, 30_000), (10_000, 10_000)] {
        let error = Picture::decode(&header(width, height), "wide.png").unwrap_err().to_string();
        assert!(error.contains("too large") && error.contains(&width.to_string()), "{error}");
    }
    assert!(Picture::from_rgba(30_000, 1, vec![0; 120_000]).is_err());
    assert!(Picture::from_rgba(0, 0, vec![]).is_err());
    assert!(Picture::from_rgba(2, 2, vec![0; 15]).is_err());
    assert_eq!(Picture::from_rgba(1, 1, vec![0; 4]).unwrap().rgba, [255; 4]);
}

/// A few thousand damaged files of every kind: a picture or a sentence, never a panic.
#[test]
fn damaged_files_never_panic() {
    let mut state = 3u64;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Tiff];
    let good: Vec<Vec<u8>> = formats.iter().map(|&f| encode(&corners(), f)).collect();
    for round in 0..3000 {
        let mut bytes = good[round % good.len()].clone();
        for _ in 0..1 + random(5) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes[at] ^= 1 << random(8),
                _ => drop(bytes.remove(at)),
            }
        }
        if let Ok(picture) = Picture::decode(&bytes, "damaged") {
            assert_eq!(picture.rgba.len(), picture.width as usize * picture.height as usize * 4);
        }
    }
}

#[test]
fn photo_and_network_pixels_are_each_other_s_inverse() {
    let config =
        Config::from_json(include_str!("../tests/fixtures/configs/res50_light.json"), "res50_light.json").unwrap();
    let geometry = Geometry::new(&config, 1280, 721);
    assert_eq!((geometry.resized, geometry.padded), ((1333, 751), (1344, 768)));
    let (x, y) = geometry.to_photo(1333.0, 751.0);
    assert!((x - 1280.0).abs() < 1e-3 && (y - 721.0).abs() < 1e-3);
    let (x, y) = geometry.to_network(x, y);
    assert!((x - 1333.0).abs() < 1e-3 && (y - 751.0).abs() < 1e-3);
}
