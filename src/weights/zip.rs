//! The directory of a zip file whose entries are stored as they are, which is all PyTorch writes.
//!
//! Nothing is unpacked, so no entry can be larger than the file; an entry that is compressed is refused.

use super::bytes::Bytes;
use std::collections::BTreeMap;

/// The end record: its length without a comment, and the longest comment.
const END: usize = 22;
const LONGEST_COMMENT: usize = 65535;
/// Bytes a directory may have: far more than any checkpoint's.
const LARGEST_DIRECTORY: u64 = 64 << 20;

/// A file in the zip.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Bytes it has.
    pub size: u64,
    /// CRC-32 of them; PyTorch writes 0 if told not to compute it.
    pub crc: u32,
    stored: bool,
    header: u64,
}

/// What lies in a zip file.
#[derive(Debug)]
pub struct Zip {
    /// Entries by name.
    pub entries: BTreeMap<String, Entry>,
    directory: u64,
}

impl Zip {
    /// True if a file begins like a zip file.
    pub fn begins(start: &[u8]) -> bool {
        start.starts_with(b"PK\x03\x04")
    }

    /// Reads the directory at the file's end.
    pub fn read(file: &Bytes<'_>) -> Result<Zip, String> {
        let cut =
            || "the zip file's directory at its end is missing: the file is cut short, fetch it again".to_string();
        let tail_at = file.len().saturating_sub((END + LONGEST_COMMENT) as u64);
        let tail = file.read(tail_at, (file.len() - tail_at) as usize)?;
        let is_end = |&at: &usize| {
            tail[at..].starts_with(b"PK\x05\x06") && at + END + u16_at(&tail, at + 20) as usize == tail.len()
        };
        let end = (0..(tail.len() + 1).saturating_sub(END)).rev().find(is_end).ok_or_else(cut)?;
        let mut size = u64::from(u32_at(&tail, end + 12));
        let mut directory = u64::from(u32_at(&tail, end + 16));
        if end >= 20 && tail[end - 20..].starts_with(b"PK\x06\x07") {
            // Zip64: a second end record with wider fields.
            let wide = file.read(u64_at(&tail, end - 12), 56)?;
            if !wide.starts_with(b"PK\x06\x06") {
                return Err(cut());
            }
            (size, directory) = (u64_at(&wide, 40), u64_at(&wide, 48));
        }
        if size > LARGEST_DIRECTORY {
            return Err(format!("the zip file's directory has {size} bytes, no checkpoint has so many entries"));
        }
        let records = file.read(directory, size as usize).map_err(|_| cut())?;
        Ok(Zip { entries: entries(&records)?, directory })
    }

    /// Where the bytes of an entry begin.
    pub fn start(&self, file: &Bytes<'_>, name: &str, entry: &Entry) -> Result<u64, String> {
        if !entry.stored {
            return Err(format!("\"{name:.200}\" is compressed, which PyTorch never does: save the checkpoint again"));
        }
        let damaged = || format!("\"{name:.200}\" does not lie where the zip file's directory says: it is damaged");
        let header = file.read(entry.header, 30).map_err(|_| damaged())?;
        if !Zip::begins(&header) {
            return Err(damaged());
        }
        let start = entry.header + 30 + u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        match start.checked_add(entry.size) {
            Some(end) if end <= self.directory => Ok(start),
            _ => Err(damaged()),
        }
    }
}

fn entries(mut records: &[u8]) -> Result<BTreeMap<String, Entry>, String> {
    let damaged = || "the zip file's directory is damaged".to_string();
    let mut all = BTreeMap::new();
    while !records.is_empty() {
        if records.len() < 46 || !records.starts_with(b"PK\x01\x02") {
            return Err(damaged());
        }
        let lengths = [28, 30, 32].map(|at| u16_at(records, at) as usize);
        let (name, rest) = records[46..].split_at_checked(lengths[0]).ok_or_else(damaged)?;
        let (extra, rest) = rest.split_at_checked(lengths[1]).ok_or_else(damaged)?;
        let (_, rest) = rest.split_at_checked(lengths[2]).ok_or_else(damaged)?;
        let mut wide = zip64(extra);
        let mut field = |at: usize| match u32_at(records, at) {
            u32::MAX => wide.next().ok_or_else(damaged),
            value => Ok(u64::from(value)),
        };
        let (size, packed, header) = (field(24)?, field(20)?, field(42)?);
        let (flags, method) = (u16_at(records, 8), u16_at(records, 10));
        let stored = method == 0 && flags & 1 == 0 && size == packed;
        let entry = Entry { size, crc: u32_at(records, 16), stored, header };
        let name = std::str::from_utf8(name).map_err(|_| damaged())?;
        if all.insert(name.to_string(), entry).is_some() {
            return Err(format!("the zip file holds \"{name:.200}\" twice"));
        }
        records = rest;
    }
    Ok(all)
}

/// The 64-bit numbers of an entry's zip64 field, in its order: size, packed size, place.
fn zip64(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut found: &[u8] = &[];
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), u16_at(extra, 2) as usize);
        let Some((field, rest)) = extra[4..].split_at_checked(length) else { break };
        if id == 1 {
            found = field;
        }
        extra = rest;
    }
    found.as_chunks::<8>().0.iter().map(|&bytes| u64::from_le_bytes(bytes))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// CRC-32 as zip files use it, eight bytes a step ("slicing by 8", Kounavis & Berry 2005).
pub fn crc32(bytes: &[u8]) -> u32 {
    static TABLES: std::sync::OnceLock<Box<[[u32; 256]; 8]>> = std::sync::OnceLock::new();
    let tables = TABLES.get_or_init(|| {
        let mut tables = Box::new([[0u32; 256]; 8]);
        for i in 0..256 {
            tables[0][i] = (0..8).fold(i as u32, |c, _| (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg()));
        }
        for k in 1..8 {
            for i in 0..256 {
                let before = tables[k - 1][i];
                tables[k][i] = (before >> 8) ^ tables[0][(before & 255) as usize];
            }
        }
        tables
    });
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut crc = u32::MAX;
    for &eight in eights {
        let word = u64::from_le_bytes(eight) ^ u64::from(crc);
        crc = (0..8).fold(0, |sum, i| sum ^ tables[7 - i][(word >> (8 * i) & 255) as usize]);
    }
    for &byte in rest {
        crc = (crc >> 8) ^ tables[0][((crc ^ u32::from(byte)) & 255) as usize];
    }
    !crc
}
