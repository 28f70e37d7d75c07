//! Names of tensors as training programs write them: behind prefixes, in several sets, over several files.

use super::located::Located;
use crate::json;
use std::collections::{BTreeMap, BTreeSet};

/// Every QueryPose has a tensor of this name; what stands before it is a prefix.
pub const SIGN: &str = "init_proposal_features.weight";
/// Words of a moving average of the weights, which is what one wants.
const AVERAGES: [&str; 4] = ["ema", "swa", "averaged", "shadow"];
/// Where the weights are if there is no average.
const USUAL: [&str; 4] = ["", "model.", "state_dict.", "module."];

/// Which of several sets of weights to take, each with what stands before its names and how many tensors it has, and
/// what is to be said about that. A moving average goes first unless it is incomplete.
pub fn prefer(sets: &[(&str, usize)]) -> (usize, Option<String>) {
    let most = sets.iter().map(|(_, tensors)| *tensors).max().unwrap_or_default();
    let is_average = |path: &str| path.to_ascii_lowercase().split(['.', '_', '-']).any(|word| AVERAGES.contains(&word));
    let average = sets.iter().position(|&(path, tensors)| is_average(path) && tensors == most);
    let usual = || USUAL.iter().find_map(|usual| sets.iter().position(|(path, _)| path == usual));
    let plain = || sets.iter().position(|(path, _)| !is_average(path));
    let chosen = average.or_else(usual).or_else(plain).unwrap_or(0);
    if sets.len() < 2 {
        return (chosen, None);
    }
    let shown = |path: &str| match path.trim_end_matches('.') {
        "" => "the one without a name".to_string(),
        path => format!("\"{path:.60}\""),
    };
    let all: Vec<String> = sets.iter().take(5).map(|(path, _)| shown(path)).collect();
    let why = match average {
        Some(_) => ", a moving average",
        None if sets.iter().any(|(path, _)| is_average(path)) => ", since the moving average lacks tensors",
        None => "",
    };
    let note =
        format!("holds {} sets of weights ({}): {} is taken{why}", sets.len(), all.join(", "), shown(sets[chosen].0));
    (chosen, Some(note))
}

/// The tensors under their plain names, without prefixes like `module.` or `model.`, and what is to be said about it.
pub fn plain(tensors: BTreeMap<String, Located>) -> Result<(BTreeMap<String, Located>, Option<String>), String> {
    let prefixes: Vec<String> = tensors.keys().filter_map(|name| name.strip_suffix(SIGN)).map(str::to_string).collect();
    if prefixes.iter().all(|prefix| prefix.is_empty()) {
        return Ok((tensors, None));
    }
    // Prefixes may begin with one another, as `model.` and `model.ema.`: a tensor is of the longest.
    let set_of = |name: &str| {
        let all = prefixes.iter().enumerate().filter(|(_, prefix)| name.starts_with(prefix.as_str()));
        all.max_by_key(|(_, prefix)| prefix.len()).map(|(set, _)| set)
    };
    let mut sets: Vec<(&str, usize)> = prefixes.iter().map(|prefix| (prefix.as_str(), 0)).collect();
    tensors.keys().filter_map(|name| set_of(name)).for_each(|set| sets[set].1 += 1);
    let (chosen, note) = prefer(&sets);
    let prefix = &prefixes[chosen];
    if prefix.is_empty() {
        return Ok((tensors, note));
    }
    let (mut named, mut others) = (BTreeMap::new(), Vec::new());
    for (name, located) in tensors {
        match name.strip_prefix(prefix).filter(|_| set_of(&name) == Some(chosen)) {
            Some(plain) => drop(named.insert(plain.to_string(), located)),
            None => others.push((name, located)),
        }
    }
    // What is not of this set is kept to be told as unused, unless its name is taken now.
    for (name, located) in others {
        named.entry(name).or_insert(located);
    }
    Ok((named, note))
}

/// `weight_map` of an index, tensor → file.
fn map(index: &str) -> Result<BTreeMap<String, String>, String> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    match super::other::other_file(index.as_bytes()) {
        Some(what) => Err(format!("no index of weights, but {what}")),
        None => json::read(index)
            .map(|read: Index| read.weight_map)
            .map_err(|e| format!("no index of weights (`weight_map`, from tensors to files): {e}")),
    }
}

/// The files that an index names, each once. Only names of files beside it are accepted, of safetensors.
pub fn pieces(index: &str) -> Result<BTreeSet<String>, String> {
    let files: BTreeSet<String> = map(index)?.into_values().collect();
    if files.is_empty() {
        return Err("names no files".into());
    }
    for file in &files {
        if file.contains(['/', '\\', ':']) || file.starts_with('.') {
            return Err(format!("names \"{file:.100}\", which is not the name of a file beside it"));
        }
        if !file.ends_with(".safetensors") {
            return Err(format!(
                "names \"{file:.100}\"; several files can be read if they are safetensors: save them so"
            ));
        }
    }
    Ok(files)
}

/// The tensors that an index names.
pub fn listed(index: &str) -> Vec<String> {
    map(index).map(|map| map.into_keys().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moving_average_is_preferred_if_it_is_whole() {
        let taken = |sets: &[(&'static str, usize)]| {
            let (chosen, note) = prefer(sets);
            (sets[chosen].0, note.unwrap_or_default())
        };
        assert_eq!(taken(&[("model.", 9)]), ("model.", String::new()));
        let (path, note) = taken(&[("model.", 9), ("model_ema.", 9)]);
        assert!(path == "model_ema." && note.contains("\"model_ema\" is taken, a moving average"), "{note}");
        let (path, note) = taken(&[("ema.module.", 7), ("model.", 9)]);
        assert!(path == "model." && note.contains("lacks tensors"), "{note}");
        assert_eq!(taken(&[("teacher.", 9), ("", 9)]).0, "");
        assert_eq!(taken(&[("schema.", 9), ("model.", 9)]).0, "model.", "schema is no ema");
    }

    #[test]
    fn an_index_names_files_beside_it_only() {
        let index = |file: &str| {
            format!("{{\"metadata\": {{}}, \"weight_map\": {{\"a\": {file:?}, \"b\": \"b.safetensors\"}}}}")
        };
        assert_eq!(pieces(&index("a.safetensors")).unwrap().len(), 2);
        assert_eq!(pieces(&format!("\u{feff}{}", index("a.safetensors"))).unwrap().len(), 2);
        for file in ["../a.safetensors", "/etc/a.safetensors", "x\\a.safetensors", ".a.safetensors", "C:a.safetensors"]
        {
            assert!(pieces(&index(file)).unwrap_err().contains("beside it"), "{file}");
        }
        assert!(pieces(&index("pytorch_model.bin")).unwrap_err().contains("safetensors"));
        assert!(pieces("{}").is_err() && pieces("{\"weight_map\": {}}").is_err());
        assert!(pieces("<!doctype html>").unwrap_err().contains("a web page"));
    }
}
