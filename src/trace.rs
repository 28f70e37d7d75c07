//! A trace: what one forward pass computed on its way to the people, small enough to be drawn. The page's Inside
//! view is made of traces; they are written as safetensors files, stored ones with their large tensors in bytes.

use crate::config::Config;
use crate::detect::{DetectError, Detection, Detector, Options};
use crate::engine::Value;
use crate::model::{Decode, Intervention};
use crate::picture::Picture;
use crate::pose::TfjsPose;
use crate::tape::{DType, Wanted};
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// How to look, and what to keep.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceOptions {
    /// Person score from which on a person is shown, 0 … 1. Default: the model's own.
    #[serde(default)]
    pub threshold: Option<f32>,
    /// Most people to decode.
    pub max_people: usize,
    /// Decode all proposals.
    #[serde(default)]
    pub all: bool,
    /// Keep [`taps`], else results only.
    #[serde(default)]
    pub taps: bool,
    /// Measure every block.
    #[serde(default)]
    pub timed: bool,
    /// What is done differently from the network as it was learned.
    #[serde(default)]
    pub intervention: Intervention,
}

/// What a trace says in words and single numbers, as JSON under `facts` in the file's metadata.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    /// Width and height of the picture, pixels.
    picture: [u32; 2],
    /// Width and height of what the network saw of it, without padding; boxes are in these pixels.
    resized: [usize; 2],
    threshold: f32,
    proposals: usize,
    stages: usize,
    parts: &'a [Vec<String>],
    keypoints: &'a [String],
    /// Instances decoded.
    count: usize,
    poses: Vec<TfjsPose<'a>>,
    /// From the pixels to the results, milliseconds.
    ms: f64,
    blocks: Vec<BlockFacts>,
}

/// What a block of the network costs.
#[derive(Default, Serialize)]
struct BlockFacts {
    name: String,
    /// Multiply-accumulates of this run.
    macs: u64,
    /// Multiply-accumulates if all proposals were decoded.
    macs_all: u64,
    /// Milliseconds, if they were asked for and this engine can tell.
    ms: Option<f64>,
}

/// The taps a trace keeps, of every stage: boxes, class logits, who talks to whom, part attention, gates,
/// coordinates and sigma.
pub fn taps(config: &Config) -> Wanted {
    let boxes = ["boxes", "logits", "mix"].map(|name| format!("box.{name}"));
    let poses = ["attn", "gates", "mix", "coord", "sigma"].map(|name| format!("pose.{name}"));
    let of_stage = |s| boxes.iter().chain(&poses).map(move |name| format!("s{s}.{name}"));
    let first = "s0.box.in_boxes".to_string();
    Wanted::Names((0..config.num_stages).flat_map(of_stage).chain([first]).collect())
}

/// Looks at a picture and keeps what `options` ask for.
pub async fn look(detector: &Detector, picture: &Picture, options: &TraceOptions) -> Result<Detection, DetectError> {
    let config = detector.model().config();
    let options = Options {
        threshold: options.threshold.unwrap_or(config.threshold),
        max_people: options.max_people,
        decode: if options.all { Decode::All } else { Decode::OnDemand },
        wanted: if options.taps { taps(config) } else { Wanted::Nothing },
        intervention: options.intervention,
        timed: options.timed,
    };
    detector.detect(picture, &options).await
}

