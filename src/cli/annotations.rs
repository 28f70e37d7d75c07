//! COCO annotations as other people write them: read and checked before anything is computed, and put into the shape
//! that the evaluation counts with.

use crate::coco::Labelled;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// A picture that annotations name.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// As it stands there: a number or a text.
    pub id: Json,
    /// As it stands there, often with a folder.
    pub file_name: String,
    /// What ids are compared by.
    key: String,
}

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

/// Annotations that were read.
pub struct Annotations {
    origin: String,
    /// The pictures, in the file's order.
    pub images: Vec<Listed>,
    /// The id that persons have there.
    pub person: Json,
    /// Keypoint names of that category, if it gives any.
    keypoints: Vec<String>,
    people: Vec<Person>,
    /// Places in `images` by file name without folders.
    by_name: BTreeMap<String, Vec<usize>>,
    /// What is to be said about them, a sentence each.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    #[serde(default)]
    annotations: Vec<Person>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
    id: Json,
    file_name: String,
}

#[derive(Deserialize)]
struct Category {
    id: Json,
    #[serde(default)]
    name: String,
    #[serde(default)]
    keypoints: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct Person {
    #[serde(default)]
    id: Json,
    image_id: Json,
    #[serde(default)]
    category_id: Json,
    keypoints: Option<Vec<f64>>,
    num_keypoints: Option<f64>,
    area: Option<f64>,
    bbox: Option<Vec<f64>>,
    #[serde(default)]
    iscrowd: Json,
    #[serde(default, rename = "segmentation", deserialize_with = "outline")]
    outline: Outline,
}

/// What a segmentation says about a person's size.
#[derive(Clone, Copy, Default)]
struct Outline {
    area: Option<f64>,
    /// x, y, width, height.
    bbox: Option<[f64; 4]>,
}

/// Polygons, or run lengths that are not packed; anything else says nothing.
fn outline<'de, D: Deserializer<'de>>(from: D) -> Result<Outline, D::Error> {
    let value = Json::deserialize(from)?;
    if let Some(runs) = value["counts"].as_array() {
        return Ok(Outline { area: Some(runs.iter().skip(1).step_by(2).filter_map(Json::as_f64).sum()), bbox: None });
    }
    let numbers =
        |polygon: &Json| -> Vec<f64> { polygon.as_array().into_iter().flatten().filter_map(Json::as_f64).collect() };
    let polygons: Vec<Vec<f64>> =
        value.as_array().into_iter().flatten().map(numbers).filter(|p| p.len() >= 6).collect();
    if polygons.is_empty() {
        return Ok(Outline::default());
    }
    let area = |polygon: &Vec<f64>| {
        let points = polygon.as_chunks::<2>().0;
        let next = points.iter().cycle().skip(1);
        points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>().abs() / 2.0
    };
    let points = polygons.iter().flat_map(|polygon| polygon.as_chunks::<2>().0.iter().copied());
    Ok(Outline { area: Some(polygons.iter().map(area).sum()), bbox: extent(points) })
}

/// x, y, width and height around points.
fn extent(points: impl Iterator<Item = [f64; 2]>) -> Option<[f64; 4]> {
    let mut around: Option<[f64; 4]> = None;
    for [x, y] in points {
        let [left, top, right, bottom] = around.unwrap_or([x, y, x, y]);
        around = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    around.map(|[left, top, right, bottom]| [left, top, right - left, bottom - top])
}

/// What two ids are the same by: 7, 7.0 and "7" are.
fn key(id: &Json) -> Option<String> {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match id {
        Json::Number(n) => Some(match n.as_f64() {
            Some(x) if x.fract() == 0.0 && x.abs() < WHOLE => (x as i64).to_string(),
            _ => n.to_string(),
        }),
        Json::String(text) => Some(text.trim().to_string()),
        _ => None,
    }
}

/// A file name's folders and name, whichever slashes it is written with; none if it leads out of its folder.
fn relative(file_name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(file_name.replace('\\', "/"));
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    inside.then(|| path.components().filter(|part| *part != Component::CurDir).collect())
}

fn base(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or(file_name)
}

impl Annotations {
    /// Reads and checks a file. Errors are sentences that name it.
    pub fn read(path: &Path) -> Result<Annotations, String> {
        let origin = path.display().to_string();
        let text = std::fs::read(path).map_err(|e| format!("{origin}: cannot be read: {e}"))?;
        Annotations::parse(&text)
            .map(|read| Annotations { origin: origin.clone(), ..read })
            .map_err(|what| format!("{origin}: {what}"))
    }

    fn parse(text: &[u8]) -> Result<Annotations, String> {
        if let Some(what) = crate::weights::other_file(text) {
            return Err(format!("no COCO annotations, but {what}"));
        }
        let file: File = serde_json::from_slice(text)
            .map_err(|e| format!("not COCO annotations (a list `images` with id and file_name): {e}"))?;
        let mut images = Vec::new();
        let mut seen = BTreeSet::new();
        for Image { id, file_name } in file.images {
            let key = key(&id).ok_or_else(|| {
                format!("the image \"{file_name:.100}\" has the id {id}, which is neither a number nor a text")
            })?;
            if !seen.insert(key.clone()) {
                return Err(format!("two images have the id {id}"));
            }
            images.push(Listed { id, file_name, key });
        }
        if images.is_empty() {
            return Err("names no pictures".into());
        }
        let mut notes = Vec::new();
        let (persons, keypoints) = persons(&file.categories, &file.annotations, &mut notes)?;
        let keys: BTreeSet<String> = persons.iter().filter_map(key).collect();
        let is_person =
            |one: &Person| one.category_id.is_null() || key(&one.category_id).is_some_and(|k| keys.contains(&k));
        let people: Vec<Person> = file.annotations.into_iter().filter(is_person).collect();
        let elsewhere = people.iter().filter(|one| key(&one.image_id).is_none_or(|k| !seen.contains(&k))).count();
        if elsewhere > 0 {
            notes.push(format!(
                "{elsewhere} annotations are of pictures that `images` does not list; they do not count"
            ));
        }
        let person = persons.into_iter().next().unwrap_or(1.into());
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, image) in images.iter().enumerate() {
            by_name.entry(base(&image.file_name).to_string()).or_default().push(i);
        }
        Ok(Annotations { origin: String::new(), images, person, keypoints, people, by_name, notes })
    }

    /// The picture that a path leads to: its own file name, with the folders that stand before it there. If not
    /// `exact`, the name alone is enough where no other picture has it.
    pub fn image_of(&self, path: &Path, exact: bool) -> Option<&Listed> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let same = || self.by_name.get(&name).into_iter().flatten().map(|&i| &self.images[i]);
        let fits = |image: &&Listed| relative(&image.file_name).is_some_and(|file| path.ends_with(file));
        match same().filter(fits).max_by_key(|image| image.file_name.len()) {
            None if !exact && same().count() == 1 => same().next(),
            found => found,
        }
    }

