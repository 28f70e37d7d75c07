//! Golden files: configuration, weights made from the manifest, tensors, and a run of our engines over them.

use querypose::config::Config;
use querypose::dump::{Dumped, golden_layout};
use querypose::geometry::Geometry;
use querypose::gpu;
use querypose::model::{Decode, Intervention, QueryPose};
use querypose::outputs::Outputs;
use querypose::tape::{Block, Tape, Wanted};
use querypose::tensor::ShapeError;
use querypose::weights::{Weights, uniform};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// An engine to run on.
#[derive(Clone, Debug)]
pub enum Which {
    Cpu,
    Gpu,
}

/// The CPU, and the GPU where there is one; with `QUERYPOSE_GPU=1` it must be there.
pub fn engines() -> Vec<Which> {
    match pollster::block_on(gpu::Device::open(None)) {
        Ok(_) => vec![Which::Cpu, Which::Gpu],
        Err(e) if std::env::var_os("QUERYPOSE_GPU").is_some() => panic!("{e}"),
        Err(e) => {
            println!("the GPU is not tested: {e}");
            vec![Which::Cpu]
        }
    }
}

/// Runs a tape on an engine.
fn execute(which: &Which, tape: Tape, inputs: &[(&str, &[u32])]) -> Outputs {
    let tape = Arc::new(tape);
    match which {
        Which::Cpu => querypose::cpu::Engine::new()
            .prepare(tape)
            .expect("there is memory")
            .run(inputs)
            .expect("the CPU engine runs"),
        Which::Gpu => pollster::block_on(async {
            let engine = gpu::Engine::new(gpu::Device::open(None).await?);
            engine.prepare(tape).await?.run(inputs).await
        })
        .expect("the GPU engine runs"),
    }
}

/// A golden tensor.
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Tensor {
    pub fn largest(&self) -> f32 {
        self.values.iter().fold(0.0, |m, v| m.max(v.abs()))
    }

    /// Largest difference; shapes must agree but for ones in front and a broadcast `q_in` of the first stage.
    pub fn worst(&self, got: &Dumped, name: &str) -> f32 {
        let squeeze = |s: &[usize]| s.iter().copied().filter(|&n| n != 1).collect::<Vec<_>>();
        let mut want = self.values.clone();
        if name == "s0.pose.q_in" && got.values.len() > want.len() {
            let (p, n) = (got.shape[0], got.shape[1]);
            let e = want.len() / p;
            want = (0..p * n).flat_map(|i| self.values[i / n * e..][..e].to_vec()).collect();
        } else {
            assert_eq!(squeeze(&self.shape), squeeze(&got.shape), "shape of {name}");
        }
        assert_eq!(want.len(), got.values.len(), "size of {name}");
        want.iter().zip(&got.values).fold(0.0, |worst, (a, b)| {
            let d = (a - b).abs();
            if d.is_nan() { f32::INFINITY } else { worst.max(d) }
        })
    }
}

/// One golden file pair.
pub struct Golden {
    info: Json,
    bytes: Vec<u8>,
    config: Config,
    net: QueryPose,
}

/// Answers per proposal, in network pixels.
pub struct People {
    pub ids: Vec<usize>,
    pub boxes: Vec<[f32; 4]>,
    pub class_score: Vec<f32>,
    pub keypoints: Vec<Vec<[f32; 3]>>,
}

impl People {
    pub fn only(&self, ids: &[usize]) -> People {
        People {
            ids: ids.to_vec(),
            boxes: ids.iter().map(|&i| self.boxes[i]).collect(),
            class_score: ids.iter().map(|&i| self.class_score[i]).collect(),
            keypoints: ids.iter().map(|&i| self.keypoints[i].clone()).collect(),
        }
    }

    /// The same without poses.
    pub fn boxes_only(&self) -> People {
        People {
            ids: self.ids.clone(),
            boxes: self.boxes.clone(),
            class_score: self.class_score.clone(),
            keypoints: vec![Vec::new(); self.boxes.len()],
        }
    }

