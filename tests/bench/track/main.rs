//! How calm and how late the tracker is, on sequences with known truth, beside no filter and beside a One Euro filter
//! with the settings of TF.js, all on the same people found by the shipped network:
//!
//!   cargo bench --bench track -- --data FOLDER
//!
//! The folder holds labelled photos of COCO (`val_dev.json`, `val_dev_00.tar`) and people cut out of photos
//! (`cutouts.json`, `cutouts_00.tar`). A window pans, jumps, zooms and turns over the photos; cut-out people walk past
//! each other, and behind one who stands; every frame has a camera's noise. Looking takes minutes the first time; what
//! was found is kept beside the build.
//!
//! An arm that moves alone is added to people at rest, on no photo.
//!
//! Jitter: root mean square distance of a resting joint from its mean. Lag: the time by which a moving joint comes
//! late, by least squares. Error: its root mean square distance from where it should be. The truth of jitter, lag and
//! error is where the network sees the joint on the photo, in the mean, moved as the window moves: filters do not mend
//! networks.

mod data;
mod filters;
mod measure;
mod scenes;
mod seen;

use clap::Parser;
use filters::{Method, TFJS};
use measure::Sums;
use querypose::detect::Options;
use querypose::pose::Pose;
use querypose::track::TrackOptions;
use scenes::{Kind, Scene};
use std::path::{Path, PathBuf};

#[derive(Parser)]
struct Args {
    /// Folder of the photos
    #[arg(long)]
    data: PathBuf,
    /// Model folder
    #[arg(long, default_value = "www/models/nano")]
    model: PathBuf,
    /// Shortest edge of the network's pictures [default: what suits people, as in streams]
    #[arg(long, value_name = "PIXELS")]
    size: Option<usize>,
    /// Where it is kept what the network found
    #[arg(long, default_value = "target/tmp/track-seen.json")]
    kept: PathBuf,
    /// Photos under the window
    #[arg(long, default_value_t = 8)]
    photos: usize,
    /// Sequences of two people
    #[arg(long, default_value_t = 12)]
    walks: usize,
    /// Draw three frames of every sequence into this folder, and measure nothing
    #[arg(long)]
    draw: Option<PathBuf>,
    /// Tell what happened in every sequence of two people
    #[arg(long)]
    each: bool,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), String> {
    let args = Args::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (photos, empty) = data::photos(&args.data, args.photos, 8)?;
    let cutouts = data::cutouts(&args.data, 2 * args.walks)?;
    let mut all = scenes::windows(&photos);
    all.extend(scenes::walks(&cutouts, &empty, args.walks));
    if let Some(folder) = &args.draw {
        for scene in &all {
            for i in [0, scene.frames / 2, scene.frames * 7 / 10] {
                let to = folder.join(format!("{} {i}.png", scene.name.replace('/', "-")));
                scene.frame(&photos, &empty, &cutouts, i).save(&to).map_err(|e| format!("{}: {e}", to.display()))?;
            }
        }
        return Ok(());
    }
    let (found, config) =
        seen::look(&all, [&photos, &empty, &cutouts], &root.join(&args.model), args.size, &root.join(&args.kept))?;
    let (threshold, followed) = (config.threshold, Options::new(&config).followed(&config));
    let options = TrackOptions { birth_score: threshold, ..TrackOptions::default() };
    let measure = |method: Method| -> Sums {
        let mut sums = Sums::default();
        for (scene, found) in all.iter().zip(&found) {
            let least = if method == Method::None { threshold } else { followed.threshold };
            let there = |p: &&Pose| p.score >= least && p.class_score >= followed.decode_from.unwrap_or(0.0);
            let found: seen::Frames =
                found.iter().map(|people| people.iter().filter(there).cloned().collect()).collect();
            let calm =
                if method == Method::None { found.clone() } else { filters::run(method, &found, scene.size, options) };
            match scene.kind {
                Kind::Window => {
                    measure::window(&mut sums, scene, &photos, &found, &calm);
                    for (moving, rest, size) in measure::arms(scene, &photos, &found) {
                        let calm = match method {
                            Method::None => moving,
                            _ => filters::run(method, &moving, scene.size, options),
                        };
                        measure::arm(&mut sums, &rest, size, &calm);
                    }
                }
                _ => {
                    let before = sums.switches;
                    measure::pair(&mut sums, scene, &cutouts, &calm);
                    if args.each && method == Method::Ours(0.5) {
                        println!("{}: {} switches", scene.name, sums.switches - before);
                    }
                }
            }
        }
        sums
    };
    let (windows, walks): (Vec<&Scene>, Vec<&Scene>) = all.iter().partition(|scene| scene.kind == Kind::Window);
    let frames = |scenes: &[&Scene]| scenes.iter().map(|scene| scene.frames).sum::<usize>();
    println!(
        "{} windows, {} frames; {} walks, {} frames",
        windows.len(),
        frames(&windows),
        walks.len(),
        frames(&walks)
    );
    println!(
        "                     jitter px   step px   of none   lag ms  arm ms  error px   found  switched (both found)"
    );
    let none = measure(Method::None);
    let row = |name: &str, sums: &Sums| {
        let ids =
            if name == "none" { "-".into() } else { format!("{} ({} of {})", sums.switches, sums.switched, sums.both) };
        println!(
            "{name:<20} {:>9.2} {:>9.2} {:>9.2} {:>8.1} {:>7.1} {:>9.2} {:>6.1}%  {ids}",
            sums.jitter(),
            sums.step(),
            sums.jitter() / none.jitter(),
            sums.lag(),
            sums.limb_lag(),
            sums.error(),
            100.0 * sums.found()
        );
    };
    row("none", &none);
    let theirs = measure(TFJS);
    row("One Euro, TF.js", &theirs);
    let curve = |methods: Vec<(String, Method)>| -> Vec<Sums> {
        let all = methods.into_iter().map(|(name, method)| {
            let sums = measure(method);
            row(&name, &sums);
            sums
        });
        all.collect()
    };
    let factors = [2.0, 0.5, 0.25, 0.125, 0.0625, 0.03125];
    let euro = curve(factors.map(|f| (format!("One Euro, × {f}"), Method::OneEuro(2.5 * f, 300.0 * f))).to_vec());
    let ours = curve(
        [0.1f32, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0].map(|s| (format!("ours, {s}"), Method::Ours(s))).to_vec(),
    );
    // Both lags, the window's and the arm's, count.
    let late = |sums: &Sums| sums.lag().max(sums.limb_lag());
    println!("the calmest of ours that is no more than {SAME} ms later, window or arm, over One Euro:");
    for theirs in [theirs].iter().chain(&euro) {
        let no_later = ours.iter().filter(|own| late(own) <= late(theirs) + SAME);
        match no_later.map(Sums::jitter).min_by(f64::total_cmp) {
            Some(own) => println!(
                "  at {:>5.1} ms: {own:.2} px over {:.2} px = {:.2}",
                late(theirs),
                theirs.jitter(),
                own / theirs.jitter()
            ),
            None => println!("  at {:>5.1} ms: ours is later", late(theirs)),
        }
    }
    Ok(())
}

/// Lags that differ by less (ms) are the same.
const SAME: f64 = 0.25;
