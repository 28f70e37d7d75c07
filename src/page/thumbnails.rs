//! Small copies of the sample pictures, for the buttons that bring them: six whole ones were the largest part of a first
//! visit but for the weights.

use super::disk::{photos, told, write};
use crate::picture::Picture;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, RgbaImage, imageops};
use std::fs;
use std::path::Path;

/// Folder of the copies, beside the pictures.
const SMALL: &str = "small";
/// What a copy covers, in pixels: a button of up to 96 × 56, on screens that have two for one.
const COVERED: (u32, u32) = (192, 112);
/// Of 100, JPEG's.
const QUALITY: u8 = 75;

/// Writes `small/NAME.jpg` for every JPEG of a folder.
pub fn make(pictures: &Path) -> Result<(), String> {
    let small = pictures.join(SMALL);
    fs::create_dir_all(&small).map_err(|e| told(&small, e))?;
    for path in &photos(pictures)? {
        let photo = Picture::open(path).map_err(|e| e.to_string())?;
        let scale =
            f64::max(f64::from(COVERED.0) / f64::from(photo.width), f64::from(COVERED.1) / f64::from(photo.height));
        let [width, height] = [photo.width, photo.height].map(|side| (f64::from(side) * scale).round() as u32);
        let large =
            RgbaImage::from_raw(photo.width, photo.height, photo.rgba).expect("a picture is width × height pixels");
        let copy = imageops::resize(&large, width, height, imageops::FilterType::CatmullRom);
        let mut bytes = Vec::new();
        DynamicImage::ImageRgba8(copy)
            .into_rgb8()
            .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))
            .map_err(|e| format!("{}: {e}", path.display()))?;
        write(&small.join(path.file_name().unwrap_or_default()), &bytes)?;
    }
    Ok(())
}
