//! `querypose eval`: COCO's figures of a model over annotated pictures, counted by pycocotools.

use super::annotations::{Annotations, Listed};
use super::failure::Failure;
use super::files::{self, Inputs};
use super::model::BackendArg;
use super::model::{ModelArgs, shipped_model};
use crate::detect::{Detector, Options};
use crate::picture::Picture;
use crate::pose::{CocoResult, Pose};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What `querypose eval` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct EvalArgs {
    /// COCO keypoint annotations, for example person_keypoints_val2017.json
    ///
    /// The category named person counts. Ids may be numbers or texts; a missing area, bbox, iscrowd or num_keypoints is
    /// computed, which is said.
    #[arg(long, value_name = "FILE.json")]
    pub annotations: PathBuf,
    /// Folder of the pictures the annotations name, in the folders they are named with or all in one
    #[arg(long, value_name = "DIR")]
    pub images: PathBuf,
    /// Model folder, or a weights file (.pth, .safetensors) [default: the shipped nano model]
    #[arg(long, value_name = "DIR|FILE")]
    pub model: Option<PathBuf>,
    /// What the model's files leave open
    #[command(flatten)]
    pub hints: ModelArgs,
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
    ///
    /// They have the annotations' own ids. Without a name they are kept only if they cannot be counted.
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

/// Evaluates each size; pictures that cannot be read are named and count as if nobody had been found in them.
pub fn run(args: &EvalArgs) -> Result<(), Failure> {
    let folder = args.model.clone().map_or_else(shipped_model, Ok)?;
    let annotations = Annotations::read(&args.annotations)?;
    let origin = args.annotations.display();
    let images = &annotations.images[..args.first.unwrap_or(usize::MAX).min(annotations.images.len())];
    let checkpoint = args.hints.open(&folder)?;
    let truth = annotations.truth(images, &checkpoint.config.keypoints)?;
    annotations.notes.iter().chain(&truth.notes).for_each(|note| eprintln!("querypose: {origin}: {note}"));
    let python = Python::find(args.python.as_deref())?;

    let own = checkpoint.config.image.shortest_edge as u32;
    let sizes = if args.sizes.is_empty() { vec![own] } else { args.sizes.clone() };
    let mut inputs =
        Inputs::of(args.hints.files(&folder).iter().map(PathBuf::as_path).chain([args.annotations.as_path()]));
    images.iter().for_each(|image| inputs.add(&annotations.file_of(image, &args.images)));
    let kept: Vec<Option<PathBuf>> =
        sizes.iter().map(|&size| kept_in(args.out.as_deref(), size, sizes.len() > 1)).collect();
    kept.iter().flatten().try_for_each(|path| inputs.claim("--out", path))?;
    let scratch = Scratch::new()?;
    let truth_file = scratch.0.join("truth.json");
    std::fs::write(&truth_file, &truth.json).map_err(|e| files::unwritten(&truth_file, &e))?;

    let model = args.hints.finish(checkpoint)?;
    let detector = pollster::block_on(Detector::new(model, args.backend.into())).map_err(|e| e.to_string())?;
    let mut unread = 0;
    say!("size      AP    AP50    AP75     APM     APL      AR   box AP  precision  recall  ms/picture");
    for (&size, kept) in sizes.iter().zip(kept) {
        let (seen, network_ms) = look(&detector, &annotations, images, args, size)?;
        unread = images.len() - seen.len();
        let rows = rows(&seen, |image| (image.id.clone(), annotations.person.clone()))?;
        if let Some(path) = &kept {
            files::write(path, rows.as_bytes())?;
        }
        let counted = rows_to_count(&seen, &truth.numbers, &scratch)
            .and_then(|path| python.count(&truth_file, &path, detector.model().config().threshold));
        let of = counted.map_err(|what| match kept.map_or_else(|| rescue(&rows, size), Ok) {
            Ok(path) => Failure::Failed(format!("{what}. The results are kept in {}", path.display())),
            Err(Failure::Failed(also) | Failure::Usage(also)) => Failure::Failed(format!("{what}. And {also}")),
        })?;
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

/// People by picture, without the pictures that could not be read.
type Seen<'a> = Vec<(&'a Listed, Vec<Pose>)>;

/// What is found in each picture, and mean milliseconds of the network.
fn look<'a>(
    detector: &Detector,
    annotations: &Annotations,
    images: &'a [Listed],
    args: &EvalArgs,
    size: u32,
) -> Result<(Seen<'a>, f64), String> {
    let bar = ProgressBar::new(images.len() as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}").unwrap_or(ProgressStyle::default_bar());
    bar.set_style(style);
    let config = detector.model().config();
    let (max_people, size) = (args.max_people as usize, Some(size as usize));
    let options = Options { threshold: LOWEST, max_people, size, ..Options::new(config) };
    let (mut seen, mut spent) = (Vec::new(), 0.0);
    for image in images {
        let path = annotations.file_of(image, &args.images);
        let found = Picture::open(&path).map_err(|e| e.to_string()).and_then(|picture| {
            for note in &picture.notes {
                bar.suspend(|| eprintln!("querypose: {}: the picture {note}", path.display()));
            }
            pollster::block_on(detector.detect(&picture, &options)).map_err(|e| format!("{}: {e}", path.display()))
        });
        match found {
            Ok(found) => {
                spent += found.speed.network;
                seen.push((image, found.poses));
            }
            Err(sentence) => bar.suspend(|| eprintln!("querypose: {sentence}")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mean = spent / seen.len().max(1) as f64;
    Ok((seen, mean))
}

/// COCO results as JSON text, with the image and category ids that `ids` gives.
fn rows(
    seen: &[(&Listed, Vec<Pose>)],
    ids: impl Fn(&Listed) -> (serde_json::Value, serde_json::Value),
) -> Result<String, String> {
    let mut rows = Vec::new();
    for (image, poses) in seen {
        let (image_id, category_id) = ids(image);
        for pose in poses {
            let row = CocoResult::new(pose, image_id.clone(), &image.file_name);
            let row = CocoResult { category_id: category_id.clone(), ..row };
            rows.push(serde_json::to_string(&row).map_err(|e| e.to_string())?);
        }
    }
    Ok(format!("[\n{}\n]\n", rows.join(",\n")))
}

/// The results with the numbers that pycocotools is given.
fn rows_to_count(
    seen: &[(&Listed, Vec<Pose>)],
    ids: &BTreeMap<String, u64>,
    scratch: &Scratch,
) -> Result<PathBuf, String> {
    let path = scratch.0.join("results.json");
    let rows = rows(seen, |image| (ids[image.key()].into(), 1.into()))?;
    std::fs::write(&path, rows).map_err(|e| format!("{}: cannot be written: {e}", path.display()))?;
    Ok(path)
}

/// Keeps results that could not be counted, under a name that is free.
fn rescue(rows: &str, size: u32) -> Result<PathBuf, Failure> {
    let name = |n: u32| {
        PathBuf::from(format!("querypose-results-{size}{}.json", if n == 1 { String::new() } else { format!("-{n}") }))
    };
    let free = (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(1));
    files::write(&free, rows.as_bytes()).map(|()| free)
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

/// Where the results of a size are kept.
fn kept_in(out: Option<&Path>, size: u32, several: bool) -> Option<PathBuf> {
    let out = out?;
    Some(match out.extension() {
        Some(end) if several => out.with_extension(format!("{size}.{}", end.to_string_lossy())),
        None if several => out.with_extension(size.to_string()),
        _ => out.to_path_buf(),
    })
}

/// A Python that has pycocotools.
struct Python(PathBuf);

impl Python {
    /// Looks whether it is there, before any picture is.
    fn find(wanted: Option<&Path>) -> Result<Python, String> {
        let local = Path::new(".venv/bin/python");
        let usual = if local.exists() { local } else { Path::new("python3") };
        let python = Python(wanted.unwrap_or(usual).to_path_buf());
        let name = python.0.display();
        let done = python.run(&["-c", "import numpy, pycocotools.cocoeval"], "")?;
        match done.status.success() {
            true => Ok(python),
            false => Err(format!(
                "{name} has no pycocotools ({}): run `{name} -m pip install pycocotools`, or name another with --python",
                last_line(&done.stderr)
            )),
        }
    }

    /// What it does with this text on its standard input.
    fn run(&self, arguments: &[&str], text: &str) -> Result<std::process::Output, String> {
        let name = self.0.display();
        let mut child = Command::new(&self.0)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{name} cannot be started ({e}); --python names another"))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends before it has read says why on its own.
            let _ = stdin.write_all(text.as_bytes());
        }
        child.wait_with_output().map_err(|e| format!("{name}: {e}"))
    }

    /// pycocotools' figures by name.
    fn count(&self, truth: &Path, results: &Path, threshold: f32) -> Result<BTreeMap<String, f64>, String> {
        let [truth, results] = [truth, results].map(|path| path.display().to_string());
        let done = self.run(&["-", &truth, &results, &threshold.to_string()], COUNT)?;
        serde_json::from_slice(&done.stdout)
            .map_err(|_| format!("pycocotools could not count the results: {}", last_line(&done.stderr)))
    }
}

fn last_line(text: &[u8]) -> String {
    String::from_utf8_lossy(text).lines().last().unwrap_or_default().to_string()
}
