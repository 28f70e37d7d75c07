//! A box stage: instance queries talk to each other, look at their boxes, and move them.
//! Official: `RCNNHead` and `DynamicConv` in `head.py` (after Sparse R-CNN, Sun et al. 2021).

use super::loader::Loader;
use crate::config::Config;
use crate::ops::{Activation::Relu, Attention, BoxDeltas, DynamicConv, LayerNorm, Linear, RoiAlign};
use crate::tape::{Tape, TapeError, TensorId};
use crate::weights::WeightsError;

/// Pixels per cell of p2 … p5.
pub const STRIDES: [usize; 4] = [4, 8, 16, 32];

/// Interaction of a query with what its box shows: the query makes two small matrices, the RoI goes through both.
pub struct DynamicInteraction {
    hidden: usize,
    dynamic: usize,
    dynamic_layer: Linear,
    norm1: LayerNorm,
    norm2: LayerNorm,
    out_layer: Linear,
    norm3: LayerNorm,
}

impl DynamicInteraction {
    /// Reads `dynamic_layer`, `norm1..3`, `out_layer` below `at`, for RoIs of `positions` cells.
    pub fn load(at: &Loader<'_>, hidden: usize, dynamic: usize, positions: usize) -> Result<Self, WeightsError> {
        Ok(DynamicInteraction {
            hidden,
            dynamic,
            dynamic_layer: at.at("dynamic_layer").linear(hidden, 2 * hidden * dynamic)?,
            norm1: at.at("norm1").layer_norm(dynamic)?,
            norm2: at.at("norm2").layer_norm(hidden)?,
            out_layer: at.at("out_layer").linear(positions * hidden, hidden)?,
            norm3: at.at("norm3").layer_norm(hidden)?,
        })
    }

    /// query `[R,D]`, roi `[R,positions,D]` → `[R,D]`; `tap` is the stage's prefix for names.
    pub fn record(&self, tape: &mut Tape, query: TensorId, roi: TensorId, tap: &str) -> Result<TensorId, TapeError> {
        let params = tape.step(self.dynamic_layer.clone(), &[query])?;
        tape.tap(format!("{tap}.dyn_params"), params);
        let (d, k) = (self.hidden, self.dynamic);
        let mut x = roi;
        let steps = [
            (DynamicConv { offset: 0, k: d, n: k }, &self.norm1),
            (DynamicConv { offset: d * k, k, n: d }, &self.norm2),
        ];
        for (i, (product, norm)) in steps.into_iter().enumerate() {
            let y = tape.step(product, &[x, params])?;
            let name = format!("{tap}.dyn_ln{}", i + 1);
            if tape.wants(&name) {
                let before = tape.step(norm.clone(), &[y])?;
                tape.tap(name, before);
            }
            x = tape.step(norm.clone().then(Relu), &[y])?;
        }
        let [r, positions, d] = tape.shape(x)[..] else {
            return Err(TapeError("RoI rows are [R, positions, D]".into()));
        };
        let flat = tape.reshape(x, &[r, positions * d])?;
        let x = tape.step(self.out_layer.clone(), &[flat])?;
        let x = tape.step(self.norm3.clone().then(Relu), &[x])?;
        tape.tap(format!("{tap}.dyn_out"), x);
        Ok(x)
    }
}

/// Multi-head self-attention, `nn.MultiheadAttention` without its residual.
pub struct SelfAttention {
    in_proj: Linear,
    out_proj: Linear,
    heads: usize,
}

impl SelfAttention {
    /// Reads `in_proj_*` and `out_proj` below `at`.
    pub fn load(at: &Loader<'_>, width: usize, heads: usize) -> Result<Self, WeightsError> {
        Ok(SelfAttention { in_proj: at.in_proj(width)?, out_proj: at.at("out_proj").linear(width, width)?, heads })
    }

    /// x `[B,T,C]` → `[B,T,C]`; the weights' mean over the heads is tapped as `tap`.
    pub fn record(&self, tape: &mut Tape, x: TensorId, tap: &str) -> Result<TensorId, TapeError> {
        let qkv = tape.step(self.in_proj.clone(), &[x])?;
        let weights = tape.wants(tap);
        let y = tape.steps(Attention { heads: self.heads, weights }, &[qkv])?;
        if weights {
            tape.tap(tap, y[1]);
        }
        tape.step(self.out_proj.clone(), &[y[0]])
    }
}

/// x + FFN(x), normalised: Linear → ReLU → Linear.
pub struct FeedForward {
    linear1: Linear,
    linear2: Linear,
    norm: LayerNorm,
}

impl FeedForward {
    /// Reads the three layers by name below `at`.
    pub fn load(at: &Loader<'_>, names: [&str; 3], width: usize, inner: usize) -> Result<Self, WeightsError> {
        Ok(FeedForward {
            linear1: at.at(names[0]).linear(width, inner)?.then(Relu),
            linear2: at.at(names[1]).linear(inner, width)?.plus_residual(),
            norm: at.at(names[2]).layer_norm(width)?,
        })
    }

    /// x `[..., C]` → `[..., C]`.
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<TensorId, TapeError> {
        let y = tape.step(self.linear1.clone(), &[x])?;
        let y = tape.step(self.linear2.clone(), &[y, x])?;
        tape.step(self.norm.clone(), &[y])
    }
}

