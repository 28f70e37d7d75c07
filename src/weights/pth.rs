//! PyTorch checkpoints (`torch.save` since version 1.6): a zip of a pickle, which names the tensors, and their
//! numbers, an entry for each storage.

use super::bytes::Bytes;
use super::located::Located;
use super::naming;
use super::pickle::{Item, LARGEST, Pickle, Tensor};
use super::zip::Zip;
use std::collections::BTreeMap;

/// How `torch.save` began before version 1.6: a pickle of this number.
const OLD_MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// Keys under which training programs keep the state-dict.
const WRAPPERS: [&str; 2] = ["model", "state_dict"];
/// Dicts that are looked through for state-dicts, and how deep they may lie in each other.
const LOOKED_THROUGH: usize = 1000;
const DEEPEST: usize = 4;
/// Tensors may share storages, but not so often that together they are so many times the file.
const MOST_SHARED: u64 = 4;

/// True if a file begins like a checkpoint of PyTorch, of whatever version.
pub fn begins(start: &[u8]) -> bool {
    Zip::begins(start) || is_pickle(start)
}

/// A pickle of protocol 2 to 5. A safetensors file may begin with the same two bytes, of the length of its header.
fn is_pickle(start: &[u8]) -> bool {
    let length = matches!(start.get(3..9), Some([0, 0, 0, 0, 0, b'{']));
    matches!(start, [0x80, 2..=5, ..]) && !length
}

fn is_old(start: &[u8]) -> bool {
    start.starts_with(b"\x80") && start.get(2..).is_some_and(|rest| rest.starts_with(OLD_MAGIC))
}

/// Where every tensor of the state-dict lies, by name.
/// With it comes what is to be said: which of several state-dicts was taken.
pub fn read(file: &Bytes<'_>) -> Result<(BTreeMap<String, Located>, Vec<String>), String> {
    let start = file.read(0, file.len().min(16) as usize)?;
    if is_old(&start) {
        return Err("it was written by a PyTorch older than 1.6: load it there and save it again, \
                    torch.save(torch.load(old), new)"
            .into());
    }
    if is_pickle(&start) {
        return Err("a plain pickle, as detectron2's model zoo has them (.pkl), no checkpoint of PyTorch: load it in \
                    Python and save it again, torch.save({name: torch.as_tensor(x) for name, x in \
                    pickle.load(open(old, 'rb'), encoding='latin1')['model'].items()}, new)"
            .into());
    }
    let zip = Zip::read(file)?;
    if zip.entries.keys().any(|name| name.ends_with("constants.pkl")) {
        return Err("a TorchScript archive, no checkpoint: save the model's state_dict() instead".into());
    }
    let mut pickles = zip.entries.keys().filter_map(|name| name.strip_suffix("data.pkl"));
    let folder = match (pickles.next(), pickles.next()) {
        (Some(folder), None) if folder.is_empty() || folder.ends_with('/') => folder.to_string(),
        (None, _) => return Err("a zip file, but no PyTorch checkpoint: there is no data.pkl in it".into()),
        _ => return Err("a zip file with more than one data.pkl is no PyTorch checkpoint".into()),
    };
    let content = |name: &str, most: usize| -> Result<Option<Vec<u8>>, String> {
        let name = format!("{folder}{name}");
        let Some(entry) = zip.entries.get(&name) else { return Ok(None) };
        if entry.size > most as u64 {
            return Err(format!("\"{name}\" has {} bytes, more than the {most} it may have", entry.size));
        }
        let start = zip.start(file, &name, entry)?;
        Ok(Some(file.read(start, entry.size as usize)?.into_owned()))
    };
    if let Some(order) = content("byteorder", 16)?
        && order != b"little"
    {
        return Err("it was written by a big-endian machine: load it there and save it as safetensors".into());
    }
    let bytes = content("data.pkl", LARGEST)?.unwrap_or_default();
    let pickle = Pickle::read(&bytes)?;

    let mut all = BTreeMap::new();
    let mut claimed = 0u64;
    let (state, note) = state_dict(&pickle)?;
    for (name, tensor) in state {
        let fail = |what: String| format!("tensor \"{name:.200}\" {what}");
        let located = locate(file, &zip, &folder, &pickle, tensor).map_err(fail)?;
        claimed = claimed.saturating_add(located.bytes());
        if claimed > MOST_SHARED.saturating_mul(file.len()) {
            return Err(fail(format!(
                "and those before it claim {claimed} bytes of the {} the file has: it is damaged, or made to harm",
                file.len()
            )));
        }
        if all.insert(name.to_string(), located).is_some() {
            return Err(fail("comes twice".into()));
        }
    }
    Ok((all, note.into_iter().collect()))
}

type Tensors<'a> = Vec<(&'a str, &'a Tensor)>;

