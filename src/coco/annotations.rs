//! COCO annotations as other people write them: read and checked before anything is computed. [`super::truth`] puts them
//! into the shape that the evaluation counts with.

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Component, Path, PathBuf};

/// A picture that annotations name.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// As it stands there: a number or a text.
    pub id: Json,
    /// As it stands there, often with a folder.
    pub file_name: String,
    /// What ids are compared by.
    pub(super) key: String,
}

/// Annotations that were read.
pub struct Annotations {
    pub(super) origin: String,
    /// The pictures, in the file's order.
    pub images: Vec<Listed>,
    /// The id that persons have there.
    pub person: Json,
    /// Keypoint names of that category, if it gives any.
    pub(super) keypoints: Vec<String>,
    pub(super) people: Vec<Person>,
    /// Places in `images` by file name without folders.
    by_name: BTreeMap<String, Vec<usize>>,
    /// What is to be said about them, a sentence each.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    #[serde(default, deserialize_with = "or_nothing")]
    annotations: Vec<Person>,
    #[serde(default, deserialize_with = "or_nothing")]
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
    #[serde(default, deserialize_with = "or_nothing")]
    name: String,
    #[serde(default, deserialize_with = "or_nothing")]
    keypoints: Vec<String>,
}

/// What stands there; nothing where `null` does.
fn or_nothing<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// An annotation as it stands there.
#[derive(Deserialize)]
pub(super) struct Person {
    #[serde(default)]
    pub(super) id: Json,
    #[serde(default)]
    pub(super) image_id: Json,
    #[serde(default)]
    pub(super) category_id: Json,
    pub(super) keypoints: Option<Vec<f64>>,
    pub(super) num_keypoints: Option<f64>,
    pub(super) area: Option<f64>,
    pub(super) bbox: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) iscrowd: Json,
    #[serde(default, rename = "segmentation", deserialize_with = "outline")]
    pub(super) outline: Outline,
}

/// What a segmentation says about a person's size.
#[derive(Clone, Copy, Default)]
pub(super) struct Outline {
    pub(super) area: Option<f64>,
    /// x, y, width, height.
    pub(super) bbox: Option<[f64; 4]>,
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
pub(super) fn extent(points: impl Iterator<Item = [f64; 2]>) -> Option<[f64; 4]> {
    let mut around: Option<[f64; 4]> = None;
    for [x, y] in points {
        let [left, top, right, bottom] = around.unwrap_or([x, y, x, y]);
        around = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    around.map(|[left, top, right, bottom]| [left, top, right - left, bottom - top])
}

/// What two ids are the same by: 7, 7.0 and "7" are.
pub(super) fn key(id: &Json) -> Option<String> {
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
    /// Reads and checks the text of a file; `origin` is what it is called. Errors are sentences that name it.
    pub fn parse(text: &[u8], origin: &str) -> Result<Annotations, String> {
        Annotations::checked(text)
            .map(|read| Annotations { origin: origin.into(), ..read })
            .map_err(|what| format!("{origin}: {what}"))
    }

    fn checked(text: &[u8]) -> Result<Annotations, String> {
        if let Some(what) = crate::weights::other_file(text) {
            return Err(format!("no COCO annotations, but {what}"));
        }
        let refused = |e: &dyn Display| format!("not COCO annotations (a list `images` with id and file_name): {e}");
        let text = std::str::from_utf8(text).map_err(|e| refused(&e))?;
        let file: File = serde_json::from_str(text).map_err(|e| refused(&e))?;
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

    /// The picture that a path leads to: its own file name, with the folders that stand before it there. If `exact`, as
    /// several files have this name, one without folders is only itself; else the name alone is enough where no other
    /// picture has it.
    pub fn image_of(&self, path: &Path, exact: bool) -> Option<&Listed> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let same = || self.by_name.get(&name).into_iter().flatten().map(|&i| &self.images[i]);
        let leads = |file: PathBuf| path.ends_with(&file) && (!exact || file.iter().count() > 1 || path == file);
        let fits = |image: &&Listed| relative(&image.file_name).is_some_and(leads);
        match same().filter(fits).max_by_key(|image| image.file_name.len()) {
            None if !exact && same().count() == 1 => same().next(),
            found => found,
        }
    }

    /// Where the file of a picture lies in a folder that has a file at a path if `is_there` says so: in its own folder
    /// below it, or in the folder itself where no other picture has the same name.
    pub fn file_of(&self, image: &Listed, is_there: impl Fn(&Path) -> bool) -> PathBuf {
        let name = base(&image.file_name);
        let alone = || self.by_name.get(name).is_some_and(|same| same.len() == 1);
        match relative(&image.file_name) {
            Some(own) if is_there(&own) || !alone() || !is_there(Path::new(name)) => own,
            _ => name.into(),
        }
    }

    /// Which of the files of a folder, by their paths in it, is each picture's: as [`Annotations::file_of`] has it in
    /// that folder, or in the one below it that has most of the pictures. None for a picture that has no file there.
    pub fn files_of(&self, paths: &[String]) -> Vec<Option<usize>> {
        /// So many folders are tried, the ones nearest to the top.
        const TRIED: usize = 64;
        let places: BTreeMap<&Path, usize> = paths.iter().enumerate().map(|(i, path)| (Path::new(path), i)).collect();
        let folders: BTreeSet<(usize, &Path)> = paths
            .iter()
            .flat_map(|path| Path::new(path).ancestors().skip(1))
            .map(|folder| (folder.components().count(), folder))
            .collect();
        let mut best = (0, vec![None; self.images.len()]);
        for (_, folder) in folders.into_iter().take(TRIED) {
            let place = |file: &Path| places.get(folder.join(file).as_path()).copied();
            let found = |image| place(&self.file_of(image, |file| place(file).is_some()));
            let found: Vec<Option<usize>> = self.images.iter().map(found).collect();
            let count = found.iter().flatten().count();
            if count > best.0 {
                best = (count, found);
            }
            if count == self.images.len() {
                break;
            }
        }
        best.1
    }
}

impl Listed {
    /// What ids are compared by, and what [`Annotations::truth`] numbers it by.
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
