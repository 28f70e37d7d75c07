//! The one way in and out: a model folder and a picture → people. The page, the command line and the tests all
//! come through here.

use crate::checkpoint::Checkpoint;
use crate::clock::now_ms;
use crate::config::Config;
use crate::cpu;
use crate::error::{Error, ErrorKind};
use crate::geometry::Geometry;
use crate::gpu;
use crate::infer::Hints;
use crate::model::{Decode, Intervention, QueryPose};
use crate::op::Tile;
use crate::outputs::Outputs;
use crate::picture::Picture;
use crate::pose::{Pose, poses};
use crate::tape::{Tape, Wanted};
use crate::track::{KEEP, KEEP_WITH_JOINTS};
use crate::weights::Weights;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// A model with its parameters in memory.
pub struct Model {
    net: QueryPose,
    /// Its numbers are gone once an engine has them.
    for_one_engine: bool,
}

impl Model {
    /// Builds a model from the text of its `config.json` and the bytes of its `model.safetensors` (or checkpoint of
    /// PyTorch); without a text the configuration is inferred. `origin` names them in messages.
    pub fn from_bytes(config_json: Option<&str>, weights: &[u8], origin: &str) -> Result<Model, Error> {
        let origins = [format!("{origin}/config.json"), format!("{origin}/model.safetensors")];
        let origins = [origins[0].as_str(), origins[1].as_str()];
        let checkpoint = Checkpoint::new(config_json, weights, &Hints::default(), origins)
            .map_err(|e| Error::new(ErrorKind::BadModel, e))?;
        Model::from_weights(&checkpoint.config, &checkpoint.weights)
    }

    /// Builds a model from weights that need not lie in a file.
    pub fn from_weights(config: &Config, weights: &Weights<'_>) -> Result<Model, Error> {
        let explained = |first| weights.explain(first, || drop(QueryPose::load(config, weights)));
        let net =
            QueryPose::load(config, weights).map_err(|first| Error::new(ErrorKind::BadModel, explained(first)))?;
        Ok(Model { net, for_one_engine: weights.for_one_engine })
    }

    /// Reads a model folder, or a checkpoint whose configuration is inferred.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(path: &std::path::Path) -> Result<Model, Error> {
        let checkpoint =
            Checkpoint::open(path, None, &Hints::default()).map_err(|e| Error::new(ErrorKind::BadModel, e))?;
        Model::from_weights(&checkpoint.config, &checkpoint.weights)
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.net.config
    }

    /// The same model, bringing pictures to another shortest edge (px); the longest edge follows in proportion.
    pub fn at_size(mut self, shortest_edge: usize) -> Model {
        self.net.config = self.net.config.at_size(shortest_edge);
        self
    }

    /// How a picture of `(width, height)` pixels is brought to the network; `size` instead of its own shortest edge.
    pub fn geometry(&self, picture: (usize, usize), size: Option<usize>) -> Geometry {
        let config = self.config();
        match size {
            None => Geometry::new(config, picture.0, picture.1),
            Some(size) => Geometry::new(&config.clone().at_size(size), picture.0, picture.1),
        }
    }

    /// The network recorded for pictures like this.
    pub fn record(&self, geometry: &Geometry, options: &Options) -> Result<Tape, Error> {
        let Options { max_people, decode, wanted, intervention, .. } = options.clone();
        self.net
            .record(geometry, max_people, decode, wanted, intervention)
            .map_err(|e| Error::new(ErrorKind::BadRequest, e))
    }
}

/// Which engine to run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// The GPU where there is a real one that can run the model, else the CPU, which also takes over from a GPU that fails.
    #[default]
    Auto,
    /// The GPU, or an error.
    Gpu,
    /// The CPU.
    Cpu,
}

/// Shortest edges (px) that pictures may be brought to.
pub const SIZES: std::ops::RangeInclusive<u32> = 32..=2048;

/// How to look at a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Person score from which on a person is shown, 0 … 1.
    pub threshold: f32,
    /// Class score from which on an instance gets a pose, where that is not the threshold; no person's score is above it.
    pub decode_from: Option<f32>,
    /// Most people to decode.
    pub max_people: usize,
    /// Shortest edge to bring pictures to. Without, the one that suits their people, where the configuration has an
    /// [`AdaptiveScale`](crate::config::AdaptiveScale), else the model's own.
    pub size: Option<usize>,
    /// Which instances get a pose.
    pub decode: Decode,
    /// Taps to read back.
    pub wanted: Wanted,
    /// What is done differently from the network as it was learned.
    pub intervention: Intervention,
    /// Measure every step.
    pub timed: bool,
}

