//! `querypose bench`: what a network costs, on paper and on this machine.

use super::model::ModelArgs;
use crate::config::Config;
use crate::detect::{Detection, Detector, Model, Options};
use crate::memory::MemoryPlan;
use crate::model::{Decode, Intervention};
use crate::op::Tile;
use crate::params::Param;
use crate::picture::Picture;
use crate::say::plain;
use crate::tape::{Block, Tape, Wanted};
use crate::tensor::TensorId;
use crate::weights::Weights;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What `querypose bench` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchArgs {
    /// The model and the engine it runs on
    #[command(flatten)]
    pub model: ModelArgs,
    /// Measure random weights for this config.json instead of a model
    #[arg(long, value_name = "CONFIG.json", conflicts_with_all = ["model", "config", "heads", "query_feedback", "edges"])]
    pub random: Option<PathBuf>,
    /// Size of the network's picture [default: what a 640x480 photo becomes by the model's own rule]
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    pub size: Option<(usize, usize)>,
    /// Numbers of people whose poses are decoded
    #[arg(long, value_delimiter = ',', default_value = "1,3,10,100")]
    pub people: Vec<usize>,
    /// Frames to time, after one to warm up and for at most 20 s per row; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub frames: u32,
    /// Cut the GPU's matrix products like this [default: as the device is thought to like it]
    #[arg(long, value_enum, conflicts_with = "dry")]
    pub tile: Option<Tile>,
    /// Also measure every way to cut the GPU's matrix products, the cuts taking turns
    #[arg(long, conflicts_with_all = ["dry", "tile"])]
    pub tiles: bool,
    /// Leave out decoding all proposals, which takes minutes with the large models on a processor
    #[arg(long)]
    pub on_demand_only: bool,
    /// Also measure what it costs to keep the numbers that the page's Inside shows, against not keeping them
    #[arg(long, conflicts_with = "dry")]
    pub taps: bool,
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

/// What the network costs when `people` poses are decoded.
struct Measured {
    people: usize,
    tape: Arc<Tape>,
    /// Median over the frames, from the pixels to the results.
    frame_ms: f64,
    /// Mean of each step, in the tape's order; empty where the engine cannot tell.
    step_ms: Vec<f64>,
}

impl Measured {
    fn macs(&self) -> BTreeMap<Block, u64> {
        self.tape.macs(self.people)
    }

    /// Giga multiply-accumulates of one frame.
    fn gmac(&self) -> f64 {
        self.macs().values().sum::<u64>() as f64 / 1e9
    }

    /// Megabytes of the buffers between the steps; both engines share memory by this plan.
    fn buffer_mb(&self) -> f64 {
        MemoryPlan::new(&self.tape).words() as f64 * 4.0 / 1e6
    }

    fn block_ms(&self) -> BTreeMap<Block, f64> {
        let mut by_block = BTreeMap::new();
        for (step, ms) in self.tape.steps.iter().zip(&self.step_ms) {
            *by_block.entry(step.block).or_default() += ms;
        }
        by_block
    }
}

/// Measures and prints. Errors are sentences.
pub fn run(args: &BenchArgs) -> Result<(), String> {
    let (config, weights, name) = source(args)?;
    let config = match args.size {
        Some((w, h)) => with_edges(config, w.min(h), w.max(h)),
        None => config,
    };
    let photo = args.size.unwrap_or((640, 480));
    let model = Model::from_weights(&config, &weights).map_err(|e| e.to_string())?;
    drop(weights);

    let resized = config.resized(photo.0, photo.1);
    let padded = config.padded(resized.0, resized.1);
    say!(
        "{}: {} stages, {} proposals, network picture {} × {} (padded {} × {})",
        plain(&name),
        config.num_stages,
        config.num_proposals,
        resized.0,
        resized.1,
        padded.0,
        padded.1
    );
    let options = |max_people: usize, decode: Decode| Options {
        // Everybody passes, so that max_people alone decides how many are decoded.
        threshold: 0.0,
        decode_from: None,
        max_people,
        size: Some(config.image.shortest_edge),
        decode,
        wanted: Wanted::Nothing,
        intervention: Intervention::default(),
        timed: true,
    };
    let mut counts: Vec<usize> = args.people.iter().map(|&n| n.clamp(1, config.num_proposals)).collect();
    counts.dedup();
    let mut runs: Vec<Options> = counts.into_iter().map(|n| options(n, Decode::OnDemand)).collect();
    if !args.on_demand_only {
        runs.push(options(config.num_proposals, Decode::All));
    }
    let mut measured: Vec<Measured> = if args.dry {
        runs.iter().map(|o| on_paper(&model, photo, o)).collect::<Result<_, String>>()?
    } else {
        let detector = args.model.detector(model)?;
        if (args.tiles || args.tile.is_some()) && !detector.on_gpu() {
            let (asked, on) = (if args.tiles { "--tiles" } else { "--tile" }, detector.backend());
            return Err(format!("{asked} is about the GPU, and this runs on {on}: use --backend gpu"));
        }
        say!("on {}", detector.backend());
        if let Some(tile) = args.tile {
            detector.use_tile(tile);
        }
        if args.tiles {
            print_tiles(&detector, photo, &runs[0], args.frames)?;
        }
        if args.taps {
            print_taps(&detector, photo, &runs[0], args.frames)?;
        }
        runs.iter().map(|o| measure(&detector, photo, o, args.frames)).collect::<Result<_, String>>()?
    };
    let all = if args.on_demand_only { None } else { measured.pop() };
    let first = measured.first().ok_or("nothing was measured")?;
    say!("weights {:.1} MB", weight_bytes(&first.tape) as f64 / 1e6);

    print_people(&measured, all.as_ref(), args.dry);
    print_blocks(&measured, args.dry);
    print_ops(&measured[0]);
    Ok(())
}

/// The configuration, the weights file if there is one, and what to call them.
#[allow(clippy::type_complexity)]
fn source(args: &BenchArgs) -> Result<(Config, Weights<'static>, String), String> {
    if let Some(path) = &args.random {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))?;
        let config = Config::from_json(&text, &path.display().to_string()).map_err(|e| e.to_string())?;
        return Ok((config, Weights::random(0), format!("{} with random weights", path.display())));
    }
    let model = args.model.path()?;
    let checkpoint = args.model.hints.open(&model)?;
    Ok((checkpoint.config, checkpoint.weights, model.display().to_string()))
}

