//! The header of a safetensors file, checked before anything is believed.

use super::bytes::Bytes;
use super::located::Located;
use safetensors::tensor::TensorInfo;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The safetensors format's own limit.
const MAX_HEADER: u64 = 100_000_000;

/// Where every tensor lies, by name.
pub fn read(file: &Bytes<'_>) -> Result<BTreeMap<String, Located>, String> {
    if file.len() < 8 {
        return Err(format!("no safetensors file: it has only {} bytes", file.len()));
    }
    let start = file.read(0, 8)?;
    let length = start.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte));
    if start.starts_with(b"{") {
        return Err("no safetensors file: it is a text in JSON, as configurations and error messages are".into());
    }
    if length > MAX_HEADER || length > file.len() - 8 {
        return Err(format!(
            "no safetensors file, or cut short: it announces a header of {length} bytes and has {} bytes in all",
            file.len()
        ));
    }
    let header = file.read(8, length as usize)?;
    let mut reader = serde_json::Deserializer::from_slice(&header);
    let tensors = reader
        .deserialize_map(Header)
        .and_then(|tensors| reader.end().map(|()| tensors))
        .map_err(|e| format!("the header of the safetensors file is damaged: {e}"))?;
    let data = 8 + length;
    check_layout(&tensors, file.len() - data)?;
    let located = |info: TensorInfo| Located {
        dtype: info.dtype,
        shape: info.shape,
        file: 0,
        at: data + info.data_offsets.0 as u64,
        strides: None,
        crc: 0,
    };
    let mut all = BTreeMap::new();
    all.extend(tensors.into_iter().map(|(name, info)| (name, located(info))));
    Ok(all)
}

/// Tensors must lie one behind the other, without gap or overlap, from the first byte to the last.
fn check_layout(tensors: &BTreeMap<String, TensorInfo>, data: u64) -> Result<(), String> {
    let mut in_order: Vec<(&String, &TensorInfo)> = tensors.iter().collect();
    in_order.sort_unstable_by_key(|(_, info)| info.data_offsets);
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
        if end as u64 > data {
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
    match data - end_before as u64 {
        0 => Ok(()),
        left => Err(format!("{left} bytes after the last tensor belong to none")),
    }
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