    /// Bounds for boxes (px), keypoints (px) and scores.
    pub fn assert_equal(&self, want: &People, [boxes, keypoints, scores]: [f32; 3], what: &str) {
        assert_eq!(self.boxes.len(), want.boxes.len(), "{what}: people");
        let mut worst = [0f32; 3];
        let mut note = |i: usize, a: f32, b: f32| {
            let d = (a - b).abs();
            worst[i] = if d.is_nan() { f32::INFINITY } else { worst[i].max(d) };
        };
        for i in 0..self.boxes.len() {
            (0..4).for_each(|j| note(0, self.boxes[i][j], want.boxes[i][j]));
            note(2, self.class_score[i], want.class_score[i]);
            for (a, b) in self.keypoints[i].iter().zip(&want.keypoints[i]) {
                note(1, a[0], b[0]);
                note(1, a[1], b[1]);
                note(2, a[2], b[2]);
            }
        }
        println!("{what}: boxes {:.2e} px, keypoints {:.2e} px, scores {:.2e}", worst[0], worst[1], worst[2]);
        assert!(worst[0] <= boxes && worst[1] <= keypoints && worst[2] <= scores, "{what}: off by {worst:?}");
    }
}

/// A finished run.
pub struct Run {
    feedback: bool,
    pub outputs: Outputs,
    dumped: BTreeMap<String, Dumped>,
}

impl Run {
    pub fn tap(&self, name: &str) -> &Dumped {
        let dumped = match name.strip_suffix(".pose.obj_out") {
            // The query the next box stage reads.
            Some(stage) if self.feedback => self.dumped.get(&format!("{stage}.pose.inst_query")),
            Some(stage) => self.dumped.get(&format!("{stage}.box.obj")),
            None => self.dumped.get(name),
        };
        dumped.unwrap_or_else(|| panic!("no tap {name}"))
    }

    /// A tap sampled like `:,::16,::8,::8]`.
    pub fn strided(&self, name: &str, spec: &str) -> Dumped {
        let x = self.tap(name);
        let step = |part: &str| part.trim_matches(']').rsplit(':').next().and_then(|s| s.parse().ok()).unwrap_or(1);
        let steps: Vec<usize> = spec.split(',').map(step).collect();
        let [n, c, h, w] = x.shape[..] else { panic!("{name} is no map") };
        let mut values = Vec::new();
        for i in 0..n {
            for k in (0..c).step_by(steps[1]) {
                for y in (0..h).step_by(steps[2]) {
                    values.extend((0..w).step_by(steps[3]).map(|x2| x.values[((i * c + k) * h + y) * w + x2]));
                }
            }
        }
        let shape = vec![n, c.div_ceil(steps[1]), h.div_ceil(steps[2]), w.div_ceil(steps[3])];
        Dumped { shape, values }
    }

    /// Box and class score of every proposal after six stages, from the taps.
    pub fn all_boxes(&self) -> People {
        let boxes: Vec<[f32; 4]> = self.tap("s5.box.boxes").values.as_chunks::<4>().0.to_vec();
        let class_score = self.tap("s5.box.logits").values.iter().map(|l| 1.0 / (1.0 + (-l).exp())).collect();
        let keypoints = vec![Vec::new(); boxes.len()];
        People { ids: (0..boxes.len()).collect(), boxes, class_score, keypoints }
    }

    pub fn people(&self) -> People {
        let get = |name: &str| self.outputs.values[name].f32().to_vec();
        let ids: Vec<usize> = self.outputs.values["ids"].words.iter().map(|&i| i as usize).collect();
        let (boxes, logits, coords, sigma) = (get("boxes"), get("logits"), get("coords"), get("sigma"));
        let boxes: Vec<[f32; 4]> = boxes.as_chunks::<4>().0.to_vec();
        let k2 = coords.len() / ids.len().max(1);
        let keypoints = boxes.iter().enumerate().map(|(i, b)| {
            let joint = |j: usize| {
                let at = i * k2 + 2 * j;
                let x = (coords[at] + 0.5) * (b[2] - b[0]) + b[0];
                let y = (coords[at + 1] + 0.5) * (b[3] - b[1]) + b[1];
                [x, y, 1.0 - (sigma[at] + sigma[at + 1]) / 2.0]
            };
            (0..k2 / 2).map(joint).collect()
        });
        let keypoints = keypoints.collect();
        let class_score = logits.iter().map(|l| 1.0 / (1.0 + (-l).exp())).collect();
        People { ids, boxes, class_score, keypoints }
    }
}

