//! Files nobody meant well: whatever the bytes, the readers answer with a tensor or a sentence, and what they allocate
//! stays in proportion to the file.
//!
//! `QUERYPOSE_CASES=1000000 cargo test --release --test fuzz` tries a million inputs on each reader.

mod archive;

use archive::{checkpoint, pickle, zip};
use proptest::prelude::*;
use proptest::test_runner::Config as Cases;
use querypose::config::Config;
use querypose::geometry::Geometry;
use querypose::infer::{Hints, infer};
use querypose::picture::{MAX_PIXELS, Picture};
use querypose::weights::Weights;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts what each thread holds, and the most it held.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that is ending has no counter any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: passes everything on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes a reader may hold at once beside the file. An opcode of one byte becomes an object of 32 that lies in a list
/// which doubles; the zip file's end is searched within 64 KiB.
fn allowed(file: usize) -> isize {
    (256 << 10) + 256 * file as isize
}

fn cases() -> Cases {
    let cases = std::env::var("QUERYPOSE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    Cases { cases, failure_persistence: None, ..Cases::default() }
}

/// Reads a weights file, infers a configuration and asks for every tensor.
fn look_into(file: &[u8]) -> Result<usize, String> {
    let before = HELD.get();
    MOST.set(before);
    let found = Weights::from_file(file, "f").map_err(|e| e.to_string()).map(|weights| {
        let _ = infer(&weights, &Hints::default());
        let shapes = weights.shapes();
        let readable = |(name, shape): (&&str, &&[usize])| {
            let stored = weights.get(name, shape);
            stored.is_ok_and(|stored| stored.to_f32().iter().all(|v| v.is_finite()))
        };
        shapes.iter().filter(|&(name, shape)| readable((name, shape))).count()
    });
    let most = MOST.get() - before;
    assert!(most <= allowed(file.len()), "{most} bytes for a file of {}", file.len());
    found
}

/// A change to a file.
#[derive(Clone, Debug)]
enum Edit {
    Set(u16, u8),
    Flip(u16, u8),
    Insert(u16, u8),
    Remove(u16),
    Cut(u16),
    /// Four bytes at once, as lengths and offsets have them.
    Number(u16, u32),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let number = prop_oneof![any::<u32>(), Just(0), Just(u32::MAX), Just(0x7fff_ffff), 0..300u32];
    let edit = prop_oneof![
        4 => (any::<u16>(), any::<u8>()).prop_map(|(at, v)| Edit::Set(at, v)),
        4 => (any::<u16>(), 0..8u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, v)| Edit::Insert(at, v)),
        1 => any::<u16>().prop_map(Edit::Remove),
        1 => any::<u16>().prop_map(Edit::Cut),
        2 => (any::<u16>(), number).prop_map(|(at, v)| Edit::Number(at, v)),
    ];
    prop::collection::vec(edit, 1..5)
}

fn edited(file: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut file = file.to_vec();
    for edit in edits {
        let place = |at: u16| usize::from(at) % file.len().max(1);
        match *edit {
            _ if file.is_empty() => break,
            Edit::Set(at, v) => {
                let at = place(at);
                file[at] = v;
            }
            Edit::Flip(at, bit) => {
                let at = place(at);
                file[at] ^= 1 << bit;
            }
            Edit::Insert(at, v) => file.insert(place(at), v),
            Edit::Remove(at) => drop(file.remove(place(at))),
            Edit::Cut(at) => file.truncate(place(at)),
            Edit::Number(at, v) => {
                let at = place(at);
                file[at..].iter_mut().zip(v.to_le_bytes()).for_each(|(to, byte)| *to = byte);
            }
        }
    }
    file
}

/// A checkpoint without the padding PyTorch writes, so that edits meet what matters.
fn dense() -> Vec<u8> {
    let view = pickle("w", ("FloatStorage", 6), 1, &[2, 2], &[1, 2]);
    checkpoint(&view, &[0; 24])
}

