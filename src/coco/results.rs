//! People found on annotated pictures: as COCO results, and as the evaluation counts them.

use super::annotations::Annotations;
use super::people::Found;
use super::truth::Truth;
use crate::pose::{CocoResult, Pose};

/// Scores from which on people are looked for: nothing that scores less can change a figure by more than a rounding.
pub const LOWEST: f32 = 0.01;

/// Most people that are looked for on a picture; the evaluation by keypoints counts no more.
pub const MOST_PEOPLE: usize = 20;

/// What was found so far.
#[derive(Debug, Default)]
pub struct Results {
    rows: Vec<Row>,
}

/// A person as in COCO's results: a pixel's centre is a whole number.
#[derive(Debug)]
struct Row {
    /// The picture's place in [`Annotations::images`].
    image: usize,
    keypoints: Vec<f32>,
    score: f32,
    bbox: [f32; 4],
}

impl Results {
    /// The people of a picture, by its place in [`Annotations::images`]. A picture that was never added counts as if
    /// nobody had been found on it.
    pub fn add(&mut self, image: usize, poses: &[Pose]) {
        self.rows.extend(poses.iter().map(|pose| {
            let CocoResult { keypoints, score, bbox, .. } = CocoResult::new(pose, 0, "");
            Row { image, keypoints, score, bbox }
        }));
    }

    /// COCO results as JSON text, a person a line, with the annotations' own ids. JSON has no word for numbers that are not
    /// finite, which become `null`; people as [`poses`](crate::pose::poses) gives them have none.
    ///
    /// Errors: serde's, of which none is known.
    pub fn to_json(&self, annotations: &Annotations) -> Result<String, String> {
        let mut text = String::from("[\n");
        for (i, row) in self.rows.iter().enumerate() {
            let image = &annotations.images[row.image];
            let person = CocoResult {
                image_id: image.id.clone(),
                file_name: image.file_name.clone(),
                category_id: annotations.person.clone(),
                keypoints: row.keypoints.clone(),
                score: row.score,
                bbox: row.bbox,
                track_id: None,
            };
            text.push_str(if i == 0 { "" } else { ",\n" });
            text.push_str(&serde_json::to_string(&person).map_err(|e| e.to_string())?);
        }
        text.push_str("\n]\n");
        Ok(text)
    }

    /// The people as the results say, so that whoever counts those counts the same.
    pub fn found(&self, annotations: &Annotations, truth: &Truth) -> Vec<Found> {
        let found = |row: &Row| {
            let keypoints = row.keypoints.as_chunks::<3>().0.iter();
            let keypoints = keypoints.map(|&[x, y, _]| [as_written(x), as_written(y)]).collect();
            let picture = *truth.places.get(annotations.images[row.image].key())?;
            Some(Found { picture, bbox: row.bbox.map(as_written), keypoints, score: as_written(row.score) })
        };
        self.rows.iter().filter_map(found).collect()
    }
}

/// The number that a reader of the results takes this for: JSON has as many digits as f32 needs, not f64.
pub fn as_written(v: f32) -> f64 {
    v.to_string().parse().unwrap_or(f64::from(v))
}
