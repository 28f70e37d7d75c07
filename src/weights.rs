//! A model's weights, `model.safetensors` or a checkpoint of PyTorch → named tensors.
//!
//! The file is input from outside: nothing is believed before it is checked, and nothing is allocated that
//! the file's own length does not justify. A tensor is read and decoded when it is asked for, so that the parameters
//! built from it are the only copy in memory beside the file, and the file need not be in memory at all.
//!
//! **int8.** A tensor `NAME` stored as I8 comes with `NAME.scale` in F32 of the same rank, whose dimensions are 1 but
//! for the one of the output channels: `[N,1]` for a linear layer, `[N,1,1,1]` for a convolution, `[1,N,1,1]` for a
//! transposed one. Its numbers are `NAME × NAME.scale`.

mod bytes;
mod located;
mod naming;
mod other;
mod pickle;
mod pth;
mod safetensors;
mod zip;

pub use bytes::{Bytes, ReadPiece};
pub use naming::pieces;
pub use other::other_file;

use crate::params::{Int8, Values};
use crate::tensor::numbers;
use ::safetensors::Dtype;
use half::{bf16, f16};
use located::Located;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What is wrong with a weights file, with the tensor and the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightsError(String);

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for WeightsError {}

/// A tensor as the file holds it: row-major, PyTorch's layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Numbers, all finite; f32, f16 and int8 as stored, bf16 widened to f32.
    pub values: Values,
}

impl Stored {
    /// All values widened to f32.
    pub fn to_f32(&self) -> Vec<f32> {
        self.values.to_f32()
    }

    /// The values, int8 widened to f32: for what is no matrix of output channels.
    pub fn floats(self) -> Values {
        match self.values {
            Values::I8(_) => Values::F32(self.to_f32()),
            floats => floats,
        }
    }
}

/// Makes a tensor of the given name and shape, or says that there is none.
type Generator = Box<dyn Fn(&str, &[usize]) -> Option<Vec<f32>>>;

enum Source<'a> {
    Files { bytes: Vec<Bytes<'a>>, tensors: BTreeMap<String, Located> },
    Generated(Generator),
}

/// The tensors of one model, by the official state-dict's names.
pub struct Weights<'a> {
    origin: String,
    source: Source<'a>,
    asked: RefCell<BTreeSet<String>>,
    /// What differs, while [`Weights::explain`] goes on after the first.
    differences: RefCell<Option<Vec<String>>>,
    /// What is to be said about the file, a sentence each: which of several sets of weights was taken.
    pub notes: Vec<String>,
    /// The parameters built from these are for one engine, which keeps its own copy: each lets go of its numbers
    /// then. For where memory is short; false unless somebody sets it.
    pub for_one_engine: bool,
}

/// Names a list in a message shows.
const LISTED: usize = 20;
/// Numbers a tensor may have that is made up to find out what else is missing.
const MOST_ZEROS: u64 = 1 << 24;

impl<'a> Weights<'a> {
    /// Reads where the tensors of a file lie: safetensors or a checkpoint of PyTorch, told apart by how it begins.
    ///
    /// `origin` is the file (or address) for the messages. Of safetensors, a header that is cut short, too long, no
    /// JSON or names a tensor twice, and tensors that overlap, leave gaps, do not fit their shape or reach beyond the
    /// file are refused; of a checkpoint, a zip file that is cut short or packed, a pickle that holds more than data,
    /// and tensors that do not fit their storage.
    pub fn from_file(bytes: impl Into<Bytes<'a>>, origin: &str) -> Result<Self, WeightsError> {
        let bytes = bytes.into();
        let (tensors, notes) = read(&bytes).map_err(|what| WeightsError(format!("{origin}: {what}")))?;
        let (tensors, note) = naming::plain(tensors).map_err(|what| WeightsError(format!("{origin}: {what}")))?;
        let source = Source::Files { bytes: vec![bytes], tensors };
        let mut weights = Weights::of(source, origin);
        weights.notes = notes.into_iter().chain(note).collect();
        Ok(weights)
    }

    /// The same from several files: `index` is the text of `model.safetensors.index.json`, which says what lies where,
    /// and `open` opens a file beside it by name.
    pub fn from_pieces(
        index: &str,
        origin: &str,
        open: impl Fn(&str) -> Result<Bytes<'a>, String>,
    ) -> Result<Self, WeightsError> {
        let fail = |what: String| WeightsError(format!("{origin}: {what}"));
        let mut tensors = BTreeMap::new();
        let mut bytes = Vec::new();
        for name in pieces(index).map_err(fail)? {
            let piece = open(&name).map_err(WeightsError)?;
            let (found, _) = read(&piece).map_err(|what| fail(format!("{name}: {what}")))?;
            for (tensor, located) in found {
                let located = Located { file: bytes.len(), ..located };
                if tensors.insert(tensor.clone(), located).is_some() {
                    return Err(fail(format!("tensor \"{tensor:.200}\" lies in more than one file")));
                }
            }
            bytes.push(piece);
        }
        if let Some(missing) = naming::listed(index).iter().find(|name| !tensors.contains_key(*name)) {
            return Err(fail(format!("tensor \"{missing:.200}\" does not lie in the file it is listed for")));
        }
        let (tensors, note) = naming::plain(tensors).map_err(fail)?;
        let mut weights = Weights::of(Source::Files { bytes, tensors }, origin);
        weights.notes.extend(note);
        Ok(weights)
    }

