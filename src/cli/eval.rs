//! `querypose eval`: COCO's figures of a model over annotated pictures, counted by pycocotools.

use super::convert::Told;
use super::{BackendArg, Failure};
use crate::detect::{Detector, Options};
use crate::picture::Picture;
use crate::pose::CocoResult;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What `querypose eval` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct EvalArgs {
    /// COCO keypoint annotations, for example person_keypoints_val2017.json
    #[arg(long, value_name = "FILE.json")]
    pub annotations: PathBuf,
    /// Folder of the pictures the annotations name
    #[arg(long, value_name = "DIR")]
    pub images: PathBuf,
    /// Model folder, or a checkpoint (.pth, .safetensors) alone [default: the shipped nano model]
    #[arg(long, value_name = "DIR|FILE")]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub told: Told,
    /// Engine to run on
    #[arg(long, value_enum, default_value_t)]
    pub backend: BackendArg,
    /// Shortest edges to bring the pictures to, one row each [default: the model's own]
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(32..=2048))]
    pub sizes: Vec<u32>,
    /// Most people to find in one picture
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_people: u32,
    /// Look at the first N pictures only; the figures are then of those
    #[arg(long, value_name = "N")]
    pub first: Option<usize>,
    /// Keep the COCO results here; with several sizes, SIZE is put before the name's end
    #[arg(long, value_name = "RESULTS.json")]
    pub out: Option<PathBuf>,
    /// Python that has pycocotools [default: .venv/bin/python if it is there, else python3]
    #[arg(long, value_name = "PYTHON")]
    pub python: Option<PathBuf>,
}

/// What counts is written in Python, because pycocotools is what everybody compares with.
const COUNT: &str = include_str!("../../training/querypose/coco_ap.py");
/// Nothing that scores less can change a figure by more than a rounding.
const LOWEST: f32 = 0.01;

#[derive(Deserialize)]
struct Annotations {
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
}

/// Evaluates each size; pictures that cannot be read are named and count as if nobody had been found in them.
pub fn run(args: &EvalArgs) -> Result<(), Failure> {
    let mut images = read_annotations(&args.annotations)?;
    images.truncate(args.first.unwrap_or(usize::MAX));
    let folder = args.model.clone().map_or_else(super::shipped_model, Ok)?;
    let own = args.told.open(&folder)?.config.image.shortest_edge as u32;
    let sizes = if args.sizes.is_empty() { vec![own] } else { args.sizes.clone() };
    let scratch = Scratch::new()?;
    let truth = subset(args, &images, &scratch)?;
    let mut unread = 0;
    say!("size      AP    AP50    AP75     APM     APL      AR   box AP  precision  recall  ms/picture");
    for &size in &sizes {
        let detector =
            pollster::block_on(Detector::new(args.told.load(&folder)?.at_size(size as usize), args.backend.into()))
                .map_err(|e| e.to_string())?;
        let (rows, network_ms, missing) = look(&detector, &images, args)?;
        unread = missing;
        let path = results_path(args.out.as_deref(), &scratch, size, sizes.len() > 1);
        std::fs::write(&path, rows).map_err(|e| format!("{}: cannot be written: {e}", path.display()))?;
        let threshold = detector.model().config().threshold;
        let of = count(args, &truth, &path, threshold)?;
        let figure = |name: &str| of.get(name).copied().unwrap_or(f64::NAN);
        let row =
            ["AP", "AP50", "AP75", "AP_medium", "AP_large", "AR"].map(|n| format!("{:>7.4}", figure(n))).join(" ");
        say!(
            "{size:>4} {row}  {:>7.4}  {:>9.3} {:>7.3} {network_ms:>11.1}",
            figure("boxAP"),
            figure("precision"),
            figure("recall"),
        );
    }
    say!(
        "{} pictures; precision and recall of people at OKS 0.5 and the model's own threshold; ms: the network alone",
        images.len()
    );
    match unread {
        0 => Ok(()),
        n => Err(Failure::Failed(format!("{n} of {} pictures could not be read", images.len()))),
    }
}

fn read_annotations(path: &Path) -> Result<Vec<Image>, String> {
    let text = std::fs::read(path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))?;
    let found: Annotations = serde_json::from_slice(&text).map_err(|e| {
        format!("{}: not COCO annotations (a list `images` with id and file_name): {e}", path.display())
    })?;
    match found.images.is_empty() {
        true => Err(format!("{}: names no pictures", path.display())),
        false => Ok(found.images),
    }
}

