//! The whole network: backbone, pyramid, S box stages, the choice of instances, S pose stages.
//! Official: `detector.py` and `head.py`.
//!
//! **Decoding on demand.** In the light model, and in the full one without `query_feedback`, no box stage reads a
//! pose stage and no instance's part queries read another's, so all box stages run first and the pose stages only
//! for instances whose last-stage class score passes the threshold; what is shown is the same.
//!
//! With `query_feedback` the box stages read the instance queries of the pose stages before them, and mix all R of
//! them. So the first S−1 pose stages look (RoI, convolutions, dynamic convolution) at every instance, and what
//! they saw of the selected ones is kept; only the part queries' work (SPEGM to head) and the whole last stage are
//! on demand. What is shown is the same here too.

use super::Intervention;
use super::backbone::Backbone;
use super::box_decoder::BoxStage;
use super::loader::Loader;
use super::pose_decoder::{Look, PoseStage};
use crate::config::Config;
use crate::ops::{Constant, Gather, Letterbox, Proposals, Repeat, Select};
use crate::params::Param;
use crate::picture::Geometry;
use crate::tape::{Block, DType, Tape, TapeError, TensorId, Wanted};
use crate::weights::{Weights, WeightsError};
use std::sync::Arc;

/// Which instances get a pose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Decode {
    /// Those whose last-stage class score passes the threshold, at most `max_people`.
    #[default]
    OnDemand,
    /// All proposals, for comparison.
    All,
}

/// A QueryPose network with its parameters, ready to be recorded for any picture size.
pub struct QueryPose {
    /// Its configuration.
    pub config: Config,
    backbone: Backbone,
    proposals: Arc<Param>,
    instance_queries: Arc<Param>,
    part_queries: Arc<Param>,
    box_stages: Vec<BoxStage>,
    pose_stages: Vec<PoseStage>,
}

impl QueryPose {
    /// Reads every tensor the configuration asks for.
    ///
    /// Errors: a tensor that is missing, misshapen or not finite.
    pub fn load(config: &Config, weights: &Weights<'_>) -> Result<Self, WeightsError> {
        let root = Loader::new(weights);
        let (r, d) = (config.num_proposals, config.hidden_dim);
        let head = root.at("head");
        let stages = 0..config.num_stages;
        Ok(QueryPose {
            config: config.clone(),
            backbone: Backbone::load(&root.at("backbone"), config)?,
            proposals: root.tensor("init_proposal_boxes.weight", &[r, 4])?,
            instance_queries: root.tensor("init_proposal_features.weight", &[r, d])?,
            part_queries: root.tensor("part_query.weight", &[config.parts.len(), config.part_dim])?,
            box_stages: stages
                .clone()
                .map(|s| BoxStage::load(&head.at("head_series").at(s), config))
                .collect::<Result<_, WeightsError>>()?,
            pose_stages: stages
                .map(|s| PoseStage::load(&head.at("pose_head_series").at(s), config))
                .collect::<Result<_, WeightsError>>()?,
        })
    }

    /// Records the network for photos that are brought to it like this.
    ///
    /// Inputs on the tape: `picture` u32 `[h,w]` (RGBA, R lowest), `threshold` u32 `[1]` (bits of the class
    /// logit to pass). Results: `ids`, `count`, `boxes` `[N,4]` unclipped px of the network picture, `logits`
    /// `[N,1]`, `coords` and `sigma` `[N,K,2]`.
    ///
    /// Errors: a shape that does not fit; an intervention this network has no stage for.
    pub fn record(
        &self,
        geometry: &Geometry,
        max_people: usize,
        decode: Decode,
        wanted: Wanted,
        intervention: Intervention,
    ) -> Result<Tape, TapeError> {
        let config = &self.config;
        let mut tape = Tape::new(wanted);
        tape.intervention = intervention;
        let stages = intervention.stages(config.num_stages)?;
        tape.block(Block::Before);
        let Geometry { photo, resized, padded } = *geometry;
        let pixels = tape.input("picture", &[photo.1, photo.0], DType::U32);
        let threshold = tape.input("threshold", &[1], DType::U32);
        let (mean, std) = (config.image.mean, config.image.std);
        let x = tape.step(Letterbox { source: photo, resized, padded, mean, std }, &[pixels])?;
        tape.tap("input.padded", x);

        let pyramid = self.backbone.record(&mut tape, x)?;

        tape.block(Block::Box(0));
        let mut boxes = tape.step(Proposals { boxes: self.proposals.clone(), size: resized }, &[])?;
        let mut queries = tape.step(Constant { param: self.instance_queries.clone() }, &[])?;
        let mut seen = Vec::new();
        let mut logits = None;
        for (s, stage) in self.box_stages.iter().take(stages).enumerate() {
            tape.block(Block::Box(s));
            let out = stage.record(&mut tape, s, boxes, queries, &pyramid)?;
            (boxes, queries, logits) = (out.boxes, out.queries, Some(out.logits));
            let mut look = None;
            let own = queries;
            if config.query_feedback && !config.light && s + 1 < stages {
                tape.block(Block::Pose(s));
                let each = tape.reshape(out.logits, &[config.num_proposals])?;
                let all = self.pose_stages[s].look(&mut tape, s, (boxes, own), pyramid[0], each)?;
                (queries, look) = (all.instances, Some(all));
            }
            seen.push((boxes, own, look));
        }
        let logits = logits.ok_or_else(|| TapeError("a network without stages".into()))?;

        tape.block(Block::Select);
        let all = decode == Decode::All;
        let max = if all { config.num_proposals } else { max_people.clamp(1, config.num_proposals) };
        let selected = tape.steps(Select { max, all }, &[logits, threshold])?;
        let ids = selected[0];
        tape.count = Some(selected[1]);
        tape.result("count", selected[1]);
        tape.result("ids", ids);
        let kept = |tape: &mut Tape, x: TensorId| tape.step(Gather, &[x, ids]);
        let kept_logits = kept(&mut tape, logits)?;
        tape.result("logits", kept_logits);
        let part_queries = tape.step(Constant { param: self.part_queries.clone() }, &[])?;
        let mut q = tape.step(Repeat, &[part_queries, ids])?;

        for (s, (stage, (boxes, queries, look))) in self.pose_stages.iter().zip(seen).enumerate() {
            tape.block(Block::Pose(s));
            let boxes = kept(&mut tape, boxes)?;
            let look = match look {
                Some(Look { features, instances }) => {
                    Look { features: kept(&mut tape, features)?, instances: kept(&mut tape, instances)? }
                }
                None => {
                    let instances = kept(&mut tape, queries)?;
                    stage.look(&mut tape, s, (boxes, instances), pyramid[0], ids)?
                }
            };
            let out = stage.answer(&mut tape, s, look, q, ids)?;
            q = out.queries;
            tape.result("boxes", boxes);
            tape.result("coords", out.coord);
            tape.result("sigma", out.sigma);
        }
        tape.prune();
        Ok(tape)
    }
}