fn safetensors() -> Vec<u8> {
    let header = concat!(
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]},"#,
        r#""q":{"dtype":"I8","shape":[2,2],"data_offsets":[12,16]},"q.scale":{"dtype":"F32","shape":[2,1],"data_offsets":[16,24]}}"#
    );
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat()
}

/// Opcodes, numbers and texts a pickle is made of, in any order.
fn opcodes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(b"(}])tRQbsuaeNq\x85\x86\x87\x88\x94\x93\x90\x8f".to_vec()).prop_map(|code| vec![code]),
        2 => any::<u8>().prop_map(|n| vec![b'q', n]),
        2 => any::<u8>().prop_map(|n| vec![b'h', n]),
        2 => any::<u8>().prop_map(|n| vec![b'K', n]),
        1 => any::<i64>().prop_map(|n| [b"\x8a\x08".as_slice(), &n.to_le_bytes()].concat()),
        2 => prop::sample::select(vec!["storage", "0", "cpu", "model", "w"])
            .prop_map(|t| [b"X".as_slice(), &(t.len() as u32).to_le_bytes(), t.as_bytes()].concat()),
        2 => prop::sample::select(vec![
            "ctorch\nFloatStorage\n", "ctorch._utils\n_rebuild_tensor\n", "ccollections\nOrderedDict\n",
            "ctorch._utils\n_rebuild_parameter\n", "ctorch\nSize\n", "cos\nsystem\n",
        ]).prop_map(|t| t.as_bytes().to_vec()),
        1 => any::<Vec<u8>>(),
    ];
    prop::collection::vec(piece, 0..40)
        .prop_map(|pieces| [b"\x80\x02".to_vec(), pieces.concat(), b".".to_vec()].concat())
}

#[test]
fn unharmed_files_are_read() {
    let small = include_bytes!("../fixtures/pth/small.pth");
    assert_eq!(look_into(small), Ok(10), "all but f64 and i64");
    assert_eq!(look_into(&dense()), Ok(1));
    assert_eq!(look_into(&safetensors()), Ok(4));
}

#[test]
fn checkpoints() {
    let bases = [include_bytes!("../fixtures/pth/small.pth").to_vec(), dense(), dense()];
    proptest!(cases(), |(edits in edits(), base in 0..bases.len())| {
        let _ = look_into(&edited(&bases[base], &edits));
    });
}

#[test]
fn pickles() {
    proptest!(cases(), |(pickle in opcodes(), edits in edits(), wild in any::<bool>())| {
        let tensor = pickle_of_a_tensor();
        let pickle = if wild { pickle } else { edited(&tensor, &edits) };
        let _ = look_into(&zip(&[("c/data.pkl", &pickle), ("c/data/0", &[0; 24])]));
    });
}

fn pickle_of_a_tensor() -> Vec<u8> {
    pickle("w", ("FloatStorage", 6), 1, &[2, 2], &[1, 2])
}

#[test]
fn safetensors_files() {
    let base = safetensors();
    proptest!(cases(), |(edits in edits(), noise in any::<Vec<u8>>(), wild in 0..10u8)| {
        let _ = look_into(&if wild == 0 { noise } else { edited(&base, &edits) });
    });
}

#[test]
fn configurations() {
    let base = include_bytes!("../fixtures/configs/res50_light.json");
    proptest!(cases(), |(edits in edits(), noise in any::<String>(), wild in 0..10u8)| {
        let text = if wild == 0 { noise } else { String::from_utf8_lossy(&edited(base, &edits)).into_owned() };
        let before = HELD.get();
        MOST.set(before);
        if let Ok(config) = Config::from_json(&text, "c") {
            // What is accepted can be reckoned with.
            let (w, h) = config.resized(640, 480);
            prop_assert!(w > 0 && h > 0 && config.padded(w, h).0 >= w);
            prop_assert_eq!(config.joints().len(), config.keypoints.len());
        }
        prop_assert!(MOST.get() - before <= allowed(text.len()));
    });
}

