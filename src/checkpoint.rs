//! A model as it lies on a disk or comes over a network: weights and the configuration that fits them.

use crate::config::Config;
use crate::infer::{Hints, infer};
use crate::weights::{Bytes, Weights, other_file};
#[cfg(not(target_arch = "wasm32"))]
use std::path::{Path, PathBuf};

/// A configuration and the weights it is for. No tensor has been read yet.
pub struct Checkpoint<'a> {
    /// What the network is like.
    pub config: Config,
    /// Its tensors.
    pub weights: Weights<'a>,
    /// True if the configuration was read off the tensors.
    pub inferred: bool,
}

impl<'a> Checkpoint<'a> {
    /// From the bytes of a weights file, safetensors or PyTorch's, and the text of a `config.json`. Without one the
    /// configuration is inferred. `origins` name the two for messages. Errors are sentences.
    pub fn new(
        config_json: Option<&str>,
        bytes: impl Into<Bytes<'a>>,
        hints: &Hints,
        origins: [&str; 2],
    ) -> Result<Checkpoint<'a>, String> {
        let config = config_json.map(|text| read_config(text, origins[0])).transpose()?;
        let weights = Weights::from_file(bytes, origins[1]).map_err(|e| e.to_string())?;
        Checkpoint::of(config, weights, hints)
    }

    fn of(config: Option<Config>, weights: Weights<'a>, hints: &Hints) -> Result<Checkpoint<'a>, String> {
        let inferred = config.is_none();
        let config = config.map_or_else(|| infer(&weights, hints), Ok)?;
        Ok(Checkpoint { config, weights, inferred })
    }
}

fn read_config(text: &str, origin: &str) -> Result<Config, String> {
    match other_file(text.as_bytes()) {
        Some(what) => Err(format!("{origin}: no config.json, but {what}")),
        None => Config::from_json(text, origin).map_err(|e| e.to_string()),
    }
}

/// The ending of a file that says which tensor lies in which of several files.
#[cfg(not(target_arch = "wasm32"))]
const INDEX: &str = ".safetensors.index.json";

/// Which files a model is made of.
#[cfg(not(target_arch = "wasm32"))]
pub struct Files {
    config: Option<PathBuf>,
    /// True if the configuration is there by chance: beside a weights file that was named alone.
    beside: bool,
    /// The weights, or the index of several files of them.
    weights: PathBuf,
}

#[cfg(not(target_arch = "wasm32"))]
impl Files {
    /// Of a model folder, or of a weights file with the `config.json` beside it, if there is one. `config` names
    /// another configuration.
    pub fn find(path: &Path, config: Option<&Path>) -> Files {
        // What is not there is taken for a folder, unless it is named like a file.
        let folder = path.is_dir() || (!path.exists() && path.extension().is_none());
        let home = if folder { path } else { path.parent().unwrap_or(Path::new("")) };
        let index = home.join(format!("model{INDEX}"));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let piece = name.contains("-of-") && name.ends_with(".safetensors");
        let own = home.join("config.json");
        let weights = match folder {
            true if index.is_file() && !path.join("model.safetensors").exists() => index,
            true => path.join("model.safetensors"),
            false if piece && index.is_file() => index,
            false => path.to_path_buf(),
        };
        let beside = config.is_none() && !folder && own.is_file();
        let config = config.map(Path::to_path_buf).or_else(|| (folder || beside).then_some(own));
        Files { config, beside, weights }
    }

    /// All of them, as far as they can be found.
    pub fn all(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = self.config.iter().cloned().chain([self.weights.clone()]).collect();
        if self.is_index()
            && let Ok(text) = std::fs::read_to_string(&self.weights)
        {
            all.extend(
                crate::weights::pieces(&text).into_iter().flatten().map(|name| self.weights.with_file_name(name)),
            );
        }
        all
    }

    /// The configuration, if there is one.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    fn is_index(&self) -> bool {
        self.weights.to_string_lossy().ends_with(".index.json")
    }

    /// What speaks against reading a file of a folder, with the weights that lie there instead.
    fn unread(&self, path: &Path, what: &str) -> String {
        let known = |name: &String| {
            [".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".pkl"].iter().any(|end| name.ends_with(end))
        };
        let folder = path.parent().filter(|folder| folder.is_dir() && !path.exists());
        let entries = folder.and_then(|folder| folder.read_dir().ok()).into_iter().flatten().flatten();
        let mut there: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(known).collect();
        there.sort();
        there.truncate(5);
        let instead = match there.join(", ") {
            list if list.is_empty() => list,
            list => format!(". There is {list}: name one of them instead of the folder"),
        };
        format!("{}: {what}{instead}", path.display())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Checkpoint<'static> {
    /// From a model folder, or from a weights file and the `config.json` beside it. `config` names another
    /// configuration; where there is none, it is inferred.
    pub fn open(path: &Path, config: Option<&Path>, hints: &Hints) -> Result<Checkpoint<'static>, String> {
        let files = Files::find(path, config);
        let mut notes = Vec::new();
        let mut config = None;
        if let Some(path) = &files.config {
            let text =
                std::fs::read_to_string(path).map_err(|e| files.unread(path, &format!("cannot be read: {e}")))?;
            if files.beside && is_of_another(&text) {
                notes.push(format!("{} is no QueryPose's and was passed over", path.display()));
            } else {
                config = Some(read_config(&text, &path.display().to_string())?);
            }
        }
        let open = |path: &Path| Bytes::open(path).map_err(|e| files.unread(path, &e));
        let origin = files.weights.display().to_string();
        let weights = if files.is_index() {
            let text = std::fs::read_to_string(&files.weights).map_err(|e| format!("{origin}: cannot be read: {e}"))?;
            Weights::from_pieces(&text, &origin, |name| open(&files.weights.with_file_name(name)))
        } else {
            Weights::from_file(open(&files.weights)?, &origin)
        };
        let mut weights = weights.map_err(|e| e.to_string())?;
        weights.notes.extend(notes);
        Checkpoint::of(config, weights, hints)
    }
}

/// True if this is the configuration of another program's model, as many folders have one.
#[cfg(not(target_arch = "wasm32"))]
fn is_of_another(text: &str) -> bool {
    let read: Option<serde_json::Value> = crate::json::read(text).ok();
    read.is_some_and(|config| config.get("model_type").and_then(|kind| kind.as_str()) != Some("querypose"))
}
