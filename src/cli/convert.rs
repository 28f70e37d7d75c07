//! `querypose convert`: a checkpoint in, a model folder out.

use super::Failure;
use crate::checkpoint::Checkpoint;
use crate::detect::Model;
use crate::infer::Hints;
use crate::params::{Int8, Values};
use crate::weights::Weights;
use half::f16;
use safetensors::tensor::{Dtype, View};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What `querypose convert` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ConvertArgs {
    /// A checkpoint of PyTorch (.pth), a safetensors file, or a model folder
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Folder to write config.json and model.safetensors into
    #[arg(value_name = "OUT_DIR")]
    pub out: PathBuf,
    /// How to store the numbers: f32 keeps every bit, f16 takes half the bytes, int8 a quarter
    #[arg(long, value_enum, default_value_t)]
    pub dtype: StoreAs,
    #[command(flatten)]
    pub told: Told,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreAs {
    /// Single precision
    F32,
    /// Half precision where nothing is lost by it
    #[default]
    F16,
    /// Large matrices and convolutions in 8 bits with a scale per output channel, the rest in single precision
    Int8,
}

/// What a checkpoint does not tell about itself.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Told {
    /// Configuration of the model [default: the folder's own; read off the tensors of a single file]
    #[arg(long, value_name = "CONFIG.json")]
    pub config: Option<PathBuf>,
    /// Attention heads of a single file's decoders [default: 8]
    #[arg(long, value_name = "N", conflicts_with = "config", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub heads: Option<u32>,
    /// Of a single file's full model: pose stages pass their query on to the next box stage (official code of 2022)
    #[arg(long, conflicts_with = "config")]
    pub query_feedback: bool,
    /// Shortest and most pixels of the longest side a single file's network looks at [default: 800,1333]
    #[arg(long, value_name = "SHORT,LONG", conflicts_with = "config", value_parser = parse_edges)]
    pub edges: Option<(usize, usize)>,
}

fn parse_edges(text: &str) -> Result<(usize, usize), String> {
    let edges = text.split_once(',').and_then(|(short, long)| Some((short.parse().ok()?, long.parse().ok()?)));
    edges.ok_or_else(|| "edges look like 800,1333".into())
}

impl Told {
    /// Opens a model folder or a checkpoint.
    pub fn open(&self, path: &Path) -> Result<Checkpoint<'static>, String> {
        if path.is_dir() && (self.heads.is_some() || self.query_feedback || self.edges.is_some()) {
            return Err(format!(
                "{}: a model folder has a config.json, which says what --heads, --edges and --query-feedback are for",
                path.display()
            ));
        }
        let usual = Hints::default();
        let (shortest_edge, longest_edge) = self.edges.unwrap_or((usual.shortest_edge, usual.longest_edge));
        let hints = Hints {
            num_heads: self.heads.map_or(usual.num_heads, |n| n as usize),
            query_feedback: self.query_feedback,
            shortest_edge,
            longest_edge,
        };
        Checkpoint::open(path, self.config.as_deref(), &hints)
    }

    /// The same, with its parameters in memory; what the file holds beyond them is told.
    pub fn load(&self, path: &Path) -> Result<Model, String> {
        let checkpoint = self.open(path)?;
        let model = Model::from_weights(&checkpoint.config, &checkpoint.weights).map_err(|e| e.to_string())?;
        if checkpoint.inferred {
            tell_unused(&checkpoint.weights);
        }
        Ok(model)
    }
}

/// Names what the network does not read.
fn tell_unused(weights: &Weights<'_>) {
    let (names, total) = weights.unused();
    if total > 0 {
        let first = if total > names.len() { format!(", the first {}", names.len()) } else { String::new() };
        eprintln!(
            "querypose: {}: {total} tensors are not part of the network{first}: {}",
            weights.origin(),
            names.join(", ")
        );
    }
}

/// Converts. The folder is written only when the network could be built from the tensors.
pub fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let checkpoint = args.told.open(&args.input)?;
    let (config, weights) = (&checkpoint.config, &checkpoint.weights);
    drop(Model::from_weights(config, weights).map_err(|e| e.to_string())?);
    if checkpoint.inferred {
        say!(
            "read off the tensors: {}, {} stages, {}, {} keypoints",
            config.backbone.name(),
            config.num_stages,
            if config.light { "light" } else { "full" },
            config.keypoints.len()
        );
        let feedback = if config.light { String::new() } else { format!(", query_feedback {}", config.query_feedback) };
        say!(
            "taken as told or usual, since tensors do not say: {} heads, edges {} and {}{feedback}",
            config.num_heads,
            config.image.shortest_edge,
            config.image.longest_edge
        );
    }
    tell_unused(weights);

    let unwritten = |path: &Path, e: &dyn std::fmt::Display| format!("{}: cannot be written: {e}", path.display());
    std::fs::create_dir_all(&args.out).map_err(|e| unwritten(&args.out, &e))?;
    let (part, file) = (args.out.join("model.safetensors.part"), args.out.join("model.safetensors"));
    let written = write(weights, args.dtype, &part);
    // The old file may be the one that is read, so it is replaced only now.
    let written =
        written.and_then(|count| std::fs::rename(&part, &file).map(|()| count).map_err(|e| unwritten(&file, &e)));
    let count = written.inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    let to = args.out.join("config.json");
    let json = serde_json::to_string_pretty(config).map_err(|e| e.to_string())?;
    std::fs::write(&to, json + "\n").map_err(|e| unwritten(&to, &e))?;
    // The library's files are readable to nobody else, which a web server may be.
    if let Ok(like) = std::fs::metadata(&to) {
        std::fs::set_permissions(&file, like.permissions()).map_err(|e| unwritten(&file, &e))?;
    }
    let bytes = std::fs::metadata(&file).map_or(0, |m| m.len());
    say!("{}: {count} tensors, {:.1} MB", args.out.display(), bytes as f64 / 1e6);
    Ok(())
}

