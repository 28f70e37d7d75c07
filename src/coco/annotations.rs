//! COCO annotations as other people write them: read and checked before anything is computed. [`super::truth`] puts them
//! into the shape that the evaluation counts with.

use super::outline::{Outline, outline};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

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
    pub(super) by_name: BTreeMap<String, Vec<usize>>,
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

/// A file name without its folders.
pub(super) fn base(file_name: &str) -> &str {
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
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        if text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF") {
            return Err("no COCO annotations, but UTF-16: save it as UTF-8".into());
        }
        if text.trim_ascii_start().starts_with(b"[") {
            return Err("no COCO annotations, but a list, as COCO results are".into());
        }
        let refused = |e: &dyn Display| format!("not COCO annotations (a list `images` with id and file_name): {e}");
        let text = std::str::from_utf8(text).map_err(|e| refused(&e))?;
        let file: File = serde_json::from_str(text).map_err(|e| match no_number(text, &e) {
            Some(word) => format!("has {word} in line {}, which is no number in JSON", e.line()),
            None => refused(&e),
        })?;
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
}

impl Listed {
    /// What ids are compared by, and what [`Annotations::truth`] numbers it by.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What Python writes for numbers that JSON does not have, where the reading ended.
fn no_number(text: &str, e: &serde_json::Error) -> Option<&'static str> {
    let line = text.lines().nth(e.line().checked_sub(1)?)?;
    let near = line.as_bytes().get(e.column().saturating_sub(2)..)?;
    ["NaN", "Infinity"].into_iter().find(|word| near.windows(word.len()).take(3).any(|at| at == word.as_bytes()))
}

/// The ids of the categories that are people, the one that is written into results first, and their keypoints' names.
fn persons(
    categories: &[Category],
    annotations: &[Person],
    notes: &mut Vec<String>,
) -> Result<(Vec<Json>, Vec<String>), String> {
    let used = |category: &Category| {
        let own = key(&category.id);
        annotations.iter().filter(|one| own.is_some() && key(&one.category_id) == own).count()
    };
    let mut named: Vec<&Category> =
        categories.iter().filter(|c| c.name.trim().eq_ignore_ascii_case("person")).collect();
    // Some programs list a category that nobody has beside the one that they use.
    named.sort_by_cached_key(|category| std::cmp::Reverse((!category.keypoints.is_empty(), used(category))));
    if let Some(first) = named.first() {
        let differs = |c: &&&Category| !c.keypoints.is_empty() && c.keypoints != first.keypoints && used(c) > 0;
        if named.iter().any(|c| differs(&c)) {
            return Err("several categories are named person, and list other keypoints".into());
        }
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
