//! A model as it lies on a disk or comes over a network: weights and the configuration that fits them.

use crate::config::Config;
use crate::infer::{Hints, infer};
use crate::weights::{Bytes, Weights};

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
        let config =
            config_json.map(|text| Config::from_json(text, origins[0])).transpose().map_err(|e| e.to_string())?;
        let weights = Weights::from_file(bytes, origins[1]).map_err(|e| e.to_string())?;
        let inferred = config.is_none();
        let config = config.map_or_else(|| infer(&weights, hints), Ok)?;
        Ok(Checkpoint { config, weights, inferred })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Checkpoint<'static> {
    /// From a model folder, or from a weights file alone. A folder's own `config.json` is read unless `config` names
    /// another; a file's configuration is inferred unless it does.
    pub fn open(
        path: &std::path::Path,
        config: Option<&std::path::Path>,
        hints: &Hints,
    ) -> Result<Checkpoint<'static>, String> {
        // What is not there is taken for a folder, unless it is named like a file.
        let folder = path.is_dir() || (!path.exists() && path.extension().is_none());
        let own = path.join("config.json");
        let config = config.or_else(|| folder.then_some(own.as_path()));
        let file = if folder { path.join("model.safetensors") } else { path.to_path_buf() };
        let text = |path: &std::path::Path| {
            std::fs::read_to_string(path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))
        };
        let text = config.map(text).transpose()?;
        let bytes = Bytes::open(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let origin = config.map(|path| path.display().to_string()).unwrap_or_default();
        Checkpoint::new(text.as_deref(), bytes, hints, [&origin, &file.display().to_string()])
    }
}
