use super::*;
use crate::config::Config;
use crate::geometry::Geometry;
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
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = encode(&corners(), format);
        for keep in [12, bytes.len() / 2, bytes.len() - 12] {
            let error = complaint(&bytes[..keep]);
            assert!(error.contains("cut short") || error.contains("no picture"), "{format:?} {keep}: {error}");
        }
    }
    // A thumbnail's end marker inside an EXIF segment is not the picture's.
    let jpeg = encode(&corners(), ImageFormat::Jpeg);
    let scan = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    for keep in [12, scan / 2, scan, scan + 16] {
        let error = complaint(&jpeg[..keep]);
        assert!(error.contains("cut short"), "{keep}: {error}");
    }
    let thumbnail = [&jpeg[..2], &[0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 0, 0], &jpeg[2..scan + 16]].concat();
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
    for (width, height) in [(300_000, 8), (8, 300_000), (50_000, 50_000)] {
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

/// Noise of 64 × 64, so that its JPEG has a long scan.
fn noise() -> DynamicImage {
    let level = |x: u32, y: u32| (x * 7919 + y * 104_729 + x * y * 31) as u8;
    ImageBuffer::from_fn(64, 64, |x, y| Rgb([level(x, y), level(y, x), 90])).into()
}

#[test]
fn a_jpeg_without_its_end_is_taken_as_far_as_it_goes() {
    let jpeg = encode(&noise(), ImageFormat::Jpeg);
    let whole = Picture::decode(&jpeg, "whole").unwrap();
    assert_eq!(whole.notes, [""; 0]);
    let only_the_marker = Picture::decode(&jpeg[..jpeg.len() - 2], "a.jpg").unwrap();
    assert_eq!(only_the_marker.rgba, whole.rgba, "nothing but the marker is missing");
    assert!(only_the_marker.notes[0].contains("has no end"), "{:?}", only_the_marker.notes);
    let most = Picture::decode(&jpeg[..jpeg.len() * 7 / 10], "a.jpg").unwrap();
    assert!(most.notes[0].contains("cut short: the last") && most.notes[0].contains("left grey"), "{:?}", most.notes);
    assert_eq!(most.rgba[..64 * 4 * 8], whole.rgba[..64 * 4 * 8], "the first rows are those of the picture");
    let error = Picture::decode(&jpeg[..jpeg.len() * 4 / 10], "a.jpg").unwrap_err().to_string();
    assert!(error.contains("cut short") && error.contains("rows are missing"), "{error}");
}

#[test]
fn a_jpeg_of_another_kind_is_named() {
    let jpeg = encode(&corners(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    for (marker, name) in [(0xC9, "arithmetic-coded"), (0xC3, "lossless"), (0xC5, "hierarchical")] {
        let mut other = jpeg.clone();
        other[frame + 1] = marker;
        let error = Picture::decode(&other, "a.jpg").unwrap_err().to_string();
        assert!(error.contains(name) && !error.contains("damaged"), "{error}");
    }
    let mut deep = jpeg.clone();
    deep[frame + 4] = 12;
    assert!(Picture::decode(&deep, "a.jpg").unwrap_err().to_string().contains("12 bits"));
}

/// Too large to be held: shrunk, with the right colours at the right places, and the size of the file told.
#[test]
fn what_is_too_large_is_shrunk_while_it_is_decoded() {
    let half: DynamicImage =
        ImageBuffer::from_fn(17_000, 40, |x, _| if x < 8500 { Rgb([200u8, 30, 30]) } else { Rgb([30, 30, 200]) })
            .into();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Tiff] {
        let picture = Picture::decode(&encode(&half, format), "wide").unwrap();
        assert_eq!(((picture.width, picture.height), picture.full), ((8500, 20), (17_000, 40)), "{format:?}");
        assert_eq!((picture.scale(), picture.rgba.len()), ((2.0, 2.0), 8500 * 20 * 4));
        for (x, colour) in [(0, [200, 30, 30]), (4240, [200, 30, 30]), (4260, [30, 30, 200]), (8499, [30, 30, 200])] {
            let [r, g, b, a] = pixel(&picture, x, 10);
            let near = [r, g, b].iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 4);
            assert!(near && a == 255, "{format:?} at {x}: {:?}", [r, g, b]);
        }
        assert!(
            picture.notes[0].contains("17000 × 40") && picture.notes[0].contains("8500 × 20"),
            "{:?}",
            picture.notes
        );
    }
    // Turned by its EXIF data, it is told turned.
    let turned = Picture::decode(&with_orientation(&encode(&half, ImageFormat::Jpeg), 6, true), "turned").unwrap();
    assert_eq!(((turned.width, turned.height), turned.full), ((20, 8500), (40, 17_000)));
    // A file that is cut short is shrunk as far as it goes.
    let (jpeg, header) = (encode(&noise(), ImageFormat::Jpeg), |bytes: &[u8]| jpeg::Header::read(bytes));
    let small = |bytes: &[u8]| jpeg::small(bytes, &header(bytes), 2).unwrap();
    let (whole, marker, most) = (small(&jpeg), small(&jpeg[..jpeg.len() - 2]), small(&jpeg[..jpeg.len() * 7 / 10]));
    assert_eq!((whole.missing, marker.missing, &whole.rgba), (0, 0, &marker.rgba));
    assert!((8..=17).contains(&most.missing), "{} of 32 rows", most.missing);
    let there = (32 - most.missing as usize) * 32 * 4;
    assert_eq!(most.rgba[..there], whole.rgba[..there]);
    assert!(most.rgba[there..].as_chunks::<4>().0.iter().all(|pixel| *pixel == [128, 128, 128, 255]));
    let jpeg = encode(&half, ImageFormat::Jpeg);
    let cut = Picture::decode(&jpeg[..jpeg.len() - 2], "cut").unwrap();
    assert!(cut.notes.iter().any(|note| note.contains("has no end")), "{:?}", cut.notes);
}

#[test]
fn inks_become_colours_large_or_small() {
    let cmyk = include_bytes!("../tests/fixtures/pictures/cmyk.jpg");
    let near = |found: [u8; 4], wanted: [u8; 3]| found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 6);
    let picture = Picture::decode(cmyk, "cmyk.jpg").unwrap();
    assert!(near(pixel(&picture, 8, 20), [200, 40, 60]), "{:?}", pixel(&picture, 8, 20));
    assert!(near(pixel(&picture, 56, 20), [30, 90, 220]), "{:?}", pixel(&picture, 56, 20));
    let small = jpeg::small(cmyk, &jpeg::Header::read(cmyk), 2).unwrap();
    assert_eq!((small.width, small.height), (32, 24));
    let at = |x: usize| <[u8; 4]>::try_from(&small.rgba[(10 * 32 + x) * 4..][..4]).unwrap();
    assert!(near(at(4), [200, 40, 60]) && near(at(28), [30, 90, 220]), "{:?} {:?}", at(4), at(28));
}

