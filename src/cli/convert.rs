//! `querypose convert`: a checkpoint in, a model folder out.

use super::failure::Failure;
use super::files::{self, Draft, Inputs, place};
use super::model::{HintArgs, tell_unused};
use crate::checkpoint::Files;
use crate::detect::Model;
use crate::params::{Int8, Values};
use crate::say::plain;
use crate::weights::Weights;
use half::f16;
use safetensors::tensor::{Dtype, View};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// What `querypose convert` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ConvertArgs {
    /// A checkpoint of PyTorch (.pth), a safetensors file, or a model folder
    ///
    /// Of several sets of weights in one file the moving average is taken, which is said. Weights over several files are
    /// read by their model.safetensors.index.json.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Folder to write config.json and model.safetensors into; a file that is read is never written over
    #[arg(value_name = "OUT_DIR")]
    pub out: PathBuf,
    /// How to store the numbers: f32 keeps every bit, f16 takes half the bytes, int8 a quarter
    #[arg(long, value_enum, default_value_t)]
    pub dtype: StoreAs,
    /// What the model's files leave open
    #[command(flatten)]
    pub hints: HintArgs,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreAs {
    /// Single precision
    F32,
    /// Numbers rounded to half precision, but for those that need more room or exactness
    #[default]
    F16,
    /// Large matrices and convolutions in 8 bits with a scale per output channel, the rest in single precision
    Int8,
}

/// Converts. The folder is written only when the network could be built from the tensors.
pub fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let checkpoint = args.hints.open(&args.input)?;
    let (config, weights) = (&checkpoint.config, &checkpoint.weights);
    drop(Model::from_weights(config, weights).map_err(|e| e.to_string())?);
    let (file, to) = (args.out.join("model.safetensors"), args.out.join("config.json"));
    let mut inputs = Inputs::of(args.hints.files(&args.input).iter().map(PathBuf::as_path));
    // The configuration that is read says all that would be written: where it lies already, it stays.
    let read = Files::find(&args.input, args.hints.config.as_deref());
    let stays = !checkpoint.inferred && read.config().is_some_and(|config| place(config) == place(&to));
    inputs.claim("OUT_DIR", &file)?;
    if !stays {
        inputs.claim("OUT_DIR", &to)?;
    }
    tell_unused(weights);

    std::fs::create_dir_all(&args.out).map_err(|e| files::unwritten(&args.out, &e))?;
    let mut draft = Draft::new(&file)?;
    let (count, bytes) = stored(weights, args.dtype).map_err(Failure::Failed)?;
    draft.write_all(&bytes).map_err(|e| files::unwritten(&file, &e))?;
    if !stays {
        let json = serde_json::to_string_pretty(config).map_err(|e| e.to_string())?;
        files::write(&to, (json + "\n").as_bytes())?;
    }
    draft.keep()?;
    say!("{}: {count} tensors, {:.1} MB", plain(&args.out.to_string_lossy()), bytes.len() as f64 / 1e6);
    Ok(())
}

/// A file of every tensor the network has asked for, how many and its bytes.
fn stored(weights: &Weights<'_>, store: StoreAs) -> Result<(usize, Vec<u8>), String> {
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
    // Not by the library's own writer, whose drafts stay when the program is stopped.
    let bytes =
        safetensors::serialize(out, Some(metadata)).map_err(|e| format!("no safetensors file can be made: {e}"))?;
    trouble.into_inner().map_or(Ok((count, bytes)), Err)
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

/// What of a tensor is written, made when it is written: one at a time is in memory beside the file.
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
