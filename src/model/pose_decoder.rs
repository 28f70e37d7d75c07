//! A pose stage: SPEGM looks, SIM remembers, the parts talk to each other, each part answers for its joints.
//! In the full model the instance query looks at its person's features first.
//! Official: `Pose_Decoder_Layer` in `head.py`.

use super::box_decoder::{DynamicInteraction, FeedForward, STRIDES, SelfAttention};
use super::intervention::Intervention;
use super::loader::Loader;
use super::sim::Sim;
use super::spegm::Spegm;
use crate::activation::Activation::Relu;
use crate::config::Config;
use crate::ops::{Add, Constant, Conv, KeypointHead, LayerNorm, Repeat, RoiAlign};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// One pose stage with its own weights.
pub struct PoseStage {
    roi: RoiAlign,
    /// `[S,S,D]`, our optional map of positions.
    position: Option<Constant>,
    inst_convs: Vec<Conv>,
    /// Full model only.
    instance: Option<InstanceUpdate>,
    spegm: Spegm,
    sim: Sim,
    self_attn: SelfAttention,
    self_attn_norm: LayerNorm,
    feed_forward: FeedForward,
    head: KeypointHead,
}

/// The full model's dynamic convolution: the instance query meets what the RoI convolutions made of its box.
struct InstanceUpdate {
    interaction: DynamicInteraction,
    norm: LayerNorm,
    feed_forward: FeedForward,
}

impl InstanceUpdate {
    fn load(at: &Loader<'_>, config: &Config) -> Result<Self, WeightsError> {
        let (d, positions) = (config.hidden_dim, config.pose_roi * config.pose_roi);
        let interaction = at.at("pose_decoder_inst_interact");
        Ok(InstanceUpdate {
            interaction: DynamicInteraction::load(&interaction, d, config.dynamic_dim, positions)?,
            norm: at.at("inst_norm").layer_norm(d)?.plus_residual(),
            feed_forward: FeedForward::load(at, ["linear1", "linear2", "norm2"], d, config.feedforward_dim)?,
        })
    }

    /// query `[N,D]`, features `[N,S,S,D]` → `[N,D]`.
    fn record(&self, tape: &mut Tape, query: TensorId, features: TensorId) -> Result<TensorId, ShapeError> {
        let [n, h, w, d] = tape.dims(features)?;
        let features = tape.reshape(features, &[n, h * w, d])?;
        let y = self.interaction.record(tape, query, features)?;
        let x = tape.step(&self.norm, &[y, query])?;
        tape.tap("inst_norm", x);
        let x = self.feed_forward.record(tape, x)?;
        tape.tap("inst_query", x);
        Ok(x)
    }
}

/// What a pose stage sees of N boxes, before any part asks.
#[derive(Clone, Copy)]
pub struct Look {
    /// `[N,S,S,D]`, the RoI after its convolutions.
    pub features: TensorId,
    /// `[N,D]`, the instance queries; in the full model after they met the features.
    pub instances: TensorId,
}

/// What a pose stage gives for the N selected instances.
pub struct PoseStageOutput {
    /// `[N,P,E]`, the next stage's part queries.
    pub queries: TensorId,
    /// `[N,K,2]` in box units, −0.5 … 0.5.
    pub coord: TensorId,
    /// `[N,K,2]` in 0 … 1.
    pub sigma: TensorId,
}

