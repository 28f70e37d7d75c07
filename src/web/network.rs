//! What the page's worker calls: a network behind wasm-bindgen.
//!
//! Everything takes `&self`, so that JS may call again while a picture is on its way. Errors are JS `Error`s with
//! the sentence of the Rust error and its [`code`](crate::error::ErrorKind::code).

use super::options::{self, Moment};
use super::stream::Stream;
use super::thrown::{ours, thrown};
use crate::checkpoint::Checkpoint;
use crate::config::{AdaptiveScale, Config};
use crate::detect::{self, Backend, Detection as Seen, Detector, Model, Options};
use crate::error::{Error, ErrorKind};
use crate::infer::Hints;
use crate::memory::MemoryPlan;
use crate::op::Tile;
use crate::picture::Picture;
use crate::pose::TfjsPose;
use crate::rehearsal;
use crate::trace;
use crate::track::TrackOptions;
use crate::weights::{Bytes, ReadPiece};
use js_sys::{Function, Uint8Array};
use serde::Serialize;
use std::fmt::Display;
use wasm_bindgen::prelude::*;

/// A model on an engine, ready for pictures.
#[wasm_bindgen]
pub struct Network {
    detector: Detector,
    about: String,
}

/// What is known of a model once it is open.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    network: String,
    /// Learned numbers.
    parameters: u64,
    keypoints: &'a [String],
    threshold: f32,
    /// Shortest edge that pictures are brought to.
    size: usize,
    /// How pictures come to a size that suits their people, where that is known.
    adaptive_scale: Option<Scale>,
    /// True if the configuration was read off the tensors.
    inferred: bool,
    /// Tensors of the file that are not part of the network.
    unused: usize,
    /// Average precision in percent that the official weights of this network are published to reach, and on what.
    published: Option<(f32, &'a str)>,
}

/// An [`AdaptiveScale`] with names as JS has them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scale {
    first_edge: usize,
    nobody_edge: usize,
    edges: [usize; 2],
    people: [usize; 2],
    score: f32,
}

impl Scale {
    fn of(config: &Config) -> Option<Scale> {
        let &AdaptiveScale { first_edge, nobody_edge, edges, people, score } = config.image.adaptive_scale.as_ref()?;
        Some(Scale { first_edge, nobody_edge, edges, people, score: score.unwrap_or(config.threshold) })
    }
}

/// What a picture costs at a size.
#[derive(Serialize)]
struct Cost {
    /// Shortest edge.
    size: usize,
    /// Width and height of what the network sees.
    pixels: (usize, usize),
    /// Giga multiply-accumulates.
    gmac: f64,
    /// Bytes between the steps.
    bytes: u64,
}

#[derive(Serialize)]
struct Speed {
    preprocess: f64,
    inference: f64,
    postprocess: f64,
}

#[derive(Serialize)]
struct Detection<'a> {
    poses: Vec<TfjsPose<'a>>,
    speed: Speed,
    sizes: &'a [usize],
}