/// COCO results of all pictures as JSON text, mean milliseconds of the network, and how many could not be read.
fn look(detector: &Detector, images: &[Image], args: &EvalArgs) -> Result<(String, f64, usize), String> {
    let bar = ProgressBar::new(images.len() as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}").unwrap_or(ProgressStyle::default_bar());
    bar.set_style(style);
    let config = detector.model().config();
    let options = Options { threshold: LOWEST, max_people: args.max_people as usize, ..Options::new(config) };
    let (mut rows, mut spent, mut unread) = (Vec::new(), 0.0, 0);
    for image in images {
        // Some annotation files name pictures with their folder.
        let name = Path::new(&image.file_name).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let seen = Picture::open(&args.images.join(&name)).map_err(|e| e.to_string()).and_then(|picture| {
            pollster::block_on(detector.detect(&picture, &options)).map_err(|e| format!("{name}: {e}"))
        });
        match seen {
            Ok(seen) => {
                spent += seen.speed.network;
                for pose in &seen.poses {
                    let row = serde_json::to_string(&CocoResult::new(pose, image.id, &name));
                    rows.push(row.map_err(|e| e.to_string())?);
                }
            }
            Err(sentence) => {
                bar.suspend(|| eprintln!("querypose: {sentence}"));
                unread += 1;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let looked = (images.len() - unread).max(1);
    Ok((format!("[\n{}\n]\n", rows.join(",\n")), spent / looked as f64, unread))
}

/// A folder of this process that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, String> {
        let folder = std::env::temp_dir().join(format!("querypose-eval-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: cannot be made: {e}", folder.display()))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the results of a size go.
fn results_path(out: Option<&Path>, scratch: &Scratch, size: u32, several: bool) -> PathBuf {
    match out {
        Some(path) if several => {
            let end = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            path.with_extension(format!("{size}.{end}"))
        }
        Some(path) => path.to_path_buf(),
        None => scratch.0.join("results.json"),
    }
}

/// With `--first`: annotations of those pictures alone, as JSON text; pycocotools counts every person it is given.
fn subset(args: &EvalArgs, images: &[Image], scratch: &Scratch) -> Result<PathBuf, String> {
    if args.first.is_none() {
        return Ok(args.annotations.clone());
    }
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", args.annotations.display());
    let text = std::fs::read(&args.annotations).map_err(|e| failed(&e))?;
    let mut all: serde_json::Value = serde_json::from_slice(&text).map_err(|e| failed(&e))?;
    let kept: std::collections::BTreeSet<u64> = images.iter().map(|image| image.id).collect();
    for (list, key) in [("images", "id"), ("annotations", "image_id")] {
        if let Some(list) = all[list].as_array_mut() {
            list.retain(|entry| entry[key].as_u64().is_some_and(|id| kept.contains(&id)));
        }
    }
    let path = scratch.0.join("truth.json");
    std::fs::write(&path, all.to_string()).map_err(|e| format!("{}: cannot be written: {e}", path.display()))?;
    Ok(path)
}

/// pycocotools' figures by name.
fn count(args: &EvalArgs, truth: &Path, results: &Path, threshold: f32) -> Result<BTreeMap<String, f64>, String> {
    let local = Path::new(".venv/bin/python");
    let python = args.python.clone().unwrap_or(if local.exists() { local.into() } else { "python3".into() });
    let name = python.display();
    let mut child = Command::new(&python)
        .arg("-")
        .args([truth, results])
        .arg(threshold.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{name} cannot be started ({e}); --python names another"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(COUNT.as_bytes()).map_err(|e| format!("{name}: {e}"))?;
    }
    let done = child.wait_with_output().map_err(|e| format!("{name}: {e}"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    if said.contains("No module named 'pycocotools'") || said.contains("No module named 'numpy'") {
        return Err(format!(
            "{name} has no pycocotools: run `{name} -m pip install pycocotools`, or name another with --python"
        ));
    }
    let last = said.lines().last().unwrap_or_default().to_string();
    serde_json::from_slice(&done.stdout)
        .map_err(|_| format!("pycocotools could not compare {} with {}: {last}", results.display(), truth.display()))
}