/// A TIFF of one strip: the tags it always has, and those given, by number.
fn tiff_file(size: (u32, u32), bits: u16, photometric: u16, format: u16, colours: &[u16], data: &[u8]) -> Vec<u8> {
    let mut tags: Vec<(u16, u16, u32, u32)> = vec![
        (256, 4, 1, size.0),
        (257, 4, 1, size.1),
        (258, 3, 1, bits.into()),
        (259, 3, 1, 1),
        (262, 3, 1, photometric.into()),
        (277, 3, 1, 1),
        (278, 4, 1, size.1),
        (279, 4, 1, data.len() as u32),
        (339, 3, 1, format.into()),
    ];
    let count = tags.len() as u32 + 1 + u32::from(!colours.is_empty());
    let behind = 8 + 2 + 12 * count + 4;
    tags.push((273, 4, 1, behind + 2 * colours.len() as u32));
    if !colours.is_empty() {
        tags.push((320, 3, colours.len() as u32, behind));
    }
    tags.sort_unstable();
    let entry = |&(tag, kind, count, value): &(u16, u16, u32, u32)| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let entries: Vec<u8> = tags.iter().flat_map(entry).collect();
    let colours: Vec<u8> = colours.iter().flat_map(|level| level.to_le_bytes()).collect();
    [&b"II*\0\x08\0\0\0"[..], &(count as u16).to_le_bytes(), &entries, &[0; 4], &colours, data].concat()
}

