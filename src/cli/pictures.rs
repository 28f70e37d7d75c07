//! Which pictures a command looks at, and what they are called in its results.

use crate::coco::annotations::Annotations;
use crate::picture::{READ, UNREAD};
use crate::pose::image_id;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The pictures to read, folders unfolded, and how many could not be had (each reported).
pub fn list(arguments: &[PathBuf]) -> (Vec<PathBuf>, usize) {
    let (mut paths, mut unread) = (Vec::new(), 0);
    for argument in arguments {
        if !argument.is_dir() {
            paths.push(argument.clone());
            continue;
        }
        let found = fs::read_dir(argument).and_then(|entries| entries.map(|e| Ok(e?.path())).collect());
        let found: Result<Vec<PathBuf>, std::io::Error> = found;
        match found {
            Ok(mut found) => {
                // A link that leads nowhere is a picture that cannot be read: frames after it keep their numbers.
                found.retain(|path| !path.is_dir() && !is_shadow(path));
                found.sort();
                let pictures = found.iter().filter(|path| READ.contains(&ending(path).as_str()));
                // Who opens a pipe waits for somebody to write.
                let is_special = |path: &&PathBuf| fs::metadata(path).is_ok_and(|found| !found.is_file());
                let (special, pictures): (Vec<&PathBuf>, Vec<&PathBuf>) = pictures.partition(is_special);
                for path in special {
                    tell!("{}: this is no file", path.display());
                    unread += 1;
                }
                let pictures: Vec<PathBuf> = pictures.into_iter().cloned().collect();
                let skipped = skipped(&found);
                if let Some(what) = &skipped {
                    tell!("{}: {}", argument.display(), what.sentence);
                    unread += what.files;
                }
                if pictures.is_empty() && skipped.is_none() {
                    tell!("{}: there are no pictures in this folder", argument.display());
                    unread += 1;
                }
                paths.extend(pictures);
            }
            Err(e) => {
                tell!("{}: the folder cannot be read: {e}", argument.display());
                unread += 1;
            }
        }
    }
    (paths, unread)
}

/// The files of a folder and of all below it, by their paths in it with `/` between, as the page lists what is dropped.
/// What cannot be read, and names that are no text, are left out.
pub fn below(folder: &Path) -> Vec<String> {
    /// Nobody has so many on purpose: links may lead in a circle.
    const MOST: usize = 2_000_000;
    let (mut found, mut waiting, mut seen) = (Vec::new(), vec![String::new()], BTreeSet::new());
    while let Some(inside) = waiting.pop() {
        let place = folder.join(&inside);
        // Through links a folder may be reached twice.
        if found.len() >= MOST || !place.canonicalize().is_ok_and(|place| seen.insert(place)) {
            continue;
        }
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_file() => found.push(path),
                _ if entry.path().is_dir() => waiting.push(path),
                _ if entry.path().is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// What macOS writes beside a file on disks of others (AppleDouble), under its name: never a picture.
fn is_shadow(path: &Path) -> bool {
    path.file_name().unwrap_or_default().as_encoded_bytes().starts_with(b"._")
}

/// The ending of a file's name, in small letters.
pub fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

struct Skipped {
    files: usize,
    sentence: String,
}

/// Files that are pictures by their names, of kinds that nothing here reads.
fn skipped(found: &[PathBuf]) -> Option<Skipped> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for kind in found.iter().map(|path| ending(path)).filter(|kind| UNREAD.contains(&kind.as_str())) {
        *kinds.entry(kind).or_default() += 1;
    }
    let files = kinds.values().sum();
    let list: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} .{kind}")).collect();
    let sentence = format!("skipped {}, which cannot be read here: convert to JPEG or PNG", list.join(", "));
    (files > 0).then_some(Skipped { files, sentence })
}

/// Reads COCO annotations. Errors are sentences that name the file.
pub fn annotations(path: &Path) -> Result<Annotations, String> {
    let origin = path.display().to_string();
    let text = fs::read(path).map_err(|e| format!("{origin}: cannot be read: {e}"))?;
    Annotations::parse(&text, &origin)
}

/// What a picture is called in results.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// COCO's `image_id`, of whatever kind the annotations have.
    pub id: Json,
    /// The file's name; its path where two pictures have the same name.
    pub file_name: String,
}

