//! Skeletons over a picture, drawn like the page draws them: a colour per person, a thin dark edge that reads on
//! snow and at night, left and right by tone, unsure joints faint.

use crate::config::Config;
use crate::picture::Picture;
use crate::pose::{Keypoint, Pose};
use serde::Deserialize;
use std::sync::LazyLock;
use tiny_skia::{Color, FillRule, IntSize, LineCap, Paint, PathBuilder, Pixmap, Stroke, Transform};

/// The page's own table: what follows `export default` in its module is JSON.
const TABLE: &str = include_str!("../../www/lib/drawing.js");
/// The page's `edge` without its opacity, which is drawn thinner here.
const EDGE: [u8; 3] = [20, 20, 20];

/// How people are drawn; see `www/lib/drawing.js`.
#[derive(Deserialize)]
struct Drawing {
    people: Vec<String>,
    limbs: Vec<(String, String)>,
    tones: Tones,
    opacity: Fading,
}

#[derive(Deserialize)]
struct Tones {
    left: f32,
    right: f32,
}

#[derive(Deserialize)]
struct Fading {
    least: f32,
    from: f32,
    to: f32,
}

static DRAWING: LazyLock<Drawing> = LazyLock::new(|| {
    let (_, json) = TABLE.split_once("export default").expect("drawing.js has a default export");
    serde_json::from_str(json.trim().trim_end_matches(';')).expect("drawing.js exports JSON")
});

/// The colour of a person, by its place in the list.
fn colour(person: usize) -> [u8; 3] {
    let hex = &DRAWING.people[person % DRAWING.people.len()];
    [1, 3, 5].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("drawing.js has colours of six digits"))
}

/// The picture with its people over it, RGBA like [`Picture::rgba`].
pub fn draw(picture: &Picture, poses: &[Pose], config: &Config) -> Result<Vec<u8>, String> {
    let size = IntSize::from_wh(picture.width, picture.height);
    let canvas = size.and_then(|size| Pixmap::from_vec(picture.rgba.clone(), size));
    let mut canvas = canvas.ok_or("the picture has no pixels to draw on")?;
    let joint = |name: &str| config.keypoints.iter().position(|k| k == name);
    let limbs: Vec<(usize, usize)> = DRAWING.limbs.iter().filter_map(|(a, b)| Some((joint(a)?, joint(b)?))).collect();
    // The best person is drawn last, on top.
    for (i, pose) in poses.iter().enumerate().rev() {
        // Who is known keeps the colour from frame to frame.
        let colour = colour(pose.id.map_or(i, |id| id as usize - 1));
        let width = line_width(picture, pose);
        for &(a, b) in &limbs {
            let (from, to) = (pose.keypoints[a], pose.keypoints[b]);
            let opacity = opacity(from).min(opacity(to));
            let tone = toned(colour, side(&config.keypoints[a]) + side(&config.keypoints[b]));
            line(&mut canvas, from, to, width + 2.0, EDGE, opacity * 0.7);
            line(&mut canvas, from, to, width, tone, opacity);
        }
        for (k, name) in pose.keypoints.iter().zip(&config.keypoints) {
            dot(&mut canvas, *k, width * 0.9 + 1.0, EDGE, opacity(*k) * 0.7);
            dot(&mut canvas, *k, width * 0.9, toned(colour, side(name)), opacity(*k));
        }
    }
    Ok(canvas.take())
}

/// Thicker on larger people, never hidden on small ones.
fn line_width(picture: &Picture, pose: &Pose) -> f32 {
    let [x1, y1, x2, y2] = pose.bbox;
    let most = picture.width.max(picture.height) as f32 / 120.0;
    (((x2 - x1) * (y2 - y1)).sqrt() / 50.0).min(most).max(2.0)
}

/// −1 for the person's left, 1 for the right, 0 for the middle.
fn side(name: &str) -> i32 {
    i32::from(name.starts_with("right_")) - i32::from(name.starts_with("left_"))
}

/// Left lighter, right darker; sums of two joints that cancel are the middle.
fn toned(colour: [u8; 3], side: i32) -> [u8; 3] {
    let towards = |end: f32, share: f32| colour.map(|c| (f32::from(c) + (end - f32::from(c)) * share) as u8);
    match side.signum() {
        -1 => towards(255.0, DRAWING.tones.left),
        1 => towards(0.0, DRAWING.tones.right),
        _ => colour,
    }
}

/// Unsure joints fade, none vanishes.
fn opacity(k: Keypoint) -> f32 {
    let Fading { least, from, to } = DRAWING.opacity;
    least + (1.0 - least) * ((k.score - from) / (to - from)).clamp(0.0, 1.0)
}

fn paint([r, g, b]: [u8; 3], opacity: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba8(r, g, b, (opacity.clamp(0.0, 1.0) * 255.0) as u8));
    paint
}

fn line(canvas: &mut Pixmap, from: Keypoint, to: Keypoint, width: f32, colour: [u8; 3], opacity: f32) {
    let mut path = PathBuilder::new();
    path.move_to(from.x, from.y);
    path.line_to(to.x, to.y);
    let stroke = Stroke { width, line_cap: LineCap::Round, ..Stroke::default() };
    // A path is None where it has no length or lies at infinity: nothing to draw.
    if let Some(path) = path.finish() {
        canvas.stroke_path(&path, &paint(colour, opacity), &stroke, Transform::identity(), None);
    }
}

fn dot(canvas: &mut Pixmap, at: Keypoint, radius: f32, colour: [u8; 3], opacity: f32) {
    if let Some(path) = PathBuilder::from_circle(at.x, at.y, radius) {
        canvas.fill_path(&path, &paint(colour, opacity), FillRule::Winding, Transform::identity(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::from_json(include_str!("../../tests/fixtures/configs/tiny_light.json"), "tiny_light.json").unwrap()
    }

    fn standing(score: f32, x: f32) -> Pose {
        let at = |i: usize| Keypoint { x: x + (i % 2) as f32 * 20.0, y: 10.0 + i as f32 * 5.0, score, sigma: [0.0; 2] };
        Pose {
            id: None,
            score,
            class_score: score,
            keypoints: (0..17).map(at).collect(),
            bbox: [0.0, 0.0, 100.0, 100.0],
        }
    }

    #[test]
    fn sure_joints_are_bold_and_unsure_ones_faint() {
        let white = Picture::from_rgba(100, 100, vec![255; 40_000]).unwrap();
        let ink = |score: f32| -> u64 {
            let drawn = draw(&white, &[standing(score, 40.0)], &config()).unwrap();
            drawn.iter().map(|&b| u64::from(255 - b)).sum()
        };
        assert!(ink(0.9) > 2 * ink(0.1) && ink(0.1) > 0);
        assert_eq!(draw(&white, &[], &config()).unwrap(), white.rgba);
    }

    #[test]
    fn people_outside_the_picture_or_at_absurd_places_do_no_harm() {
        let white = Picture::from_rgba(10, 10, vec![255; 400]).unwrap();
        for x in [-1e3, 1e3, 1e9, -1e30, f32::MAX] {
            assert_eq!(draw(&white, &[standing(0.9, x)], &config()).unwrap().len(), 400);
        }
    }

    #[test]
    fn left_is_lighter_than_right() {
        let sum = |c: [u8; 3]| c.iter().map(|&v| u32::from(v)).sum::<u32>();
        for colour in (0..DRAWING.people.len()).map(colour) {
            assert!(sum(toned(colour, -2)) > sum(colour) && sum(toned(colour, 1)) < sum(colour));
        }
    }
}
