//! Which model the command line runs on which engine, and what is told of it beyond its files.

use crate::checkpoint::{Checkpoint, Files};
use crate::config::Config;
use crate::detect::{Backend, Detection, Detector, Model, Options, SIZES};
use crate::infer::Hints;
use crate::picture::Picture;
use crate::weights::Weights;
use indicatif::ProgressBar;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The model and the engine it runs on.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ModelArgs {
    /// Model folder, or a weights file (.pth, .safetensors) [default: the shipped nano model]
    #[arg(long, value_name = "DIR|FILE")]
    pub model: Option<PathBuf>,
    /// What the model's files leave open
    #[command(flatten)]
    pub hints: HintArgs,
    /// Engine to run on
    #[arg(long, value_enum, default_value_t)]
    pub backend: BackendArg,
}

impl ModelArgs {
    /// The folder or file that is named, or the shipped model's.
    pub fn path(&self) -> Result<PathBuf, String> {
        self.model.clone().map_or_else(shipped_model, Ok)
    }

    /// The engine, with this model on it.
    pub fn detector(&self, model: Model) -> Result<Detector, String> {
        pollster::block_on(Detector::new(model, self.backend.into())).map_err(|e| e.to_string())
    }
}

/// What is seen on a picture. Where the processor takes over from a GPU that failed, that is said, beside the bar.
///
/// Errors: sentences without the picture's name.
pub fn look(detector: &Detector, picture: &Picture, options: &Options, bar: &ProgressBar) -> Result<Detection, String> {
    let on_gpu = detector.on_gpu();
    let seen = pollster::block_on(detector.detect(picture, options)).map_err(|e| e.to_string());
    if on_gpu && !detector.on_gpu() {
        bar.suspend(|| tell!("the GPU failed, this goes on with {}", detector.backend()));
    }
    seen
}

/// How large pictures are looked at.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct SizeArg {
    /// Shortest edge to bring pictures to, or auto
    ///
    /// Smaller is faster, larger shows who is far away. With auto a picture is looked at twice where the model can choose
    /// (nano can): how large people are at 256 px decides at which size their poses are found. A video's frames are looked at
    /// once, at the size that suits who was seen in those before.
    #[arg(long, value_name = "PIXELS", default_value_t)]
    pub size: Edge,
}

/// A shortest edge that pictures may be brought to; none is the model's choice, `auto`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge(pub Option<usize>);

impl FromStr for Edge {
    type Err = String;

    fn from_str(text: &str) -> Result<Edge, String> {
        let (low, high) = (SIZES.start(), SIZES.end());
        let size = text.parse().ok().filter(|size| SIZES.contains(size)).map(|size| Edge(Some(size as usize)));
        let size = size.or((text == "auto").then_some(Edge(None)));
        size.ok_or_else(|| format!("a whole number of pixels from {low} to {high}, or auto"))
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(size) => f.pad(&size.to_string()),
            None => f.pad("auto"),
        }
    }
}

/// What a checkpoint does not tell about itself.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct HintArgs {
    /// Configuration of the model [default: config.json in the folder or beside the weights file, else a guess]
    ///
    /// The guess is read off the tensors; what they cannot tell is said, and told by --heads, --query-feedback, --edges.
    #[arg(long, value_name = "CONFIG.json")]
    pub config: Option<PathBuf>,
    /// Without a config.json: attention heads of the decoders [default: 8]
    #[arg(long, value_name = "N", conflicts_with = "config", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub heads: Option<u32>,
    /// Without a config.json: a full model's pose stages pass their query on to the next box stage (code of 2022)
    #[arg(long, conflicts_with = "config")]
    pub query_feedback: bool,
    /// Without a config.json: shortest and most pixels of the longest side looked at [default: 800,1333]
    #[arg(long, value_name = "SHORT,LONG", conflicts_with = "config", value_parser = parse_edges)]
    pub edges: Option<(usize, usize)>,
}

fn parse_edges(text: &str) -> Result<(usize, usize), String> {
    let edges = text.split_once(',').and_then(|(short, long)| Some((short.parse().ok()?, long.parse().ok()?)));
    edges.ok_or_else(|| "edges look like 800,1333".into())
}

impl HintArgs {
    /// Every file of a model that is read.
    pub fn files(&self, path: &Path) -> Vec<PathBuf> {
        Files::find(path, self.config.as_deref()).all()
    }

