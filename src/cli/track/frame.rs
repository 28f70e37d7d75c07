//! One frame of a video or of a folder.

use crate::picture::Picture;
use std::path::Path;

/// A frame.
pub struct Frame {
    /// Counted from 0, those left out too.
    pub number: u64,
    /// Seconds from the beginning.
    pub time_s: f64,
    /// How far this is, 0 … 1.
    pub share: f64,
    /// For messages.
    pub name: String,
    /// The video's name, or that of the frame's own file.
    pub file_name: String,
    /// Its pixels, or a sentence why there are none.
    pub picture: Result<Picture, String>,
}

/// A file's name without its folders.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
