//! What the cpu engine of the command line finds, kept beside the page: answers that the page checks a graphics
//! adapter against, and the people of the sample pictures, shown before the weights are in.

use crate::detect::{Backend, Detector, Model, Options};
use crate::picture::Picture;
use crate::pose::TfjsPose;
use crate::trace;
use image::{RgbaImage, imageops};
use serde_json::{Value, json};
use std::path::Path;

/// Side of the square check picture: what the network is given is as large for any picture of this shape.
const SIDE: u32 = 96;
/// The check always decodes so many instances, whatever their scores, at the model's own size: no threshold that a last
/// bit may cross.
const PEOPLE: usize = 2;

/// A detector for a model folder on the cpu engine.
pub fn open(model: &Path) -> Result<Detector, String> {
    let model = Model::open(model).map_err(|e| e.to_string())?;
    pollster::block_on(Detector::new(model, Backend::Cpu)).map_err(|e| e.to_string())
}

/// The check picture as RGBA bytes, made from a photo, and what is to be found in it: at the model's own size, and as
/// `quick` at the smallest that pictures come to, for engines that the first picture waits for.
pub fn check(detector: &Detector, photo: &Path) -> Result<(Vec<u8>, Value), String> {
    let photo = Picture::open(photo).map_err(|e| e.to_string())?;
    let large = RgbaImage::from_raw(photo.width, photo.height, photo.rgba).expect("a picture is width × height pixels");
    let rgba = imageops::resize(&large, SIDE, SIDE, imageops::FilterType::Triangle).into_raw();
    let picture = Picture::from_rgba(SIDE, SIDE, rgba.clone()).map_err(|e| e.to_string())?;
    let config = detector.model().config();
    let poses = |size| {
        let options = Options { threshold: 0.0, max_people: PEOPLE, size: Some(size), ..Options::new(config) };
        people(detector, &picture, &options)
    };
    let own = config.image.shortest_edge;
    let smallest = config.image.adaptive_scale.as_ref().map_or(own, |scale| scale.edges[0].min(own));
    let check = json!({
        "picture": "check.rgba", "width": SIDE, "height": SIDE, "people": PEOPLE,
        "size": own, "poses": poses(own)?, "quick": { "size": smallest, "poses": poses(smallest)? },
    });
    Ok((rgba, check))
}

/// The people of a sample picture at the model's own threshold.
pub fn stored(detector: &Detector, photo: &Path) -> Result<Value, String> {
    let picture = Picture::open(photo).map_err(|e| e.to_string())?;
    let options = Options::new(detector.model().config());
    Ok(json!({ "threshold": options.threshold, "poses": people(detector, &picture, &options)? }))
}

/// Most people whose insides are stored with a sample picture: the surest. The network's own run has them all.
const TRACED: usize = 5;

/// What the network computed for a sample picture, compact: what Inside shows before the weights are in.
pub fn traced(detector: &Detector, photo: &Path) -> Result<Vec<u8>, String> {
    let picture = Picture::open(photo).map_err(|e| e.to_string())?;
    let config = detector.model().config();
    let options = Options { max_people: TRACED, wanted: trace::taps(config), ..Options::new(config) };
    let seen = pollster::block_on(detector.detect(&picture, &options)).map_err(|e| e.to_string())?;
    trace::trace(detector, &seen, true).map_err(|e| e.to_string())
}

fn people(detector: &Detector, picture: &Picture, options: &Options) -> Result<Value, String> {
    let found = pollster::block_on(detector.detect(picture, options)).map_err(|e| e.to_string())?;
    let config = detector.model().config();
    let poses: Vec<TfjsPose> = found.poses.iter().map(|pose| TfjsPose::new(pose, config)).collect();
    serde_json::to_value(poses).map_err(|e| e.to_string())
}
