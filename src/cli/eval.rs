//! `querypose eval`: COCO's figures of a model over annotated pictures.

use super::failure::Failure;
use super::files::{Draft, Inputs};
use super::model::{Edge, ModelArgs, look};
use super::pictures;
use crate::coco::annotations::Annotations;
use crate::coco::results::{LOWEST, MOST_PEOPLE, Results, as_written};
use crate::coco::{By, Size, evaluate};
use crate::detect::{Detector, Options};
use crate::picture::Picture;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

/// What `querypose eval` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct EvalArgs {
    /// COCO keypoint annotations, for example person_keypoints_val2017.json
    ///
    /// The category named person counts. Ids may be numbers or texts; a missing area, bbox or num_keypoints is
    /// computed, which is said; without iscrowd nobody is a crowd.
    #[arg(long, value_name = "FILE.json")]
    pub annotations: PathBuf,
    /// Folder of the pictures the annotations name, in the folders they are named with or all in one, or anywhere below
    /// where their names are their own
    #[arg(long, value_name = "DIR")]
    pub images: PathBuf,
    /// The model and the engine it runs on
    #[command(flatten)]
    pub model: ModelArgs,
    /// Shortest edges to bring the pictures to, one row each; auto is as `detect` does
    #[arg(long, value_name = "PIXELS", value_delimiter = ',', default_value = "auto")]
    pub sizes: Vec<Edge>,
    /// Most people to find in one picture
    #[arg(long, value_name = "N", default_value_t = MOST_PEOPLE as u32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_people: u32,
    /// Look at the first N pictures only; the figures are then of those
    #[arg(long, value_name = "N")]
    pub first: Option<usize>,
    /// Keep the COCO results here; with several sizes, SIZE is put before the name's end
    ///
    /// They have the annotations' own ids. For keypoints pycocotools takes the size of a row's box if there is one, where
    /// the figures here, like COCO's own, take that of the joints: of medium and large people it then says another AP.
    #[arg(long, value_name = "RESULTS.json")]
    pub out: Option<PathBuf>,
}

/// Evaluates each size; pictures that cannot be read are named and count as if nobody had been found in them.
pub fn run(args: &EvalArgs) -> Result<(), Failure> {
    let folder = args.model.path()?;
    let annotations = pictures::annotations(&args.annotations)?;
    let origin = args.annotations.display();
    let images = &annotations.images[..args.first.unwrap_or(usize::MAX).min(annotations.images.len())];
    let paths = places(&annotations, &args.images, images.len())?;
    let checkpoint = args.model.hints.open(&folder)?;
    let truth = annotations.truth(images, &checkpoint.config.keypoints)?;
    annotations.notes.iter().chain(&truth.notes).for_each(|note| tell!("{origin}: {note}"));
    let sizes = &args.sizes;
    let mut inputs =
        Inputs::of(args.model.hints.files(&folder).iter().map(PathBuf::as_path).chain([args.annotations.as_path()]));
    paths.iter().for_each(|path| inputs.add(path));
    let kept: Vec<Option<PathBuf>> =
        sizes.iter().map(|&size| kept_in(args.out.as_deref(), size, sizes.len() > 1)).collect();
    kept.iter().flatten().try_for_each(|path| inputs.claim("--out", path))?;
    // Begun before the first picture is looked at: what cannot be written is found out now.
    let begin = |path: Option<PathBuf>| path.map(|path| Draft::new(&path)).transpose();
    let drafts: Vec<Option<Draft>> = kept.into_iter().map(begin).collect::<Result<_, _>>()?;
    let model = args.model.hints.finish(checkpoint)?;
    let detector = args.model.detector(model)?;
    let (mut unread, mut unwritten) = (0, Ok(()));
    say!("size      AP    AP50    AP75     APM     APL      AR   box AP  precision  recall  ms/picture");
    for (&size, draft) in sizes.iter().zip(drafts) {
        let (results, failed, network_ms) = look_at_all(&detector, &paths, args, size);
        unread = failed;
        if let Some(draft) = draft {
            // A disk that is full by now does not take the figures along.
            let written = draft.whole(results.to_json(&annotations)?.as_bytes());
            unwritten = unwritten.and(written);
        }
        let found = results.found(&annotations, &truth);
        let by = |by: By| evaluate(by, images.len(), &truth.people, &found);
        let (joints, boxes) = (by(By::Keypoints), by(By::Boxes));
        let row = joints.figures().into_iter().take(SHOWN).map(|(_, figure)| figure.unwrap_or(NOBODY));
        let row = row.map(|figure| format!("{figure:>7.4}")).collect::<Vec<_>>().join(" ");
        let (precision, recall) = joints.at_score(as_written(detector.model().config().threshold));
        say!(
            "{size:<4} {row}  {:>7.4}  {:>9.3} {:>7.3} {network_ms:>11.1}",
            boxes.precision(None, Size::All).unwrap_or(NOBODY),
            precision,
            recall,
        );
    }
    say!(
        "{} pictures; precision and recall of people at OKS 0.5 and the model's own threshold; ms: the network alone; \
         -1: nobody of this size is annotated",
        images.len()
    );
    unwritten?;
    match unread {
        0 => Ok(()),
        n => Err(Failure::Failed(format!("{n} of {} pictures could not be read", images.len()))),
    }
}

