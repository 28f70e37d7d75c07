//! `querypose track`: a video, or a folder of its frames, in; who was where when, out.

mod drawn;
mod ffmpeg;
mod frame;
mod frames;
mod matroska;
mod results;

use super::failure::Failure;
use super::files::Inputs;
use super::model::{ModelArgs, SizeArg, look};
use crate::detect::Options;
use crate::follow::Follower;
use crate::track::{CUT_S, TrackOptions};
use drawn::Drawn;
use frame::Frame;
use frames::Frames;
use indicatif::{ProgressBar, ProgressStyle};
use results::{Format, Results};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

/// What `querypose track` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct TrackArgs {
    /// A video that ffmpeg can read, or a folder of pictures, frame by frame in the order of their numbers
    ///
    /// A video's times are its own, to the last digit; every frame is looked at once.
    #[arg(value_name = "VIDEO|DIR")]
    pub source: PathBuf,
    /// The model and the engine it runs on
    #[command(flatten)]
    pub model: ModelArgs,
    /// How large frames are looked at
    #[command(flatten)]
    pub size: SizeArg,
    /// Score from 0 to 1 somebody new needs; who is known is followed with less [default: the model's own]
    #[arg(long, value_name = "T", value_parser = share)]
    pub threshold: Option<f32>,
    /// Most people to look for in one frame
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_people: u32,
    /// How calm the joints are: 0 as they are found, 1 as calm as it gets, following late
    #[arg(long, value_name = "S", default_value_t = 0.5, value_parser = share)]
    pub smooth: f32,
    /// Look at every Nth frame only; frames keep their numbers and times
    ///
    /// Where those that are looked at are more than 2 s apart, nobody can be followed and nobody gets a number.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub every: u32,
    /// Frames a second of a folder of pictures [default: 30]
    ///
    /// Below 0.5, frames are more than 2 s apart, over which nobody can be followed: nobody gets a number.
    #[arg(long, value_name = "F", value_parser = rate)]
    pub fps: Option<f64>,
    /// How to write the people down
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write them to this file instead of stdout
    ///
    /// The file grows frame by frame and is whole after each: what is there when the program is stopped or killed is
    /// good.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Draw the skeletons, in a colour a person: into a video (.mp4, .mkv, .webm, .mov), or a folder of PNG files
    #[arg(long, value_name = "VIDEO|DIR")]
    pub draw: Option<PathBuf>,
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a number from 0 to 1".into()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=100_000.0).contains(&rate) => Ok(rate),
        _ => Err("frames a second: a number from 0.001 to 100000".into()),
    }
}

/// Follows the people through all frames. A picture that cannot be read is reported, the others are still done.
pub fn run(args: &TrackArgs) -> Result<(), Failure> {
    let folder = args.model.path()?;
    let frames = Frames::open(&args.source, args.every as usize, args.fps)?;
    let mut files = Inputs::of(frames.files().iter().map(PathBuf::as_path));
    args.model.hints.files(&folder).iter().for_each(|path| files.add(path));
    args.out.iter().try_for_each(|path| files.claim("--out", path))?;
    let mut drawn = args.draw.as_deref().map(|to| Drawn::plan(to, &args.source, &mut files)).transpose()?;
    let model = args.model.hints.load(&folder)?;
    let threshold = args.threshold.unwrap_or(model.config().threshold);
    let detector = args.model.detector(model)?;
    let config = detector.model().config();
    let max_people = args.max_people as usize;
    let wish = Options { threshold, max_people, size: args.size.size.0, ..Options::new(config) };
    let mut follower = Follower::default();
    let mut results = Results::new(args.format, args.out.as_deref(), &config.keypoints);

    let bar = ProgressBar::new(1000);
    bar.set_style(ProgressStyle::with_template("{bar:30} {msg}").unwrap_or(ProgressStyle::default_bar()));
    let start = Instant::now();
    let (mut done, mut unread) = (0u64, 0);
    let (mut last, mut nearest) = (None, f64::INFINITY);
    let ran = std::thread::scope(|scope| -> Result<(), Failure> {
        // Frames are decoded while the network is busy with the one before; a few at most wait in memory.
        let (send, receive) = mpsc::sync_channel(2);
        scope.spawn(move || {
            for frame in frames {
                if send.send(frame).is_err() {
                    break;
                }
            }
        });
        for frame in receive {
            let Frame { number, time_s, share, name, file_name, picture } = frame?;
            let seen = picture.and_then(|picture| {
                let options = follower.options(&wish, None, config);
                let seen = look(&detector, &picture, &options, &bar).map_err(|e| format!("{name}: {e}"))?;
                Ok((picture, seen))
            });
            match seen {
                Ok((picture, mut seen)) => {
                    let options = TrackOptions::new(args.smooth, threshold);
                    follower.follow(time_s, &mut seen, options, config);
                    nearest = nearest.min(last.replace(time_s).map_or(f64::INFINITY, |last| time_s - last));
                    let poses = seen.poses;
                    bar.suspend(|| results.frame(number, time_s, &file_name, &poses))?;
                    drawn.iter_mut().try_for_each(|drawn| drawn.frame((number, time_s), &picture, &poses, config))?;
                }
                Err(sentence) => {
                    bar.suspend(|| tell!("{sentence}"));
                    unread += 1;
                }
            }
            done += 1;
            bar.set_position((share * 1000.0) as u64);
            let rate = done as f64 / start.elapsed().as_secs_f64();
            bar.set_message(format!("frame {number}, {rate:.1} frames a second"));
        }
        Ok(())
    });
    bar.finish_and_clear();
    // After whatever went wrong, what was written until then is brought to its end.
    results.finish(ran).and(drawn.into_iter().try_for_each(Drawn::finish))?;
    if nearest > CUT_S && nearest.is_finite() {
        tell!(
            "frames are at least {nearest:.1} s apart: nobody is followed over more than {CUT_S} s, so nobody has a number"
        );
    }
    match (done, unread) {
        (0, _) => Err(Failure::Failed(format!("{}: there is not a single frame in it", args.source.display()))),
        (_, 0) => Ok(()),
        (_, n) => Err(Failure::Failed(format!("{n} of {done} frames could not be read"))),
    }
}
