//! Files and folders of a build, with errors that name them.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file, replacing what was there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|e| told(path, e))
}

/// A file itself, or every file below a folder. What a link leads to is somebody else's: the link is a file.
pub(super) fn files_below(path: PathBuf) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() || path.is_symlink() {
        return Ok(vec![path]);
    }
    let mut files = Vec::new();
    for entry in entries(&path)? {
        files.extend(files_below(entry)?);
    }
    Ok(files)
}

/// A folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|e| told(to, e))?;
    for path in entries(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|e| told(&path, e))?;
        }
    }
    Ok(())
}

/// The JPEGs of a folder itself, sorted.
pub(super) fn photos(folder: &Path) -> Result<Vec<PathBuf>, String> {
    Ok(entries(folder)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "jpg")).collect())
}

/// What is in a folder, sorted.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let list = fs::read_dir(folder).map_err(|e| told(folder, e))?;
    let mut paths: Vec<PathBuf> = list.flatten().map(|e| e.path()).collect();
    paths.sort();
    Ok(paths)
}

/// The folders in a folder; none where there is none.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    Ok(entries(folder)?.into_iter().filter(|p| p.is_dir()).collect())
}

/// Where in `to` the folders in `from` have been copied to: what else lies there is somebody else's.
pub(super) fn copied(from: &Path, to: &Path) -> Result<Vec<PathBuf>, String> {
    Ok(folders(from)?.iter().map(|folder| to.join(folder.file_name().unwrap_or_default())).collect())
}

/// A path below `out`, with slashes.
pub(super) fn relative(path: &Path, out: &Path) -> String {
    path.strip_prefix(out).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// A file system error with the path it is about.
pub(super) fn told(path: &Path, error: std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// The digest of `bytes` as 64 hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