/// The same network over pictures of these edges.
fn with_edges(mut config: Config, shortest: usize, longest: usize) -> Config {
    config.image.shortest_edge = shortest;
    config.image.longest_edge = longest;
    config
}

/// Records the network without running it.
fn on_paper(model: &Model, photo: (usize, usize), options: &Options) -> Result<Measured, String> {
    let tape = model.record(&model.geometry(photo, None), options).map_err(|e| e.to_string())?;
    Ok(Measured { people: options.max_people, tape: Arc::new(tape), frame_ms: 0.0, step_ms: Vec::new() })
}

/// Diagonal stripes; what is on a picture does not change the work.
fn stripes(photo: (usize, usize)) -> Result<Picture, String> {
    let stripe = |i: usize| ((i % photo.0 + i / photo.0) % 256) as u8;
    let rgba = (0..photo.0 * photo.1).flat_map(|i| [stripe(i), stripe(i), stripe(i), 255]).collect();
    Picture::from_rgba(photo.0 as u32, photo.1 as u32, rgba).map_err(|e| e.to_string())
}

/// One frame. A GPU that fails ends the measurement: figures of two engines do not go together.
fn look(detector: &Detector, picture: &Picture, options: &Options) -> Result<Detection, String> {
    let on_gpu = detector.on_gpu();
    let seen = pollster::block_on(detector.detect(picture, options)).map_err(|e| e.to_string())?;
    match on_gpu == detector.on_gpu() {
        true => Ok(seen),
        false => Err(format!(
            "the GPU failed while it was measured, the rest would be on {}: use --backend cpu",
            detector.backend()
        )),
    }
}

