//! Which file is which picture's.

use super::annotations::{Annotations, Listed, base};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// A file name's folders and name, whichever slashes it is written with; none if it leads out of its folder.
fn relative(file_name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(file_name.replace('\\', "/"));
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    inside.then(|| path.components().filter(|part| *part != Component::CurDir).collect())
}

/// Letters that a disk may take for the same, as many do.
fn folded(path: &Path, parts: usize) -> Option<String> {
    let all: Vec<&std::ffi::OsStr> = path.iter().collect();
    let last = all.get(all.len().checked_sub(parts)?..)?;
    Some(last.iter().map(|part| part.to_string_lossy().to_lowercase()).collect::<Vec<_>>().join("/"))
}

impl Annotations {
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

    /// Where a picture lies in the folder of all, as far as the annotations say; a name that leads out of it is only a name.
    pub fn place_of(&self, image: &Listed) -> PathBuf {
        relative(&image.file_name).unwrap_or_else(|| base(&image.file_name).into())
    }

    /// Which of the files of a folder, by their paths in it, is each picture's. None for a picture that has no file there.
    ///
    /// In the folder, or in the one below it that has most of the pictures, each lies as its `file_name` says, or there by
    /// its name alone where no other picture has it. Whatever lies elsewhere is found by the end of its path, capitals or
    /// not, where that is nobody else's.
    pub fn files_of(&self, paths: &[String]) -> Vec<Option<usize>> {
        let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
        let mut found = self.in_one_folder(&paths);
        self.find_elsewhere(&paths, &mut found);
        found
    }

    fn is_alone(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|same| same.len() == 1)
    }

    fn in_one_folder(&self, paths: &[&Path]) -> Vec<Option<usize>> {
        /// So many folders are tried, those first in which most would lie.
        const TRIED: usize = 64;
        let own: HashSet<PathBuf> = self.images.iter().filter_map(|image| relative(&image.file_name)).collect();
        let mut votes: BTreeMap<&Path, usize> = BTreeMap::new();
        for path in paths {
            for (folder, parts) in path.ancestors().skip(1).zip(1..) {
                let below = path.strip_prefix(folder).unwrap_or(path);
                if own.contains(below) || parts == 1 && self.is_alone(&below.to_string_lossy()) {
                    *votes.entry(folder).or_default() += 1;
                }
            }
        }
        let mut folders: Vec<(&Path, usize)> = votes.into_iter().collect();
        folders.sort_by_key(|(folder, votes)| (Reverse(*votes), folder.components().count()));
        let places: HashMap<&Path, usize> = paths.iter().copied().zip(0..).collect();
        let mut best = (0, vec![None; self.images.len()]);
        for (folder, votes) in folders.into_iter().take(TRIED) {
            if votes <= best.0 {
                break;
            }
            let place = |file: &Path| places.get(folder.join(file).as_path()).copied();
            let found = |image: &Listed| {
                let name = base(&image.file_name);
                let own = relative(&image.file_name).and_then(|own| place(&own));
                own.or_else(|| self.is_alone(name).then(|| place(Path::new(name))).flatten())
            };
            let found: Vec<Option<usize>> = self.images.iter().map(found).collect();
            let count = found.iter().flatten().count();
            if count > best.0 {
                best = (count, found);
            }
        }
        best.1
    }

    fn find_elsewhere(&self, paths: &[&Path], found: &mut [Option<usize>]) {
        /// So many folders are looked at, from the file on.
        const PARTS: usize = 8;
        let own: Vec<PathBuf> = self.images.iter().map(|image| self.place_of(image)).collect();
        for parts in (1..=PARTS).rev() {
            if found.iter().all(Option::is_some) {
                return;
            }
            // Whoever is not found yet, by the end of the path; nobody where two have the same.
            let mut wanted: HashMap<String, Option<usize>> = HashMap::new();
            for (i, place) in own.iter().enumerate() {
                if let Some(end) = folded(place, parts) {
                    wanted.entry(end).and_modify(|one| *one = None).or_insert(Some(i));
                }
            }
            wanted.retain(|_, one| one.is_some_and(|i| found[i].is_none()));
            let taken: HashSet<usize> = found.iter().flatten().copied().collect();
            let mut there: HashMap<String, Option<usize>> = HashMap::new();
            for (i, path) in paths.iter().enumerate().filter(|(i, _)| !taken.contains(i)) {
                if let Some(end) = folded(path, parts).filter(|end| wanted.contains_key(end)) {
                    there.entry(end).and_modify(|one| *one = None).or_insert(Some(i));
                }
            }
            for (end, image) in wanted {
                if let (Some(image), Some(Some(file))) = (image, there.get(&end)) {
                    found[image] = Some(*file);
                }
            }
        }
    }
}
