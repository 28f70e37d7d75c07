//! `querypose detect`: pictures in, people out.

use super::convert::Told;
use super::{BackendArg, Failure, draw::draw};
use crate::clock::now_ms;
use crate::config::Config;
use crate::detect::{Detection, Detector, Options, Speed};
use crate::dump::golden_layout;
use crate::model::{Decode, Gates, Intervention, PartAttention};
use crate::picture::Picture;
use crate::pose::{CocoResult, TfjsPose, image_id};
use crate::tape::Wanted;
use indicatif::{ProgressBar, ProgressStyle};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// What `querypose detect` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct DetectArgs {
    /// Pictures, or folders of pictures (their own files, in the order of names)
    #[arg(required = true, value_name = "PICTURE")]
    pub pictures: Vec<PathBuf>,
    /// Model folder, or a checkpoint (.pth, .safetensors) alone [default: the shipped nano model]
    #[arg(long, value_name = "DIR|FILE")]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub told: Told,
    /// Engine to run on
    #[arg(long, value_enum, default_value_t)]
    pub backend: BackendArg,
    /// Score from 0 to 1 a person needs to be shown [default: the model's own]
    #[arg(long, value_name = "T", value_parser = parse_score)]
    pub threshold: Option<f32>,
    /// Most people to show in one picture
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_people: u32,
    /// Whose poses to decode; the people found are the same
    #[arg(long, value_enum, default_value_t)]
    pub decode: DecodeArg,
    /// Answer after the first K stages instead of all
    #[arg(long, value_name = "K")]
    pub stop_after: Option<usize>,
    /// How part queries take up what they see
    #[arg(long, value_enum, default_value_t)]
    pub gates: Gates,
    /// Where parts look
    #[arg(long, value_enum, default_value_t)]
    pub attention: PartAttention,
    /// How to write the people down; coco counts pixel centres as whole numbers, tfjs and table pixel edges
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write them to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Draw the skeletons: a PNG file for one picture, a folder of them for several
    #[arg(long, value_name = "PNG")]
    pub draw: Option<PathBuf>,
    /// Write what the network computed for one picture, by name
    #[arg(long, value_name = "TAPS.safetensors")]
    pub dump: Option<PathBuf>,
    /// Print the milliseconds of each picture to stderr
    #[arg(long)]
    pub timings: bool,
}

fn parse_score(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("a score lies between 0 and 1".into()),
    }
}

/// Whose poses are decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum DecodeArg {
    /// Those of people who can reach the threshold
    #[default]
    OnDemand,
    /// Those of all proposals, for comparison
    All,
}

/// How people are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For reading
    #[default]
    Table,
    /// COCO results: one JSON list over all pictures
    Coco,
    /// TF.js poses: a JSON list with an entry per picture
    Tfjs,
}

