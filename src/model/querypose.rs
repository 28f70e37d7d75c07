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

use super::backbone::Backbone;
use super::box_decoder::BoxStage;
use super::intervention::Intervention;
use super::loader::Loader;
use super::pose_decoder::{Look, PoseStage};
use crate::config::Config;
use crate::geometry::Geometry;
use crate::ops::{Constant, Gather, Letterbox, Proposals, Repeat, Select};
use crate::params::Param;
use crate::tape::{Block, Tape, Wanted};
use crate::tensor::{DType, ShapeError, TensorId};
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

/// What a box stage left of all R instances.
struct Seen {
    /// `[R,4]` xyxy px.
    boxes: TensorId,
    /// `[R,D]`, as the box stage gave them.
    queries: TensorId,
    /// `[R,1]`
    logits: TensorId,
    /// What its pose stage saw of all of them, where the next box stage reads that.
    look: Option<Look>,
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
    ) -> Result<Tape, ShapeError> {
        let stages = intervention.stages(self.config.num_stages)?;
        let mut tape = Tape::new(wanted);
        let x = self.prepare(&mut tape, geometry)?;
        let pyramid = self.backbone.record(&mut tape, x)?;
        let seen = self.box_stages(&mut tape, geometry, &pyramid, stages)?;
        let ids = self.choose(&mut tape, &seen, max_people, decode)?;
        self.pose_stages(&mut tape, seen, ids, pyramid[0], intervention)?;
        tape.prune();
        Ok(tape)
    }

    /// The photo as the backbone takes it, `[1,H,W,4]`.
    fn prepare(&self, tape: &mut Tape, geometry: &Geometry) -> Result<TensorId, ShapeError> {
        tape.block(Block::Before);
        let Geometry { photo, resized, padded } = *geometry;
        let pixels = tape.input("picture", &[photo.1, photo.0], DType::U32);
        let (mean, std) = (self.config.image.mean, self.config.image.std);
        let x = tape.step(&Letterbox { source: photo, resized, padded, mean, std }, &[pixels])?;
        tape.tap("input.padded", x);
        Ok(x)
    }

    /// All R instances through the box stages; one entry a stage.
    fn box_stages(
        &self,
        tape: &mut Tape,
        geometry: &Geometry,
        pyramid: &[TensorId],
        stages: usize,
    ) -> Result<Vec<Seen>, ShapeError> {
        let config = &self.config;
        tape.block(Block::Box(0));
        let mut boxes = tape.step(&Proposals { boxes: self.proposals.clone(), size: geometry.resized }, &[])?;
        let mut queries = tape.step(&Constant { param: self.instance_queries.clone() }, &[])?;
        let mut seen = Vec::new();
        for (s, stage) in self.box_stages.iter().take(stages).enumerate() {
            tape.block(Block::Box(s));
            let out = stage.record(&mut tape.scope(format!("s{s}.box")), boxes, queries, pyramid)?;
            (boxes, queries) = (out.boxes, out.queries);
            let mut look = None;
            if config.query_feedback && !config.light && s + 1 < stages {
                tape.block(Block::Pose(s));
                let each = tape.reshape(out.logits, &[config.num_proposals])?;
                let tape = &mut tape.scope(format!("s{s}.pose"));
                let all = self.pose_stages[s].look(tape, (boxes, queries), pyramid[0], each)?;
                (queries, look) = (all.instances, Some(all));
            }
            seen.push(Seen { boxes, queries: out.queries, logits: out.logits, look });
        }
        Ok(seen)
    }

    /// The ids `[N]` of the instances worth a pose, by their last stage's logits.
    fn choose(
        &self,
        tape: &mut Tape,
        seen: &[Seen],
        max_people: usize,
        decode: Decode,
    ) -> Result<TensorId, ShapeError> {
        let logits = seen.last().ok_or_else(|| ShapeError("a network without stages".into()))?.logits;
        tape.block(Block::Select);
        let threshold = tape.input("threshold", &[1], DType::U32);
        let all = decode == Decode::All;
        let proposals = self.config.num_proposals;
        let max = if all { proposals } else { max_people.clamp(1, proposals) };
        let selected = tape.steps(&Select { max, all }, &[logits, threshold])?;
        let ids = selected[0];
        tape.count = Some(selected[1]);
        tape.result("count", selected[1]);
        tape.result("ids", ids);
        let logits = tape.step(&Gather, &[logits, ids])?;
        tape.result("logits", logits);
        Ok(ids)
    }

    /// The chosen instances through the pose stages that follow the box stages.
    fn pose_stages(
        &self,
        tape: &mut Tape,
        seen: Vec<Seen>,
        ids: TensorId,
        p2: TensorId,
        intervention: Intervention,
    ) -> Result<(), ShapeError> {
        let part_queries = tape.step(&Constant { param: self.part_queries.clone() }, &[])?;
        let mut q = tape.step(&Repeat, &[part_queries, ids])?;
        for (s, (stage, seen)) in self.pose_stages.iter().zip(seen).enumerate() {
            tape.block(Block::Pose(s));
            let tape = &mut tape.scope(format!("s{s}.pose"));
            let kept = |tape: &mut Tape, x: TensorId| tape.step(&Gather, &[x, ids]);
            let boxes = kept(tape, seen.boxes)?;
            let look = match seen.look {
                Some(Look { features, instances }) => {
                    Look { features: kept(tape, features)?, instances: kept(tape, instances)? }
                }
                None => {
                    let instances = kept(tape, seen.queries)?;
                    stage.look(tape, (boxes, instances), p2, ids)?
                }
            };
            let out = stage.answer(tape, look, q, ids, intervention)?;
            q = out.queries;
            tape.result("boxes", boxes);
            tape.result("coords", out.coord);
            tape.result("sigma", out.sigma);
        }
        Ok(())
    }
}
