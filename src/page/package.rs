//! The built page as npm packages: the module with its engine, and each shipped model by itself, so that code stays
//! small and a model can be left out.

use super::disk::{copied, copy, entries, folders, told, write};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the module's package; a model's is this, a hyphen, and the model's.
const NAME: &str = "querypose";

/// Errors if a package would take the place of a folder that is none of ours: asked before the page is built, which
/// takes minutes.
pub fn check(root: &Path, to: &Path) -> Result<(), String> {
    let models = folders(&root.join("www/models"))?;
    let mut names = models.iter().map(|model| name_of(model)).chain([NAME.to_string()]);
    names.try_for_each(|name| is_free(&to.join(&name), &name))
}

/// Writes the packages of the page built in `page` into folders of `to`, replacing those of before. Returns them.
///
/// Errors: a folder of that name that is no package of ours, and what the file system says.
pub fn pack(root: &Path, page: &Path, to: &Path) -> Result<Vec<PathBuf>, String> {
    let mut packed = vec![pack_module(root, page, to)?];
    for model in copied(&root.join("www/models"), &page.join("models"))? {
        packed.push(pack_model(root, &model, to)?);
    }
    Ok(packed)
}

fn pack_module(root: &Path, page: &Path, to: &Path) -> Result<PathBuf, String> {
    let entry = |name: &str| json!({ "types": format!("./{name}.d.ts"), "default": format!("./{name}.js") });
    let manifest = json!({
        "name": NAME,
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Finds people's skeletons in pictures and videos, on the visitor's own device: QueryPose on WebGPU or the processor",
        "keywords": ["pose", "pose-estimation", "keypoints", "skeleton", "webgpu", "wasm"],
        "license": env!("CARGO_PKG_LICENSE"),
        "type": "module",
        "exports": {
            ".": entry("querypose"),
            "./element": entry("element"),
            "./worker": "./worker.js",
            "./package.json": "./package.json",
        },
        "types": "./querypose.d.ts",
        // Defining <query-pose> and starting the worker are what those modules are for.
        "sideEffects": ["./element.js", "./worker.js"],
    });
    write_package(root, &page.join("lib"), &to.join(NAME), &manifest)
}

fn pack_model(root: &Path, model: &Path, to: &Path) -> Result<PathBuf, String> {
    let name = name_of(model);
    let manifest = json!({
        "name": name,
        "version": env!("CARGO_PKG_VERSION"),
        "description": format!("Weights for {NAME}; its README says what they can do and where they come from"),
        "license": env!("CARGO_PKG_LICENSE"),
        "exports": { "./*": "./*" },
    });
    write_package(root, model, &to.join(&name), &manifest)
}

/// Name of a model's package.
fn name_of(model: &Path) -> String {
    format!("{NAME}-{}", model.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether a folder is not there, empty, or an older package of this name.
fn is_free(to: &Path, name: &str) -> Result<(), String> {
    let manifest = fs::read(to.join("package.json")).ok();
    let before: serde_json::Value = manifest.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    if before["name"] != *name && to.exists() && !entries(to)?.is_empty() {
        return Err(format!("{} is not an older package of this, and is left as it is.", to.display()));
    }
    Ok(())
}

/// Fills a package's folder anew.
fn write_package(root: &Path, from: &Path, to: &Path, manifest: &serde_json::Value) -> Result<PathBuf, String> {
    is_free(to, manifest["name"].as_str().unwrap_or_default())?;
    if to.exists() {
        fs::remove_dir_all(to).map_err(|e| told(to, e))?;
    }
    copy(from, to)?;
    let licence = root.join("LICENSE");
    fs::copy(&licence, to.join("LICENSE")).map_err(|e| told(&licence, e))?;
    let text = serde_json::to_string_pretty(manifest).map_err(|e| format!("package.json: {e}"))?;
    write(&to.join("package.json"), format!("{text}\n").as_bytes())?;
    Ok(to.to_path_buf())
}