    fn of(source: Source<'a>, origin: &str) -> Self {
        let (asked, differences) = (RefCell::default(), RefCell::default());
        Weights { origin: origin.into(), source, asked, differences, notes: Vec::new(), for_one_engine: false }
    }

    /// Tensors made on demand, for measurements and tests without a file.
    pub fn generated(origin: &str, make: impl Fn(&str, &[usize]) -> Option<Vec<f32>> + 'static) -> Weights<'static> {
        Weights::of(Source::Generated(Box::new(make)), origin)
    }

    /// Deterministic random weights for any network: matrices keep the variance of what they multiply, norms
    /// are near one, so that numbers stay finite through any depth.
    pub fn random(seed: u64) -> Weights<'static> {
        Weights::generated("random weights", move |name, shape| {
            let (low, high) = match shape {
                _ if name == "init_proposal_boxes.weight" => (0.2, 0.8),
                _ if name.ends_with("running_var") => (0.5, 1.5),
                [_] if name.ends_with("weight") => (0.5, 1.5),
                [_, inner @ ..] if name.ends_with("weight") && !inner.is_empty() => {
                    let reach = (3.0 / inner.iter().product::<usize>().max(1) as f64).sqrt();
                    (-reach, reach)
                }
                _ => (-0.1, 0.1),
            };
            Some(uniform(name, shape.iter().product(), low, high, seed))
        })
    }

    /// The file, for messages.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Names of the tensors somebody has asked for, without the scales of int8.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let is_scale = |name: &str| name.strip_suffix(".scale").is_some_and(|of| asked.contains(of));
        asked.iter().filter(|name| !is_scale(name)).cloned().collect()
    }

    /// How many numbers the file's tensors hold that somebody has asked for.
    pub fn numbers(&self) -> u64 {
        let shapes = self.shapes();
        self.asked().iter().filter_map(|name| shapes.get(name.as_str())).map(|shape| numbers(shape)).sum()
    }

    /// Names and shapes of the file's tensors, scales of int8 included.
    pub fn shapes(&self) -> BTreeMap<&str, &[usize]> {
        let mut shapes = BTreeMap::new();
        if let Source::Files { tensors, .. } = &self.source {
            shapes.extend(tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice())));
        }
        shapes
    }

    /// The tensor of this name, which must have exactly this shape and only finite numbers.
    pub fn get(&self, name: &str, expected: &[usize]) -> Result<Stored, WeightsError> {
        self.asked.borrow_mut().insert(name.to_string());
        let fail = |what: String| WeightsError(format!("{}: {what}", self.origin));
        let values = match &self.source {
            Source::Generated(make) => {
                Values::F32(make(name, expected).ok_or_else(|| fail(format!("tensor \"{name}\" is missing")))?)
            }
            Source::Files { bytes, tensors } => {
                let Some(located) = tensors.get(name) else {
                    if self.noted(expected, || format!("\"{name}\" {expected:?} is missing")) {
                        return Ok(zeros(expected));
                    }
                    return Err(fail(format!(
                        "tensor \"{name}\" is missing (the file holds {} tensors): \
                         the weights do not belong to this config.json, or were exported incompletely",
                        tensors.len()
                    )));
                };
                if located.shape != expected {
                    let found = &located.shape;
                    if self.noted(expected, || format!("\"{name}\" is {found:?} instead of {expected:?}")) {
                        return Ok(zeros(expected));
                    }
                    return Err(fail(format!(
                        "tensor \"{name}\" has the shape {found:?}, but the configuration asks for {expected:?}: \
                         the weights do not belong to it"
                    )));
                }
                let named = |e: String| fail(format!("tensor \"{name}\" {e}"));
                let raw = located.read(bytes).map_err(named)?;
                if located.dtype == Dtype::I8 {
                    let values = located.in_order(raw.iter().map(|&byte| byte as i8).collect());
                    Values::I8(self.scaled(name, expected, values)?)
                } else {
                    decode(located, &raw).map_err(named)?
                }
            }
        };
        if let Some(at) = values.not_finite() {
            return Err(fail(format!(
                "tensor \"{name}\" holds a number that is not finite (element {at}): \
                 the file is damaged, or its training has diverged"
            )));
        }
        Ok(Stored { shape: expected.to_vec(), values })
    }

    /// int8 numbers with the scales that lie beside them.
    fn scaled(&self, name: &str, shape: &[usize], values: Vec<i8>) -> Result<Int8, WeightsError> {
        let beside = format!("{name}.scale");
        let found = self.shapes().get(beside.as_str()).copied().unwrap_or_default();
        let along = |axis: &usize| (0..found.len()).all(|i| found[i] == if i == *axis { shape[i] } else { 1 });
        let axis = (0..found.len()).filter(|_| found.len() == shape.len()).find(along);
        let Some(axis) = axis else {
            return Err(WeightsError(format!(
                "{}: tensor \"{name}\" {shape:?} is stored as I8, and \"{beside}\" {found:?} does not hold one scale \
                 for each of its output channels",
                self.origin
            )));
        };
        let scale = self.get(&beside, found)?.to_f32();
        Ok(Int8 { values, scale, run: shape[axis + 1..].iter().product() })
    }

    /// Adds to a failed load's first error what else is missing or misshapen, the first twenty tensors. `load`
    /// is the load once more; it gets zeros for what it cannot have, and its result is worth nothing.
    pub fn explain(&self, first: WeightsError, load: impl FnOnce()) -> WeightsError {
        self.differences.replace(Some(Vec::new()));
        load();
        let differences = self.differences.take().unwrap_or_default();
        if differences.len() < 2 {
            return first;
        }
        let at_least = if differences.len() == LISTED { "at least " } else { "" };
        WeightsError(format!("{first} ({at_least}{} tensors differ: {})", differences.len(), differences.join("; ")))
    }

    /// Notes a difference if they are being collected and there is room, also in memory for the zeros.
    fn noted(&self, expected: &[usize], what: impl FnOnce() -> String) -> bool {
        let mut differences = self.differences.borrow_mut();
        let Some(list) = differences.as_mut().filter(|list| list.len() < LISTED) else { return false };
        list.push(what());
        numbers(expected) <= MOST_ZEROS
    }

    /// The first twenty tensors of the file that nobody has asked for, and how many there are. Integer buffers
    /// and `criterion.*`, which only training needs, do not count.
    pub fn unused(&self) -> (Vec<String>, usize) {
        let Source::Files { tensors, .. } = &self.source else { return (Vec::new(), 0) };
        let asked = self.asked.borrow();
        let is_float = |d: Dtype| matches!(d, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16);
        let unused = |(name, located): &(&String, &Located)| {
            is_float(located.dtype) && !name.starts_with("criterion.") && !asked.contains(name.as_str())
        };
        let mut names: Vec<String> = tensors.iter().filter(unused).map(|(name, _)| name.clone()).collect();
        let total = names.len();
        names.truncate(LISTED);
        (names, total)
    }
}