#[test]
fn tiffs_with_palettes_and_floats_are_read() {
    // Four colours, 2 bits each: a row of five pixels takes two bytes.
    let colours = [0xFFFFu16, 0, 0, 257 * 128, 0, 0xFFFF, 0, 257 * 128, 0, 0, 0xFFFF, 257 * 128];
    let palette = tiff_file((5, 2), 2, 3, 1, &colours, &[0b0001_1011, 0b0100_0000, 0b1110_0100, 0b1100_0000]);
    let picture = Picture::decode(&palette, "palette.tif").unwrap();
    let row = |y: u32| [0, 1, 2, 3, 4].map(|x| pixel(&picture, x, y)[..3].to_vec());
    let [red, green, blue, grey] = [vec![255, 0, 0], vec![0, 255, 0], vec![0, 0, 255], vec![128; 3]];
    assert_eq!(row(0), [&red, &green, &blue, &grey, &green].map(Clone::clone));
    assert_eq!(row(1), [&grey, &blue, &green, &red, &grey].map(Clone::clone));
    let eight = tiff_file((2, 1), 8, 3, 1, &[10; 768], &[7, 255]);
    assert_eq!(pixel(&Picture::decode(&eight, "old.tif").unwrap(), 1, 0), [10, 10, 10, 255], "8 bits for 16");
    let beyond = tiff_file((2, 1), 8, 3, 1, &colours, &[0, 4]);
    assert!(Picture::decode(&beyond, "beyond.tif").is_err(), "an index without a colour");
    // Of every width, some over two bytes; index i has the red i, and no row is as long as the other's bytes.
    for bits in 1..=8u16 {
        for width in 1..=9u32 {
            let level = |x: u32, y: u32| (x * 7 + y * 3 + 1) as u8 & (0xFF >> (8 - bits)) as u8;
            let packed = |y: u32| {
                let mut row = vec![0u8; (width as usize * usize::from(bits)).div_ceil(8)];
                for at in 0..width as usize * usize::from(bits) {
                    let bit =
                        level(at as u32 / u32::from(bits), y) >> (usize::from(bits) - 1 - at % usize::from(bits)) & 1;
                    row[at / 8] |= bit << (7 - at % 8);
                }
                row
            };
            let reds = (0..1u16 << bits).map(|i| i * 257);
            let colours: Vec<u16> = reds.chain(std::iter::repeat_n(0, 2 << bits)).collect();
            let file = tiff_file((width, 2), bits, 3, 1, &colours, &[packed(0), packed(1)].concat());
            let picture = Picture::decode(&file, "bits.tif").unwrap();
            for (x, y) in (0..width).flat_map(|x| [(x, 0), (x, 1)]) {
                assert_eq!(pixel(&picture, x, y)[0], level(x, y), "{bits} bits, {width} wide, at {x}, {y}");
            }
        }
    }

    let floats = |numbers: &[f32]| {
        let data: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        let picture = Picture::decode(&tiff_file((numbers.len() as u32, 1), 32, 1, 3, &[], &data), "f.tif").unwrap();
        let levels: Vec<u8> = picture.rgba.iter().step_by(4).copied().collect();
        (levels, picture.notes[0].clone())
    };
    assert_eq!(floats(&[0.0, 0.5, 1.0]).0, [0, 128, 255]);
    assert_eq!(floats(&[0.0, 50.0, 254.0]).0, [0, 50, 254]);
    // Three samples a pixel: red, green and blue have one white.
    let mut colours = std::io::Cursor::new(Vec::new());
    let mut encoder = ::tiff::encoder::TiffEncoder::new(&mut colours).unwrap();
    let numbers = [0.0, 51.0, 255.0, 255.0, 0.0, 102.0];
    encoder.write_image::<::tiff::encoder::colortype::RGB32Float>(2, 1, &numbers).unwrap();
    let picture = Picture::decode(colours.get_ref(), "rgb.tif").unwrap();
    assert_eq!((pixel(&picture, 0, 0), pixel(&picture, 1, 0)), ([0, 51, 255, 255], [255, 0, 102, 255]));
    assert!(picture.notes[0].contains("0 is shown black, 255 white"), "{:?}", picture.notes);
    let (levels, note) = floats(&[-10.0, 0.0, 10.0, f32::NAN]);
    assert_eq!((levels[0], levels[1], levels[2]), (0, 128, 255));
    assert!(note.contains("-10 is shown black, 10 white"), "{note}");
    let whole: Vec<u8> = [0u32, 100, 255].iter().flat_map(|v| v.to_le_bytes()).collect();
    let picture = Picture::decode(&tiff_file((3, 1), 32, 1, 2, &[], &whole), "i.tif").unwrap();
    assert_eq!(picture.rgba.iter().step_by(4).copied().collect::<Vec<u8>>(), [0, 100, 255]);
}

