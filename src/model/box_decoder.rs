//! A box stage: instance queries talk to each other, look at their boxes, and move them.
//! Official: `RCNNHead` and `DynamicConv` in `head.py` (after Sparse R-CNN, Sun et al. 2021).

use super::loader::Loader;
use crate::activation::Activation::{self, Relu};
use crate::config::Config;
use crate::ops::{Attention, BoxDeltas, DynamicConv, LayerNorm, Linear, RoiAlign};
use crate::params::Param;
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;
use std::sync::Arc;

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
            norm1: at.at("norm1").layer_norm(dynamic)?.then(Relu),
            norm2: at.at("norm2").layer_norm(hidden)?.then(Relu),
            out_layer: at.at("out_layer").linear(positions * hidden, hidden)?,
            norm3: at.at("norm3").layer_norm(hidden)?.then(Relu),
        })
    }

    /// query `[R,D]`, roi `[R,positions,D]` → `[R,D]`.
    pub fn record(&self, tape: &mut Tape, query: TensorId, roi: TensorId) -> Result<TensorId, ShapeError> {
        let params = tape.step(&self.dynamic_layer, &[query])?;
        tape.tap("dyn_params", params);
        let (d, k) = (self.hidden, self.dynamic);
        let narrow =
            self.product(tape, DynamicConv { offset: 0, k: d, n: k }, &self.norm1, [roi, params], "dyn_ln1")?;
        let wide = DynamicConv { offset: d * k, k, n: d };
        let x = self.product(tape, wide, &self.norm2, [narrow, params], "dyn_ln2")?;
        let [r, positions, d] = tape.dims(x)?;
        let flat = tape.reshape(x, &[r, positions * d])?;
        let x = tape.step(&self.out_layer, &[flat])?;
        let x = tape.step(&self.norm3, &[x])?;
        tape.tap("dyn_out", x);
        Ok(x)
    }

    /// RoI rows times the query's own matrix, normalised, ReLU; the tap is taken before the ReLU.
    fn product(
        &self,
        tape: &mut Tape,
        matrix: DynamicConv,
        norm: &LayerNorm,
        inputs: [TensorId; 2],
        tap: &str,
    ) -> Result<TensorId, ShapeError> {
        let x = tape.step(&matrix, &inputs)?;
        if tape.wants(tap) {
            let before = tape.step(&norm.clone().then(Activation::None), &[x])?;
            tape.tap(tap, before);
        }
        tape.step(norm, &[x])
    }
}

/// Multi-head self-attention, `nn.MultiheadAttention` without its residual.
pub struct SelfAttention {
    in_proj: Linear,
    out_proj: Linear,
    heads: usize,
    overlap: Option<Arc<Param>>,
}

impl SelfAttention {
    /// Reads `in_proj_*` and `out_proj` below `at`.
    pub fn load(at: &Loader<'_>, width: usize, heads: usize) -> Result<Self, WeightsError> {
        let out_proj = at.at("out_proj").linear(width, width)?;
        Ok(SelfAttention { in_proj: at.in_proj(width)?, out_proj, heads, overlap: None })
    }

    /// The same, by the overlap of the tokens' boxes too; see [`Attention::overlap`].
    fn by_overlap(self, overlap: Option<Arc<Param>>) -> Self {
        SelfAttention { overlap, ..self }
    }

    /// x `[B,T,C]` → `[B,T,C]`; the weights' mean over the heads is tapped as `mix`. The tokens' boxes `[B·T,4]` are
    /// only looked at where their overlap counts.
    pub fn record(&self, tape: &mut Tape, x: TensorId, boxes: Option<TensorId>) -> Result<TensorId, ShapeError> {
        let qkv = tape.step(&self.in_proj, &[x])?;
        let weights = tape.wants("mix");
        let boxes = boxes.filter(|_| self.overlap.is_some());
        let inputs: Vec<TensorId> = std::iter::once(qkv).chain(boxes).collect();
        let y = tape.steps(&Attention { heads: self.heads, overlap: self.overlap.clone(), weights }, &inputs)?;
        if weights {
            tape.tap("mix", y[1]);
        }
        tape.step(&self.out_proj, &[y[0]])
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
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<TensorId, ShapeError> {
        let y = tape.step(&self.linear1, &[x])?;
        let y = tape.step(&self.linear2, &[y, x])?;
        tape.step(&self.norm, &[y])
    }
}

/// Linear layers without bias, each normalised, with ReLU: what classifies and regresses.
pub struct Tower(Vec<(Linear, LayerNorm)>);

impl Tower {
    /// Reads `n` layers of `width` below `at`, each (Linear, LayerNorm, ReLU) in one list of modules.
    fn load(at: &Loader<'_>, n: usize, width: usize) -> Result<Self, WeightsError> {
        let layer = |i| {
            let linear = at.at(3 * i).linear_no_bias(width, width)?;
            Ok((linear, at.at(3 * i + 1).layer_norm(width)?.then(Relu)))
        };
        Ok(Tower((0..n).map(layer).collect::<Result<_, WeightsError>>()?))
    }