impl Golden {
    pub fn open(name: &str) -> Golden {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden");
        let info: Json = serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
        let config = Config::from_json(&config_of(&info).to_string(), name).unwrap();
        let net = QueryPose::load(&config, &weights_of(&info)).unwrap();
        Golden { info, bytes, config, net }
    }

    fn file(&self) -> safetensors::SafeTensors<'_> {
        safetensors::SafeTensors::deserialize(&self.bytes).unwrap()
    }

    pub fn tensors(&self) -> Vec<(String, Tensor)> {
        let file = self.file();
        let read = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            let values = match view.dtype() {
                safetensors::Dtype::F32 => {
                    view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()
                }
                _ => view.data().iter().map(|&b| b as f32).collect(),
            };
            (name, Tensor { shape: view.shape().to_vec(), values })
        };
        file.tensors().into_iter().map(read).collect()
    }

    pub fn people(&self) -> People {
        let all: BTreeMap<String, Tensor> = self.tensors().into_iter().collect();
        let boxes: Vec<[f32; 4]> = all["final.boxes_net"].values.as_chunks::<4>().0.to_vec();
        let k = all["final.kps_net"].shape[1];
        let keypoints = all["final.kps_net"].values.as_chunks::<3>().0.chunks_exact(k).map(|c| c.to_vec()).collect();
        People { ids: (0..boxes.len()).collect(), boxes, class_score: all["final.cls_score"].values.clone(), keypoints }
    }

    /// The same from `training/golden_f64.py`: what no rounding has touched.
    pub fn people_f64(&self) -> People {
        let mut people = self.people();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden");
        let bytes =
            std::fs::read(folder.join(format!("{}_f64.safetensors", self.info["config"].as_str().unwrap()))).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let read = |name: &str| {
            let words = file.tensor(name).unwrap().data().as_chunks::<4>().0.iter();
            words.map(|&b| f32::from_le_bytes(b)).collect::<Vec<_>>()
        };
        people.boxes = read("boxes").as_chunks::<4>().0.to_vec();
        people.class_score = read("class_score");
        for (joint, exact) in people.keypoints.iter_mut().flatten().zip(read("keypoints").as_chunks::<3>().0) {
            *joint = *exact;
        }
        people
    }

    /// The picture as packed RGBA, with its size.
    fn picture(&self) -> (usize, usize, Vec<u32>) {
        let [h, w] = ["image_hw"; 2].map(|k| &self.info[k]);
        let (h, w) = (h[0].as_u64().unwrap() as usize, w[1].as_u64().unwrap() as usize);
        let pixels: Vec<u32> = match self.file().tensor("input.image_u8") {
            Ok(view) => {
                let d = view.data();
                (0..h * w).map(|i| d[i] as u32 | (d[h * w + i] as u32) << 8 | (d[2 * h * w + i] as u32) << 16).collect()
            }
            Err(_) => {
                (0..h * w).map(|i| (0..3).fold(0, |rgb, c| rgb | hashed_pixel(c, i / w, i % w) << (8 * c))).collect()
            }
        };
        (w, h, pixels.into_iter().map(|p| p | 0xff00_0000).collect())
    }

    /// Giga multiply-accumulates of backbone and pyramid.
    pub fn features_gmac(&self) -> f64 {
        let (w, h, _) = self.picture();
        let tape = self.net.record(
            &Geometry::new(&self.config, w, h),
            1,
            Decode::OnDemand,
            Wanted::Nothing,
            Intervention::default(),
        );
        let tape = tape.expect("the tape records");
        let macs = tape.macs(1);
        (macs[&Block::Backbone] + macs[&Block::Fpn]) as f64 / 1e9
    }

    /// Multiply-accumulates with this many people decoded.
    pub fn macs(&self, people: usize) -> u64 {
        let (w, h, _) = self.picture();
        let learned = Intervention::default();
        let tape =
            self.net.record(&Geometry::new(&self.config, w, h), people, Decode::OnDemand, Wanted::Nothing, learned);
        let tape = tape.expect("the tape records");
        tape.macs(people).values().sum()
    }

    pub fn run(&self, which: &Which, decode: Decode, wanted: Wanted) -> Run {
        self.run_from(which, decode, wanted, 0.0)
    }

    pub fn run_from(&self, which: &Which, decode: Decode, wanted: Wanted, threshold: f32) -> Run {
        let tape = self.record(decode, wanted, Intervention::default()).expect("the tape records");
        self.execute(which, tape, threshold)
    }

    /// Everybody decoded, every tap, with a part of the network not doing its work.
    pub fn run_with(&self, which: &Which, intervention: Intervention) -> Run {
        let tape = self.record(Decode::All, Wanted::Everything, intervention).expect("the tape records");
        self.execute(which, tape, 0.0)
    }

    pub fn record(&self, decode: Decode, wanted: Wanted, intervention: Intervention) -> Result<Tape, ShapeError> {
        let (w, h, _) = self.picture();
        self.net.record(&Geometry::new(&self.config, w, h), self.config.num_proposals, decode, wanted, intervention)
    }

    fn execute(&self, which: &Which, tape: Tape, threshold: f32) -> Run {
        let pixels = self.picture().2;
        let logit = (threshold / (1.0 - threshold)).ln();
        let outputs = execute(which, tape, &[("picture", &pixels), ("threshold", &[logit.to_bits()])]);
        let dumped = golden_layout(&outputs);
        Run { feedback: self.config.query_feedback, outputs, dumped }
    }
}

