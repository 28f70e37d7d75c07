use crate::params::Values;
use crate::weights::{Bytes, Weights};

#[path = "../../tests/fuzz/archive.rs"]
mod archive;
use archive::{checkpoint, pickle, zip};

const SMALL: &[u8] = include_bytes!("../../tests/fixtures/pth/small.pth");
const OLD: &[u8] = include_bytes!("../../tests/fixtures/pth/old.pth");

fn small() -> Weights<'static> {
    Weights::from_file(SMALL, "small.pth").unwrap()
}

fn numbers(name: &str, shape: &[usize]) -> Vec<f32> {
    small().get(name, shape).unwrap_or_else(|e| panic!("{e}")).to_f32()
}

fn complaint(bytes: Vec<u8>) -> String {
    let error = Weights::from_file(bytes, "c.pth").err().expect("must be refused").to_string();
    assert!(error.starts_with("c.pth: "), "{error}");
    error
}

/// A state-dict with one tensor over a storage of four numbers.
fn one(storage: (&str, i64), first: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    checkpoint(&pickle("w", storage, first, shape, strides), &[0; 16])
}

/// What `make.py` counted up, in every order it lies in the file.
#[test]
fn every_kind_of_tensor_is_read() {
    let count: Vec<f32> = (0..24).map(|i| i as f32).collect();
    assert_eq!(numbers("plain", &[2, 3, 4]), count);
    assert_eq!(numbers("channels_last", &[1, 2, 3, 4]), count);
    let turned: Vec<f32> = (0..4).flat_map(|c| (0..6).map(move |r| (r * 4 + c) as f32)).collect();
    assert_eq!(numbers("turned", &[4, 6]), turned);
    assert_eq!(numbers("slice", &[4]), [10.0, 11.0, 12.0, 13.0]);
    assert_eq!(numbers("columns", &[2, 2]), [23.0, 24.0, 33.0, 34.0]);
    assert_eq!(numbers("number", &[]), [3.0]);
    assert_eq!(numbers("parameter", &[2]), [1.0, 1.0]);
    assert!(numbers("empty", &[0, 4]).is_empty());
    assert!(matches!(small().get("f16", &[24]).unwrap().values, Values::F16(v) if v[23].to_f32() == 23.0));
    assert!(matches!(small().get("bf16", &[24]).unwrap().values, Values::F32(v) if v == count));
    for (name, shape, dtype) in [("f64", &[24][..], "F64"), ("i64", &[5], "I64")] {
        let error = small().get(name, shape).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(&format!("stored as {dtype}")), "{error}");
    }
    assert!(small().get("plain", &[24]).unwrap_err().to_string().contains("[2, 3, 4]"));
}

#[test]
fn a_file_may_be_read_in_pieces() {
    let read = |at: u64, length: usize| Ok(SMALL[at as usize..][..length].to_vec());
    let weights = Weights::from_file(Bytes::Pieces { length: SMALL.len() as u64, read: Box::new(read) }, "p").unwrap();
    assert_eq!(weights.get("slice", &[4]).unwrap().to_f32(), [10.0, 11.0, 12.0, 13.0]);
    let stubborn = |_: u64, _: usize| Err("the disk is gone".to_string());
    let error = Weights::from_file(Bytes::Pieces { length: 1000, read: Box::new(stubborn) }, "p").err().unwrap();
    assert!(error.to_string().contains("the disk is gone"), "{error}");
}

#[test]
fn a_flipped_bit_fails_the_checksum() {
    let zip = super::Zip::read(&SMALL.into()).unwrap();
    let (name, entry) = zip.entries.iter().find(|(name, _)| name.ends_with("data/0")).unwrap();
    let start = zip.start(&SMALL.into(), name, entry).unwrap() as usize;
    let mut bytes = SMALL.to_vec();
    bytes[start + 5] ^= 1;
    let weights = Weights::from_file(bytes, "s").unwrap();
    let error = weights.get("plain", &[2, 3, 4]).unwrap_err().to_string();
    assert!(error.contains("\"plain\"") && error.contains("checksum"), "{error}");
    assert_eq!(super::super::zip::crc32(b"123456789"), 0xCBF4_3926, "the check value of CRC-32");
}