/// Where the tensors of one file lie, and what is to be said about it.
fn read(bytes: &Bytes<'_>) -> Result<(BTreeMap<String, Located>, Vec<String>), String> {
    let start = bytes.read(0, bytes.len().min(512) as usize)?;
    if let Some(what) = other_file(&start) {
        return Err(format!("no weights, but {what}"));
    }
    if pth::begins(&start) { pth::read(bytes) } else { safetensors::read(bytes).map(|tensors| (tensors, Vec::new())) }
}

fn zeros(shape: &[usize]) -> Stored {
    Stored { shape: shape.to_vec(), values: Values::F32(vec![0.0; shape.iter().product()]) }
}

/// The numbers of a tensor of floats.
fn decode(located: &Located, raw: &[u8]) -> Result<Values, String> {
    let pairs = || raw.as_chunks::<2>().0.iter().copied();
    Ok(match located.dtype {
        Dtype::F32 => {
            let floats = raw.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
            Values::F32(located.in_order(floats))
        }
        Dtype::F16 => Values::F16(located.in_order(pairs().map(f16::from_le_bytes).collect())),
        Dtype::BF16 => Values::F32(located.in_order(pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect())),
        other => {
            return Err(format!(
                "is stored as {other:?}; f32, f16, bf16 and int8 with scales can be read: export it as one of them"
            ));
        }
    })
}

/// `count` numbers in [low, high) that depend on name and seed alone: FNV-1a of the name, then splitmix64 over
/// the index. The golden tensors' weights are made by the same rule, seed 0.
pub fn uniform(name: &str, count: usize, low: f64, high: f64, seed: u64) -> Vec<f32> {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    let key = hash.wrapping_add(seed.wrapping_mul(GOLDEN));
    let number = |i: u64| {
        let mut z = key.wrapping_add(i.wrapping_mul(GOLDEN));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (low + (high - low) * ((z >> 40) as f64 / (1u64 << 24) as f64)) as f32
    };
    (1..=count as u64).map(number).collect()
}

#[cfg(test)]
#[path = "weights_tests.rs"]
mod tests;
