//! What the network finds in every frame; kept in a file, because looking takes minutes and tuning wants it often.

use crate::data::Photo;
use crate::scenes::{RATE, Scene};
use indicatif::ProgressBar;
use querypose::config::Config;
use querypose::detect::{Backend, Detector, Model, Options};
use querypose::follow::Follower;
use querypose::picture::Picture;
use querypose::pose::{Keypoint, Pose};
use querypose::track::TrackOptions;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// People of every frame of a scene.
pub type Frames = Vec<Vec<Pose>>;

/// Scores below the model's own threshold are kept down to this share of it.
const LOWEST: f32 = 0.5;

/// Looks at the scenes that `kept` does not have yet, with this shortest edge (px), or as streams choose it.
pub fn look(
    scenes: &[Scene],
    [photos, empty, cutouts]: [&[Photo]; 3],
    model: &Path,
    size: Option<usize>,
    kept: &Path,
) -> Result<(Vec<Frames>, Config), String> {
    let mut known: BTreeMap<String, Vec<Vec<Vec<f32>>>> =
        std::fs::read(kept).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let stamp = stamp(model)?;
    let key = |scene: &Scene| format!("{} {size:?} {stamp:x}", scene.name);
    let model = Model::open(model).map_err(|e| e.to_string())?;
    let detector = pollster::block_on(Detector::new(model, Backend::Cpu)).map_err(|e| e.to_string())?;
    let config = detector.model().config().clone();
    let wish = Options { size, ..Options::new(&config) };
    let open: Vec<&Scene> = scenes.iter().filter(|scene| !known.contains_key(&key(scene))).collect();
    let bar = ProgressBar::new(open.iter().map(|scene| scene.frames as u64).sum());
    for scene in open {
        let (mut frames, mut follower) = (Vec::new(), Follower::default());
        for frame in 0..scene.frames {
            let pixels = scene.frame(photos, empty, cutouts, frame);
            let picture = Picture::from_rgba(pixels.width(), pixels.height(), pixels.into_raw());
            let picture = picture.map_err(|e| e.to_string())?;
            let options = Options { decode_from: None, ..follower.options(&wish, None, &config) };
            let options = Options { threshold: LOWEST * config.threshold, ..options };
            let mut found = pollster::block_on(detector.detect(&picture, &options)).map_err(|e| e.to_string())?;
            frames.push(found.poses.iter().map(numbers).collect());
            // What a tracker is given decides for the next.
            found.poses.retain(|pose| pose.score >= config.threshold);
            follower.follow(frame as f64 / RATE, &mut found, TrackOptions::new(0.5, config.threshold), &config);
            bar.inc(1);
        }
        known.insert(key(scene), frames);
        std::fs::write(kept, serde_json::to_vec(&known).map_err(|e| e.to_string())?)
            .map_err(|e| format!("{}: cannot be written: {e}", kept.display()))?;
    }
    bar.finish_and_clear();
    let frames =
        |scene: &Scene| known[&key(scene)].iter().map(|people| people.iter().map(|n| pose(n)).collect()).collect();
    Ok((scenes.iter().map(frames).collect(), config))
}

/// Tells one model from another: what is kept was found by this one.
fn stamp(model: &Path) -> Result<u64, String> {
    let mut hasher = DefaultHasher::new();
    for name in ["config.json", "model.safetensors"] {
        let path = model.join(name);
        std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn numbers(pose: &Pose) -> Vec<f32> {
    let joints = pose.keypoints.iter().flat_map(|k| [k.x, k.y, k.score, k.sigma[0], k.sigma[1]]);
    [pose.score, pose.class_score].into_iter().chain(pose.bbox).chain(joints).collect()
}

fn pose(numbers: &[f32]) -> Pose {
    let joint = |&[x, y, score, sx, sy]: &[f32; 5]| Keypoint { x, y, score, sigma: [sx, sy] };
    Pose {
        id: None,
        score: numbers[0],
        class_score: numbers[1],
        bbox: [numbers[2], numbers[3], numbers[4], numbers[5]],
        keypoints: numbers[6..].as_chunks::<5>().0.iter().map(joint).collect(),
    }
}