#[test]
fn files_that_are_cut_short_or_no_checkpoints_are_refused() {
    for length in (0..SMALL.len()).step_by(7) {
        complaint(SMALL[..length].to_vec());
    }
    assert!(complaint(SMALL[..SMALL.len() - 1].to_vec()).contains("cut short"));
    assert!(complaint(OLD.to_vec()).contains("older than 1.6"));
    assert!(complaint(zip(&[("a/b", b"c")])).contains("no data.pkl"));
    assert!(complaint(zip(&[("a/data.pkl", b"N."), ("b/data.pkl", b"N.")])).contains("more than one"));
    assert!(complaint(zip(&[("a/data.pkl", b"N."), ("a/byteorder", b"big")])).contains("big-endian"));
    assert!(complaint(zip(&[("a/x", b""), ("a/x", b"")])).contains("twice"));
    let mut packed = checkpoint(b"N.", &[]);
    let method = packed.windows(4).position(|w| w == b"PK\x01\x02").unwrap() + 10;
    packed[method] = 8;
    assert!(complaint(packed).contains("compressed"));
}

#[test]
fn pickles_that_are_more_than_data_are_refused() {
    let refused = |pickle: &[u8]| complaint(checkpoint(pickle, &[0; 16]));
    let system = refused(b"\x80\x02}(X\x06\0\0\0layer1cposix\nsystem\nX\x02\0\0\0ls\x85Ru.");
    assert!(system.contains("`posix.system`") && system.contains("\"layer1\""), "{system}");
    let stacked = refused(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.");
    assert!(stacked.contains("`builtins.eval`"), "{stacked}");
    for opcode in [b'i', b'o', 0x81, 0x92, 0x82, b'P', b'0', b'2', b'S', b'I', 0x97, 0xff] {
        assert!(refused(&[0x80, 2, opcode, b'.']).contains(&format!("opcode {opcode:#04x}")), "{opcode}");
    }
    for damaged in [&b""[..], b"\x80", b"\x80\x09.", b"\x80\x02X\xff\xff\xff\xff", b"(", b"u.", b"}Ka.", b"h\0.", b"R."]
    {
        refused(damaged);
    }
    assert!(refused(b"\x80\x02N.").contains("no state-dict"));
    assert!(refused(b"\x80\x02}X\x05\0\0\0stateK\x01s.").contains("no tensors by name (its entries: state)"));
    // A million tuples in each other, and a list in itself, are only odd.
    refused(&[&b"\x80\x02)"[..], &[0x85; 1 << 20], b"."].concat());
    refused(b"\x80\x02]q\0h\0a.");
    refused(&vec![b'N'; 9 << 20]);
}

#[test]
fn tensors_that_do_not_fit_their_storage_are_refused() {
    let float = ("FloatStorage", 4);
    let good = Weights::from_file(one(float, 1, &[3], &[1]), "c").unwrap();
    assert_eq!(good.get("w", &[3]).unwrap().to_f32(), [0.0; 3]);
    let refused = |bytes: Vec<u8>, words: &str| {
        let error = complaint(bytes);
        assert!(error.contains("tensor \"w\"") && error.contains(words), "{error}");
    };
    refused(one(("FloatStorage", 5), 0, &[5], &[1]), "has only 16 bytes");
    refused(one(("DoubleStorage", 4), 0, &[4], &[1]), "has only 16 bytes");
    refused(one(("FloatStorage", -4), 0, &[4], &[1]), "negative");
    refused(one(("FloatStorage", i64::MAX), 0, &[4], &[1]), "has only");
    for (first, shape, strides) in [
        (2, &[3][..], &[1][..]),
        (0, &[5], &[1]),
        (0, &[2], &[4]),
        (-1, &[2], &[1]),
        (0, &[-2], &[1]),
        (0, &[2], &[-1]),
        // The zip bomb of tensors: one number shown a million times.
        (0, &[1 << 20], &[0]),
        (0, &[1 << 40, 1 << 40], &[0, 0]),
        (0, &[2], &[i64::MAX]),
        (0, &[2, 2], &[1]),
        (5, &[0], &[1]),
    ] {
        refused(one(float, first, shape, strides), "does not fit its storage of 4 numbers");
    }
    let lost = zip(&[("c/data.pkl", &pickle("w", float, 0, &[4], &[1]))]);
    refused(lost, "\"c/data/0\", which is missing");
    // Many tensors may share a storage, but not without end.
    let (tensor, mut all) = (pickle("w", float, 0, &[4], &[1]), b"\x80\x02}(".to_vec());
    let entry = &tensor[4..tensor.len() - 2];
    (0..300).for_each(|_| all.extend(entry));
    all.extend(b"u.");
    assert!(complaint(checkpoint(&all, &[0; 16])).contains("comes twice"));
}