fn measure(detector: &Detector, photo: (usize, usize), options: &Options, frames: u32) -> Result<Measured, String> {
    let picture = stripes(photo)?;
    let people = options.max_people;
    let (mut network_ms, mut step_ms) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    // The first frame warms up and does not count, unless it takes so long that it is all there is.
    for frame in 0..=frames {
        let seen = look(detector, &picture, options)?;
        let slow = begin.elapsed() > PATIENCE;
        if seen.outputs.count != people {
            let count = seen.outputs.count;
            return Err(format!("{count} poses were decoded instead of {people}: the network gives no numbers"));
        }
        if frame > 0 || slow {
            network_ms.push(seen.speed.network);
            step_ms.push(seen.outputs.step_ms.unwrap_or_default());
        }
        if slow || frame == frames {
            network_ms.sort_by(f64::total_cmp);
            let steps = seen.tape.steps.len();
            let mean = |i: usize| step_ms.iter().map(|ms| ms[i]).sum::<f64>() / step_ms.len() as f64;
            let told = step_ms.iter().all(|ms| ms.len() == steps);
            let step_ms = if told { (0..steps).map(mean).collect() } else { Vec::new() };
            return Ok(Measured { people, tape: seen.tape, frame_ms: network_ms[network_ms.len() / 2], step_ms });
        }
    }
    Err("no frame was timed".into())
}

/// What Inside's taps cost while it is open, and that they cost nothing when it is closed. The three take turns, so
/// that a busy machine is busy for all; two that do the same show how much of a difference is noise.
fn print_taps(detector: &Detector, photo: (usize, usize), options: &Options, frames: u32) -> Result<(), String> {
    let picture = stripes(photo)?;
    let closed = Options { timed: false, ..options.clone() };
    let open = Options { wanted: crate::trace::taps(detector.model().config()), ..closed.clone() };
    let mut series = [(&closed, Vec::new()), (&open, Vec::new()), (&closed, Vec::new())];
    for frame in 0..=frames {
        for (options, ms) in &mut series {
            let seen = look(detector, &picture, options)?;
            // The first frame warms up.
            if frame > 0 {
                ms.push(seen.speed.network);
            }
        }
    }
    let [closed, open, again] = series.map(|(_, mut ms)| {
        ms.sort_by(f64::total_cmp);
        ms[ms.len() / 2]
    });
    say!(
        "Inside closed {closed:.2} ms, open {open:.2} ms ({:.3} times), closed again {again:.2} ms ({:.3} times)",
        open / closed,
        again / closed
    );
    Ok(())
}

