//! Where drawn pictures go, and how they are stored.

use super::draw::draw;
use super::failure::Failure;
use super::files::{self, Inputs, place};
use super::pictures::ending;
use crate::config::Config;
use crate::picture::Picture;
use crate::pose::Pose;
use image::{ImageFormat, RgbaImage};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Shares of 100 that a drawn JPEG keeps.
const QUALITY: u8 = 92;

/// A file for each picture, known before the first is drawn.
pub struct Drawings {
    folder: Option<PathBuf>,
    files: Vec<(PathBuf, ImageFormat)>,
}

impl Drawings {
    /// Plans the files for the pictures `paths` that `arguments` stand for, none of them one of `taken`.
    pub fn plan(to: &Path, arguments: &[PathBuf], paths: &[PathBuf], taken: &mut Inputs) -> Result<Drawings, Failure> {
        let one = arguments.len() == 1 && !arguments[0].is_dir();
        let kind = ending(to);
        let format = format(&kind);
        if !to.is_dir() && !kind.is_empty() {
            if one {
                let format = format.ok_or_else(|| {
                    let to = to.display();
                    Failure::Usage(format!(
                        "--draw {to}: a picture is drawn as .png, .jpg, .webp, .bmp or .tif, not .{kind}"
                    ))
                })?;
                taken.claim("--draw", to)?;
                return Ok(Drawings { folder: None, files: vec![(to.to_path_buf(), format)] });
            }
            if format.is_some() {
                let to = to.display();
                return Err(Failure::Usage(format!(
                    "--draw {to}: this is the name of one picture, name a folder for several"
                )));
            }
        }
        let among = arguments.iter().find(|folder| folder.is_dir() && place(folder) == place(to));
        if let Some(folder) = among {
            let folder = folder.display();
            return Err(Failure::Usage(format!(
                "--draw {folder}: the drawings would lie among the pictures they are made of: name another folder"
            )));
        }
        let mut names = BTreeSet::new();
        let mut files = Vec::new();
        for path in paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // Pictures of the same name from two folders: the second becomes name-2. Some disks know no capitals.
            let mut numbered = (1..).map(|n| if n == 1 { stem.clone() } else { format!("{stem}-{n}") });
            let name = numbered.find(|name| !names.contains(&name.to_lowercase())).unwrap_or(stem.clone());
            names.insert(name.to_lowercase());
            let file = to.join(format!("{name}.png"));
            taken.claim("--draw", &file)?;
            files.push((file, ImageFormat::Png));
        }
        Ok(Drawings { folder: Some(to.to_path_buf()), files })
    }

    /// Makes the folder, if it is one.
    pub fn make_folder(&self) -> Result<(), Failure> {
        self.folder.iter().try_for_each(|to| {
            std::fs::create_dir_all(to).map_err(|e| {
                Failure::Failed(format!("{}: this folder for the drawings cannot be made: {e}", to.display()))
            })
        })
    }

    /// Draws picture number `i`, in the size it was looked at.
    pub fn write(&self, i: usize, picture: &Picture, poses: &[Pose], config: &Config) -> Result<(), Failure> {
        let (to, format) = &self.files[i];
        let (x, y) = picture.scale();
        let poses: Vec<Pose> = poses.iter().map(|pose| pose.scaled(1.0 / x, 1.0 / y)).collect();
        let drawn = draw(picture, &poses, config).map_err(Failure::Failed)?;
        let drawn =
            RgbaImage::from_raw(picture.width, picture.height, drawn).ok_or("the picture has no pixels".to_string())?;
        let mut bytes = std::io::Cursor::new(Vec::new());
        let encoded = match format {
            // JPEG knows no transparency.
            ImageFormat::Jpeg => {
                let rgb = image::DynamicImage::ImageRgba8(drawn).into_rgb8();
                rgb.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, QUALITY))
            }
            format => drawn.write_to(&mut bytes, *format),
        };
        encoded.map_err(|e| files::unwritten(to, &e))?;
        files::write(to, bytes.get_ref())
    }
}

fn format(ending: &str) -> Option<ImageFormat> {
    Some(match ending {
        "png" => ImageFormat::Png,
        "jpg" | "jpeg" | "jpe" | "jfif" => ImageFormat::Jpeg,
        "webp" => ImageFormat::WebP,
        "bmp" => ImageFormat::Bmp,
        "tif" | "tiff" => ImageFormat::Tiff,
        _ => return None,
    })
}
