//! What the page's worker calls: a network behind wasm-bindgen.
//!
//! Everything takes `&self`, so that JS may call again while a picture is on its way. Errors are JS `Error`s with
//! the sentence of the Rust error.

use crate::detect::{Backend, Detector, Model, Options};
use crate::model::{Gates, Intervention, PartAttention};
use crate::picture::Picture;
use crate::pose::TfjsPose;
use crate::trace::{self, TraceOptions};
use serde::Serialize;
use std::fmt::Display;
use wasm_bindgen::prelude::*;

/// A panic is a bug of ours; it should at least say where.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A model on an engine, ready for pictures.
#[wasm_bindgen]
pub struct Network {
    detector: Detector,
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
}

#[wasm_bindgen]
impl Network {
    /// Opens a model from the text of its `config.json` and the bytes of its `model.safetensors`, or of a checkpoint of
    /// PyTorch. Where the text is empty, the configuration is read off the tensors.
    ///
    /// `backend` is `gpu` or `cpu`; which of them is better is the worker's business. Rejects with the sentence of
    /// what is wrong with the model, or of why this browser's GPU cannot run it.
    pub async fn open(config: String, weights: Vec<u8>, backend: String) -> Result<Network, JsError> {
        let backend = match backend.as_str() {
            "gpu" => Backend::Gpu,
            "cpu" => Backend::Cpu,
            other => return Err(said(format!("there is no backend {other:?}; use gpu or cpu"))),
        };
        let model =
            Model::from_bytes(Some(config.as_str()).filter(|c| !c.is_empty()), &weights, "the model").map_err(said)?;
        // Widened and folded by now: the file's bytes need not stay beside it.
        drop(weights);
        Ok(Network { detector: Detector::new(model, backend).await.map_err(said)? })
    }

    /// Finds at most `max_people` people who are at least `threshold` sure (0 … 1) in an upright picture of
    /// `width` × `height` RGBA pixels.
    ///
    /// Resolves with JSON: `{ poses, speed: { preprocess, inference, postprocess } }`, poses in TF.js' shape in the
    /// picture's pixels, best first, speed in milliseconds.
    pub async fn detect(
        &self,
        rgba: Vec<u8>,
        width: u32,
        height: u32,
        threshold: f32,
        max_people: usize,
    ) -> Result<String, JsError> {
        let picture = Picture::from_rgba(width, height, rgba).map_err(said)?;
        let config = self.detector.model().config();
        let options = Options { threshold, max_people, ..Options::new(config) };
        let found = self.detector.detect(&picture, &options).await.map_err(said)?;
        let speed =
            Speed { preprocess: found.speed.before, inference: found.speed.network, postprocess: found.speed.after };
        let poses = found.poses.iter().map(|pose| TfjsPose::new(pose, config)).collect();
        serde_json::to_string(&Detection { poses, speed }).map_err(said)
    }

    /// Looks at a picture like [`Network::detect`], and keeps what the network computed on the way.
    ///
    /// `wishes` are words apart by spaces, each once at most: `all` proposals, with `taps`, `timed`; `stop=K`,
    /// `gates=new|old|sum`, `attention=uniform`, see [`Intervention`]. Resolves with a safetensors file, see
    /// [`trace::trace`].
    pub async fn trace(
        &self,
        rgba: Vec<u8>,
        width: u32,
        height: u32,
        threshold: f32,
        max_people: usize,
        wishes: String,
    ) -> Result<Vec<u8>, JsError> {
        let mut options = TraceOptions { threshold: Some(threshold), max_people, ..TraceOptions::default() };
        for wish in wishes.split_whitespace() {
            grant(&mut options, wish).ok_or_else(|| said(format!("nothing is known of {wish:?}")))?;
        }
        let picture = Picture::from_rgba(width, height, rgba).map_err(said)?;
        let seen = trace::look(&self.detector, &picture, &options).await.map_err(said)?;
        trace::trace(&self.detector, &picture, &seen, false).map_err(said)
    }

    /// The engine in use, in words: the adapter's name where it is a GPU.
    pub fn adapter(&self) -> String {
        self.detector.backend().to_string()
    }

    /// The score from which on the model's makers would show a person, 0 … 1.
    pub fn threshold(&self) -> f32 {
        self.detector.model().config().threshold
    }
}

/// Sets what a word of [`Network::trace`]'s wishes says; None if it says nothing.
fn grant(options: &mut TraceOptions, wish: &str) -> Option<()> {
    let Intervention { stop_after, gates, attention } = &mut options.intervention;
    match wish {
        "all" => options.all = true,
        "taps" => options.taps = true,
        "timed" => options.timed = true,
        "gates=learned" => *gates = Gates::Learned,
        "gates=new" => *gates = Gates::New,
        "gates=old" => *gates = Gates::Old,
        "gates=sum" => *gates = Gates::Sum,
        "attention=learned" => *attention = PartAttention::Learned,
        "attention=uniform" => *attention = PartAttention::Uniform,
        other => *stop_after = Some(other.strip_prefix("stop=")?.parse().ok()?),
    }
    Some(())
}

fn said(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}
