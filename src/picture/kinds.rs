//! Kinds of picture files: by their names, and by how they begin.

/// Endings of the files that are read, in small letters.
pub const READ: [&str; 14] =
    ["jpg", "jpeg", "jpe", "jfif", "jif", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff", "btf"];

/// Endings of picture files that cannot be read here.
pub const UNREAD: [&str; 31] = [
    "heic", "heif", "hif", "avif", "avifs", "jxl", "jp2", "j2k", "jpx", "jpf", "jls", "svg", "psd", "psb", "xcf",
    "tga", "pcx", "ppm", "pgm", "exr", "hdr", "ico", "dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2", "pef",
];

/// The name of a kind that is recognised only to say so.
pub fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 11] = [
        (&[0xFF, 0x0A], "JPEG XL"),
        (b"\0\0\0\x0CJXL ", "JPEG XL"),
        (b"\0\0\0\x0CjP  ", "JPEG 2000"),
        (&[0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000"),
        (&[0xFF, 0xD8, 0xFF, 0xF7], "JPEG-LS"),
        (b"8BPS", "Photoshop"),
        (b"<svg", "SVG"),
        (b"gimp xcf", "GIMP"),
        (b"II\x2b\0\x08\0\0\0", "BigTIFF"),
        (b"MM\0\x2b\0\x08\0\0", "BigTIFF"),
        (b"\x76\x2f\x31\x01", "OpenEXR"),
    ];
    if let Some((_, kind)) = STARTS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(kind);
    }
    match (bytes.get(4..8)?, bytes.get(8..12)?) {
        (b"ftyp", b"avif" | b"avis") => Some("AVIF"),
        (b"ftyp", b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => Some("HEIC"),
        _ => None,
    }
}
