//! Videos, decoded and encoded by a ffmpeg that is installed, through pipes.

use super::frame::{Frame, file_name};
use super::matroska;
use crate::cli::failure::Failure;
use crate::picture::{Picture, check_size};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A video that is being decoded.
pub struct Video {
    path: PathBuf,
    child: Child,
    pixels: ChildStdout,
    said: Receiver<Said>,
    every: u64,
    next: u64,
    /// Frames that were said, also those that are left out.
    seen: u64,
    seconds: f64,
    /// Where the video's own clock begins: ffmpeg counts from 0.
    start: f64,
    /// Seconds per tick, once that is said.
    base: Option<(f64, f64)>,
    rate: (u64, u64),
    first: Option<Said>,
    errors: Vec<String>,
}

/// ffmpeg's names for what is a film in one file. Others are lists of files, scripts and patterns of names: what they lead
/// to would be read, and nobody would know that it must not be written over.
const FILMS: &str = "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h261,h263,h264,hevc,vvc,av1,obu,ivf,flv,live_flv,kux,asf,\
                     asf_o,ogg,rm,gif,apng,mjpeg,mpjpeg,mjpeg_2000,yuv4mpegpipe,nut,mxf,gxf,dv,wtv,nsv,swf,dirac,vc1,\
                     vc1test,dnxhd,cavsvideo,avs2,avs3,dhav,ty,nuv,pva,lvf,ifv";

/// What ffmpeg says, as far as it matters.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    /// Seconds of the whole video, and where its clock begins.
    Length(f64, f64),
    /// Seconds per tick as a fraction, frames a second as a fraction.
    Clock((f64, f64), (u64, u64)),
    /// Which frame it is since the last change of size, its ticks, width and height.
    Frame(u64, Option<i64>, u32, u32),
    /// What went wrong.
    Error(String),
}

/// The sentence for a ffmpeg that is not there.
fn missing(e: &std::io::Error) -> Failure {
    Failure::Failed(match e.kind() {
        ErrorKind::NotFound => {
            "videos are read and written by ffmpeg, which is not installed here: `apt install ffmpeg`, \
                                `brew install ffmpeg` or `winget install ffmpeg`; or name a folder of pictures"
                .into()
        }
        _ => format!("ffmpeg cannot be started: {e}"),
    })
}

/// As an argument that is nothing but the name of a file.
fn named(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    name
}