/// What a frame takes with each cut of the matrix product: the way to check what the page's worker finds out by itself
/// (`www/lib/tile.js`), and to choose a default. The device's own goes first, and stays.
fn print_tiles(detector: &Detector, photo: (usize, usize), options: &Options, frames: u32) -> Result<(), String> {
    let picture = stripes(photo)?;
    let options = Options { timed: false, ..options.clone() };
    let own = detector.tile().ok_or("there is no GPU")?;
    let mut series: Vec<(Tile, Vec<f64>)> = vec![(own, Vec::new())];
    series.extend(Tile::ALL.into_iter().filter(|&tile| tile != own).map(|tile| (tile, Vec::new())));
    for _ in 0..frames {
        for (tile, ms) in &mut series {
            detector.use_tile(*tile);
            // The first frame after a change warms up.
            let mut seen = None;
            for _ in 0..2 {
                seen = Some(look(detector, &picture, &options)?);
            }
            ms.extend(seen.map(|seen| seen.speed.network));
        }
    }
    detector.use_tile(own);
    let mut medians: Vec<(Tile, f64)> = Vec::new();
    for (tile, mut ms) in series {
        ms.sort_by(f64::total_cmp);
        medians.push((tile, ms[ms.len() / 2]));
    }
    for (tile, ms) in &medians {
        say!("cut {:<8} {ms:>10.2} ms ({:.3} times)", tile.name(), ms / medians[0].1);
    }
    Ok(())
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

/// A multiply-accumulate counts as two operations.
fn gflops(gmac: f64, ms: f64) -> f64 {
    2.0 * gmac / (ms / 1e3)
}

fn print_people(on_demand: &[Measured], all: Option<&Measured>, dry: bool) {
    // Milliseconds are left out where nothing was run.
    let ms = |text: String| if dry { String::new() } else { text };
    say_on!("\n{:>7}  {:>15}{}", "people", "on demand GMAC", ms(format!(" {:>10} {:>9}", "ms", "GFLOP/s")));
    say_on!(" {:>10}", "buffers MB");
    if all.is_some() {
        say_on!("  {:>10}{} {:>10}", "all GMAC", ms(format!(" {:>10}", "ms")), "buffers MB");
    }
    say!();
    for m in on_demand {
        let speed = ms(format!(" {:>10.2} {:>9.1}", m.frame_ms, gflops(m.gmac(), m.frame_ms)));
        say_on!("{:>7}  {:>15.3}{speed} {:>10.1}", m.people, m.gmac(), m.buffer_mb());
        if let Some(all) = all {
            let speed = ms(format!(" {:>10.2}", all.frame_ms));
            say_on!("  {:>10.3}{speed} {:>10.1}", all.gmac(), all.buffer_mb());
        }
        say!();
    }
}

fn print_blocks(on_demand: &[Measured], dry: bool) {
    say!("\nblocks, decoded on demand");
    say_on!("  {:<14}", "people");
    for m in on_demand {
        say_on!(" {:>9} GMAC{}", m.people, if dry { "" } else { "        ms" });
    }
    say!();
    let ms: Vec<BTreeMap<Block, f64>> = on_demand.iter().map(Measured::block_ms).collect();
    let macs: Vec<BTreeMap<Block, u64>> = on_demand.iter().map(Measured::macs).collect();
    for block in macs[0].keys() {
        say_on!("  {:<14}", block.to_string());
        for (macs, ms) in macs.iter().zip(&ms) {
            say_on!(" {:>14.3}", macs[block] as f64 / 1e9);
            match ms.get(block) {
                Some(ms) => say_on!(" {ms:>9.2}"),
                None if dry => {}
                None => say_on!(" {:>9}", "–"),
            }
        }
        say!();
    }
    if !dry && ms[0].is_empty() {
        say!("  (no milliseconds per block: this device has no timestamps)");
    }
}

/// Ops of the same kind together, the slowest first.
fn print_ops(m: &Measured) {
    say!("\nops, {} decoded on demand", m.people);
    let mut by_op: BTreeMap<&str, (usize, f64, u64)> = BTreeMap::new();
    for (i, step) in m.tape.steps.iter().enumerate() {
        let live = |ids: &[TensorId]| -> Vec<Vec<usize>> {
            ids.iter().map(|&id| m.tape.tensor(id).live_shape(m.people)).collect()
        };
        let (calls, ms, macs) = by_op.entry(step.op.name()).or_default();
        *calls += 1;
        *ms += m.step_ms.get(i).copied().unwrap_or_default();
        *macs += step.op.macs(&live(&step.inputs), &live(&step.outputs));
    }
    let mut rows: Vec<_> = by_op.into_iter().collect();
    rows.sort_by(|a, b| b.1.1.total_cmp(&a.1.1).then(b.1.2.cmp(&a.1.2)));
    for (name, (calls, ms, macs)) in rows {
        let gmac = macs as f64 / 1e9;
        say_on!("  {name:<16} ×{calls:<4} {gmac:>9.3} GMAC");
        if !m.step_ms.is_empty() {
            say_on!(" {ms:>10.3} ms");
            // What moves numbers without multiplying any has no speed to tell.
            if macs > 0 {
                say_on!(" {:>9.1} GFLOP/s", gflops(gmac, ms));
            }
        }
        say!();
    }
}
