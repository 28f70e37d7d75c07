//! What the page's service worker keeps: every file of a build by its checksum, so that no visit mixes two builds.

use super::disk::{sha256, told, write};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const WORKER: &str = "service-worker.js";
/// The line of the worker that the build fills.
const EMPTY: &str = "{ name: '', files: {} }";

/// Writes the list of the files that a build made, by their paths, into the page's service worker. Weights are kept by the
/// module itself, and what is only read by people or by compilers is not needed.
///
/// Errors: the worker has no place for the list, or a file cannot be read.
pub fn describe(out: &Path, made: &BTreeSet<String>) -> Result<(), String> {
    let mut files = BTreeMap::new();
    for name in made {
        let is_unneeded = [".md", ".d.ts", ".safetensors"].iter().any(|end| name.ends_with(end));
        if is_unneeded || name == WORKER || name == "files.json" {
            continue;
        }
        let path = out.join(name);
        let bytes = fs::read(&path).map_err(|e| told(&path, e))?;
        files.insert(name, sha256(&bytes));
    }
    let name = sha256(serde_json::json!(files).to_string().as_bytes());
    let list = serde_json::json!({ "name": name, "files": files }).to_string();
    let path = out.join(WORKER);
    let worker = fs::read_to_string(&path).map_err(|e| told(&path, e))?;
    if !worker.contains(EMPTY) {
        return Err(format!("{} has no place for the list of files", path.display()));
    }
    write(&path, worker.replacen(EMPTY, &list, 1).as_bytes())
}
