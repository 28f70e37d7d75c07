//! `querypose bench`: what a network costs, on paper and on this machine.

use super::BackendArg;
use crate::config::Config;
use crate::cpu;
use crate::engine::Outputs;
use crate::model::{Decode, QueryPose};
use crate::params::Param;
use crate::tape::{Block, Tape, Wanted};
use crate::weights::Weights;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What `querypose bench` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchArgs {
    /// Model folder [default: the shipped nano model]
    #[arg(long, value_name = "DIR", conflicts_with = "random")]
    pub model: Option<PathBuf>,
    /// Measure random weights for this config.json instead of a model
    #[arg(long, value_name = "CONFIG.json")]
    pub random: Option<PathBuf>,
    /// Size of the network's picture [default: what a 640x480 photo becomes by the model's own rule]
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    pub size: Option<(usize, usize)>,
    /// Numbers of people whose poses are decoded
    #[arg(long, value_delimiter = ',', default_value = "1,3,10,100")]
    pub people: Vec<usize>,
    /// Engine to measure
    #[arg(long, value_enum, default_value_t)]
    pub backend: BackendArg,
    /// Frames to time, after one to warm up and for at most 20 s per row; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub frames: u32,
    /// Print the multiply-accumulates only, without running anything
    #[arg(long)]
    pub dry: bool,
}

fn parse_size(text: &str) -> Result<(usize, usize), String> {
    let sides = text.split_once(['x', 'X']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match sides {
        Some((w, h)) if (16..=4096).contains(&w) && (16..=4096).contains(&h) => Ok((w, h)),
        Some(_) => Err("a side must lie between 16 and 4096 pixels".into()),
        None => Err("a size looks like 640x480".into()),
    }
}

/// No further frame is timed on a tape after this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// One network on one engine.
enum Runner {
    Cpu(cpu::Plan),
}

impl Runner {
    fn new(tape: Arc<Tape>, backend: BackendArg) -> Result<Runner, String> {
        match backend {
            BackendArg::Gpu => Err("the GPU engine is not in this build yet: use --backend cpu".into()),
            BackendArg::Auto | BackendArg::Cpu => {
                let mut plan = cpu::Engine::new().prepare(tape);
                plan.time_steps(true);
                Ok(Runner::Cpu(plan))
            }
        }
    }

    fn run(&mut self, inputs: &[(&str, &[u32])]) -> Result<Outputs, String> {
        match self {
            Runner::Cpu(plan) => plan.run(inputs).map_err(|e| e.to_string()),
        }
    }

    /// Bytes of the buffers that hold activations.
    fn buffer_bytes(&self) -> usize {
        match self {
            Runner::Cpu(plan) => plan.memory().words() * 4,
        }
    }
}

/// What one tape costs when `people` poses are decoded.
struct Measured {
    people: usize,
    macs: BTreeMap<Block, u64>,
    /// Median of the whole frame.
    frame_ms: f64,
    /// Mean of each step, in the tape's order; empty where the engine cannot tell.
    step_ms: Vec<f64>,
    buffer_bytes: usize,
}

/// Measures and prints. Errors are sentences.
pub fn run(args: &BenchArgs) -> Result<(), String> {
    let (config, weights_file, name) = source(args)?;
    let config = match args.size {
        Some((w, h)) => with_edges(config, w.min(h), w.max(h)),
        None => config,
    };
    let photo = args.size.unwrap_or((640, 480));
    let weights = match weights_file {
        Some((bytes, origin)) => Weights::from_safetensors(bytes, &origin).map_err(|e| e.to_string())?,
        None => Weights::random(0),
    };
    let model = QueryPose::load(&config, &weights).map_err(|e| e.to_string())?;
    drop(weights);

    let resized = config.resized(photo.0, photo.1);
    let padded = config.padded(resized.0, resized.1);
    println!(
        "{name}: {} stages, {} proposals, network picture {} × {} (padded {} × {})",
        config.num_stages, config.num_proposals, resized.0, resized.1, padded.0, padded.1
    );
    let record = |people: usize, decode| {
        model.record(photo, people, decode, Wanted::Nothing).map(Arc::new).map_err(|e| e.to_string())
    };
    let mut counts: Vec<usize> = args.people.iter().map(|&n| n.clamp(1, config.num_proposals)).collect();
    counts.dedup();
    let all_tape = record(config.num_proposals, Decode::All)?;
    println!("weights {:.1} MB", weight_bytes(&all_tape) as f64 / 1e6);

    let measure = |people: usize, tape: Arc<Tape>| measure(people, tape, photo, args);
    let mut on_demand = Vec::new();
    for &people in &counts {
        on_demand.push((record(people, Decode::OnDemand)?, people));
    }
    let on_demand: Vec<(Arc<Tape>, Measured)> = on_demand
        .into_iter()
        .map(|(tape, people)| Ok((tape.clone(), measure(people, tape)?)))
        .collect::<Result<_, String>>()?;
    let all = measure(config.num_proposals, all_tape)?;

    print_people(&on_demand, &all, args.dry);
    print_blocks(&on_demand, args.dry);
    if !args.dry {
        let (tape, m) = &on_demand[0];
        print_ops(m, tape);
    }
    Ok(())
}

/// The configuration, the weights file if there is one, and what to call them.
#[allow(clippy::type_complexity)]
fn source(args: &BenchArgs) -> Result<(Config, Option<(Vec<u8>, String)>, String), String> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|e| format!("{}: cannot be read: {e}", path.display()))
            .and_then(|text| Config::from_json(&text, &path.display().to_string()).map_err(|e| e.to_string()))
    };
    if let Some(path) = &args.random {
        return Ok((read(path)?, None, format!("{} with random weights", path.display())));
    }
    let folder = args.model.clone().map_or_else(super::shipped_model, Ok)?;
    let file = folder.join("model.safetensors");
    let bytes = std::fs::read(&file).map_err(|e| format!("{}: cannot be read: {e}", file.display()))?;
    let config = read(&folder.join("config.json"))?;
    Ok((config, Some((bytes, file.display().to_string())), folder.display().to_string()))
}

