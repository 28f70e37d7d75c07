//! Frames with their skeletons: a video, or a folder of pictures.

use super::ffmpeg::{Encoder, is_video};
use crate::cli::draw::draw;
use crate::cli::failure::Failure;
use crate::cli::files::{self, Inputs, place};
use crate::cli::pictures::ending;
use crate::config::Config;
use crate::picture::Picture;
use crate::pose::Pose;
use image::{ImageFormat, RgbaImage};
use std::path::{Path, PathBuf};

/// Where drawn frames go.
pub struct Drawn {
    to: PathBuf,
    kind: Kind,
}

enum Kind {
    Folder,
    /// The size of its frames is known with the first.
    Video(Option<(Encoder, (u32, u32))>),
}

impl Drawn {
    /// Plans a video, or a folder, not among the frames that are read.
    pub fn plan(to: &Path, source: &Path, taken: &mut Inputs) -> Result<Drawn, Failure> {
        let shown = to.display();
        if is_video(to) && !to.is_dir() {
            taken.claim("--draw", to)?;
            return Ok(Drawn { to: to.into(), kind: Kind::Video(None) });
        }
        let kind = ending(to);
        if !to.is_dir() && !kind.is_empty() {
            return Err(Failure::Usage(format!(
                "--draw {shown}: frames are drawn into a .mp4, .mkv, .webm or .mov, or into a folder, not a .{kind}"
            )));
        }
        if source.is_dir() && place(source) == place(to) {
            return Err(Failure::Usage(format!(
                "--draw {shown}: the drawings would lie among the pictures they are made of: name another folder"
            )));
        }
        if to.exists() && !to.is_dir() {
            return Err(Failure::Usage(format!("--draw {shown}: this is neither a video's name nor a folder")));
        }
        // Frames may be links into that folder.
        let is_frame = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.strip_suffix(".png")
                .is_some_and(|number| number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit()))
        };
        let there = std::fs::read_dir(to).into_iter().flatten().flatten().map(|entry| entry.path());
        if let Some(read) = there.filter(is_frame).filter(|path| taken.holds(path)).min() {
            return Err(Failure::Usage(format!(
                "--draw {shown}: {} lies there, which is read by the same command: name another folder",
                read.display()
            )));
        }
        std::fs::create_dir_all(to)
            .map_err(|e| Failure::Failed(format!("{shown}: this folder for the drawings cannot be made: {e}")))?;
        Ok(Drawn { to: to.into(), kind: Kind::Folder })
    }

    /// Draws a frame: its number and its time in seconds.
    pub fn frame(
        &mut self,
        (number, time_s): (u64, f64),
        picture: &Picture,
        poses: &[Pose],
        config: &Config,
    ) -> Result<(), Failure> {
        let (x, y) = picture.scale();
        let poses: Vec<Pose> = poses.iter().map(|pose| pose.scaled(1.0 / x, 1.0 / y)).collect();
        let pixels = draw(picture, &poses, config).map_err(Failure::Failed)?;
        let size = (picture.width, picture.height);
        match &mut self.kind {
            Kind::Folder => {
                let to = self.to.join(format!("{number:06}.png"));
                let drawn = RgbaImage::from_raw(size.0, size.1, pixels).ok_or("the frame has no pixels".to_string())?;
                let mut bytes = std::io::Cursor::new(Vec::new());
                drawn.write_to(&mut bytes, ImageFormat::Png).map_err(|e| files::unwritten(&to, &e))?;
                files::write(&to, bytes.get_ref())
            }
            Kind::Video(encoder) => {
                if encoder.is_none() {
                    *encoder = Some((Encoder::new(&self.to, size)?, size));
                }
                let Some((video, first)) = encoder else { return Ok(()) };
                if *first != size {
                    let ((w, h), (w0, h0)) = (size, *first);
                    return Err(Failure::Failed(format!(
                        "frame {number} is {w} × {h} pixels and those before {w0} × {h0}, which no video can hold: name \
                         a folder for the drawings"
                    )));
                }
                video.frame(time_s, &pixels).map_err(|e| {
                    let why = video.finish().err().unwrap_or(e.to_string());
                    files::unwritten(&self.to, &why)
                })
            }
        }
    }

    /// Ends the video.
    pub fn finish(self) -> Result<(), Failure> {
        match self.kind {
            Kind::Video(Some((mut video, _))) => video.finish().map_err(|why| files::unwritten(&self.to, &why)),
            _ => Ok(()),
        }
    }
}
