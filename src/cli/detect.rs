//! `querypose detect`: pictures in, people out.

use super::drawings::Drawings;
use super::failure::Failure;
use super::files::{Draft, Inputs, unheard, unwritten, write};
use super::model::{ModelArgs, SizeArg, look};
use super::pictures::{self, Named};
use crate::clock::now_ms;
use crate::config::Config;
use crate::detect::{Detection, Options, Speed};
use crate::dump::golden_layout;
use crate::model::{Decode, Gates, Intervention, PartAttention};
use crate::picture::Picture;
use crate::pose::{CocoResult, TfjsPose};
use crate::say::plain;
use crate::tape::Wanted;
use indicatif::{ProgressBar, ProgressStyle};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value as Json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// What `querypose detect` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct DetectArgs {
    /// Pictures, or folders of pictures (their own files, in the order of names)
    ///
    /// JPEG, PNG, WebP, GIF, BMP and TIFF are read; colour profiles are converted to sRGB. What has more than 50
    /// megapixels or 16384 pixels a side is shrunk while it is decoded: 200 megapixels then take 190 MB of memory as PNG
    /// or JPEG, 690 MB as progressive JPEG. People are told in the pixels of the file, drawings are as large as what was
    /// looked at.
    #[arg(required = true, value_name = "PICTURE")]
    pub pictures: Vec<PathBuf>,
    /// The model and the engine it runs on
    #[command(flatten)]
    pub model: ModelArgs,
    /// How large pictures are looked at
    #[command(flatten)]
    pub size: SizeArg,
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
    /// COCO annotations whose image ids --format coco takes
    ///
    /// Without them a file's name is the id if it is a number that no other file has (000000000139.jpg is 139), and every
    /// other picture gets a running number, with its file_name beside it.
    #[arg(long, value_name = "FILE.json")]
    pub annotations: Option<PathBuf>,
    /// Write them to this file instead of stdout; a file that is read is never written over
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Draw the skeletons: into a file (.png, .jpg, .webp, .bmp, .tif) for one picture, else into a folder of PNG files
    #[arg(long, value_name = "FILE|DIR")]
    pub draw: Option<PathBuf>,
    /// Write what the network computed for one picture, by name
    #[arg(long, value_name = "TAPS.safetensors")]
    pub dump: Option<PathBuf>,
    /// Print the milliseconds of each picture, and the sizes it was looked at, to stderr
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

impl DetectArgs {
    /// What is done differently from the network as it was learned.
    fn intervention(&self) -> Intervention {
        Intervention { stop_after: self.stop_after, gates: self.gates, attention: self.attention }
    }
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
    let (paths, mut unread) = pictures::list(&args.pictures);
    if args.dump.is_some() && (paths.len() != 1 || args.pictures.len() != 1) {
        return Err(Failure::Usage("--dump writes the tensors of one picture: name exactly one".into()));
    }
    let folder = args.model.path()?;
    let mut files = Inputs::of(paths.iter().map(PathBuf::as_path));
    args.model.hints.files(&folder).iter().chain(&args.annotations).for_each(|path| files.add(path));
    for (option, path) in [("--out", &args.out), ("--dump", &args.dump)] {
        path.iter().try_for_each(|path| files.claim(option, path))?;
    }
    let drawings = args.draw.as_deref().map(|to| Drawings::plan(to, &args.pictures, &paths, &mut files)).transpose()?;
    let annotations = args.annotations.as_deref().map(pictures::annotations).transpose()?;
    let (named, note) = pictures::named(&paths, annotations.as_ref());
    let model = args.model.hints.load(&folder)?;
    args.intervention().stages(model.config().num_stages).map_err(|e| Failure::Usage(format!("--stop-after: {e}")))?;
    let detector = args.model.detector(model)?;
    if let (Some(note), Format::Coco) = (note, args.format) {
        tell!("{note}");
    }
    let person = annotations.as_ref().map_or(1.into(), |annotations| annotations.person.clone());
    let mut output = Output::open(args, person)?;
    drawings.iter().try_for_each(Drawings::make_folder)?;
    if args.timings {
        aside!("running on {}", detector.backend());
    }