    /// Opens a model folder or a weights file, and says on stderr what had to be guessed.
    pub fn open(&self, path: &Path) -> Result<Checkpoint<'static>, String> {
        let usual = Hints::default();
        let (shortest_edge, longest_edge) = self.edges.unwrap_or((usual.shortest_edge, usual.longest_edge));
        let hints = Hints {
            num_heads: self.heads.map_or(usual.num_heads, |n| n as usize),
            query_feedback: self.query_feedback,
            shortest_edge,
            longest_edge,
        };
        let checkpoint = Checkpoint::open(path, self.config.as_deref(), &hints)?;
        if !checkpoint.inferred && (self.heads.is_some() || self.query_feedback || self.edges.is_some()) {
            return Err(format!(
                "{}: there is a config.json, which says what --heads, --edges and --query-feedback are for; --config \
                 FILE names another",
                path.display()
            ));
        }
        let origin = checkpoint.weights.origin();
        checkpoint.weights.notes.iter().for_each(|note| tell!("{origin}: {note}"));
        if checkpoint.inferred {
            tell!("{origin}: {}", guessed(&checkpoint.config));
        }
        Ok(checkpoint)
    }

    /// The same, with its parameters in memory; what the file holds beyond them is told.
    pub fn load(&self, path: &Path) -> Result<Model, String> {
        self.finish(self.open(path)?)
    }

    /// The parameters of what was opened.
    pub fn finish(&self, checkpoint: Checkpoint<'_>) -> Result<Model, String> {
        let model = Model::from_weights(&checkpoint.config, &checkpoint.weights).map_err(|e| e.to_string())?;
        if checkpoint.inferred {
            tell_unused(&checkpoint.weights);
        }
        Ok(model)
    }
}

/// What was read off the tensors of a file without a configuration, and what was not.
fn guessed(config: &Config) -> String {
    let (backbone, stages, keypoints) = (config.backbone.name(), config.num_stages, config.keypoints.len());
    let decoder = if config.light { "light" } else { "full" };
    let grid =
        if config.light && !config.roi_position { format!(", pose grid {}", config.pose_roi) } else { String::new() };
    let feedback = if config.light { String::new() } else { format!(", query_feedback {}", config.query_feedback) };
    let names = if config.keypoints.iter().any(|name| name == "joint_1") { ", names of the joints" } else { "" };
    let heads = if config.overlap_attention { String::new() } else { format!("{} heads, ", config.num_heads) };
    let image = &config.image;
    format!(
        "no config.json, so the network is read off the tensors: {backbone}, {stages} stages, {decoder}, {keypoints} \
         keypoints. Taken as told or usual, since tensors do not say: {heads}edges {} and {}, mean {:?}, std {:?}, \
         {} samples per cell, threshold {}{grid}{feedback}{names}, a person's score of the class and the joints (pose_quality \
         false) (--config FILE says all of it)",
        image.shortest_edge, image.longest_edge, image.mean, image.std, config.sampling_ratio, config.threshold
    )
}

/// Names what the network does not read.
pub fn tell_unused(weights: &Weights<'_>) {
    let (names, total) = weights.unused();
    if total > 0 {
        let first = if total > names.len() { format!(", the first {}", names.len()) } else { String::new() };
        tell!("{}: tensors that are not part of the network ({total}{first}): {}", weights.origin(), names.join(", "));
    }
}

/// Which engine to run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BackendArg {
    /// The GPU where there is one that works, else the processor
    #[default]
    Auto,
    /// The GPU, or an error
    Gpu,
    /// The processor
    Cpu,
}

impl From<BackendArg> for Backend {
    fn from(wanted: BackendArg) -> Self {
        match wanted {
            BackendArg::Auto => Self::Auto,
            BackendArg::Gpu => Self::Gpu,
            BackendArg::Cpu => Self::Cpu,
        }
    }
}

/// The folder of the model that is used when none is named: `www/models/nano` of the project, looked for below
/// the current folder, above the program, and where the program was built.
fn shipped_model() -> Result<PathBuf, String> {
    const SHIPPED: &str = "www/models/nano";
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|p| p.ancestors().skip(1));
    let places = [Path::new("."), Path::new(env!("CARGO_MANIFEST_DIR"))];
    let mut candidates = places.into_iter().chain(above).map(|place| place.join(SHIPPED));
    candidates.find(|folder| folder.join("config.json").is_file()).ok_or_else(|| {
        format!("the shipped model ({SHIPPED}) is not here: run from the project's folder, or name one with --model")
    })
}
