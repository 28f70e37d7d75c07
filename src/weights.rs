//! `model.safetensors` → named tensors.
//!
//! The file is input from outside: nothing is believed before it is checked, and nothing is allocated that
//! the file's own length does not justify. A tensor is decoded when it is asked for, so that the file and the
//! parameters built from it are the only copies in memory.

use crate::params::Values;
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
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
    /// Numbers, all finite; f32 and f16 as stored, bf16 widened to f32.
    pub values: Values,
}

impl Stored {
    /// All values widened to f32.
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(v) => v.clone(),
            Values::F16(v) => v.iter().map(|x| x.to_f32()).collect(),
        }
    }
}

/// Makes a tensor of the given name and shape, or says that there is none.
type Generator = Box<dyn Fn(&str, &[usize]) -> Option<Vec<f32>>>;

enum Source<'a> {
    File { bytes: Cow<'a, [u8]>, data: usize, tensors: BTreeMap<String, TensorInfo> },
    Generated(Generator),
}

/// The tensors of one model, by the official state-dict's names.
pub struct Weights<'a> {
    origin: String,
    source: Source<'a>,
    asked: RefCell<BTreeSet<String>>,
    /// What differs, while [`Weights::explain`] goes on after the first.
    differences: RefCell<Option<Vec<String>>>,
}

/// The safetensors format's own limit.
const MAX_HEADER: u64 = 100_000_000;
/// Names a list in a message shows.
const LISTED: usize = 20;
/// Numbers a tensor may have that is made up to find out what else is missing.
const MOST_ZEROS: usize = 1 << 24;

impl<'a> Weights<'a> {
    /// Reads the header of a safetensors file and checks that every tensor lies where it says.
    ///
    /// `origin` is the file (or address) for the messages. A header that is cut short, too long, no JSON or
    /// names a tensor twice, and tensors that overlap, leave gaps, do not fit their shape or reach beyond the
    /// file are refused.
    pub fn from_safetensors(bytes: impl Into<Cow<'a, [u8]>>, origin: &str) -> Result<Self, WeightsError> {
        let bytes = bytes.into();
        let (tensors, data) = read_header(&bytes).map_err(|what| WeightsError(format!("{origin}: {what}")))?;
        let source = Source::File { bytes, data, tensors };
        Ok(Weights { origin: origin.into(), source, asked: RefCell::default(), differences: RefCell::default() })
    }

