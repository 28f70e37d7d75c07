//! The house has no circles: what a file of `src/` uses lies below it.
//!
//! Reads the `use` lines and the paths written out (`crate::…`, `super::…`, `child::…`) of every file but its tests. A path leads
//! to the file of the last module it names; a name that a `mod.rs` only passes on leads there through its `pub use`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module's path, `["cpu", "gemm"]`; the crate's root is empty.
type Module = Vec<String>;

/// Every module's source below a folder, without comments and tests.
fn modules(folder: &Path, at: &[String], found: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_string();
        let name: Module = at.iter().cloned().chain([stem.clone()]).collect();
        if path.is_dir() {
            modules(&path, &name, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !stem.ends_with("_tests") {
            let name = if ["lib", "main", "mod"].contains(&stem.as_str()) { at.to_vec() } else { name };
            found.entry(name).or_default().push_str(&source(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A file without its comments and without what follows `#[cfg(test)]`, which stands at the end.
fn source(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The paths of a `use` tree: `a::{b, c::{d, e}}` → a::b, a::c::d, a::c::e.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else { return vec![tree.split(" as ").next().unwrap_or_default().to_string()] };
    let (mut depth, mut start, mut all) = (0, 0, Vec::new());
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    for (i, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                all.extend(expand(&inner[start..i]).into_iter().filter(|part| !part.is_empty()));
                start = i + 1;
            }
            _ => {}
        }
    }
    all.into_iter().map(|part| format!("{}{part}", &tree[..open])).collect()
}

/// Every path that a source names.
fn paths(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find("use ") {
        let before = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
        let begins = before.is_empty() || before.starts_with("pub");
        rest = &rest[at + 4..];
        if let (true, Some(end)) = (begins, rest.find(';')) {
            found.extend(expand(&rest[..end].split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    let letters = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = source.split(|c: char| !letters(c));
    found.extend(words.filter(|word| word.contains("::")).map(str::to_string));
    found
}

/// The module a path leads to from another one; none if it leaves the crate.
fn target(from: &Module, path: &str, all: &BTreeMap<Module, String>) -> Option<Module> {
    let mut segments = path.split("::").map(str::trim).peekable();
    let mut at = match segments.peek()? {
        &"crate" => Module::new(),
        &"super" | &"self" => from.clone(),
        // A child, as in `pub use conv::Conv`.
        child => from.iter().cloned().chain([child.to_string()]).collect::<Module>(),
    };
    if !["crate", "super", "self"].contains(segments.peek()?) && !all.contains_key(&at) {
        return None;
    }
    for segment in segments.skip(usize::from(!path.starts_with("super"))) {
        if segment == "super" {
            at.pop();
            continue;
        }
        let below: Module = at.iter().cloned().chain([segment.to_string()]).collect();
        // A folder without a file of its own is still a step on the way.
        if !all.keys().any(|module| module.starts_with(&below)) {
            break;
        }
        at = below;
    }
    Some(at)
}

type Uses = BTreeMap<Module, BTreeSet<Module>>;

fn uses(folder: &Path) -> Uses {
    let mut all = BTreeMap::new();
    modules(folder, &[], &mut all);
    let of = |(from, source): (&Module, &String)| {
        let to = paths(source).iter().filter_map(|path| target(from, path, &all)).filter(|to| to != from).collect();
        (from.clone(), to)
    };
    all.iter().map(of).collect()
}

/// A way along `uses` from a module back to itself.
fn circle(uses: &Uses) -> Option<Vec<Module>> {
    fn walk(at: &Module, uses: &Uses, way: &mut Vec<Module>, done: &mut BTreeSet<Module>) -> Option<Vec<Module>> {
        if let Some(first) = way.iter().position(|m| m == at) {
            return Some(way[first..].to_vec());
        }
        if done.contains(at) {
            return None;
        }
        way.push(at.clone());
        let found = uses.get(at).into_iter().flatten().find_map(|to| walk(to, uses, way, done));
        way.pop();
        done.insert(at.clone());
        found
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|module| walk(module, uses, &mut Vec::new(), &mut done))
}

fn told(way: &[Module]) -> String {
    way.iter().chain(way.first()).map(|module| module.join("/")).collect::<Vec<_>>().join(" → ")
}

#[test]
fn no_import_goes_in_a_circle() {
    let uses = uses(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(uses.len() > 80, "only {} modules were read", uses.len());
    let of = |module: &[&str]| &uses[&module.iter().map(|s| s.to_string()).collect::<Module>()];
    // What is known to be there, so that a test that reads nothing does not pass.
    assert!(of(&["ops", "conv"]).contains(&vec!["cpu".to_string(), "gemm".to_string()]));
    assert!(of(&["model", "querypose"]).contains(&vec!["tape".to_string()]));
    if let Some(way) = circle(&uses) {
        panic!("these use one another: {}", told(&way));
    }
}

/// The tape knows no operation and no model by name.
#[test]
fn the_tape_knows_the_contract_only() {
    let uses = uses(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let known: Vec<String> = uses[&vec!["tape".to_string()]].iter().map(|m| m.join("/")).collect();
    assert_eq!(known, ["op", "tensor"]);
}

#[test]
fn a_circle_that_is_put_in_is_found() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("circle");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("ops")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("lib.rs", "pub mod tape;\npub mod ops;\n");
    write("tape.rs", "// use crate::ops::Conv;\nuse crate::{ops::{Add, Conv}};\n");
    write("ops/mod.rs", "mod conv;\npub use conv::Conv;\n");
    write("ops/conv.rs", "fn f() -> crate::tape::Tape {}\n");
    assert_eq!(circle(&uses(&folder)).map(|way| told(&way)).as_deref(), Some("ops → ops/conv → tape → ops"));
    write("tape.rs", "// use crate::ops::Conv;\n");
    assert_eq!(circle(&uses(&folder)), None);
}