impl Video {
    /// Starts to decode every `every`th frame.
    pub fn open(path: &Path, every: usize) -> Result<Video, Failure> {
        // Its own times, no frame twice or left out, upright and as large as it is; nothing but this file is opened. Where
        // the size changes, filters begin to count anew: every frame is said, so that each is known by its number. Pixels
        // that are not square become so as in browsers, by the longer side.
        let square =
            r"scale=w=if(gt(sar\,1)\,round(iw*sar)\,iw):h=if(gt(sar\,0)*lt(sar\,1)\,round(ih/sar)\,ih),setsar=1";
        let filter = format!("{square},showinfo=checksum=0,select=not(mod(n\\,{every}))");
        let mut child = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info", "-protocol_whitelist", "file"])
            .args(["-format_whitelist", FILMS])
            .arg("-i")
            .arg(named(path))
            // What the file calls itself is not said once more in the middle of its frames.
            .args(["-map_metadata", "-1", "-map_chapters", "-1"])
            .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-autoscale", "0", "-vf", &filter])
            // Fine enough that no two frames share a tick, which it would complain of.
            .args(["-enc_time_base", "1:1000000", "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| missing(&e))?;
        let (pixels, words) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (send, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(words).split(b'\n').map_while(Result::ok) {
                if let Some(said) = understand(&String::from_utf8_lossy(&line))
                    && send.send(said).is_err()
                {
                    break;
                }
            }
        });
        let mut video = Video {
            path: path.to_path_buf(),
            child,
            pixels,
            said,
            every: every as u64,
            next: 0,
            seen: 0,
            seconds: 0.0,
            start: 0.0,
            base: None,
            rate: (30, 1),
            first: None,
            errors: Vec::new(),
        };
        video.first = video.frame_said();
        match video.first {
            Some(_) => Ok(video),
            None => Err(video.failed()),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is said of the next frame that is not left out, which becomes `next`; none at the end.
    fn frame_said(&mut self) -> Option<Said> {
        if self.first.is_some() {
            return self.first.take();
        }
        loop {
            match self.said.recv().ok()? {
                Said::Length(seconds, start) => (self.seconds, self.start) = (seconds, start),
                Said::Clock(base, rate) => (self.base, self.rate) = (Some(base), rate),
                // A broken video says the same thing for ever.
                Said::Error(line) if self.errors.len() < 3 => self.errors.push(line),
                Said::Error(_) => {}
                Said::Frame(n, ..) if n % self.every != 0 => self.seen += 1,
                frame => {
                    self.next = self.seen;
                    self.seen += 1;
                    return Some(frame);
                }
            }
        }
    }

    /// The next frame; none at the end.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Failure> {
        let Some(Said::Frame(_, ticks, width, height)) = self.frame_said() else {
            let done = self.child.wait().is_ok_and(|status| status.success());
            if !done {
                return Err(self.failed());
            }
            // A video whose end is missing ends well for ffmpeg.
            if !self.errors.is_empty() {
                let (name, what) = (self.path.display(), self.errors.join("; "));
                tell!("{name}: not all of this video may be there, ffmpeg says: {what:.400}");
            }
            return Ok(None);
        };
        let name = format!("{}, frame {}", self.path.display(), self.next);
        check_size(width, height).map_err(|what| Failure::Failed(format!("{name} {what}")))?;
        let mut rgba = vec![0; width as usize * height as usize * 4];
        if self.pixels.read_exact(&mut rgba).is_err() {
            return Err(self.failed());
        }
        let Some((over, under)) = self.base else {
            return Err(Failure::Failed(format!("{name}: ffmpeg did not say how long its ticks are")));
        };
        let own = ticks.map(|ticks| ticks as f64 * over / under);
        let since = own.unwrap_or(self.next as f64 * self.rate.1 as f64 / self.rate.0 as f64);
        let time_s = self.start + since;
        let share = if self.seconds > 0.0 { (since / self.seconds).clamp(0.0, 1.0) } else { 0.0 };
        let number = self.next;
        self.next = number + 1;
        let picture = Picture::from_rgba(width, height, rgba).map_err(|e| format!("{name}: {e}"));
        Ok(Some(Frame { number, time_s, share, name, file_name: file_name(&self.path), picture }))
    }

    /// The sentence for a video that ends before its end.
    fn failed(&mut self) -> Failure {
        while let Ok(said) = self.said.recv() {
            if let (Said::Error(line), true) = (said, self.errors.len() < 3) {
                self.errors.push(line);
            }
        }
        let name = self.path.display();
        let why = match &self.errors[..] {
            [] => "it holds no frames".into(),
            all if all.iter().any(|line| line.starts_with("Format not on whitelist")) => {
                "films in one file are read, lists of other files and scripts are not".into()
            }
            all => all.join("; "),
        };
        Failure::Failed(match self.next {
            0 => format!("{name}: ffmpeg cannot read this as a video: {why:.400}"),
            n => format!("{name}: ffmpeg stopped before frame {n}: {why:.400}. What was written until there is good"),
        })
    }
}

impl Drop for Video {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a line of ffmpeg's.
fn understand(line: &str) -> Option<Said> {
    let after = |word: &str| line.split_once(word).map(|(_, rest)| rest.trim_start());
    let number = |text: &str| text.split(|c: char| !c.is_ascii_digit() && c != '-').next().unwrap_or("").parse().ok();
    // How grave a line is stands in front of it: what a file calls itself comes later.
    let level =
        ["[info]", "[warning]", "[error]", "[fatal]"].into_iter().filter_map(|level| Some((line.find(level)?, level)));
    if let Some((at, level @ ("[error]" | "[fatal]"))) = level.min()
        && line.starts_with('[')
    {
        return Some(Said::Error(line[at + level.len()..].trim().to_string()));
    }
    // Lines of the file's own words begin with [info], further ones of them with spaces. What follows words without an end of
    // the line, as ffmpeg has for odd angles, has no name.
    if line.starts_with("[Parsed_showinfo") || !line.starts_with(['[', ' ']) {
        if let (Some(base), Some(rate), true) = (after("time_base:"), after("frame_rate:"), line.contains("config in"))
        {
            let fraction = |text: &str| -> Option<(u64, u64)> {
                let (over, under) = text.split_once('/')?;
                Some((over.parse().ok()?, number(under)? as u64)).filter(|&(a, b)| a > 0 && b > 0)
            };
            let base = fraction(base)?;
            return Some(Said::Clock((base.0 as f64, base.1 as f64), fraction(rate).unwrap_or((30, 1))));
        }
        let ticks = after(" pts:").filter(|_| line.starts_with('['))?;
        let count = after("] n:")?.split(' ').next()?.parse().ok()?;
        let size = after(" s:")?.split(' ').next()?;
        let (width, height) = size.split_once('x')?;
        return Some(Said::Frame(count, number(ticks), width.parse().ok()?, height.parse().ok()?));
    }
    // The file's own words are further to the right.
    let length = line.strip_prefix("[info]   Duration: ")?;
    let mut seconds = 0.0;
    for part in length.split(',').next()?.split(':') {
        // Not every video knows how long it is.
        seconds = seconds * 60.0 + part.trim().parse::<f64>().unwrap_or(0.0);
    }
    let start = after("start:").and_then(|text| text.split(',').next()?.trim().parse().ok());
    Some(Said::Length(seconds, start.unwrap_or(0.0)))
}

/// A video that is being made, good at every moment.
pub struct Encoder {
    child: Child,
    pixels: Option<ChildStdin>,
}

impl Encoder {
    /// Begins a video of `size` pixels; what was there is replaced.
    pub fn new(path: &Path, (width, height): (u32, u32)) -> Result<Encoder, Failure> {
        let mut command = Command::new("ffmpeg");
        command
            .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "matroska", "-fpsprobesize", "0", "-i", "pipe:0"])
            // Most players want even sides and this kind of colour.
            .args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"])
            .args(["-fps_mode", "vfr", "-enc_time_base", "1:90000"]);
        if ["mp4", "mov"].contains(&crate::cli::pictures::ending(path).as_str()) {
            // In pieces of a second: what was written can be played if there comes no more.
            command.args(["-movflags", "frag_keyframe+empty_moov+delay_moov", "-g", "30"]);
        }
        let child = command.arg(named(path)).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|e| missing(&e))?;
        let mut pixels = child.stdin.take();
        // Should it have ended already, the first frame will say so.
        let _ = pixels.as_mut().map(|to| to.write_all(&matroska::head(width, height)));
        Ok(Encoder { child, pixels })
    }