    /// Tensors made on demand, for measurements and tests without a file.
    pub fn generated(origin: &str, make: impl Fn(&str, &[usize]) -> Option<Vec<f32>> + 'static) -> Weights<'static> {
        let source = Source::Generated(Box::new(make));
        Weights { origin: origin.into(), source, asked: RefCell::default(), differences: RefCell::default() }
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

    /// The tensor of this name, which must have exactly this shape and only finite numbers.
    pub fn get(&self, name: &str, expected: &[usize]) -> Result<Stored, WeightsError> {
        self.asked.borrow_mut().insert(name.to_string());
        let fail = |what: String| WeightsError(format!("{}: {what}", self.origin));
        let (shape, values) = match &self.source {
            Source::Generated(make) => {
                let values = make(name, expected).ok_or_else(|| fail(format!("tensor \"{name}\" is missing")))?;
                (expected.to_vec(), Values::F32(values))
            }
            Source::File { bytes, data, tensors } => {
                let Some(info) = tensors.get(name) else {
                    if self.noted(expected, || format!("\"{name}\" {expected:?} is missing")) {
                        return Ok(zeros(expected));
                    }
                    return Err(fail(format!(
                        "tensor \"{name}\" is missing (the file holds {} tensors): \
                         the weights do not belong to this config.json, or were exported incompletely",
                        tensors.len()
                    )));
                };
                if info.shape != expected {
                    let found = &info.shape;
                    if self.noted(expected, || format!("\"{name}\" is {found:?} instead of {expected:?}")) {
                        return Ok(zeros(expected));
                    }
                    return Err(fail(format!(
                        "tensor \"{name}\" has the shape {found:?}, but config.json asks for {expected:?}: \
                         the two files do not belong together"
                    )));
                }
                let raw = &bytes[data + info.data_offsets.0..data + info.data_offsets.1];
                (info.shape.clone(), decode(info.dtype, raw).map_err(|e| fail(format!("tensor \"{name}\" {e}")))?)
            }
        };
        let broken = match &values {
            Values::F32(v) => v.iter().position(|x| !x.is_finite()),
            Values::F16(v) => v.iter().position(|x| !x.is_finite()),
        };
        if let Some(at) = broken {
            return Err(fail(format!(
                "tensor \"{name}\" holds a number that is not finite (element {at}): \
                 the file is damaged, or its training has diverged"
            )));
        }
        Ok(Stored { shape, values })
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
        expected.iter().product::<usize>() <= MOST_ZEROS
    }

    /// The first twenty tensors of the file that nobody has asked for, and how many there are. Integer buffers
    /// and `criterion.*`, which only training needs, do not count.
    pub fn unused(&self) -> (Vec<String>, usize) {
        let Source::File { tensors, .. } = &self.source else { return (Vec::new(), 0) };
        let asked = self.asked.borrow();
        let is_float = |d: Dtype| matches!(d, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16);
        let unused = |(name, info): &(&String, &TensorInfo)| {
            is_float(info.dtype) && !name.starts_with("criterion.") && !asked.contains(name.as_str())
        };
        let mut names: Vec<String> = tensors.iter().filter(unused).map(|(name, _)| name.clone()).collect();
        let total = names.len();
        names.truncate(LISTED);
        (names, total)
    }
}

fn zeros(shape: &[usize]) -> Stored {
    Stored { shape: shape.to_vec(), values: Values::F32(vec![0.0; shape.iter().product()]) }
}

fn decode(dtype: Dtype, raw: &[u8]) -> Result<Values, String> {
    let pairs = || raw.as_chunks::<2>().0.iter().copied();
    match dtype {
        Dtype::F32 => Ok(Values::F32(raw.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect())),
        Dtype::F16 => Ok(Values::F16(pairs().map(f16::from_le_bytes).collect())),
        Dtype::BF16 => Ok(Values::F32(pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect())),
        other => Err(format!("is stored as {other:?}; f32, f16 and bf16 can be read: export it as one of them")),
    }
}

/// Tensors by name and where the data begins.
fn read_header(bytes: &[u8]) -> Result<(BTreeMap<String, TensorInfo>, usize), String> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(format!("no safetensors file: it has only {} bytes", bytes.len()));
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER || length > rest.len() as u64 {
        return Err(format!(
            "no safetensors file, or cut short: it announces a header of {length} bytes and has {} bytes in all",
            bytes.len()
        ));
    }
    let (header, data) = rest.split_at(length as usize);
    let mut reader = serde_json::Deserializer::from_slice(header);
    let tensors = reader
        .deserialize_map(Header)
        .and_then(|tensors| reader.end().map(|()| tensors))
        .map_err(|e| format!("the header of the safetensors file is damaged: {e}"))?;
    check_layout(&tensors, data.len())?;
    Ok((tensors, 8 + length as usize))
}

/// Tensors must lie one behind the other, without gap or overlap, from the first byte to the last.
fn check_layout(tensors: &BTreeMap<String, TensorInfo>, data: usize) -> Result<(), String> {
    let mut in_order: Vec<(&String, &TensorInfo)> = tensors.iter().collect();
    in_order.sort_by_key(|(_, info)| info.data_offsets);
    let mut end_before = 0;
    for (name, info) in in_order {
        let (start, end) = info.data_offsets;
        let bits =
            info.shape.iter().try_fold(info.dtype.bitsize(), |n, &d| n.checked_mul(d)).filter(|n| n.is_multiple_of(8));
        if start > end || bits.is_none_or(|bits| bits / 8 != end - start) {
            return Err(format!(
                "tensor \"{name}\" of {:?} {:?} cannot lie at bytes {start} to {end}: shape and size do not fit",
                info.dtype, info.shape
            ));
        }
        if end > data {
            return Err(format!(
                "tensor \"{name}\" ends at byte {end} of the data, but there are only {data}: \
                 the file is cut short, fetch it again"
            ));
        }
        if start != end_before {
            let what = if start < end_before { "overlaps" } else { "leaves a gap after" };
            return Err(format!("tensor \"{name}\" at byte {start} {what} the one before, which ends at {end_before}"));
        }
        end_before = end;
    }
    if end_before != data {
        return Err(format!("{} bytes after the last tensor belong to none", data - end_before));
    }
    Ok(())
}

/// Reads the header's object; unlike a plain map it notices a name that comes twice and says which is broken.
struct Header;

impl<'de> Visitor<'de> for Header {
    type Value = BTreeMap<String, TensorInfo>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        use serde::de::Error;
        let mut tensors = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let info: TensorInfo =
                map.next_value().map_err(|e| A::Error::custom(format!("tensor \"{name:.100}\": {e}")))?;
            if tensors.contains_key(&name) {
                return Err(A::Error::custom(format!("tensor \"{name:.100}\" comes twice")));
            }
            tensors.insert(name, info);
        }
        Ok(tensors)
    }
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