/// Finds the people of all pictures. A picture that cannot be read is reported, the others are still done.
pub fn run(args: &DetectArgs) -> Result<(), Failure> {
    let (paths, mut unread) = list(&args.pictures);
    if args.dump.is_some() && (paths.len() != 1 || args.pictures.len() != 1) {
        return Err(Failure::Usage("--dump writes the tensors of one picture: name exactly one".into()));
    }
    let folder = args.model.clone().map_or_else(super::shipped_model, Ok)?;
    let model = args.told.load(&folder)?;
    let detector = pollster::block_on(Detector::new(model, args.backend.into())).map_err(|e| e.to_string())?;
    let mut output = Output::open(args)?;
    let mut drawings = args.draw.as_deref().map(|to| Drawings::open(to, &args.pictures)).transpose()?;
    if args.timings {
        eprintln!("running on {}", detector.backend());
    }

    let bar = ProgressBar::new(paths.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}").unwrap_or(ProgressStyle::default_bar()),
    );
    if paths.len() < 2 {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut timings = Vec::new();
    std::thread::scope(|scope| -> Result<(), Failure> {
        // Files are decoded while the network is busy with the one before; a few at most wait in memory.
        let (send, receive) = mpsc::sync_channel(2);
        let paths = &paths;
        scope.spawn(move || {
            for path in paths {
                let start = now_ms();
                let picture = Picture::open(path).map_err(|e| e.to_string());
                if send.send((picture, now_ms() - start)).is_err() {
                    break;
                }
            }
        });
        for (i, (path, (picture, decoded))) in paths.iter().zip(receive).enumerate() {
            bar.set_message(file_name(path));
            let seen = picture.and_then(|picture| {
                let seen = look(&detector, &picture, args).map_err(|e| format!("{}: {e}", path.display()))?;
                Ok((picture, seen))
            });
            match seen {
                Err(sentence) => {
                    bar.suspend(|| eprintln!("querypose: {sentence}"));
                    unread += 1;
                }
                Ok((picture, seen)) => {
                    bar.suspend(|| output.write(i, path, &picture, &seen, detector.model().config()))?;
                    if let Some(drawings) = &mut drawings {
                        drawings.write(path, &picture, &seen, detector.model().config())?;
                    }
                    if let Some(to) = &args.dump {
                        dump(to, &seen)?;
                    }
                    if args.timings {
                        bar.suspend(|| eprintln!("{}: {}", path.display(), milliseconds(decoded, &seen.speed)));
                        timings.push((decoded, seen.speed));
                    }
                }
            }
            bar.inc(1);
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    output.finish()?;
    if timings.len() > 1 {
        let mean = |of: fn(&(f64, Speed)) -> f64| timings.iter().map(of).sum::<f64>() / timings.len() as f64;
        let speed = Speed { before: mean(|t| t.1.before), network: mean(|t| t.1.network), after: mean(|t| t.1.after) };
        eprintln!("mean of {}: {}", timings.len(), milliseconds(mean(|t| t.0), &speed));
    }
    match unread {
        0 => Ok(()),
        1 => Err(Failure::Failed("1 picture could not be read".into())),
        n => Err(Failure::Failed(format!("{n} pictures could not be read"))),
    }
}

fn look(detector: &Detector, picture: &Picture, args: &DetectArgs) -> Result<Detection, String> {
    let config = detector.model().config();
    let options = Options {
        threshold: args.threshold.unwrap_or(config.threshold),
        max_people: args.max_people as usize,
        size: None,
        decode: match args.decode {
            DecodeArg::OnDemand => Decode::OnDemand,
            DecodeArg::All => Decode::All,
        },
        wanted: if args.dump.is_some() { Wanted::Everything } else { Wanted::Nothing },
        intervention: Intervention { stop_after: args.stop_after, gates: args.gates, attention: args.attention },
        timed: false,
    };
    let mut seen = pollster::block_on(detector.detect(picture, &options)).map_err(|e| e.to_string())?;
    if seen.poses.len() > options.max_people {
        // On demand the network itself keeps to the number: by class score, because there is no other yet.
        seen.poses.sort_by(|a, b| b.class_score.total_cmp(&a.class_score));
        seen.poses.truncate(options.max_people);
        seen.poses.sort_by(|a, b| b.score.total_cmp(&a.score));
    }
    Ok(seen)
}

fn milliseconds(decoded: f64, speed: &Speed) -> String {
    let Speed { before, network, after } = speed;
    format!("file {decoded:.1} ms, before {before:.1} ms, network {network:.1} ms, after {after:.1} ms")
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The pictures to read, folders unfolded, and how many arguments gave none (each reported).
fn list(arguments: &[PathBuf]) -> (Vec<PathBuf>, usize) {
    const KINDS: [&str; 10] = ["jpg", "jpeg", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic"];
    let is_picture = |path: &PathBuf| {
        let kind = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        KINDS.contains(&kind.as_str()) && path.is_file()
    };
    let (mut paths, mut empty) = (Vec::new(), 0);
    for argument in arguments {
        if !argument.is_dir() {
            paths.push(argument.clone());
            continue;
        }
        let found = fs::read_dir(argument).and_then(|entries| entries.map(|e| Ok(e?.path())).collect());
        let found: Result<Vec<PathBuf>, std::io::Error> = found;
        match found {
            Ok(mut found) => {
                found.retain(is_picture);
                found.sort();
                if found.is_empty() {
                    eprintln!("querypose: {}: there are no pictures in this folder", argument.display());
                    empty += 1;
                }
                paths.extend(found);
            }
            Err(e) => {
                eprintln!("querypose: {}: the folder cannot be read: {e}", argument.display());
                empty += 1;
            }
        }
    }
    (paths, empty)
}

/// Where the people are written to.
struct Output {
    format: Format,
    to: Box<dyn Write>,
    name: String,
    entries: usize,
}

impl Output {
    fn open(args: &DetectArgs) -> Result<Output, Failure> {
        let (to, name): (Box<dyn Write>, String) = match &args.out {
            Some(path) => (Box::new(BufWriter::new(create(path)?)), path.display().to_string()),
            None => (Box::new(std::io::stdout()), "stdout".into()),
        };
        Ok(Output { format: args.format, to, name, entries: 0 })
    }

    fn write(
        &mut self,
        i: usize,
        path: &Path,
        seen_on: &Picture,
        seen: &Detection,
        config: &Config,
    ) -> Result<(), Failure> {
        let file = file_name(path);
        match self.format {
            Format::Table => self.text(&table(path, seen_on, seen)),
            Format::Coco => {
                let id = image_id(&file, i as u64 + 1);
                seen.poses.iter().try_for_each(|pose| self.entry(&CocoResult::new(pose, id, &file)))
            }
            Format::Tfjs => {
                let poses: Vec<TfjsPose> = seen.poses.iter().map(|pose| TfjsPose::new(pose, config)).collect();
                let (width, height) = (seen_on.width, seen_on.height);
                self.entry(&serde_json::json!({"file_name": file, "width": width, "height": height, "poses": poses}))
            }
        }
    }

    /// One entry of the JSON list, on a line of its own.
    fn entry(&mut self, entry: &impl serde::Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string(entry).map_err(|e| Failure::Failed(e.to_string()))?;
        let before = if self.entries == 0 { "[\n" } else { ",\n" };
        self.entries += 1;
        self.text(&format!("{before}{json}"))
    }

    fn finish(mut self) -> Result<(), Failure> {
        match (self.format, self.entries) {
            (Format::Table, _) => self.text("")?,
            (_, 0) => self.text("[]\n")?,
            _ => self.text("\n]\n")?,
        }
        self.to.flush().map_err(|e| self.failed(&e))
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.to.write_all(text.as_bytes()).map_err(|e| self.failed(&e))
    }

    fn failed(&self, e: &std::io::Error) -> Failure {
        Failure::Failed(format!("{}: cannot be written: {e}", self.name))
    }
}

fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|e| Failure::Failed(format!("{}: cannot be written: {e}", path.display())))
}

fn table(path: &Path, picture: &Picture, seen: &Detection) -> String {
    let people = match seen.poses.len() {
        0 => "nobody found".into(),
        1 => "1 person".into(),
        n => format!("{n} people"),
    };
    let mut text = format!("{}  {} × {}  {people}\n", path.display(), picture.width, picture.height);
    for (i, pose) in seen.poses.iter().enumerate() {
        let [x1, y1, x2, y2] = pose.bbox;
        let sure = pose.keypoints.iter().filter(|k| k.score >= 0.5).count();
        text += &format!(
            "  {:>3}  score {:.3}  box {:>5.0} {:>5.0} {:>5.0} {:>5.0}  {sure} of {} joints above 0.5\n",
            i + 1,
            pose.score,
            x1,
            y1,
            x2 - x1,
            y2 - y1,
            pose.keypoints.len()
        );
    }
    text
}

/// Where the drawn pictures go.
enum Drawings {
    One(PathBuf),
    Folder(PathBuf, BTreeSet<String>),
}

impl Drawings {
    fn open(to: &Path, arguments: &[PathBuf]) -> Result<Drawings, Failure> {
        if let [picture] = arguments
            && !picture.is_dir()
            && !to.is_dir()
        {
            return Ok(Drawings::One(to.to_path_buf()));
        }
        fs::create_dir_all(to).map_err(|e| {
            Failure::Failed(format!("{}: this folder for the drawings cannot be made: {e}", to.display()))
        })?;
        Ok(Drawings::Folder(to.to_path_buf(), BTreeSet::new()))
    }

    fn write(&mut self, path: &Path, picture: &Picture, seen: &Detection, config: &Config) -> Result<(), Failure> {
        let to = match self {
            Drawings::One(to) => to.clone(),
            Drawings::Folder(folder, taken) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                // Pictures of the same name from two folders: the second becomes name-2.
                let names = (1..).map(|n| if n == 1 { stem.clone() } else { format!("{stem}-{n}") });
                let name = names.into_iter().find(|name| !taken.contains(name)).unwrap_or(stem.clone());
                taken.insert(name.clone());
                folder.join(format!("{name}.png"))
            }
        };
        let drawn = draw(picture, &seen.poses, config).map_err(Failure::Failed)?;
        let size = (picture.width, picture.height);
        image::save_buffer_with_format(&to, &drawn, size.0, size.1, image::ColorType::Rgba8, image::ImageFormat::Png)
            .map_err(|e| Failure::Failed(format!("{}: cannot be written: {e}", to.display())))
    }
}

/// Writes results and taps as f32 under the golden tensors' names and in their layouts: maps (1, C, H, W), parts
/// in front of instances. Decoded on demand, the pose stages hold the instances `ids` only.
fn dump(to: &Path, seen: &Detection) -> Result<(), Failure> {
    let tensors = golden_layout(&seen.outputs);
    let failed = |e: &dyn std::fmt::Display| Failure::Failed(format!("{}: cannot be written: {e}", to.display()));
    let view = |(name, x): (&'_ String, &'_ crate::dump::Dumped)| -> Result<(String, Vec<usize>, Vec<u8>), Failure> {
        Ok((name.clone(), x.shape.clone(), x.values.iter().flat_map(|v| v.to_le_bytes()).collect()))
    };
    let stored: Vec<_> = tensors.iter().map(view).collect::<Result<_, _>>()?;
    let views: Vec<(&str, TensorView)> = stored
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<_, safetensors::SafeTensorError>>()
        .map_err(|e| failed(&e))?;
    let bytes = safetensors::serialize(views, None).map_err(|e| failed(&e))?;
    fs::write(to, bytes).map_err(|e| failed(&e))
}