impl Options {
    /// The model's own threshold, at most 20 people, on demand, results only.
    pub fn new(config: &Config) -> Options {
        Options {
            threshold: config.threshold,
            decode_from: None,
            max_people: 20,
            size: None,
            decode: Decode::OnDemand,
            wanted: Wanted::Nothing,
            intervention: Intervention::default(),
            timed: false,
        }
    }

    /// The same from another score on.
    fn at(self, threshold: f32) -> Options {
        Options { threshold, ..self }
    }

    /// The same for following people: who is known may score [`KEEP`] of the threshold. Where joints count for the score,
    /// [`KEEP_WITH_JOINTS`], and only for unsure joints: as a person they must be as sure as somebody new. (Else nano as it
    /// was then decodes 728 more instances on 50 photos at 336 and 192 px, of which 6 score so much; with it, 193 people do.)
    pub fn followed(self, config: &Config) -> Options {
        let (keep, decode_from) =
            if config.pose_quality { (KEEP, None) } else { (KEEP_WITH_JOINTS, Some(self.threshold)) };
        Options { threshold: keep * self.threshold, decode_from, ..self }
    }
}

/// Milliseconds of one picture, of all looks together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    /// Recording and preparing for a new picture size (nothing for one seen before), packing the pixels.
    pub before: f64,
    /// From the pixels to the network's results, the letterbox included.
    pub network: f64,
    /// From the results to poses in the photo's pixels.
    pub after: f64,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Detection {
    /// People, best first, in the photo's pixels.
    pub poses: Vec<Pose>,
    /// Those, width and height: [`Picture::full`].
    pub full: (u32, u32),
    /// How the picture, as large as it was in memory, was brought to the network.
    pub geometry: Geometry,
    /// Shortest edges at which the picture was looked at; people, geometry and outputs are of the last.
    pub sizes: Vec<usize>,
    /// Milliseconds.
    pub speed: Speed,
    /// Results and taps as the engine gave them.
    pub outputs: Outputs,
    /// The tape that was run.
    pub tape: Arc<Tape>,
    /// What was done differently from the network as it was learned.
    pub intervention: Intervention,
}

impl Detection {
    /// The shortest edge (px) that the people are of.
    pub fn size(&self) -> usize {
        self.sizes.last().copied().unwrap_or_default()
    }

    /// How large people are in the network's input: the root of each box's area there, px.
    pub fn sides(&self) -> Vec<f32> {
        let Geometry { photo: (width, height), .. } = self.geometry;
        let (x, y) = (width as f32 / self.full.0 as f32, height as f32 / self.full.1 as f32);
        let in_memory = |[left, top, right, bottom]: [f32; 4]| [left * x, top * y, right * x, bottom * y];
        self.poses.iter().map(|pose| self.geometry.side(in_memory(pose.bbox))).collect()
    }
}

impl std::ops::Add for Speed {
    type Output = Speed;
    fn add(self, other: Speed) -> Speed {
        let Speed { before, network, after } = other;
        Speed { before: self.before + before, network: self.network + network, after: self.after + after }
    }
}

enum Runner {
    Cpu(cpu::Engine),
    Gpu(gpu::Engine),
}

enum Plan {
    Cpu(RefCell<cpu::Plan>),
    Gpu(gpu::Plan),
}

/// What a plan was prepared for.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    geometry: Geometry,
    size: Option<usize>,
    max_people: usize,
    decode: Decode,
    wanted: Wanted,
    intervention: Intervention,
}

/// Picture sizes kept ready; a folder of photos has few, a video one.
const PLANS: usize = 4;

type Looking<'a> = Pin<Box<dyn Future<Output = Result<Detection, Error>> + 'a>>;

/// A model on an engine, ready for pictures.
pub struct Detector {
    model: Model,
    /// The engine that was opened, in use unless there is a `substitute`.
    opened: (Runner, String),
    /// The CPU's, from the moment that the GPU failed.
    substitute: OnceCell<(Runner, String)>,
    /// True if there may be one.
    replaceable: bool,
    plans: RefCell<Vec<(Key, Rc<Plan>)>>,
}

impl Detector {
    /// Opens the engine. With `Auto`, what speaks against the GPU is told by [`Detector::backend`], also when it fails later
    /// and the CPU takes over, which it cannot from weights that are [for one engine](Weights::for_one_engine).
    pub async fn new(model: Model, backend: Backend) -> Result<Detector, Error> {
        let opened = match backend {
            Backend::Cpu => open_cpu("cpu"),
            Backend::Gpu => open_gpu().await?,
            Backend::Auto => match open_gpu().await {
                Ok((Runner::Gpu(gpu), name)) if gpu.device().traits().software => {
                    drop(gpu);
                    open_cpu(format!("cpu, since the only GPU is software ({name})"))
                }
                Ok(found) => found,
                Err(e) => open_cpu(format!("cpu, since there is {e}")),
            },
        };
        let replaceable = backend == Backend::Auto && !model.for_one_engine;
        Ok(Detector { model, opened, substitute: OnceCell::new(), replaceable, plans: RefCell::default() })
    }