/// The same network over pictures of these edges.
fn with_edges(mut config: Config, shortest: usize, longest: usize) -> Config {
    config.image.shortest_edge = shortest;
    config.image.longest_edge = longest;
    config
}

fn measure(people: usize, tape: Arc<Tape>, photo: (usize, usize), args: &BenchArgs) -> Result<Measured, String> {
    let macs = tape.macs(people);
    if args.dry {
        return Ok(Measured { people, macs, frame_ms: 0.0, step_ms: Vec::new(), buffer_bytes: 0 });
    }
    // Diagonal stripes; what is on it does not change the work, because the threshold lets everyone through.
    let stripes = |i: usize| 0xFF00_0000 | ((i % photo.0 + i / photo.0) as u32 % 256 * 0x0001_0101);
    let picture: Vec<u32> = (0..photo.0 * photo.1).map(stripes).collect();
    let threshold = [f32::NEG_INFINITY.to_bits()];
    let inputs: [(&str, &[u32]); 2] = [("picture", &picture), ("threshold", &threshold)];
    let steps = tape.steps.len();
    let mut runner = Runner::new(tape, args.backend)?;
    let (mut frames, mut step_ms) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    // The first frame warms up and does not count, unless it takes so long that it is all there is.
    for frame in 0..=args.frames {
        let start = Instant::now();
        let outputs = runner.run(&inputs)?;
        if outputs.count != people {
            let count = outputs.count;
            return Err(format!("{count} poses were decoded instead of {people}: the network gives no numbers"));
        }
        let slow = begin.elapsed() > PATIENCE;
        if frame > 0 || slow {
            frames.push(start.elapsed().as_secs_f64() * 1e3);
            step_ms.push(outputs.step_ms.unwrap_or_default());
        }
        if slow {
            break;
        }
    }
    let mean = |i: usize| step_ms.iter().map(|ms| ms[i]).sum::<f64>() / step_ms.len() as f64;
    let step_ms = if step_ms.iter().all(|ms| ms.len() == steps) { (0..steps).map(mean).collect() } else { Vec::new() };
    frames.sort_by(f64::total_cmp);
    let frame_ms = frames[frames.len() / 2];
    Ok(Measured { people, macs, frame_ms, step_ms, buffer_bytes: runner.buffer_bytes() })
}