/// The synthetic picture of the golden files' `image_u8`: integer arithmetic only.
fn hashed_pixel(c: usize, y: usize, x: usize) -> u32 {
    let (c, y, x) = (c as i64, y as i64, x as i64);
    let tri = |t: i64| ((t.rem_euclid(128) - 64).abs() * 4).min(255);
    let noise = ((x * 7 + y * 13 + c * 29) ^ ((x * y) >> 4)).rem_euclid(256);
    ((tri(x * (2 + c) + y * (1 + 2 * c)) + tri(y * (3 - c) - x * (c + 1) + 40 * c) + noise) / 3) as u32
}

/// The official code of December 2022, which feeds the pose stage's instance query to the next box stage.
const FEEDBACK_COMMIT: &str = "7c341f1";

/// Our configuration of a golden file, from the shapes of its manifest.
fn config_of(info: &Json) -> Json {
    let shape = &|name: &str| -> Vec<usize> {
        let find = info["tensors"].as_array().unwrap().iter().find(|t| t["name"] == name);
        let shape = find.unwrap_or_else(|| panic!("no {name}"))["shape"].as_array().unwrap();
        shape.iter().map(|n| n.as_u64().unwrap() as usize).collect()
    };
    let count = &|prefix: &str, suffix: &str| -> usize {
        let names = info["tensors"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap());
        names.filter(|n| n.starts_with(prefix) && n.ends_with(suffix)).count()
    };
    let queries = shape("init_proposal_features.weight");
    let (r, d) = (queries[0], queries[1]);
    let hw = [0, 1].map(|i| info["image_hw"][i].as_u64().unwrap());
    let backbone = backbone_of(shape, count);
    json!({
        "model_type": "querypose",
        "backbone": backbone,
        "fpn_channels": d, "num_proposals": r,
        "num_stages": count("head.head_series.", "bboxes_delta.weight"),
        "hidden_dim": d, "feedforward_dim": shape("head.head_series.0.linear1.weight")[0], "num_heads": 8,
        "dynamic_dim": shape("head.head_series.0.inst_interact.norm1.weight")[0],
        "num_cls": count("head.head_series.0.cls_module", "weight") / 2,
        "num_reg": count("head.head_series.0.reg_module", "weight") / 2,
        "box_roi": 7, "pose_roi": 14, "sampling_ratio": 2,
        "parts": [["nose","left_eye","right_eye","left_ear","right_ear"], ["left_shoulder","right_shoulder"],
                  ["left_elbow","left_wrist"], ["right_elbow","right_wrist"], ["left_hip","right_hip"],
                  ["left_knee","left_ankle"], ["right_knee","right_ankle"]],
        "keypoints": ["nose","left_eye","right_eye","left_ear","right_ear","left_shoulder","right_shoulder",
                      "left_elbow","right_elbow","left_wrist","right_wrist","left_hip","right_hip","left_knee",
                      "right_knee","left_ankle","right_ankle"],
        "part_dim": shape("part_query.weight")[1],
        "num_convs": count("head.pose_head_series.0.inst_convs.", "weight"),
        "light": info["light"], "query_feedback": info["official_commit"] == FEEDBACK_COMMIT,
        "image": {"shortest_edge": hw[0].min(hw[1]), "longest_edge": 4 * hw[0].max(hw[1]).min(1000),
                  "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375], "size_divisor": 32},
    })
}

/// The backbone, told by the names of its tensors.
fn backbone_of(shape: &dyn Fn(&str) -> Vec<usize>, count: &dyn Fn(&str, &str) -> usize) -> Json {
    let net = "backbone.bottom_up";
    let first = |name: String| shape(&name)[0];
    if count(&format!("{net}.patch_embed"), "proj.weight") > 0 {
        let blocks = |i: usize| count(&format!("{net}.layers.{i}.blocks."), ".norm1.weight");
        let table = |i: usize| shape(&format!("{net}.layers.{i}.blocks.0.attn.relative_position_bias_table"));
        return json!({"type": "swin", "embed_dim": first(format!("{net}.patch_embed.proj.weight")),
                      "depths": [blocks(0), blocks(1), blocks(2), blocks(3)],
                      "num_heads": [table(0)[1], table(1)[1], table(2)[1], table(3)[1]],
                      "window": table(0)[0].isqrt().div_ceil(2)});
    }
    if count(&format!("{net}.stage4"), "") > 0 {
        let width = |i: usize| first(format!("{net}.stage4.0.branches.{i}.0.conv1.weight"));
        let modules = |s: usize| count(&format!("{net}.stage{s}."), ".branches.0.0.conv1.weight");
        let blocks = |s: usize| count(&format!("{net}.stage{s}.0.branches.0."), ".conv1.weight");
        let laterals = count("backbone.lateral_conv", "weight");
        return json!({"type": "hrnet", "channels": [width(0), width(1), width(2), width(3)],
                      "modules": [modules(2), modules(3), modules(4)],
                      "blocks": [count(&format!("{net}.layer1."), ".conv1.weight"), blocks(2), blocks(3), blocks(4)],
                      "fpn": if laterals > 0 { "hrfpn_v1" } else { "hrfpn" }});
    }
    let block = shape(&format!("{net}.res2.0.conv3.weight"));
    json!({"type": "resnet", "depth": 50, "stem_channels": first(format!("{net}.stem.conv1.weight")),
           "res2_channels": block[0], "width_per_group": block[1]})
}

/// A tensor of the manifest, made when it is written: all of them at once would fill a small machine's memory.
struct Made<'a> {
    weights: &'a Weights<'static>,
    name: &'a str,
    shape: Vec<usize>,
}