/// Names for these pictures, no id twice unless the annotations say so, and what is to be said about the ids.
///
/// Ids are those of the annotations. Without any, a file's name is the id if it is nothing but digits and no other
/// picture has the same; all others get a running number that no name has.
pub fn named(paths: &[PathBuf], annotations: Option<&Annotations>) -> (Vec<Named>, Option<String>) {
    let file_names = file_names(paths);
    let found: Vec<Option<Json>> = match annotations {
        // By the name alone only where one picture here has it.
        Some(annotations) => {
            let mut same: BTreeMap<Option<&std::ffi::OsStr>, BTreeSet<&PathBuf>> = BTreeMap::new();
            for path in paths {
                same.entry(path.file_name()).or_default().insert(path);
            }
            let exact = |path: &PathBuf| same[&path.file_name()].len() > 1;
            let found: Vec<_> = paths.iter().map(|path| annotations.image_of(path, exact(path))).collect();
            // Of two files that a name there leads to nobody knows which it is.
            let mut led: BTreeMap<&str, BTreeSet<&PathBuf>> = BTreeMap::new();
            for (path, image) in paths.iter().zip(&found) {
                if let Some(image) = image {
                    led.entry(image.key()).or_default().insert(path);
                }
            }
            found.into_iter().map(|image| image.filter(|i| led[i.key()].len() == 1).map(|i| i.id.clone())).collect()
        }
        None => {
            let ids: Vec<Option<u64>> = file_names.iter().map(|name| image_id(name)).collect();
            let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
            ids.iter().flatten().for_each(|id| *seen.entry(*id).or_default() += 1);
            ids.into_iter().map(|id| id.filter(|id| seen[id] == 1).map(Json::from)).collect()
        }
    };
    let mut taken: BTreeSet<u64> = found.iter().flatten().filter_map(Json::as_u64).collect();
    if let Some(annotations) = annotations {
        // As numbers, however they are written there.
        taken.extend(annotations.images.iter().filter_map(|image| image.key().parse::<u64>().ok()));
    }
    let mut running = (1u64..).filter(|n| !taken.contains(n));
    let without = found.iter().filter(|id| id.is_none()).count();
    let first = found.iter().position(Option::is_none).map(|i| file_names[i].clone()).unwrap_or_default();
    let mut number = || running.next().unwrap_or_default().into();
    let ids: Vec<Json> = found.into_iter().map(|id| id.unwrap_or_else(&mut number)).collect();
    let (all, are) = (paths.len(), if without == 1 { "is" } else { "are" });
    let note = match annotations {
        _ if without == 0 => None,
        Some(_) => Some(format!(
            "{without} of {all} pictures {are} not in the annotations, or not alone with a name there ({first:.100} is the \
             first): their image_id is a running number that no picture there has"
        )),
        None => Some(format!(
            "the names of {without} of {all} pictures are no ids of their own ({first:.100} is the first): their \
             image_id is a running number, see file_name; --annotations FILE takes the ids of COCO annotations"
        )),
    };
    (ids.into_iter().zip(file_names).map(|(id, file_name)| Named { id, file_name }).collect(), note)
}

fn file_names(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut seen: BTreeMap<String, BTreeSet<&PathBuf>> = BTreeMap::new();
    for path in paths {
        seen.entry(name(path)).or_default().insert(path);
    }
    let unique = |path: &PathBuf| match name(path) {
        name if seen[&name].len() == 1 => name,
        _ => path.to_string_lossy().into_owned(),
    };
    paths.iter().map(unique).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> (Vec<u64>, Option<String>) {
        let paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let (named, note) = named(&paths, None);
        (named.iter().map(|n| n.id.as_u64().unwrap()).collect(), note)
    }

    #[test]
    fn a_name_is_the_id_only_if_it_is_one() {
        assert_eq!(ids(&["val/000000000139.jpg", "7.png"]), (vec![139, 7], None));
        let (some, note) = ids(&["1.jpg", "IMG_0001.jpg", "holiday (1).jpg", "3.jpg"]);
        assert_eq!(some, [1, 2, 4, 3]);
        let note = note.unwrap();
        assert!(note.contains("2 of 4 pictures") && note.contains("IMG_0001.jpg"), "{note}");
        assert_eq!(ids(&["a/1.jpg", "b/1.jpg", "01.png", "2.jpg"]).0, [1, 3, 4, 2]);
        assert_eq!(ids(&["99999999999999999999.jpg", "9007199254740992.jpg", ".jpg"]).0, [1, 2, 3]);
    }

    #[test]
    fn names_are_paths_where_two_are_the_same() {
        let paths = ["a/1.jpg", "b/1.jpg", "c.jpg", "c.jpg"].map(PathBuf::from);
        let names: Vec<String> = named(&paths, None).0.into_iter().map(|n| n.file_name).collect();
        assert_eq!(names, ["a/1.jpg", "b/1.jpg", "c.jpg", "c.jpg"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let folder = std::env::temp_dir().join(format!("querypose-below-{}", std::process::id()));
        let (root, inner) = (folder.as_path(), folder.join("inner"));
        fs::create_dir_all(&inner).unwrap();
        for file in [root.join("a.jpg"), inner.join("b.jpg")] {
            fs::write(file, "").unwrap();
        }
        std::os::unix::fs::symlink(root, inner.join("back")).unwrap();
        std::os::unix::fs::symlink(root.join("a.jpg"), inner.join("again.jpg")).unwrap();
        let found = below(root);
        fs::remove_dir_all(root).unwrap();
        assert_eq!(found, ["a.jpg", "inner/again.jpg", "inner/b.jpg"]);
    }
}