    let bar = ProgressBar::new(paths.len() as u64);
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}").unwrap_or(ProgressStyle::default_bar()),
    );
    if paths.len() < 2 {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let options = options(args, detector.model().config());
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
            bar.set_message(plain(&file_name(path)).into_owned());
            let seen = picture.and_then(|picture| {
                let seen = look(&detector, &picture, &options, &bar).map_err(|e| format!("{}: {e}", path.display()))?;
                Ok((picture, seen))
            });
            match seen {
                Err(sentence) => {
                    bar.suspend(|| tell!("{sentence}"));
                    unread += 1;
                }
                Ok((picture, seen)) => {
                    for note in &picture.notes {
                        bar.suspend(|| tell!("{}: the picture {note}", path.display()));
                    }
                    bar.suspend(|| output.write(&named[i], path, &picture, &seen, detector.model().config()))?;
                    if let Some(drawings) = &drawings {
                        drawings.write(i, &picture, &seen.poses, detector.model().config())?;
                    }
                    if let Some(to) = &args.dump {
                        dump(to, &seen)?;
                    }
                    if args.timings {
                        let sizes = seen.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" px, then ");
                        let speed = milliseconds(decoded, &seen.speed);
                        bar.suspend(|| aside!("{}: {speed}, at {sizes} px", path.display()));
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
        aside!("mean of {}: {}", timings.len(), milliseconds(mean(|t| t.0), &speed));
    }
    match unread {
        0 => Ok(()),
        1 => Err(Failure::Failed("1 picture could not be read".into())),
        n => Err(Failure::Failed(format!("{n} pictures could not be read"))),
    }
}

fn options(args: &DetectArgs, config: &Config) -> Options {
    Options {
        threshold: args.threshold.unwrap_or(config.threshold),
        decode_from: None,
        max_people: args.max_people as usize,
        size: args.size.size.0,
        decode: match args.decode {
            DecodeArg::OnDemand => Decode::OnDemand,
            DecodeArg::All => Decode::All,
        },
        wanted: if args.dump.is_some() { Wanted::Everything } else { Wanted::Nothing },
        intervention: args.intervention(),
        timed: false,
    }
}

fn milliseconds(decoded: f64, speed: &Speed) -> String {
    let Speed { before, network, after } = speed;
    format!("file {decoded:.1} ms, before {before:.1} ms, network {network:.1} ms, after {after:.1} ms")
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Where the people are written to.
struct Output {
    format: Format,
    to: Sink,
    name: String,
    entries: usize,
    /// The category id of a person.
    person: Json,
}

enum Sink {
    Stdout(std::io::Stdout),
    File(Draft),
}

impl Output {
    fn open(args: &DetectArgs, person: Json) -> Result<Output, Failure> {
        let (to, name) = match &args.out {
            Some(path) => (Sink::File(Draft::new(path)?), path.display().to_string()),
            None => (Sink::Stdout(std::io::stdout()), "stdout".into()),
        };
        Ok(Output { format: args.format, to, name, entries: 0, person })
    }

    fn write(
        &mut self,
        named: &Named,
        path: &Path,
        seen_on: &Picture,
        seen: &Detection,
        config: &Config,
    ) -> Result<(), Failure> {
        let Named { id, file_name } = named;
        match self.format {
            Format::Table => self.text(&plain(&table(path, seen_on, seen))),
            Format::Coco => seen.poses.iter().try_for_each(|pose| {
                let category_id = self.person.clone();
                self.entry(&CocoResult { category_id, ..CocoResult::new(pose, id.clone(), file_name) })
            }),
            Format::Tfjs => {
                let poses: Vec<TfjsPose> = seen.poses.iter().map(|pose| TfjsPose::new(pose, config)).collect();
                let (width, height) = seen_on.full;
                self.entry(&serde_json::json!({
                    "file_name": file_name, "width": width, "height": height, "poses": poses
                }))
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
        match self.to {
            Sink::Stdout(mut to) => to.flush().map_err(|e| unheard(&e)),
            Sink::File(draft) => draft.keep(),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        match &mut self.to {
            Sink::Stdout(to) => to.write_all(text.as_bytes()).map_err(|e| unheard(&e)),
            Sink::File(draft) => draft.write_all(text.as_bytes()).map_err(|e| unwritten(Path::new(&self.name), &e)),
        }
    }
}

fn table(path: &Path, picture: &Picture, seen: &Detection) -> String {
    let people = match seen.poses.len() {
        0 => "nobody found".into(),
        1 => "1 person".into(),
        n => format!("{n} people"),
    };
    let mut text = format!("{}  {} × {}  {people}\n", path.display(), picture.full.0, picture.full.1);
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
    write(to, &bytes)
}
