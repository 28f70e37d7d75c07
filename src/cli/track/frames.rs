//! Frames of a video or of a folder, one after the other.

use super::ffmpeg::Video;
use super::frame::{Frame, file_name};
use crate::cli::failure::Failure;
use crate::cli::pictures;
use crate::picture::{MAX_PIXELS, Picture, READ, check_size};
use image::codecs::{gif::GifDecoder, png::PngDecoder};
use image::{AnimationDecoder, ImageDecoder, ImageFormat, Limits};
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// Frames a second of a folder, unless told otherwise.
const USUAL: f64 = 30.0;

/// Where they come from.
pub enum Frames {
    /// A folder's pictures, each with its number.
    Folder { files: Vec<PathBuf>, next: usize, every: usize, rate: f64 },
    /// A video that ffmpeg decodes.
    Video(Box<Video>),
}

impl Frames {
    /// Opens a video or a folder, every `every`th frame.
    pub fn open(source: &Path, every: usize, rate: Option<f64>) -> Result<Frames, Failure> {
        let name = source.display();
        if source.is_dir() {
            let (mut files, unread) = pictures::list(&[source.to_path_buf()]);
            if unread > 0 {
                return Err(Failure::Failed(match files.is_empty() {
                    true => format!("{name}: there is nothing to look at"),
                    false => format!(
                        "{name}: frames behind those that cannot be read would get wrong numbers: convert these, or take \
                         them out of the folder"
                    ),
                }));
            }
            files.sort_by(|a, b| natural(&file_name(a), &file_name(b)));
            return Ok(Frames::Folder { files, next: 0, every, rate: rate.unwrap_or(USUAL) });
        }
        std::fs::File::open(source).map_err(|e| Failure::Failed(format!("{name}: cannot be read: {e}")))?;
        let is_picture = READ.contains(&pictures::ending(source).as_str());
        if is_picture && !is_animated(source).map_err(|what| format!("{name}: the picture {what}"))? {
            return Err(Failure::Usage(format!(
                "{name}: a single picture has nobody to follow (of animated ones GIF and PNG are read): use querypose \
                 detect, or name a folder of frames"
            )));
        }
        if let (Some(_), true) = (rate, source.is_file()) {
            return Err(Failure::Usage("--fps is for folders of pictures: a video has times of its own".into()));
        }
        Video::open(source, every).map(|video| Frames::Video(Box::new(video)))
    }

    /// Files that are read.
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Frames::Folder { files, .. } => files.clone(),
            Frames::Video(video) => vec![video.path().to_path_buf()],
        }
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Frames::Video(video) => video.next_frame().transpose(),
            Frames::Folder { files, next, every, rate } => {
                let number = *next;
                let path = files.get(number)?;
                *next += *every;
                Some(Ok(Frame {
                    number: number as u64,
                    time_s: number as f64 / *rate,
                    share: (number + 1) as f64 / files.len() as f64,
                    name: path.display().to_string(),
                    file_name: file_name(path),
                    picture: Picture::open(path).map_err(|e| e.to_string()),
                }))
            }
        }
    }
}

/// True for a GIF or PNG of several frames, which ffmpeg reads as a video.
///
/// Errors: a GIF that is too large, in a sentence without a subject.
fn is_animated(path: &Path) -> Result<bool, String> {
    let Ok(file) = std::fs::File::open(path).map(std::io::BufReader::new) else { return Ok(false) };
    match image::ImageReader::new(file).with_guessed_format() {
        Ok(reader) if reader.format() == Some(ImageFormat::Gif) => {
            let Ok(mut decoder) = GifDecoder::new(reader.into_inner()) else { return Ok(false) };
            // Its frames are laid onto a canvas of this size; the limit is for their own sizes, which may be larger.
            let (width, height) = decoder.dimensions();
            check_size(width, height)?;
            let mut limits = Limits::default();
            limits.max_alloc = Some(MAX_PIXELS * 16);
            Ok(decoder.set_limits(limits).is_ok() && decoder.into_frames().take(2).count() == 2)
        }
        Ok(reader) if reader.format() == Some(ImageFormat::Png) => {
            Ok(PngDecoder::new(reader.into_inner()).is_ok_and(|decoder| decoder.is_apng().unwrap_or(false)))
        }
        _ => Ok(false),
    }
}

/// frame2 before frame10: numbers by their size, everything else letter by letter.
fn natural(a: &str, b: &str) -> Ordering {
    // A letter, or a number as if it were the digit 0, by its length and then its digits.
    let key = |text: &str| -> Vec<(char, String)> {
        let mut key: Vec<(char, String)> = Vec::new();
        for c in text.chars() {
            match (c.is_ascii_digit(), key.last_mut()) {
                (true, Some(('0', digits))) => digits.push(c),
                (true, _) => key.push(('0', c.to_string())),
                (false, _) => key.push((c, String::new())),
            }
        }
        key
    };
    let size = |(letter, digits): &(char, String)| -> (char, usize, String) {
        let digits = digits.trim_start_matches('0');
        (*letter, digits.len(), digits.to_string())
    };
    key(a).iter().map(size).cmp(key(b).iter().map(size)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_order_of_numbers() {
        let mut names =
            ["f10.png", "f9.png", "f009.png", "a1b10", "a1b2", "10.png", "2.png", "f.png", "99999999999999999999.png"];
        names.sort_by(|a, b| natural(a, b));
        let right =
            ["2.png", "10.png", "99999999999999999999.png", "a1b2", "a1b10", "f.png", "f009.png", "f9.png", "f10.png"];
        assert_eq!(names, right);
    }
}