    /// Where the file of a picture lies: in its own folder below `folder`, or in `folder` itself where no other picture
    /// has the same name.
    pub fn file_of(&self, image: &Listed, folder: &Path) -> PathBuf {
        let name = base(&image.file_name);
        let own = relative(&image.file_name).map(|file| folder.join(file));
        let flat = folder.join(name);
        let alone = || self.by_name.get(name).is_some_and(|same| same.len() == 1);
        match own {
            Some(own) if own.is_file() || !alone() || !flat.is_file() => own,
            _ => flat,
        }
    }

    /// The people of these pictures for the evaluation; `names` are the model's keypoints. Errors are sentences.
    pub fn truth(&self, images: &[Listed], names: &[String]) -> Result<Truth, String> {
        self.build(images, names).map_err(|what| format!("{}: {what}", self.origin))
    }

    fn build(&self, images: &[Listed], names: &[String]) -> Result<Truth, String> {
        const COUNTED: usize = 17;
        if names.len() != COUNTED {
            return Err(format!("COCO's figures are of its {COUNTED} keypoints, and this model gives {}", names.len()));
        }
        let mut notes = Vec::new();
        let order = self.order(names, &mut notes);
        // In the order pycocotools would have, so that equal scores come in the same order too.
        let mut sorted: Vec<&Listed> = images.iter().collect();
        let number = |image: &&Listed| image.key.parse().unwrap_or(f64::INFINITY);
        sorted.sort_by(|a, b| number(a).total_cmp(&number(b)));
        let places: BTreeMap<String, usize> = sorted.iter().zip(0..).map(|(image, n)| (image.key.clone(), n)).collect();
        let (mut people, mut areas, mut boxes, mut counts) = (Vec::new(), 0, 0, 0);
        for one in &self.people {
            let Some(&picture) = key(&one.image_id).and_then(|k| places.get(&k)) else { continue };
            let fail = |what: String| format!("annotation {} {what}", one.id);
            let keypoints = one.keypoints.clone().filter(|k| !k.is_empty()).unwrap_or(vec![0.0; 3 * COUNTED]);
            if keypoints.len() != 3 * COUNTED {
                return Err(fail(format!("has {} numbers as keypoints instead of {}", keypoints.len(), 3 * COUNTED)));
            }
            let keypoints: Vec<[f64; 3]> = order.iter().map(|&i| keypoints.as_chunks::<3>().0[i]).collect();
            let labelled = || keypoints.iter().filter(|k| k[2] > 0.0);
            let bbox: [f64; 4] = match &one.bbox {
                Some(given) => {
                    given[..].try_into().map_err(|_| fail(format!("has a bbox of {} numbers", given.len())))?
                }
                None => {
                    boxes += 1;
                    let around = one.outline.bbox.or_else(|| extent(labelled().map(|k| [k[0], k[1]])));
                    around
                        .ok_or_else(|| fail("has no bbox, and neither outline nor keypoints to make one of".into()))?
                }
            };
            let area = one.area.filter(|&area| area > 0.0).unwrap_or_else(|| {
                areas += 1;
                one.outline.area.filter(|&area| area > 0.0).unwrap_or(bbox[2] * bbox[3])
            });
            let count = one.num_keypoints.unwrap_or_else(|| {
                counts += 1;
                labelled().count() as f64
            });
            let crowd = matches!(&one.iscrowd, Json::Bool(true)) || one.iscrowd.as_f64().is_some_and(|n| n != 0.0);
            people.push(Labelled { picture, bbox, labels: count as u64, area, crowd, keypoints });
        }
        if people.is_empty() {
            let of = if images.len() < self.images.len() { " on the pictures looked at" } else { "" };
            return Err(format!("there is not a single person annotated{of}: nothing can be counted"));
        }
        for (missing, what) in [
            (areas, "area: taken from the outline, or else from the bbox, which is larger and counts kinder"),
            (boxes, "bbox: taken from the outline or the keypoints"),
            (counts, "num_keypoints: counted"),
        ] {
            if missing > 0 {
                notes.push(format!("{missing} of {} people have no {what}", people.len()));
            }
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

impl Listed {
    /// What [`Annotations::truth`] numbers it by.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The ids of the categories that are people, and their keypoints' names.
fn persons(
    categories: &[Category],
    annotations: &[Person],
    notes: &mut Vec<String>,
) -> Result<(Vec<Json>, Vec<String>), String> {
    let named: Vec<&Category> = categories.iter().filter(|c| c.name.trim().eq_ignore_ascii_case("person")).collect();
    if let Some(first) = named.first() {
        return Ok((named.iter().map(|c| c.id.clone()).collect(), first.keypoints.clone()));
    }
    let mut with_keypoints = categories.iter().filter(|c| !c.keypoints.is_empty());
    if let (Some(only), None) = (with_keypoints.next(), with_keypoints.next()) {
        notes
            .push(format!("no category is named person: \"{:.60}\", the only one with keypoints, is taken", only.name));
        return Ok((vec![only.id.clone()], only.keypoints.clone()));
    }
    let used: BTreeMap<String, &Json> =
        annotations.iter().filter_map(|one| Some((key(&one.category_id)?, &one.category_id))).collect();
    if categories.is_empty() && used.len() <= 1 {
        let id = used.into_values().next().cloned().unwrap_or(1.into());
        if !annotations.is_empty() {
            notes.push("lists no categories: all annotations are taken for people".into());
        }
        return Ok((vec![id], Vec::new()));
    }
    let names: Vec<&str> = categories.iter().map(|c| c.name.as_str()).take(10).collect();
    Err(format!("no category is named person (there are: {:.200}), so nobody can say who is one", names.join(", ")))
}

#[cfg(test)]
#[path = "annotations_tests.rs"]
mod tests;