/// Where each of the first `count` pictures lies, or would lie.
fn places(annotations: &Annotations, folder: &Path, count: usize) -> Result<Vec<PathBuf>, Failure> {
    let shown = folder.display();
    if !folder.is_dir() {
        let what = if folder.exists() { "this is no folder" } else { "there is no such folder" };
        return Err(Failure::Failed(format!("--images {shown}: {what}")));
    }
    let files = pictures::below(folder);
    let found = annotations.files_of(&files);
    let images = &annotations.images[..count];
    if found[..count].iter().all(Option::is_none) {
        let first = images.first().map(|image| annotations.place_of(image)).unwrap_or_default();
        let first = first.display();
        return Err(Failure::Failed(format!(
            "--images {shown}: none of the {count} pictures is here, the first would be {first:.200}"
        )));
    }
    let place = |(image, found): (_, &Option<usize>)| match found {
        Some(file) => folder.join(&files[*file]),
        None => folder.join(annotations.place_of(image)),
    };
    Ok(images.iter().zip(&found).map(place).collect())
}

/// What is found, how many pictures could not be read, and mean milliseconds of the network.
fn look_at_all(detector: &Detector, paths: &[PathBuf], args: &EvalArgs, size: Edge) -> (Results, usize, f64) {
    let bar = ProgressBar::new(paths.len() as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}").unwrap_or(ProgressStyle::default_bar());
    bar.set_style(style);
    let config = detector.model().config();
    let max_people = args.max_people as usize;
    let options = Options { threshold: LOWEST, max_people, size: size.0, ..Options::new(config) };
    let (mut results, mut read, mut spent) = (Results::default(), 0, 0.0);
    for (place, path) in paths.iter().enumerate() {
        let found = Picture::open(path).map_err(|e| e.to_string()).and_then(|picture| {
            for note in &picture.notes {
                bar.suspend(|| tell!("{}: the picture {note}", path.display()));
            }
            look(detector, &picture, &options, &bar).map_err(|e| format!("{}: {e}", path.display()))
        });
        match found {
            Ok(found) => {
                spent += found.speed.network;
                read += 1;
                results.add(place, &found.poses);
            }
            Err(sentence) => bar.suspend(|| tell!("{sentence}")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    (results, paths.len() - read, spent / read.max(1) as f64)
}

/// For whom there are no figures, as pycocotools has it.
const NOBODY: f64 = -1.0;

/// So many of [`crate::coco::Evaluation::figures`] are in a row.
const SHOWN: usize = 6;

/// Where the results of a size are kept.
fn kept_in(out: Option<&Path>, size: Edge, several: bool) -> Option<PathBuf> {
    let out = out?;
    Some(match out.extension() {
        Some(end) if several => out.with_extension(format!("{size}.{}", end.to_string_lossy())),
        None if several => out.with_extension(size.to_string()),
        _ => out.to_path_buf(),
    })
}