/// Writes what was seen as a safetensors file: results and taps under their names on the tape, in its layouts,
/// instances in front, ids and counts as whole numbers in F32. `compact` stores the larger ones in bytes:
/// `x = byte / 255 × scale`, a scale a row of the last dimension, in the tensor `NAME/scale`.
pub fn trace(detector: &Detector, picture: &Picture, seen: &Detection, compact: bool) -> Result<Vec<u8>, DetectError> {
    let mut stored: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (name, value) in &seen.outputs.values {
        let values = numbers(value);
        let row = value.shape.last().copied().unwrap_or(1);
        if compact && row >= BYTES_FROM && values.len() >= row {
            let (bytes, scales) = in_bytes(&values, row);
            let scale = scales.iter().flat_map(|v| v.to_le_bytes()).collect();
            stored.insert(format!("{name}/scale"), (Dtype::F32, vec![scales.len()], scale));
            stored.insert(name.clone(), (Dtype::U8, value.shape.clone(), bytes));
        } else {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            stored.insert(name.clone(), (Dtype::F32, value.shape.clone(), bytes));
        }
    }
    let said = |e: &dyn std::fmt::Display| DetectError(format!("the trace cannot be written: {e}"));
    let facts = serde_json::to_string(&facts(detector, picture, seen)?).map_err(|e| said(&e))?;
    let views: Vec<(&str, TensorView<'_>)> = stored
        .iter()
        .map(|(name, (dtype, shape, bytes))| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()
        .map_err(|e| said(&e))?;
    safetensors::serialize(views, Some(HashMap::from([("facts".to_string(), facts)]))).map_err(|e| said(&e))
}

/// Rows from this length on are stored in bytes: attention maps, gates, the talk of the queries.
const BYTES_FROM: usize = 20;

fn numbers(value: &Value) -> Vec<f32> {
    match value.dtype {
        DType::F32 => value.f32().to_vec(),
        DType::U32 => value.words.iter().map(|&w| w as f32).collect(),
    }
}

/// Numbers that are never below zero, by bytes and a scale a row.
fn in_bytes(values: &[f32], row: usize) -> (Vec<u8>, Vec<f32>) {
    let scales: Vec<f32> = values.chunks_exact(row).map(|row| row.iter().fold(0.0, |m, v| v.max(m))).collect();
    let each = values.chunks_exact(row).zip(&scales);
    let bytes = each.flat_map(|(row, &scale)| {
        row.iter().map(move |v| if scale > 0.0 { (v / scale * 255.0).round() as u8 } else { 0 })
    });
    (bytes.collect(), scales)
}

fn facts<'a>(detector: &'a Detector, picture: &Picture, seen: &Detection) -> Result<Facts<'a>, DetectError> {
    let config = detector.model().config();
    let size = (picture.width as usize, picture.height as usize);
    let resized = config.resized(size.0, size.1);
    let everybody = Options {
        max_people: config.num_proposals,
        decode: Decode::All,
        intervention: seen.tape.intervention,
        ..Options::new(config)
    };
    let all = detector.model().record(size, &everybody)?.macs(config.num_proposals);
    let mut ms = BTreeMap::new();
    for (step, step_ms) in seen.tape.steps.iter().zip(seen.outputs.step_ms.iter().flatten()) {
        *ms.entry(step.block).or_insert(0.0) += step_ms;
    }
    let block = |(block, macs): (crate::tape::Block, u64)| BlockFacts {
        name: block.to_string(),
        macs,
        macs_all: all.get(&block).copied().unwrap_or(0),
        ms: ms.get(&block).copied(),
    };
    Ok(Facts {
        picture: [picture.width, picture.height],
        resized: [resized.0, resized.1],
        threshold: config.threshold,
        proposals: config.num_proposals,
        stages: config.num_stages,
        parts: &config.parts,
        keypoints: &config.keypoints,
        count: seen.outputs.count,
        poses: seen.poses.iter().map(|pose| TfjsPose::new(pose, config)).collect(),
        ms: seen.speed.network,
        blocks: seen.tape.macs(seen.outputs.count).into_iter().map(block).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::in_bytes;

    #[test]
    fn bytes_are_within_half_a_step_of_each_row_s_scale() {
        let values = [0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 0.001, 0.0007, 0.0];
        let (bytes, scales) = in_bytes(&values, 3);
        assert_eq!(scales, [1.0, 0.0, 0.001]);
        for (i, v) in values.iter().enumerate() {
            let scale = scales[i / 3];
            assert!((f32::from(bytes[i]) / 255.0 * scale - v).abs() <= scale / 510.0 + 1e-9);
        }
    }
}
