//! Names the modules of the first view in the page's head: they come together, not one level of imports after the other.

use super::disk::{told, write};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The module that everything begins with.
const FIRST: &str = "page/app.js";

/// Announces in `index.html` what the first module imports, and what that imports; without what is fetched when it is
/// wanted.
///
/// Errors: the page does not announce the first module itself, or a module cannot be read.
pub fn announce(out: &Path) -> Result<(), String> {
    let mut modules = Vec::new();
    collect(out, PathBuf::from(FIRST), &mut modules)?;
    let link = |module: &PathBuf| format!(r#"<link rel="modulepreload" href="{}">"#, module.display());
    let page = out.join("index.html");
    let html = fs::read_to_string(&page).map_err(|e| told(&page, e))?;
    let first = link(&PathBuf::from(FIRST));
    if !html.contains(&first) {
        return Err(format!("{} has no line {first}", page.display()));
    }
    let links: Vec<String> = modules.iter().map(link).collect();
    write(&page, html.replacen(&first, &links.join("\n"), 1).as_bytes())
}

fn collect(out: &Path, module: PathBuf, found: &mut Vec<PathBuf>) -> Result<(), String> {
    if found.contains(&module) {
        return Ok(());
    }
    let path = out.join(&module);
    let text = fs::read_to_string(&path).map_err(|e| told(&path, e))?;
    let folder = module.parent().unwrap_or(Path::new("")).to_path_buf();
    found.push(module);
    imports(&text).into_iter().try_for_each(|import| collect(out, joined(&folder, import), found))
}

/// Addresses of static imports of a module, minified or not.
fn imports(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for quote in ['"', '\''] {
        let parts: Vec<&str> = text.split(quote).collect();
        let asks = |before: &str| ["from", "import"].iter().any(|word| before.trim_end().ends_with(word));
        let is_module = |address: &str| address.starts_with('.') && address.ends_with(".js");
        found.extend(parts.windows(2).filter(|pair| asks(pair[0]) && is_module(pair[1])).map(|pair| pair[1]));
    }
    found
}

/// The path that an address relative to a folder means.
fn joined(folder: &Path, address: &str) -> PathBuf {
    let mut path = folder.to_path_buf();
    for part in Path::new(address).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(name) => path.push(name),
            _ => (),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_imports_are_followed_and_others_are_not() {
        let text = r#"import{a}from"./a.js";import"../b/b.js";export { c } from './c.js';const d=()=>import("./d.js");say("./e.js")"#;
        assert_eq!(imports(text), ["./a.js", "../b/b.js", "./c.js"]);
        assert_eq!(joined(Path::new("page"), "../lib/x.js"), Path::new("lib/x.js"));
        assert_eq!(joined(Path::new("lib"), "./own/y.js"), Path::new("lib/own/y.js"));
    }
}
