//! Annotated people in the shape that the evaluation counts with: what the file lacks is computed, and that is said.

use super::annotations::{Annotations, Listed, key};
use super::outline::extent;
use super::people::Labelled;
use super::similarity::JOINTS;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What the evaluation is given.
#[derive(Debug)]
pub struct Truth {
    /// The people, nothing missing.
    pub people: Vec<Labelled>,
    /// The place of each picture there, from 0, by [`Listed::key`].
    pub places: BTreeMap<String, usize>,
    /// What was computed because the file lacks it, a sentence each.
    pub notes: Vec<String>,
}

impl Annotations {
    /// The people of these pictures for the evaluation; `names` are the model's keypoints. Errors are sentences.
    pub fn truth(&self, images: &[Listed], names: &[String]) -> Result<Truth, String> {
        self.build(images, names).map_err(|what| format!("{}: {what}", self.origin))
    }

    fn build(&self, images: &[Listed], names: &[String]) -> Result<Truth, String> {
        const COUNTED: usize = 17;
        if names.len() != COUNTED {
            return Err(format!("COCO's figures are of its {COUNTED} keypoints, and this model gives {}", names.len()));
        }
        // How far a joint may be off goes by its place, and whoever reads the results takes them in COCO's order.
        if names != JOINTS && names.iter().all(|name| JOINTS.contains(&name.as_str())) {
            return Err(format!(
                "COCO's figures are of its keypoints in its order, and this model begins with {}",
                names[0]
            ));
        }
        let mut notes = Vec::new();
        let order = self.order(names, &mut notes);
        if let Some(beyond) = order.iter().position(|&place| place >= COUNTED) {
            return Err(format!(
                "the category of people lists {} keypoints, {} behind the {COUNTED} that count",
                self.keypoints.len(),
                names[beyond]
            ));
        }
        // In the order pycocotools would have, so that equal scores come in the same order too.
        let mut sorted: Vec<&Listed> = images.iter().collect();
        let number = |image: &&Listed| image.key.parse().unwrap_or(f64::INFINITY);
        sorted.sort_by(|a, b| number(a).total_cmp(&number(b)));
        let places: BTreeMap<String, usize> = sorted.iter().zip(0..).map(|(image, n)| (image.key.clone(), n)).collect();
        let (mut people, mut areas, mut boxes, mut counts, mut nowhere) = (Vec::new(), 0, 0, 0, 0);
        for one in &self.people {
            let Some(&picture) = key(&one.image_id).and_then(|k| places.get(&k)) else { continue };
            let fail = |what: String| format!("annotation {} {what}", one.id);
            let keypoints = one.keypoints.clone().filter(|k| !k.is_empty()).unwrap_or(vec![0.0; 3 * COUNTED]);
            if keypoints.len() != 3 * COUNTED {
                return Err(fail(format!("has {} numbers as keypoints instead of {}", keypoints.len(), 3 * COUNTED)));
            }
            let keypoints: Vec<[f64; 3]> = order.iter().map(|&i| keypoints.as_chunks::<3>().0[i]).collect();
            let labelled = || keypoints.iter().filter(|k| k[2] > 0.0);
            let given = one.bbox.as_deref().filter(|bbox| !bbox.is_empty());
            let bbox: [f64; 4] = match given {
                Some(given) => given.try_into().map_err(|_| fail(format!("has a bbox of {} numbers", given.len())))?,
                None => match one.outline.bbox.or_else(|| extent(labelled().map(|k| [k[0], k[1]]))) {
                    Some(around) => {
                        boxes += 1;
                        around
                    }
                    None => {
                        nowhere += 1;
                        continue;
                    }
                },
            };
            let area = one.area.filter(|&area| area > 0.0).unwrap_or_else(|| {
                areas += 1;
                one.outline.area.filter(|&area| area > 0.0).unwrap_or(bbox[2] * bbox[3])
            });
            let count = one.num_keypoints.unwrap_or_else(|| {
                counts += 1;
                labelled().count() as f64
            });
            let crowd = match &one.iscrowd {
                Json::Null => Some(false),
                Json::Bool(crowd) => Some(*crowd),
                Json::Number(n) => n.as_f64().map(|n| n != 0.0),
                Json::String(text) => match text.trim() {
                    "0" | "false" => Some(false),
                    "1" | "true" => Some(true),
                    _ => None,
                },
                _ => None,
            };
            let crowd = crowd.ok_or_else(|| fail(format!("has the iscrowd {}, not 0 or 1", one.iscrowd)))?;
            people.push(Labelled { picture, bbox, labels: count as u64, area, crowd, keypoints });
        }
        if people.is_empty() {
            let of = if images.len() < self.images.len() { " on the pictures looked at" } else { "" };
            return Err(format!("there is not a single person annotated{of}: nothing can be counted"));
        }
        for (missing, what) in [
            (areas, "area, or 0: taken from the outline, or else from the bbox, which is larger and counts kinder"),
            (boxes, "bbox: taken from the outline or the keypoints"),
            (counts, "num_keypoints: counted"),
        ] {
            if missing > 0 {
                notes.push(format!("{missing} of {} people have no {what}", people.len()));
            }
        }
        if nowhere > 0 {
            notes.push(format!(
                "{nowhere} people have neither bbox nor outline nor keypoints: nobody knows where, so they do not count"
            ));
        }
        Ok(Truth { people, places, notes })
    }

    /// For each keypoint of the model its place in the annotations.
    fn order(&self, names: &[String], notes: &mut Vec<String>) -> Vec<usize> {
        let as_they_are = (0..names.len()).collect();
        if self.keypoints.is_empty() || self.keypoints == names {
            return as_they_are;
        }
        let place = |name: &String| self.keypoints.iter().position(|other| other == name);
        match names.iter().map(place).collect::<Option<Vec<usize>>>() {
            Some(order) => {
                notes.push("lists the keypoints in another order than the model: they are put into the model's".into());
                order
            }
            None => {
                notes.push(
                    "names the keypoints in another way than the model: they are taken in the order they have".into(),
                );
                as_they_are
            }
        }
    }
}