/// Bytes of every parameter the tape reads, each counted once.
fn weight_bytes(tape: &Tape) -> usize {
    let mut seen = BTreeSet::new();
    let params = tape.steps.iter().flat_map(|step| step.op.params());
    params
        .filter(|param| seen.insert(Arc::as_ptr(param) as *const () as usize))
        .map(|param: &Arc<Param>| param.bytes())
        .sum()
}

fn total(macs: &BTreeMap<Block, u64>) -> f64 {
    macs.values().sum::<u64>() as f64 / 1e9
}

/// A multiply-accumulate counts as two operations.
fn gflops(gmac: f64, ms: f64) -> f64 {
    2.0 * gmac / (ms / 1e3)
}

fn print_people(on_demand: &[(Arc<Tape>, Measured)], all: &Measured, dry: bool) {
    if dry {
        println!("\n{:>7}  {:>15}  {:>15}", "people", "on demand GMAC", "all GMAC");
        for (_, m) in on_demand {
            println!("{:>7}  {:>15.3}  {:>15.3}", m.people, total(&m.macs), total(&all.macs));
        }
        return;
    }
    println!(
        "\n{:>7}  {:>15} {:>10} {:>9} {:>12}  {:>10} {:>10}",
        "people", "on demand GMAC", "ms", "GFLOP/s", "buffers MB", "all GMAC", "ms"
    );
    for (_, m) in on_demand {
        let gmac = total(&m.macs);
        println!(
            "{:>7}  {:>15.3} {:>10.2} {:>9.1} {:>12.1}  {:>10.3} {:>10.2}",
            m.people,
            gmac,
            m.frame_ms,
            gflops(gmac, m.frame_ms),
            m.buffer_bytes as f64 / 1e6,
            total(&all.macs),
            all.frame_ms
        );
    }
    println!("all decoded: buffers {:.1} MB", all.buffer_bytes as f64 / 1e6);
}

fn print_blocks(on_demand: &[(Arc<Tape>, Measured)], dry: bool) {
    println!("\nblocks, decoded on demand");
    print!("  {:<14}", "people");
    for (_, m) in on_demand {
        print!(" {:>9} GMAC{}", m.people, if dry { "" } else { "        ms" });
    }
    println!();
    let ms: Vec<BTreeMap<Block, f64>> = on_demand.iter().map(|(tape, m)| block_ms(tape, m)).collect();
    for block in on_demand[0].1.macs.keys() {
        print!("  {:<14}", block.to_string());
        for ((_, m), ms) in on_demand.iter().zip(&ms) {
            print!(" {:>14.3}", m.macs[block] as f64 / 1e9);
            match ms.get(block) {
                Some(ms) => print!(" {ms:>9.2}"),
                None if dry => {}
                None => print!(" {:>9}", "–"),
            }
        }
        println!();
    }
    if !dry && ms[0].is_empty() {
        println!("  (no milliseconds per block: this device has no timestamps)");
    }
}

fn block_ms(tape: &Tape, m: &Measured) -> BTreeMap<Block, f64> {
    let mut ms = BTreeMap::new();
    for (step, step_ms) in tape.steps.iter().zip(&m.step_ms) {
        *ms.entry(step.block).or_default() += step_ms;
    }
    ms
}

/// Ops of the same kind together, the slowest first.
fn print_ops(m: &Measured, tape: &Tape) {
    if m.step_ms.is_empty() {
        return;
    }
    println!("\nops, {} decoded on demand", m.people);
    let mut by_op: BTreeMap<&str, (usize, f64, u64)> = BTreeMap::new();
    for (step, ms) in tape.steps.iter().zip(&m.step_ms) {
        let live = |ids: &[crate::tape::TensorId]| -> Vec<Vec<usize>> {
            ids.iter().map(|&id| tape.tensor(id).live_shape(m.people)).collect()
        };
        let (calls, sum, macs) = by_op.entry(step.op.name()).or_default();
        *calls += 1;
        *sum += ms;
        *macs += step.op.macs(&live(&step.inputs), &live(&step.outputs));
    }
    let mut rows: Vec<_> = by_op.into_iter().collect();
    rows.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    for (name, (calls, ms, macs)) in rows {
        let gmac = macs as f64 / 1e9;
        println!("  {name:<16} ×{calls:<4} {gmac:>9.3} GMAC {ms:>10.3} ms {:>9.1} GFLOP/s", gflops(gmac, ms));
    }
}