/// One box stage with its own weights.
pub struct BoxStage {
    config: Config,
    self_attn: SelfAttention,
    norm1: LayerNorm,
    interaction: DynamicInteraction,
    norm2: LayerNorm,
    feed_forward: FeedForward,
    cls_module: Vec<(Linear, LayerNorm)>,
    class_logits: Linear,
    reg_module: Vec<(Linear, LayerNorm)>,
    bboxes_delta: Linear,
}

/// What a box stage gives.
pub struct BoxStageOutput {
    /// `[R,4]` xyxy px.
    pub boxes: TensorId,
    /// `[R,D]`, the next stage's instance queries.
    pub queries: TensorId,
    /// `[R,1]`
    pub logits: TensorId,
}

impl BoxStage {
    /// Reads one `head.head_series.{s}`.
    pub fn load(at: &Loader<'_>, config: &Config) -> Result<Self, WeightsError> {
        let d = config.hidden_dim;
        let module = |name: &str, n: usize| -> Result<Vec<(Linear, LayerNorm)>, WeightsError> {
            // Each layer is (Linear, LayerNorm, ReLU) in one list of modules.
            let at = at.at(name);
            let layer = |i| Ok((at.at(3 * i).linear_no_bias(d, d)?, at.at(3 * i + 1).layer_norm(d)?.then(Relu)));
            (0..n).map(layer).collect()
        };
        let positions = config.box_roi * config.box_roi;
        Ok(BoxStage {
            config: config.clone(),
            self_attn: SelfAttention::load(&at.at("self_attn"), d, config.num_heads)?,
            norm1: at.at("norm1").layer_norm(d)?.plus_residual(),
            interaction: DynamicInteraction::load(&at.at("inst_interact"), d, config.dynamic_dim, positions)?,
            norm2: at.at("norm2").layer_norm(d)?.plus_residual(),
            feed_forward: FeedForward::load(at, ["linear1", "linear2", "norm3"], d, config.feedforward_dim)?,
            cls_module: module("cls_module", config.num_cls)?,
            class_logits: at.at("class_logits").linear(d, 1)?,
            reg_module: module("reg_module", config.num_reg)?,
            bboxes_delta: at.at("bboxes_delta").linear(d, 4)?,
        })
    }

    /// boxes `[R,4]`, queries `[R,D]`, pyramid p2..p5.
    pub fn record(
        &self,
        tape: &mut Tape,
        stage: usize,
        boxes: TensorId,
        queries: TensorId,
        pyramid: &[TensorId],
    ) -> Result<BoxStageOutput, TapeError> {
        let tap = format!("s{stage}.box");
        let [r, d] = tape.shape(queries)[..] else { return Err(TapeError("instance queries are [R, D]".into())) };
        tape.tap(format!("{tap}.in_boxes"), boxes);

        let roi = RoiAlign {
            size: self.config.box_roi,
            sampling_ratio: self.config.sampling_ratio,
            strides: STRIDES[..pyramid.len()].to_vec(),
            levels: tape.wants(&format!("{tap}.level")),
        };
        let mut inputs = vec![boxes];
        inputs.extend(pyramid);
        let roi = tape.steps(roi, &inputs)?;
        tape.tap(format!("{tap}.roi"), roi[0]);
        if let Some(&level) = roi.get(1) {
            tape.tap(format!("{tap}.level"), level);
        }
        let roi = tape.reshape(roi[0], &[r, self.config.box_roi * self.config.box_roi, d])?;

        let tokens = tape.reshape(queries, &[1, r, d])?;
        let x = self.self_attn.record(tape, tokens, &format!("{tap}.mix"))?;
        let x = tape.reshape(x, &[r, d])?;
        tape.tap(format!("{tap}.self_attn"), x);
        let x = tape.step(self.norm1.clone(), &[x, queries])?;
        tape.tap(format!("{tap}.norm1"), x);
        let y = self.interaction.record(tape, x, roi, &tap)?;
        let x = tape.step(self.norm2.clone(), &[y, x])?;
        tape.tap(format!("{tap}.norm2"), x);
        let x = self.feed_forward.record(tape, x)?;
        tape.tap(format!("{tap}.obj"), x);

        let mut cls = x;
        for (linear, norm) in &self.cls_module {
            cls = tape.step(linear.clone(), &[cls])?;
            cls = tape.step(norm.clone(), &[cls])?;
        }
        let logits = tape.step(self.class_logits.clone(), &[cls])?;
        tape.tap(format!("{tap}.logits"), logits);
        let mut reg = x;
        for (linear, norm) in &self.reg_module {
            reg = tape.step(linear.clone(), &[reg])?;
            reg = tape.step(norm.clone(), &[reg])?;
        }
        let deltas = tape.step(self.bboxes_delta.clone(), &[reg])?;
        tape.tap(format!("{tap}.deltas"), deltas);
        let boxes = tape.step(BoxDeltas, &[boxes, deltas])?;
        tape.tap(format!("{tap}.boxes"), boxes);
        Ok(BoxStageOutput { boxes, queries: x, logits })
    }
}