impl safetensors::View for Made<'_> {
    fn dtype(&self) -> safetensors::Dtype {
        safetensors::Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        let made = self.weights.get(self.name, &self.shape).expect("the manifest lists it").to_f32();
        made.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>().into()
    }
    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * 4
    }
}

/// The weights of a golden file's network as a safetensors file.
pub fn write_weights(name: &str, to: &Path) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden").join(format!("{name}.json"));
    let info: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let weights = weights_of(&info);
    let shape = |entry: &Json| -> Vec<usize> {
        entry["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect()
    };
    let tensors = info["tensors"].as_array().unwrap().iter().map(|entry| {
        let name = entry["name"].as_str().unwrap();
        (name, Made { weights: &weights, name, shape: shape(entry) })
    });
    safetensors::serialize_to_file(tensors, None, to).unwrap();
}

/// Weights made from the manifest, with the rows under `overrides` replaced.
fn weights_of(info: &Json) -> Weights<'static> {
    let info = info.clone();
    Weights::generated("golden", move |name, shape| {
        let entry = info["tensors"].as_array()?.iter().find(|t| t["name"] == name)?;
        let wanted: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
        assert_eq!(entry["shape"], json!(wanted), "shape of {name}");
        let n = shape.iter().product();
        let mut values = uniform(name, n, entry["lo"].as_f64()?, entry["hi"].as_f64()?, 0);
        if let Some(rows) = info["overrides"][name].as_object() {
            let width = n / shape[0];
            for (row, numbers) in rows {
                let at = row.parse::<usize>().ok()? * width;
                for (i, v) in numbers.as_array()?.iter().enumerate() {
                    values[at + i] = v.as_f64()? as f32;
                }
            }
        }
        Some(values)
    })
}