/// Tensors by name, of the pickle itself or of what is wrapped in it, and what is to be said about the choice.
fn state_dict<'a>(pickle: &'a Pickle<'a>) -> Result<(Tensors<'a>, Option<String>), String> {
    let dict = |item: Item| pickle.dict(item);
    let outer = dict(pickle.root()).ok_or("it holds no state-dict: save model.state_dict()")?;
    let mut found = networks(pickle, outer);
    if !found.is_empty() {
        let sets: Vec<(&str, usize)> = found.iter().map(|(path, tensors)| (path.as_str(), tensors.len())).collect();
        let (chosen, note) = naming::prefer(&sets);
        return Ok((found.swap_remove(chosen).1, note));
    }
    let wrapped = WRAPPERS.iter().find_map(|wrapper| {
        let (_, inner) = outer.iter().rev().find(|(key, _)| pickle.text(*key) == Some(wrapper))?;
        dict(*inner)
    });
    let pairs = wrapped.unwrap_or(outer).iter();
    let tensors: Vec<_> = pairs.filter_map(|&(key, value)| Some((pickle.text(key)?, pickle.tensor(value)?))).collect();
    if tensors.is_empty() {
        let keys: Vec<&str> = outer.iter().filter_map(|(key, _)| pickle.text(*key)).take(5).collect();
        return Err(format!(
            "it holds no tensors by name (its entries: {:.200}): save model.state_dict()",
            keys.join(", ")
        ));
    }
    Ok((tensors, None))
}

/// The state-dicts that hold a QueryPose, with the keys that lead to them.
fn networks<'a>(pickle: &'a Pickle<'a>, outer: &'a [(Item, Item)]) -> Vec<(String, Tensors<'a>)> {
    let mut found = Vec::new();
    let mut open = std::collections::VecDeque::from([(String::new(), outer, 0)]);
    for _ in 0..LOOKED_THROUGH {
        let Some((path, pairs, depth)) = open.pop_front() else { break };
        let named = || pairs.iter().filter_map(|&(key, value)| Some((pickle.text(key)?, value)));
        let tensors: Tensors<'_> = named().filter_map(|(name, value)| Some((name, pickle.tensor(value)?))).collect();
        if depth < DEEPEST {
            open.extend(
                named().filter_map(|(key, value)| Some((format!("{path}{key}."), pickle.dict(value)?, depth + 1))),
            );
        }
        if tensors.iter().any(|(name, _)| name.ends_with(naming::SIGN)) {
            found.push((path, tensors));
        }
    }
    found
}

/// Checks a tensor against its storage, and the storage against the file.
fn locate(file: &Bytes<'_>, zip: &Zip, folder: &str, pickle: &Pickle<'_>, tensor: &Tensor) -> Result<Located, String> {
    let storage = &tensor.storage;
    let key = pickle.text(storage.key).ok_or("has a storage without a name: the file is damaged")?;
    let name = format!("{folder}data/{key}");
    let entry = zip.entries.get(&name).ok_or_else(|| format!("should lie in \"{name:.200}\", which is missing"))?;
    let width = storage.dtype.bitsize() as u64 / 8;
    let len = u64::try_from(storage.len).map_err(|_| "has a storage of negative length: the file is damaged")?;
    if len.checked_mul(width).is_none_or(|bytes| bytes > entry.size) {
        return Err(format!(
            "lies in a storage of {len} numbers ({:?}), but \"{name:.200}\" has only {} bytes: the file is damaged",
            storage.dtype, entry.size
        ));
    }
    let view = View::new(tensor, len).ok_or_else(|| {
        let Tensor { first, shape, strides, .. } = tensor;
        let list = |numbers: &[i64]| format!("{:?}", &numbers[..numbers.len().min(8)]);
        format!(
            "of shape {} with steps {} from number {first} on does not fit its storage of {len} numbers",
            list(shape),
            list(strides)
        )
    })?;
    let at = zip.start(file, &name, entry)? + view.first * width;
    let whole = view.strides.is_none() && view.numbers * width == entry.size;
    let crc = if whole { entry.crc } else { 0 };
    Ok(Located { dtype: storage.dtype, shape: view.shape, file: 0, at, strides: view.strides, crc })
}

/// A tensor as a view of its storage.
struct View {
    first: u64,
    shape: Vec<usize>,
    /// None if its numbers lie one behind the other.
    strides: Option<Vec<usize>>,
    numbers: u64,
}

impl View {
    /// None if it reaches beyond its storage, or shows more numbers than the storage has.
    fn new(tensor: &Tensor, len: u64) -> Option<View> {
        let natural = |numbers: &[i64]| numbers.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<Vec<_>>>();
        let (shape, strides) = (natural(&tensor.shape)?, natural(&tensor.strides)?);
        if shape.len() != strides.len() || shape.len() > 8 {
            return None;
        }
        let first = u64::try_from(tensor.first).ok()?;
        let numbers = shape.iter().try_fold(1u64, |n, &d| n.checked_mul(d as u64))?;
        let mut end = first;
        let (mut dense, mut step) = (true, 1u64);
        for (&size, &stride) in shape.iter().zip(&strides).rev() {
            if size > 1 {
                end = end.checked_add((size as u64 - 1).checked_mul(stride as u64)?)?;
                dense &= stride as u64 == step;
            }
            step = step.saturating_mul(size as u64);
        }
        if numbers > len || first > len || (numbers > 0 && end >= len) {
            return None;
        }
        let strides = if dense || numbers == 0 { None } else { Some(strides) };
        Some(View { first, shape, strides, numbers })
    }
}

#[cfg(test)]
#[path = "pth_tests.rs"]
mod tests;