/// Small pictures of every kind that is read, and a JPEG that lies on its side.
fn pictures() -> Vec<Vec<u8>> {
    use image::{DynamicImage, ImageFormat, RgbaImage};
    let pixels =
        RgbaImage::from_fn(9, 7, |x, y| image::Rgba([x as u8 * 25, y as u8 * 30, (x * y) as u8, 255 - x as u8]));
    let picture = DynamicImage::ImageRgba8(pixels);
    let encoded = |format: ImageFormat| {
        let mut file = std::io::Cursor::new(Vec::new());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
        picture.write_to(&mut file, format).expect("a picture of this kind");
        file.into_inner()
    };
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    let mut files: Vec<Vec<u8>> = [Jpeg, Png, WebP, Gif, Bmp, Tiff].map(encoded).to_vec();
    let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let turned = [&files[0][..2], exif, &files[0][2..]].concat();
    files.push(turned);
    files
}

/// Decodes a file; how large the picture is. A few bytes may well be a large picture of one colour, so it is the most
/// pixels, not the file, that bounds what is allocated.
fn decoded(file: &[u8]) -> Option<(u32, u32)> {
    let before = HELD.get();
    MOST.set(before);
    let found = Picture::decode(file, "f").ok();
    let most = MOST.get() - before;
    assert!(most <= 24 * MAX_PIXELS as isize, "{most} bytes for a file of {}", file.len());
    let picture = found?;
    assert_eq!(picture.rgba.len() as u64, u64::from(picture.width) * u64::from(picture.height) * 4);
    assert!(u64::from(picture.width) * u64::from(picture.height) <= MAX_PIXELS);
    assert!(picture.rgba.chunks_exact(4).all(|pixel| pixel[3] == 255));
    Some((picture.width, picture.height))
}

#[test]
fn unharmed_pictures_are_decoded() {
    let sizes: Vec<_> = pictures().iter().map(|file| decoded(file)).collect();
    assert_eq!(sizes, [vec![Some((9, 7)); 6], vec![Some((7, 9))]].concat());
}

#[test]
fn picture_files() {
    let bases = pictures();
    proptest!(cases(), |(edits in edits(), base in 0..bases.len(), noise in any::<Vec<u8>>(), wild in 0..20u8)| {
        let _ = decoded(&if wild == 0 { noise } else { edited(&bases[base], &edits) });
    });
}

/// Pixels from a browser, and where they come to lie in the network.
#[test]
fn pixels() {
    let config = Config::from_json(include_str!("../fixtures/configs/res50_light.json"), "c").unwrap();
    proptest!(cases(), |(w in any::<u32>(), h in any::<u32>(), bits in 0..32u32, length in 0..4096usize, fits in any::<bool>())| {
        let (w, h) = (w >> bits, h >> bits);
        let (w, h) = if fits { (w % 33, h % 33) } else { (w, h) };
        let length = if fits { (w * h * 4) as usize } else { length };
        let picture = Picture::from_rgba(w, h, vec![7; length]);
        prop_assert_eq!(picture.is_ok(), w > 0 && h > 0 && length as u64 == u64::from(w) * u64::from(h) * 4);
        let geometry = Geometry::new(&config, w.clamp(1, 16_384) as usize, h.clamp(1, 16_384) as usize);
        let (resized, padded) = (geometry.resized, geometry.padded);
        prop_assert!(resized.0 >= 1 && resized.1 >= 1 && resized.0 <= 1334 && resized.1 <= 1334);
        prop_assert!(padded.0 >= resized.0 && padded.1 >= resized.1 && padded.0 % 32 == 0 && padded.1 % 32 == 0);
        let (x, y) = geometry.to_photo(resized.0 as f32, resized.1 as f32);
        prop_assert!((x - geometry.photo.0 as f32).abs() <= 1e-3 * x && (y - geometry.photo.1 as f32).abs() <= 1e-3 * y);
    });
}
