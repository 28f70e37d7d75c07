//! Zip files as PyTorch writes them, for tests that need broken ones.

/// A zip of stored entries without checksums.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let size = (content.len() as u32).to_le_bytes();
        let common = [&[0; 8][..], &[0; 4], &size, &size, &(name.len() as u16).to_le_bytes(), &[0; 2]].concat();
        directory.extend([b"PK\x01\x02\0\0".as_slice(), &[0; 2], &common[..], &[0; 10]].concat());
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend([b"PK\x03\x04\0\0".as_slice(), &common, name.as_bytes(), content].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (size, at) = ((directory.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &size, &at, &[0; 2]].concat();
    [file, directory, end].concat()
}

/// A checkpoint of this pickle and one storage of these bytes.
pub fn checkpoint(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    zip(&[("c/data.pkl", pickle), ("c/byteorder", b"little"), ("c/data/0", storage)])
}

fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn number(value: i64) -> Vec<u8> {
    [b"\x8a\x08".as_slice(), &value.to_le_bytes()].concat()
}

fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".as_slice(), &items.concat(), b"t"].concat()
}

/// The pickle of a state-dict with one tensor, a view of storage 0.
pub fn pickle(name: &str, storage: (&str, i64), first: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let numbers = |list: &[i64]| tuple(&list.iter().map(|&n| number(n)).collect::<Vec<_>>());
    let id = [text("storage"), format!("ctorch\n{}\n", storage.0).into(), text("0"), text("cpu"), number(storage.1)];
    let view = [[tuple(&id), b"Q".to_vec()].concat(), number(first), numbers(shape), numbers(strides)];
    let tensor = [b"ctorch._utils\n_rebuild_tensor\n".to_vec(), tuple(&view), b"R".to_vec()].concat();
    [b"\x80\x02}(".to_vec(), text(name), tensor, b"u.".to_vec()].concat()
}