#[wasm_bindgen]
impl Network {
    /// Opens a model from the text of its `config.json` and its weights, a `model.safetensors` or a checkpoint of
    /// PyTorch of `length` bytes, read tensor by tensor with `read(at, length)`, which gives a `Uint8Array`. Where the
    /// text is empty, the configuration is read off the tensors. `name` is the weights file, for messages.
    ///
    /// `backend` is `gpu` or `cpu`; which of them is better is the worker's business. Rejects with the sentence of
    /// what is wrong with the model, or of why this browser's GPU cannot run it.
    pub async fn open(
        config: String,
        read: Function,
        length: f64,
        name: String,
        backend: String,
    ) -> Result<Network, JsValue> {
        let backend = match backend.as_str() {
            "gpu" => Backend::Gpu,
            "cpu" => Backend::Cpu,
            other => {
                let sentence = format!("there is no backend {other:?}; use gpu or cpu");
                return Err(thrown(Error::new(ErrorKind::BadRequest, sentence)));
            }
        };
        let bytes = Bytes::Pieces { length: length as u64, read: pieces(read) };
        let config = Some(config.as_str()).filter(|text| !text.is_empty());
        let mut checkpoint =
            Checkpoint::new(config, bytes, &Hints::default(), ["config.json", &name]).map_err(broken)?;
        checkpoint.weights.for_one_engine = true;
        let Checkpoint { config, weights, inferred } = checkpoint;
        let model = Model::from_weights(&config, &weights).map_err(thrown)?;
        let about = About {
            network: config.network(),
            parameters: weights.numbers(),
            keypoints: &config.keypoints,
            threshold: config.threshold,
            size: config.image.shortest_edge,
            adaptive_scale: Scale::of(&config),
            inferred,
            unused: weights.unused().1,
            published: config.published().map(|published| (published.ap, published.on)),
        };
        let about = serde_json::to_string(&about).map_err(|e| thrown(ours(e)))?;
        Ok(Network { detector: Detector::new(model, backend).await.map_err(thrown)?, about })
    }

    /// A small network with made-up numbers, on the processor; see [`rehearsal`](crate::rehearsal).
    pub async fn rehearsal() -> Result<Network, JsValue> {
        let model = rehearsal::model().map_err(thrown)?;
        Ok(Network { detector: Detector::new(model, Backend::Cpu).await.map_err(thrown)?, about: String::new() })
    }

    /// What is known of the model, as JSON.
    pub fn about(&self) -> String {
        self.about.clone()
    }

    /// What a picture of `width` × `height` pixels with so many people costs at each of these sizes, as JSON.
    pub fn costs(&self, width: u32, height: u32, people: usize, sizes: Vec<u32>) -> Result<String, JsValue> {
        let model = self.detector.model();
        let mut costs = Vec::new();
        for size in sizes.into_iter().filter(|size| detect::SIZES.contains(size)).map(|size| size as usize) {
            let geometry = model.geometry((width.max(1) as usize, height.max(1) as usize), Some(size));
            let tape = model.record(&geometry, &Options::new(model.config())).map_err(thrown)?;
            let gmac = tape.macs(people).values().sum::<u64>() as f64 / 1e9;
            costs.push(Cost { size, pixels: geometry.resized, gmac, bytes: MemoryPlan::new(&tape).words() * 4 });
        }
        serde_json::to_string(&costs).map_err(|e| thrown(ours(e)))
    }

    /// Bytes the engine holds now. On a GPU that is graphics memory; on the processor it is what lies between the
    /// steps, a part of wasm's memory.
    pub fn bytes(&self) -> f64 {
        self.detector.bytes() as f64
    }

    /// Finds people in an upright picture of `width` × `height` RGBA pixels; `options` as in [`options::read`].
    ///
    /// Resolves with JSON: `{ poses, speed: { preprocess, inference, postprocess }, sizes }`, poses in TF.js' shape in the
    /// picture's pixels, best first, speed in milliseconds, sizes as in [`Seen::sizes`].
    pub async fn detect(&self, rgba: Vec<u8>, width: u32, height: u32, options: JsValue) -> Result<String, JsValue> {
        let options = self.options(&options).map_err(thrown)?;
        let found = self.look(rgba, width, height, &options).await.map_err(thrown)?;
        self.told(&found)
    }

    /// Finds people in a frame of a stream like [`Network::detect`], and follows them: poses have ids from their second
    /// frame on, and calm joints. The options also say when the frame was taken and how calm its joints should be, see
    /// [`options::read_moment`]. As on the command line, whoever is known may score less, see [`Options::followed`].
    pub async fn follow(
        &self,
        stream: &Stream,
        rgba: Vec<u8>,
        width: u32,
        height: u32,
        options: JsValue,
    ) -> Result<String, JsValue> {
        let Moment { time_s, steadiness, max_size } = options::read_moment(&options).map_err(thrown)?;
        let wish = self.options(&options).map_err(thrown)?;
        let config = self.detector.model().config();
        let options = stream.follower.borrow().options(&wish, max_size, config);
        let mut found = self.look(rgba, width, height, &options).await.map_err(thrown)?;
        let track = TrackOptions::new(steadiness, wish.threshold);
        stream.follower.borrow_mut().follow(time_s, &mut found, track, config);
        self.told(&found)
    }