    /// x `[R,D]` → `[R,D]`.
    fn record(&self, tape: &mut Tape, mut x: TensorId) -> Result<TensorId, ShapeError> {
        for (linear, norm) in &self.0 {
            x = tape.step(linear, &[x])?;
            x = tape.step(norm, &[x])?;
        }
        Ok(x)
    }
}

/// One box stage with its own weights.
pub struct BoxStage {
    box_roi: usize,
    sampling_ratio: usize,
    self_attn: SelfAttention,
    norm1: LayerNorm,
    interaction: DynamicInteraction,
    norm2: LayerNorm,
    feed_forward: FeedForward,
    cls_module: Tower,
    class_logits: Linear,
    reg_module: Tower,
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
        let positions = config.box_roi * config.box_roi;
        let overlap = config.overlap_attention.then(|| at.tensor("overlap", &[config.num_heads])).transpose()?;
        Ok(BoxStage {
            box_roi: config.box_roi,
            sampling_ratio: config.sampling_ratio,
            self_attn: SelfAttention::load(&at.at("self_attn"), d, config.num_heads)?.by_overlap(overlap),
            norm1: at.at("norm1").layer_norm(d)?.plus_residual(),
            interaction: DynamicInteraction::load(&at.at("inst_interact"), d, config.dynamic_dim, positions)?,
            norm2: at.at("norm2").layer_norm(d)?.plus_residual(),
            feed_forward: FeedForward::load(at, ["linear1", "linear2", "norm3"], d, config.feedforward_dim)?,
            cls_module: Tower::load(&at.at("cls_module"), config.num_cls, d)?,
            class_logits: at.at("class_logits").linear(d, 1)?,
            reg_module: Tower::load(&at.at("reg_module"), config.num_reg, d)?,
            bboxes_delta: at.at("bboxes_delta").linear(d, 4)?,
        })
    }

    /// boxes `[R,4]`, queries `[R,D]`, pyramid p2..p5.
    pub fn record(
        &self,
        tape: &mut Tape,
        boxes: TensorId,
        queries: TensorId,
        pyramid: &[TensorId],
    ) -> Result<BoxStageOutput, ShapeError> {
        tape.tap("in_boxes", boxes);
        let roi = self.look(tape, boxes, pyramid)?;
        let x = self.talk(tape, queries, boxes)?;
        let y = self.interaction.record(tape, x, roi)?;
        let x = tape.step(&self.norm2, &[y, x])?;
        tape.tap("norm2", x);
        let queries = self.feed_forward.record(tape, x)?;
        tape.tap("obj", queries);

        let cls = self.cls_module.record(tape, queries)?;
        let logits = tape.step(&self.class_logits, &[cls])?;
        tape.tap("logits", logits);
        let reg = self.reg_module.record(tape, queries)?;
        let deltas = tape.step(&self.bboxes_delta, &[reg])?;
        tape.tap("deltas", deltas);
        let boxes = tape.step(&BoxDeltas, &[boxes, deltas])?;
        tape.tap("boxes", boxes);
        Ok(BoxStageOutput { boxes, queries, logits })
    }

    /// What each box `[R,4]` shows of the pyramid → `[R,positions,D]`.
    fn look(&self, tape: &mut Tape, boxes: TensorId, pyramid: &[TensorId]) -> Result<TensorId, ShapeError> {
        let align = RoiAlign {
            size: self.box_roi,
            sampling_ratio: self.sampling_ratio,
            strides: STRIDES[..pyramid.len()].to_vec(),
            levels: tape.wants("level"),
        };
        let inputs: Vec<TensorId> = std::iter::once(boxes).chain(pyramid.iter().copied()).collect();
        let out = tape.steps(&align, &inputs)?;
        tape.tap("roi", out[0]);
        if let Some(&level) = out.get(1) {
            tape.tap("level", level);
        }
        let [r, height, width, d] = tape.dims(out[0])?;
        tape.reshape(out[0], &[r, height * width, d])
    }

    /// The instance queries `[R,D]` of these boxes `[R,4]` after they talked to each other.
    fn talk(&self, tape: &mut Tape, queries: TensorId, boxes: TensorId) -> Result<TensorId, ShapeError> {
        let [r, d] = tape.dims(queries)?;
        let tokens = tape.reshape(queries, &[1, r, d])?;
        let x = self.self_attn.record(tape, tokens, Some(boxes))?;
        let x = tape.reshape(x, &[r, d])?;
        tape.tap("self_attn", x);
        let x = tape.step(&self.norm1, &[x, queries])?;
        tape.tap("norm1", x);
        Ok(x)
    }
}