/// Writes every tensor the network has asked for; how many.
fn write(weights: &Weights<'_>, store: StoreAs, to: &Path) -> Result<usize, String> {
    let trouble = RefCell::new(None);
    let mut out: Vec<(String, Written<'_>)> = Vec::new();
    let shapes = weights.shapes();
    let asked = weights.asked();
    for name in &asked {
        let shape = shapes.get(name.as_str()).copied().unwrap_or_default();
        let values = weights.get(name, shape).map_err(|e| e.to_string())?.to_f32();
        let written = |part, shape| Written { weights, trouble: &trouble, name: name.clone(), part, shape };
        match channel_axis(name, shape).filter(|_| store == StoreAs::Int8) {
            Some(axis) => {
                let scales = (0..shape.len()).map(|i| if i == axis { shape[i] } else { 1 }).collect();
                out.push((name.clone(), written(Part::Steps(axis), shape.to_vec())));
                out.push((format!("{name}.scale"), written(Part::Scale(axis), scales)));
            }
            None => {
                let narrow = store == StoreAs::F16 && fits_f16(name, &values);
                let part = if narrow { Part::F16 } else { Part::F32 };
                out.push((name.clone(), written(part, shape.to_vec())));
            }
        }
    }
    let count = asked.len();
    let metadata = std::collections::HashMap::from([("format".to_string(), "pt".to_string())]);
    safetensors::serialize_to_file(out, Some(metadata), to)
        .map_err(|e| format!("{}: cannot be written: {e}", to.display()))?;
    trouble.into_inner().map_or(Ok(count), Err)
}

/// Boxes become pixels, and running statistics feed a division: both keep every bit.
const KEPT: [&str; 3] = ["init_proposal_boxes", "running_mean", "running_var"];
/// The largest number that is stored in half precision, which ends at 65504.
const LARGEST_F16: f32 = 6e4;

fn fits_f16(name: &str, values: &[f32]) -> bool {
    !KEPT.iter().any(|kept| name.contains(kept)) && values.iter().all(|v| v.abs() < LARGEST_F16)
}

/// Numbers a matrix must have for 8 bits to be worth their scales …
const SMALLEST_INT8: usize = 16384;
/// … and numbers that share a scale.
const SHORTEST_CHANNEL: usize = 32;

/// The dimension of the output channels, if this is a matrix or convolution to be stored in 8 bits.
fn channel_axis(name: &str, shape: &[usize]) -> Option<usize> {
    let tables = ["init_proposal_", "part_query", "relative_position_bias_table", "roi_position"];
    let numbers: usize = shape.iter().product();
    // A transposed convolution's channels come second.
    let axis = usize::from(name.ends_with("upsample.0.weight"));
    let is_matrix = shape.len() == 2 || shape.len() == 4;
    let worth = numbers >= SMALLEST_INT8 && numbers / shape.get(axis).copied().unwrap_or(1).max(1) >= SHORTEST_CHANNEL;
    (is_matrix && worth && name.ends_with("weight") && !tables.iter().any(|t| name.contains(t))).then_some(axis)
}

/// What of a tensor is written, made when it is written: one at a time is in memory.
struct Written<'a> {
    weights: &'a Weights<'a>,
    trouble: &'a RefCell<Option<String>>,
    name: String,
    part: Part,
    shape: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Part {
    F32,
    F16,
    /// 8-bit numbers of channels along this dimension.
    Steps(usize),
    /// Their scales.
    Scale(usize),
}

impl Written<'_> {
    fn stored(&self) -> Result<Vec<u8>, String> {
        let shapes: BTreeMap<&str, &[usize]> = self.weights.shapes();
        let shape = shapes.get(self.name.as_str()).copied().unwrap_or_default();
        let stored = self.weights.get(&self.name, shape).map_err(|e| e.to_string())?;
        let int8 = |axis: usize| {
            let run = shape[axis + 1..].iter().product();
            match &stored.values {
                // Rounding a second time would only cost the scales their last bit.
                Values::I8(as_it_is) if as_it_is.run == run && as_it_is.scale.len() == shape[axis] => as_it_is.clone(),
                floats => Int8::nearest(&floats.to_f32(), shape[axis], run),
            }
        };
        let floats = |numbers: &[f32]| numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        Ok(match self.part {
            Part::F32 => floats(&stored.to_f32()),
            Part::F16 => stored.to_f32().iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
            Part::Steps(axis) => int8(axis).values.iter().map(|&v| v as u8).collect(),
            Part::Scale(axis) => floats(&int8(axis).scale),
        })
    }
}

impl View for Written<'_> {
    fn dtype(&self) -> Dtype {
        match self.part {
            Part::F32 | Part::Scale(_) => Dtype::F32,
            Part::F16 => Dtype::F16,
            Part::Steps(_) => Dtype::I8,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        // The file was read to its end before; if that fails now, what was written is thrown away.
        self.stored()
            .unwrap_or_else(|e| {
                self.trouble.borrow_mut().get_or_insert(e);
                vec![0; self.data_len()]
            })
            .into()
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype().bitsize() / 8
    }
}