    /// Adds a frame's RGBA pixels, to be seen from `time_s` on.
    pub fn frame(&mut self, time_s: f64, rgba: &[u8]) -> std::io::Result<()> {
        let Some(to) = &mut self.pixels else { return Ok(()) };
        to.write_all(&matroska::frame_head(time_s, rgba.len()))?;
        to.write_all(rgba)
    }

    /// Ends the video; a sentence if ffmpeg was not content.
    pub fn finish(&mut self) -> Result<(), String> {
        self.pixels = None;
        let mut words = String::new();
        self.child.stderr.take().map(|mut from| from.read_to_string(&mut words));
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(words.lines().last().unwrap_or("ffmpeg stopped").to_string()),
        }
    }
}

/// The ending of a name that is a video's, for a result.
pub fn is_video(path: &Path) -> bool {
    ["mp4", "mkv", "webm", "mov"].contains(&crate::cli::pictures::ending(path).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ffmpeg_says_is_understood() {
        let says = |line: &str| understand(line);
        let clock = "[Parsed_showinfo_1 @ 0x55] [info] config in time_base: 1/15360, frame_rate: 30000/1001";
        assert_eq!(says(clock), Some(Said::Clock((1.0, 15360.0), (30000, 1001))));
        let glued =
            "upload a sample of this file. (ffmpeg-devel@ffmpeg.org)config in time_base: 1/15360, frame_rate: 15/1";
        assert_eq!(says(glued), Some(Said::Clock((1.0, 15360.0), (15, 1))));
        let frame = "[Parsed_showinfo_1 @ 0x55] [info] n:   1 pts:    -512 pts_time:-0.0333333 pos:  1 fmt:yuv420p \
                     sar:1/1 s:640x360 i:P iskey:0 type:P";
        assert_eq!(says(frame), Some(Said::Frame(1, Some(-512), 640, 360)));
        let none = frame.replace("-512", "NOPTS");
        assert_eq!(says(&none), Some(Said::Frame(1, None, 640, 360)));
        let long = "[info]   Duration: 01:00:01.50, start: 0.000000, bitrate: 1 kb/s";
        assert_eq!(says(long), Some(Said::Length(3601.5, 0.0)));
        assert_eq!(says(&long.replace("0.000", "-0.021")), Some(Said::Length(3601.5, -0.021)));
        let unknown = "[info]   Duration: N/A, start: 6.400000, bitrate: N/A";
        assert_eq!(says(unknown), Some(Said::Length(0.0, 6.4)));
        let error = "[mov,mp4 @ 0x5] [error] moov atom not found";
        assert_eq!(says(error), Some(Said::Error("moov atom not found".into())));
        for other in [
            "",
            "[info]     title: config in time_base: 1/3, frame_rate: 1/1",
            "                    : config in time_base: 1/3, frame_rate: 1/1",
            "[info]     title: n: pts: s:1x1 showinfo",
            "[info]       title           : Duration: 00:00:09.00, start: 100.0",
            "[info]     Duration        : 00:00:09.00, start: 100.0",
            "[info]       title           : [error] all is lost",
            "                            : [fatal] all is lost",
            "[info] Stream #0:0: Video",
            "showinfo n: pts:",
        ] {
            assert_eq!(says(other), None, "{other}");
        }
    }
}