    fn running(&self) -> &(Runner, String) {
        self.substitute.get().unwrap_or(&self.opened)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The engine in use, in words: the adapter's name, or why it is the CPU.
    pub fn backend(&self) -> &str {
        &self.running().1
    }

    /// True if the network runs on the GPU.
    pub fn on_gpu(&self) -> bool {
        matches!(self.running().0, Runner::Gpu(_))
    }

    /// How the GPU's matrix products are cut; nothing on the processor, which has its own way.
    pub fn tile(&self) -> Option<Tile> {
        match &self.running().0 {
            Runner::Cpu(_) => None,
            Runner::Gpu(engine) => Some(engine.tile()),
        }
    }

    /// Cuts the GPU's matrix products like this from the next picture on, not as the device is thought to like it. Which
    /// one is the best, only trying tells. Changes nothing on the processor.
    pub fn use_tile(&self, tile: Tile) {
        if let Runner::Gpu(engine) = &self.running().0
            && engine.tile() != tile
        {
            engine.use_tile(tile);
            self.plans.borrow_mut().clear();
        }
    }

    /// Bytes the engine holds now: parameters in its own layout, and the tensors between the steps.
    pub fn bytes(&self) -> u64 {
        let plans = self.plans.borrow();
        let of_plan = |plan: &Plan| match plan {
            Plan::Cpu(plan) => plan.borrow().memory().words() * 4,
            Plan::Gpu(plan) => plan.bytes(),
        };
        let params = match &self.running().0 {
            Runner::Cpu(_) => 0,
            Runner::Gpu(engine) => engine.bytes(),
        };
        params + plans.iter().map(|(_, plan)| of_plan(plan)).sum::<u64>()
    }

    /// Finds the people of a picture. Without a size it is looked at twice where the model can choose one.
    pub async fn detect(&self, picture: &Picture, options: &Options) -> Result<Detection, Error> {
        let config = self.model.config();
        let (None, Some(scale)) = (options.size, &config.image.adaptive_scale) else {
            let edge = options.size.unwrap_or(config.image.shortest_edge);
            return self.look(picture, options, edge).await;
        };
        // As learned and at one threshold: whatever else is asked for, a picture is seen at one size.
        let score = scale.score.unwrap_or(config.threshold);
        let plain = Options { threshold: score, ..Options::new(config) };
        let mut first = self.look(picture, &plain, scale.first_edge).await?;
        let edge = scale.edge(&first.sides());
        // It has everybody who is asked for.
        if edge == scale.first_edge && options.threshold >= score && *options == plain.at(options.threshold) {
            first.poses.retain(|pose| pose.score >= options.threshold);
            return Ok(first);
        }
        let last = self.look(picture, options, edge).await?;
        Ok(Detection { sizes: [first.sizes, last.sizes].concat(), speed: first.speed + last.speed, ..last })
    }

    /// One look, at this shortest edge. Boxed, so that its code is there once for all who wait for it.
    fn look<'a>(&'a self, picture: &'a Picture, options: &'a Options, edge: usize) -> Looking<'a> {
        Box::pin(async move {
            loop {
                // The page opens another engine by itself, whose code is not wanted twice.
                let replaceable = cfg!(not(target_arch = "wasm32")) && self.replaceable && self.on_gpu();
                match self.look_once(picture, options, edge).await {
                    Err(e) if replaceable && e.kind.is_of_device() => {
                        self.substitute.get_or_init(|| open_cpu(format!("cpu, since {e}")));
                        self.plans.borrow_mut().clear();
                    }
                    seen => return seen,
                }
            }
        })
    }

    async fn look_once(&self, picture: &Picture, options: &Options, edge: usize) -> Result<Detection, Error> {
        let start = now_ms();
        let size = (picture.width as usize, picture.height as usize);
        let geometry = self.model.geometry(size, Some(edge));
        let plan = self.plan(geometry, options).await?;
        // Where the bytes lie as words do, as they nearly always do, they are not copied.
        let pixels = match bytemuck::try_cast_slice(&picture.rgba) {
            Ok(words) => Cow::Borrowed(words),
            Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(&picture.rgba)),
        };
        let threshold = [logit(options.decode_from.unwrap_or(options.threshold)).to_bits()];
        let inputs: [(&str, &[u32]); 2] = [("picture", &pixels), ("threshold", &threshold)];
        let ready = now_ms();
        let (outputs, tape) = match &*plan {
            Plan::Cpu(plan) => {
                let mut plan = plan.borrow_mut();
                plan.time_steps(options.timed);
                (plan.run(&inputs).map_err(|e| Error::new(ErrorKind::Internal, e))?, plan.tape().clone())
            }
            Plan::Gpu(plan) => {
                plan.time_steps(options.timed);
                (plan.run(&inputs).await?, plan.tape().clone())
            }
        };
        let ran = now_ms();
        let config = self.model.config();
        let mut poses = poses(&outputs, config, &geometry, options.threshold, options.max_people);
        let (x, y) = picture.scale();
        if (x, y) != (1.0, 1.0) {
            poses.iter_mut().for_each(|pose| *pose = pose.scaled(x, y));
        }
        let speed = Speed { before: ready - start, network: ran - ready, after: now_ms() - ran };
        let Options { intervention, .. } = *options;
        Ok(Detection { poses, full: picture.full, geometry, sizes: vec![edge], speed, outputs, tape, intervention })
    }

    async fn plan(&self, geometry: Geometry, options: &Options) -> Result<Rc<Plan>, Error> {
        let Options { max_people, decode, wanted, intervention, .. } = options.clone();
        let key = Key { geometry, size: options.size, max_people, decode, wanted, intervention };
        let known = self.plans.borrow().iter().find(|(k, _)| *k == key).map(|(_, plan)| plan.clone());
        if let Some(plan) = known {
            return Ok(plan);
        }
        let tape = Arc::new(self.model.record(&geometry, options)?);
        // Another size was wished for: what is ready for the old one takes memory that the new one may need.
        self.plans.borrow_mut().retain(|(k, _)| k.size == key.size);
        while self.plans.borrow().len() >= PLANS {
            self.plans.borrow_mut().remove(0);
        }
        let plan = loop {
            let prepared = match &self.running().0 {
                Runner::Cpu(engine) => {
                    engine.prepare(tape.clone()).map(|plan| Plan::Cpu(RefCell::new(plan))).map_err(Error::from)
                }
                Runner::Gpu(engine) => engine.prepare(tape.clone()).await.map(Plan::Gpu).map_err(Error::from),
            };
            match prepared {
                // So may all that is ready for other pictures: it goes before this one is given up.
                Err(e) if e.kind == ErrorKind::OutOfMemory && !self.plans.borrow().is_empty() => {
                    self.plans.borrow_mut().clear();
                }
                prepared => break Rc::new(prepared?),
            }
        };
        self.plans.borrow_mut().push((key, plan.clone()));
        Ok(plan)
    }
}

