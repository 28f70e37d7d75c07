//! What a trace's numbers mean on the photo, decoded as the answers are: boxes, scores and joints after every stage.

use crate::config::Config;
use crate::detect::Detection;
use crate::pose::{keypoints, person_score, sigmoid};

/// A tensor of a trace: its name, shape and numbers.
pub(super) type Named = (String, Vec<usize>, Vec<f32>);

/// The places of what was seen, as far as it was tapped, in photo pixels, boxes unclipped:
///
/// - `people.boxes` [count, 4], `people.scores` [count, 2] (person, class), `people.joints` [count, K, 3] (x, y, score);
/// - of every query before the first stage and after each `k`: `start.boxes` and `sk.boxes` [R, 4], `sk.scores` [R];
/// - of every decoded instance after each stage: `sk.joints` [count, K, 3].
pub(super) fn places(seen: &Detection, config: &Config) -> Vec<Named> {
    let count = seen.outputs.count;
    let joints = config.keypoints.len();
    let numbers = |name: &str| seen.outputs.values.get(name).map(|value| value.f32());
    let corners = |name: &str| numbers(name).map(|words| words.as_chunks::<4>().0);
    let on_photo = |boxes: &[[f32; 4]]| boxes.iter().flat_map(|&b| seen.geometry.box_to_photo(b)).collect::<Vec<f32>>();
    let decoded = |boxes: &[[f32; 4]], [coords, sigma]: [&str; 2]| {
        let coords = numbers(coords)?.as_chunks::<2>().0.chunks_exact(joints);
        let sigmas = numbers(sigma)?.as_chunks::<2>().0.chunks_exact(joints);
        let rows = boxes.iter().zip(coords.zip(sigmas)).take(count);
        Some(rows.map(|(corners, (c, s))| keypoints(corners, c, s, &seen.geometry)).collect::<Vec<_>>())
    };
    let flat = |people: &[Vec<crate::pose::Keypoint>]| -> Vec<f32> {
        people.iter().flatten().flat_map(|k| [k.x, k.y, k.score]).collect()
    };
    let mut all: Vec<Named> = Vec::new();

    if let (Some(boxes), Some(logits)) = (corners("boxes"), numbers("logits"))
        && let Some(people) = decoded(boxes, ["coords", "sigma"])
    {
        let scores = people.iter().zip(logits).flat_map(|(person, &logit)| {
            let class = sigmoid(logit);
            [person_score(class, person, config), class]
        });
        all.push(("people.boxes".into(), vec![people.len(), 4], on_photo(&boxes[..people.len()])));
        all.push(("people.scores".into(), vec![people.len(), 2], scores.collect()));
        all.push(("people.joints".into(), vec![people.len(), joints, 3], flat(&people)));
    }
    if let Some(boxes) = corners("s0.box.in_boxes") {
        all.push(("start.boxes".into(), vec![boxes.len(), 4], on_photo(boxes)));
    }
    let ids: Vec<usize> = seen
        .outputs
        .values
        .get("ids")
        .map_or(Vec::new(), |ids| ids.words.iter().take(count).map(|&id| id as usize).collect());
    for stage in 0..config.num_stages {
        let tap = |name: &str| format!("s{stage}.{name}");
        let Some(boxes) = corners(&tap("box.boxes")) else { continue };
        all.push((tap("boxes"), vec![boxes.len(), 4], on_photo(boxes)));
        if let Some(logits) = numbers(&tap("box.logits")) {
            all.push((tap("scores"), vec![logits.len()], logits.iter().map(|&logit| sigmoid(logit)).collect()));
        }
        let theirs: Option<Vec<[f32; 4]>> = ids.iter().map(|&id| boxes.get(id).copied()).collect();
        let taps = [tap("pose.coord"), tap("pose.sigma")];
        if let Some(people) = theirs.and_then(|boxes| decoded(&boxes, [&taps[0], &taps[1]])) {
            all.push((tap("joints"), vec![people.len(), joints, 3], flat(&people)));
        }
    }
    all
}
