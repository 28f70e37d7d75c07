//! What a file is that should hold something else: told by how it begins.

/// What people most often have instead of the file they meant, with what to do; none if it is nothing of that.
pub fn other_file(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("a tar archive: unpack it, or save it again if an old PyTorch wrote it");
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.starts_with(b"version https://git-lfs") {
        return Some("a pointer of Git LFS, not the file itself: run `git lfs pull`, or download the file");
    }
    let packed: [(&[u8], &str); 6] = [
        (b"\x1f\x8b", "packed with gzip: unpack it first"),
        (b"BZh", "packed with bzip2: unpack it first"),
        (b"\xfd7zXZ\0", "packed with xz: unpack it first"),
        (b"7z\xbc\xaf\x27\x1c", "packed with 7-Zip: unpack it first"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes them"),
        (b"%PDF", "a PDF document"),
    ];
    if let Some((_, what)) = packed.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(what);
    }
    let text = bytes.trim_ascii_start();
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let html: [&[u8]; 6] = [b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<!--"];
    if html.iter().any(|word| begins(word)) {
        return Some(
            "a web page: the address gave a page instead of the file, download it with the page's own link or button",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_instead_is_named() {
        let page = |text: &str| other_file(text.as_bytes()).is_some_and(|what| what.starts_with("a web page"));
        assert!(page("<!DOCTYPE html><title>Sign in</title>") && page("\n  <HTML>") && page("\u{feff}<html lang=en>"));
        assert!(!page("{}") && !page("") && !page("Dear reader, <html> is a tag."));
        assert!(other_file(b"version https://git-lfs.github.com/spec/v1\n").unwrap().contains("git lfs pull"));
        assert!(other_file(b"\x1f\x8b\x08").unwrap().contains("gzip"));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(other_file(&tar).unwrap().contains("tar"));
        assert_eq!(other_file(&[0; 512]), None);
    }
}