    /// Looks at a picture like [`Network::detect`], and resolves with what the network computed on the way: a
    /// safetensors file, see [`trace::trace`].
    pub async fn trace(&self, rgba: Vec<u8>, width: u32, height: u32, options: JsValue) -> Result<Vec<u8>, JsValue> {
        let options = self.options(&options).map_err(thrown)?;
        let seen = self.look(rgba, width, height, &options).await.map_err(thrown)?;
        trace::trace(&self.detector, &seen, false).map_err(thrown)
    }

    /// The engine in use, in words: the adapter's name where it is a GPU.
    pub fn adapter(&self) -> String {
        self.detector.backend().to_string()
    }

    /// Of this engine.
    pub fn version() -> String {
        env!("CARGO_PKG_VERSION").to_string()
    }

    /// How many ways there are to cut a GPU's matrix product, numbered from 0 as in [`Tile::ALL`].
    pub fn tiles() -> usize {
        Tile::ALL.len()
    }

    /// The one in use; nothing on the processor.
    pub fn tile(&self) -> Option<usize> {
        let used = self.detector.tile()?;
        Tile::ALL.iter().position(|&tile| tile == used)
    }

    /// Uses another one from the next picture on; a number that there is not changes nothing.
    pub fn use_tile(&self, tile: usize) {
        if let Some(&tile) = Tile::ALL.get(tile) {
            self.detector.use_tile(tile);
        }
    }
}

impl Network {
    fn options(&self, given: &JsValue) -> Result<Options, Error> {
        options::read(given, self.detector.model().config())
    }

    async fn look(&self, rgba: Vec<u8>, width: u32, height: u32, options: &Options) -> Result<Seen, Error> {
        let picture = Picture::from_rgba(width, height, rgba)?;
        self.detector.detect(&picture, options).await
    }

    fn told(&self, seen: &Seen) -> Result<String, JsValue> {
        let config = self.detector.model().config();
        let Seen { poses, speed: detect::Speed { before, network, after }, sizes, .. } = seen;
        let speed = Speed { preprocess: *before, inference: *network, postprocess: *after };
        let poses = poses.iter().map(|pose| TfjsPose::new(pose, config)).collect();
        serde_json::to_string(&Detection { poses, speed, sizes }).map_err(|e| thrown(ours(e)))
    }
}

/// A file that JS reads. What it cannot read, it says by throwing.
fn pieces(read: Function) -> ReadPiece<'static> {
    Box::new(move |at, length| {
        let piece = read.call2(&JsValue::NULL, &JsValue::from(at as f64), &JsValue::from(length as f64));
        let piece = piece.map_err(|thrown| {
            let thrown = thrown.dyn_into::<js_sys::Error>().map(|e| String::from(e.message())).unwrap_or_default();
            format!("cannot be read ({}): was it moved or changed?", thrown.trim_end_matches('.'))
        })?;
        let piece: Uint8Array = piece.dyn_into().map_err(|_| "cannot be read")?;
        let mut bytes = Vec::new();
        let room = piece.length() as usize;
        bytes.try_reserve_exact(room).map_err(|_| format!("needs {room} bytes that are not free in this browser"))?;
        bytes.resize(room, 0);
        piece.copy_to(&mut bytes);
        Ok(bytes)
    })
}

fn broken(error: impl Display) -> JsValue {
    thrown(Error::new(ErrorKind::BadModel, error))
}