/// A brown, a red and a green of Display P3 as sRGB has them, by the published matrices and sRGB's curve in both; a
/// profile that is sRGB's own changes no pixel.
#[test]
fn colour_profiles_become_srgb() {
    use image::ImageEncoder;
    let stored = [[128u8, 100, 80], [200, 60, 60], [90, 160, 90]];
    let with = |profile: moxcms::ColorProfile, colour: [u8; 3]| {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(profile.encode().unwrap()).unwrap();
        encoder.write_image(&colour, 1, 1, image::ExtendedColorType::Rgb8).unwrap();
        let picture = Picture::decode(&bytes, "p3.png").unwrap();
        assert!(picture.notes.is_empty(), "{:?}", picture.notes);
        pixel(&picture, 0, 0)
    };
    let expected = [[133, 99, 77], [217, 42, 52], [61, 162, 81]];
    for (stored, expected) in stored.into_iter().zip(expected) {
        let found = with(moxcms::ColorProfile::new_display_p3(), stored);
        assert!(found.iter().zip(expected).all(|(a, b): (&u8, u8)| a.abs_diff(b) <= 1), "{found:?} {expected:?}");
        assert_eq!(with(moxcms::ColorProfile::new_srgb(), stored)[..3], stored);
    }
    // A profile that is none is told, and the colours stay.
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(vec![7; 300]).unwrap();
    encoder.write_image(&[1, 2, 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
    let picture = Picture::decode(&bytes, "odd.png").unwrap();
    assert_eq!(pixel(&picture, 0, 0), [1, 2, 3, 255]);
    assert!(picture.notes[0].contains("colour profile that cannot be used"), "{:?}", picture.notes);
    // So is one for ink, whose numbers mean something else.
    let mut ink = moxcms::ColorProfile::new_srgb().encode().unwrap();
    ink[16..20].copy_from_slice(b"CMYK");
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(ink).unwrap();
    encoder.write_image(&[1, 2, 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
    let picture = Picture::decode(&bytes, "ink.png").unwrap();
    assert_eq!(pixel(&picture, 0, 0), [1, 2, 3, 255]);
    assert_eq!(
        picture.notes,
        [
            "has a colour profile for printing or for a device (Cmyk), which is not used: its colours are taken as they are"
        ]
    );
}

/// Profiles of grey pictures: what is see-through stays so, and colours stay colours, which is said.
#[test]
fn grey_profiles_keep_alpha_and_leave_colours() {
    use image::ImageEncoder;
    let decode = |pixels: &[u8], kind: image::ExtendedColorType| {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(moxcms::ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()).unwrap();
        encoder.write_image(pixels, 2, 1, kind).unwrap();
        Picture::decode(&bytes, "grey.png").unwrap()
    };
    let picture = decode(&[55, 255, 0, 0], image::ExtendedColorType::La8);
    assert!(picture.notes.is_empty(), "{:?}", picture.notes);
    // 55 of 255 in linear light is 128 on sRGB's curve; what cannot be seen is white.
    assert!(pixel(&picture, 0, 0)[0].abs_diff(128) <= 1, "{:?}", pixel(&picture, 0, 0));
    assert_eq!(pixel(&picture, 1, 0), [255; 4]);
    let picture = decode(&[200, 10, 30, 1, 2, 3], image::ExtendedColorType::Rgb8);
    assert_eq!((pixel(&picture, 0, 0), pixel(&picture, 1, 0)), ([200, 10, 30, 255], [1, 2, 3, 255]));
    assert!(picture.notes[0].contains("colour profile for grey pictures"), "{:?}", picture.notes);
}

#[test]
fn damaged_large_jpegs_never_panic() {
    let good = encode(&noise(), ImageFormat::Jpeg);
    let mut state = 5u64;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    for _ in 0..2000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random(4) {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        let header = jpeg::Header::read(&bytes);
        if u64::from(header.size.0) * u64::from(header.size.1) < 1 << 20
            && let Ok(small) = jpeg::small(&bytes, &header, 2)
        {
            assert_eq!(small.rgba.len(), (small.width * small.height * 4) as usize);
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
