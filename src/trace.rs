//! A trace: what one forward pass computed on its way to the people, small enough to be drawn. The page's Inside
//! view is made of traces; they are written as safetensors files, stored ones with their large tensors in bytes.

mod places;

use crate::config::Config;
use crate::detect::{Detection, Detector, Options};
use crate::error::{Error, ErrorKind};
use crate::model::Decode;
use crate::outputs::Value;
use crate::pose::TfjsPose;
use crate::tape::Wanted;
use crate::tensor::DType;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a trace says in words and single numbers, as JSON under `facts` in the file's metadata.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    /// Width and height of the picture, pixels.
    picture: [usize; 2],
    /// Shortest edges at which it was looked at; all here is of the last.
    sizes: &'a [usize],
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
#[serde(rename_all = "camelCase")]
struct BlockFacts {
    name: String,
    /// Multiply-accumulates of this run.
    macs: u64,
    /// Multiply-accumulates if all proposals were decoded.
    macs_all: u64,
    /// Milliseconds, if they were asked for and this engine can tell.
    ms: Option<f64>,
}

/// The taps a trace keeps, for [`Options::wanted`]; of every stage: boxes, class logits, who talks to whom, part attention, gates,
/// coordinates and sigma.
pub fn taps(config: &Config) -> Wanted {
    let boxes = ["boxes", "logits", "mix"].map(|name| format!("box.{name}"));
    let poses = ["attn", "gates", "mix", "coord", "sigma"].map(|name| format!("pose.{name}"));
    let of_stage = |s| boxes.iter().chain(&poses).map(move |name| format!("s{s}.{name}"));
    let first = "s0.box.in_boxes".to_string();
    Wanted::Names((0..config.num_stages).flat_map(of_stage).chain([first]).collect())
}

/// Writes what was seen as a safetensors file: results and taps under their names on the tape, in its layouts,
/// instances in front, ids and counts as whole numbers in F32; and what they mean on the photo, see `places`. `compact`
/// stores the larger ones in bytes: `x = byte / 255 × scale`, a scale a row of the last dimension, in the tensor
/// `NAME/scale`.
pub fn trace(detector: &Detector, seen: &Detection, compact: bool) -> Result<Vec<u8>, Error> {
    let said = |e: serde_json::Error| Error::new(ErrorKind::Internal, format!("the trace cannot be written: {e}"));
    let facts = serde_json::to_string(&facts(detector, seen)?).map_err(said)?;
    let mut file = File::new(&serde_json::to_string(&facts).map_err(said)?);
    let is_large = |value: &Value| compact && value.shape.last().is_some_and(|&row| row >= BYTES_FROM);
    let mut large = Vec::new();
    for (name, value) in &seen.outputs.values {
        let values = numbers(value);
        if is_large(value) {
            let (bytes, scales) = in_bytes(&values, value.shape[value.shape.len() - 1]);
            file.push(&format!("{name}/scale"), "F32", &[scales.len()], bytemuck::cast_slice(&scales));
            large.push((name, &value.shape, bytes));
        } else {
            file.push(name, "F32", &value.shape, bytemuck::cast_slice(&values));
        }
    }
    for (name, shape, values) in places::places(seen, detector.model().config()) {
        file.push(&name, "F32", &shape, bytemuck::cast_slice(&values));
    }
    // Bytes come last, so that every F32 begins at a multiple of four.
    for (name, shape, bytes) in large {
        file.push(name, "U8", shape, &bytes);
    }
    Ok(file.finish())
}

/// A safetensors file as it grows. The crate's own writer would be a good part of the page's code.
struct File {
    header: String,
    data: Vec<u8>,
}

impl File {
    /// `facts` is a JSON string, quoted.
    fn new(facts: &str) -> File {
        File { header: format!("{{\"__metadata__\":{{\"facts\":{facts}}}"), data: Vec::new() }
    }

    fn push(&mut self, name: &str, dtype: &str, shape: &[usize], bytes: &[u8]) {
        let from = self.data.len();
        self.data.extend_from_slice(bytes);
        let entry = format!(
            ",\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":{:?}}}",
            [from, self.data.len()]
        );
        self.header.push_str(&entry);
    }

    fn finish(mut self) -> Vec<u8> {
        self.header.push('}');
        while !self.header.len().is_multiple_of(8) {
            self.header.push(' ');
        }
        let mut file = (self.header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(self.header.as_bytes());
        file.extend_from_slice(&self.data);
        file
    }
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

fn facts<'a>(detector: &'a Detector, seen: &'a Detection) -> Result<Facts<'a>, Error> {
    let config = detector.model().config();
    let resized = seen.geometry.resized;
    let everybody = Options {
        max_people: config.num_proposals,
        decode: Decode::All,
        intervention: seen.intervention,
        ..Options::new(config)
    };
    let all = detector.model().record(&seen.geometry, &everybody)?.macs(config.num_proposals);
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
        picture: [seen.geometry.photo.0, seen.geometry.photo.1],
        sizes: &seen.sizes,
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
    use super::{File, in_bytes};

    #[test]
    fn bytes_are_within_half_a_step_of_each_row_s_scale() {
        let values = [0.0, 0.5, 1.0, 0.0, 0.0, 0.0, 0.001, 0.0007, 0.0];
        let (bytes, scales) = in_bytes(&values, 3);
        assert_eq!(scales, [1.0, 0.0, 0.001]);
        for (i, v) in values.iter().enumerate() {
            let scale = scales[i / 3];
            // Half a step, and what rounding to f32 adds: 0.5 lies right between two of them.
            assert!((f32::from(bytes[i]) / 255.0 * scale - v).abs() <= scale * (1.0 / 510.0 + 1e-6));
        }
    }

    #[test]
    fn the_file_is_a_safetensors_file() {
        let mut file = File::new("\"{\\\"stages\\\":3}\"");
        file.push("s0.box.boxes", "F32", &[2, 1], bytemuck::cast_slice(&[0.5f32, -1.0]));
        file.push("s0.pose.attn", "U8", &[3], &[0, 128, 255]);
        let bytes = file.finish();
        let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(read.tensor("s0.box.boxes").unwrap().shape(), [2, 1]);
        assert_eq!(read.tensor("s0.box.boxes").unwrap().data(), bytemuck::cast_slice::<f32, u8>(&[0.5, -1.0]));
        assert_eq!(read.tensor("s0.pose.attn").unwrap().data(), [0, 128, 255]);
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["facts"], "{\"stages\":3}");
    }
}
