//! Taps in the layouts and under the names of the golden tensors: NCHW maps, parts in front of instances.

use crate::outputs::{Outputs, Value};
use crate::tensor::DType;
use std::collections::BTreeMap;

/// A tensor as PyTorch would have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dumped {
    /// Row-major dimensions.
    pub shape: Vec<usize>,
    /// Numbers; level indices and ids are whole.
    pub values: Vec<f32>,
}

/// Every output of a run under its golden name. `coord` and `sigma` of a stage also give `kps` (x, y, score).
pub fn golden_layout(outputs: &Outputs) -> BTreeMap<String, Dumped> {
    let mut all = BTreeMap::new();
    for (name, value) in &outputs.values {
        all.insert(name.clone(), convert(name, value));
        if let Some(stage) = name.strip_suffix(".pose.coord")
            && let Some(sigma) = outputs.values.get(&format!("{stage}.pose.sigma"))
        {
            all.insert(format!("{stage}.pose.kps"), keypoints(value, sigma));
        }
    }
    all
}

fn convert(name: &str, value: &Value) -> Dumped {
    let values: Vec<f32> = match value.dtype {
        DType::F32 => value.f32().to_vec(),
        DType::U32 => value.words.iter().map(|&w| w as f32).collect(),
    };
    let dumped = Dumped { shape: value.shape.clone(), values };
    let last = name.rsplit('.').next().unwrap_or(name);
    let part_first = ["attn_pooled", "part_embed", "part_embed_fc", "q_in", "sim", "q_attn", "q"];
    match dumped.shape[..] {
        // The letterbox's fourth channel is padding.
        [n, h, w, 4] if name == "input.padded" => channels_first(&dumped, [n, h, w, 4], 3),
        [n, h, w, c] => channels_first(&dumped, [n, h, w, c], c),
        [_, _, _] if name.contains(".pose.") && part_first.contains(&last) => parts_first(&dumped),
        [n, p, e2] if name.ends_with(".pose.gates") => {
            let mut gates = parts_first(&dumped);
            gates.shape = vec![p, n, 2, e2 / 2];
            gates
        }
        _ => dumped,
    }
}

fn channels_first(x: &Dumped, [n, h, w, c]: [usize; 4], keep: usize) -> Dumped {
    let mut values = Vec::with_capacity(n * keep * h * w);
    for i in 0..n {
        for channel in 0..keep {
            values.extend((0..h * w).map(|p| x.values[(i * h * w + p) * c + channel]));
        }
    }
    Dumped { shape: vec![n, keep, h, w], values }
}

fn parts_first(x: &Dumped) -> Dumped {
    let [n, p, e] = x.shape[..] else { return x.clone() };
    let mut values = Vec::with_capacity(x.values.len());
    for part in 0..p {
        for i in 0..n {
            values.extend(&x.values[(i * p + part) * e..][..e]);
        }
    }
    Dumped { shape: vec![p, n, e], values }
}

fn keypoints(coord: &Value, sigma: &Value) -> Dumped {
    let pairs = coord.f32().chunks_exact(2).zip(sigma.f32().chunks_exact(2));
    let values = pairs.flat_map(|(c, s)| [c[0], c[1], ((1.0 - s[0]) + (1.0 - s[1])) / 2.0]).collect();
    let mut shape = coord.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = 3;
    }
    Dumped { shape, values }
}