/// The CPU's engine, called like this.
fn open_cpu(name: impl Into<String>) -> (Runner, String) {
    (Runner::Cpu(cpu::Engine::new()), name.into())
}

/// The GPU's engine and name.
async fn open_gpu() -> Result<(Runner, String), gpu::DeviceError> {
    let device = gpu::Device::open(None).await?;
    let name = device.name().to_string();
    Ok((Runner::Gpu(gpu::Engine::new(device)), name))
}

/// The class logit that a score stands for; infinite at 0 and 1.
fn logit(score: f32) -> f32 {
    let score = score.clamp(0.0, 1.0);
    (score / (1.0 - score)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The GPU is given up behind the detector's back, before its first picture and between two.
    #[test]
    fn the_processor_takes_over_from_a_gpu_that_fails() {
        let model = || {
            let config = Config::from_json(include_str!("rehearsal.json"), "rehearsal.json").unwrap();
            Model::from_weights(&config, &Weights::random(0)).unwrap()
        };
        let picture = Picture::from_rgba(64, 48, (0..64 * 48 * 4).map(|i| (i * i / 7) as u8).collect()).unwrap();
        let options = Options::new(model().config()).at(0.0);
        let look = |detector: &Detector| pollster::block_on(detector.detect(&picture, &options));
        let expected = look(&pollster::block_on(Detector::new(model(), Backend::Cpu)).unwrap()).unwrap().poses;
        assert!(!expected.is_empty());
        for (replaceable, first) in [(true, false), (true, true), (false, true)] {
            let detector = match pollster::block_on(Detector::new(model(), Backend::Gpu)) {
                // `Auto` takes no software for a GPU, which is what tests have.
                Ok(detector) => Detector { replaceable, ..detector },
                Err(e) if std::env::var_os("QUERYPOSE_GPU").is_some() => panic!("{e}"),
                Err(e) => return println!("the GPU is not tested: {e}"),
            };
            if first {
                look(&detector).unwrap();
            }
            assert!(detector.on_gpu());
            if let Runner::Gpu(engine) = &detector.running().0 {
                engine.device().destroy();
            }
            match look(&detector) {
                Ok(seen) => assert!(replaceable && seen.poses == expected),
                Err(e) => assert!(!replaceable && e.kind == ErrorKind::DeviceLost, "{e}"),
            }
            assert_eq!(detector.backend().starts_with("cpu, since the GPU was lost: "), replaceable);
        }
    }
}