impl PoseStage {
    /// Reads one `head.pose_head_series.{s}`.
    pub fn load(at: &Loader<'_>, config: &Config) -> Result<Self, WeightsError> {
        let (d, e) = (config.hidden_dim, config.part_dim);
        let mut inst_convs = Vec::new();
        for i in 0..config.num_convs {
            let cin = if i == 0 { d } else { 2 * d };
            let cout = if i + 1 == config.num_convs { d } else { 2 * d };
            inst_convs.push(at.at("inst_convs").at(2 * i).conv(cin, cout, 3, 1)?.then(Relu));
        }
        Ok(PoseStage {
            // p2 only, whatever the size.
            roi: RoiAlign {
                size: config.pose_roi,
                sampling_ratio: config.sampling_ratio,
                strides: vec![STRIDES[0]],
                levels: false,
            },
            position: if config.roi_position {
                let shape = [config.pose_roi, config.pose_roi, d];
                Some(Constant { param: at.tensor("roi_position", &shape)? })
            } else {
                None
            },
            inst_convs,
            instance: if config.light { None } else { Some(InstanceUpdate::load(at, config)?) },
            spegm: Spegm::load(at, config)?,
            sim: Sim::load(&at.at("updater"), config)?,
            self_attn: SelfAttention::load(&at.at("kps_self_attn"), e, config.num_heads)?,
            self_attn_norm: at.at("self_attn_norm").layer_norm(e)?.plus_residual(),
            feed_forward: FeedForward::load(at, ["linear1_l", "linear2_l", "norm2_l"], e, config.feedforward_dim)?,
            head: keypoint_head(at, config)?,
        })
    }

    /// boxes `[N,4]` and instance queries `[N,D]` of the same stage, p2, and any tensor `[N]` → features and queries.
    pub fn look(
        &self,
        tape: &mut Tape,
        (boxes, instances): (TensorId, TensorId),
        p2: TensorId,
        each: TensorId,
    ) -> Result<Look, ShapeError> {
        let mut x = tape.step(&self.roi, &[boxes, p2])?;
        tape.tap("roi", x);
        if let Some(position) = &self.position {
            let one = tape.step(position, &[])?;
            let each = tape.step(&Repeat, &[one, each])?;
            x = tape.step(&Add, &[x, each])?;
        }
        for conv in &self.inst_convs {
            x = tape.step(conv, &[x])?;
        }
        tape.tap("convs", x);
        let instances = match &self.instance {
            Some(update) => update.record(tape, instances, x)?,
            None => instances,
        };
        Ok(Look { features: x, instances })
    }

    /// What was seen of the N instances, their part queries `[N,P,E]`, and ids `[N]`.
    pub fn answer(
        &self,
        tape: &mut Tape,
        look: Look,
        queries: TensorId,
        ids: TensorId,
        intervention: Intervention,
    ) -> Result<PoseStageOutput, ShapeError> {
        let embedding = self.spegm.record(tape, look.features, look.instances, ids, intervention.attention)?;
        tape.tap("q_in", queries);
        let q = self.sim.record(tape, embedding, queries, intervention.gates)?;
        let y = self.self_attn.record(tape, q, None)?;
        let q = tape.step(&self.self_attn_norm, &[y, q])?;
        tape.tap("q_attn", q);
        let q = self.feed_forward.record(tape, q)?;
        tape.tap("q", q);

        let answer = tape.steps(&self.head, &[q])?;
        tape.tap("coord", answer[0]);
        tape.tap("sigma", answer[1]);
        Ok(PoseStageOutput { queries: q, coord: answer[0], sigma: answer[1] })
    }
}

/// `fc_coord.{p}.linear` and `fc_sigma.{p}.linear` of every part, in the order of the config's keypoints.
fn keypoint_head(at: &Loader<'_>, config: &Config) -> Result<KeypointHead, WeightsError> {
    let joints = config.joints();
    let first: Vec<usize> =
        config.parts.iter().scan(0, |sum, part| Some(std::mem::replace(sum, *sum + 2 * part.len()))).collect();
    let order: Vec<usize> = joints.iter().flat_map(|&(p, place)| [0, 1].map(|xy| first[p] + 2 * place + xy)).collect();
    let children: Vec<(String, usize)> =
        config.parts.iter().enumerate().map(|(p, part)| (format!("{p}.linear"), 2 * part.len())).collect();
    let (coord, coord_bias) = at.at("fc_coord").side_by_side(&children, config.part_dim, Some(&order))?;
    let (sigma, sigma_bias) = at.at("fc_sigma").side_by_side(&children, config.part_dim, Some(&order))?;
    Ok(KeypointHead { coord, coord_bias, sigma, sigma_bias, part_of_joint: joints.iter().map(|&(p, _)| p).collect() })
}
