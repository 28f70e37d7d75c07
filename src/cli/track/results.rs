//! Results that are whole after every frame, whatever happens then.

use crate::cli::failure::Failure;
use crate::cli::files::{Opened, open, unheard, unwritten};
use crate::pose::{CocoResult, Pose};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How people are written down. Frames count from 0. Who was seen for the first time has no number yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// frame,time_s,person,joint,x,y,score,sigma_x,sigma_y: a row a joint, pixel edges, sigma in pixels
    #[default]
    Csv,
    /// COCO results: a JSON list; image_id is the frame, track_id the person, time_s the seconds
    Coco,
}

/// Where people are written to, frame by frame.
pub struct Results {
    format: Format,
    to: Option<PathBuf>,
    sink: Option<Sink>,
    joints: Vec<String>,
    entries: u64,
}

enum Sink {
    /// Stdout, a pipe: what is written stays.
    Stream(Box<dyn Write>),
    /// A file. Its end is written anew with every frame.
    Growing(File),
}

/// A person of a frame, in COCO's shape.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    person: CocoResult,
    time_s: f64,
}

const CSV: &str = "frame,time_s,person,joint,x,y,score,sigma_x,sigma_y\n";

impl Results {
    /// Into a file, or to stdout. The file is not touched before the first frame is done.
    pub fn new(format: Format, to: Option<&Path>, joints: &[String]) -> Results {
        let joints = joints.iter().map(|name| quoted(name)).collect();
        Results { format, to: to.map(Path::to_path_buf), sink: None, joints, entries: 0 }
    }

    /// Writes the people of a frame, which is of this file.
    pub fn frame(&mut self, frame: u64, time_s: f64, file_name: &str, poses: &[Pose]) -> Result<(), Failure> {
        let text = match self.format {
            Format::Csv => self.rows(frame, time_s, poses),
            Format::Coco => {
                self.entries(frame, time_s, file_name, poses).map_err(|e| Failure::Failed(e.to_string()))?
            }
        };
        self.append(&text)
    }

    /// Ends the results, also of no frames, and of a run that failed: what is written is whole. What a failed run did not
    /// begin stays as it was.
    pub fn finish(mut self, ran: Result<(), Failure>) -> Result<(), Failure> {
        if ran.is_err() && self.sink.is_none() {
            return ran;
        }
        let closed = self.close();
        ran.and(closed)
    }

    fn close(&mut self) -> Result<(), Failure> {
        self.append("")?;
        let end = self.end();
        match &mut self.sink {
            Some(Sink::Stream(to)) => {
                let done = to.write_all(end.as_bytes()).and_then(|()| to.flush());
                done.map_err(|e| self.unwritten(&e))
            }
            _ => Ok(()),
        }
    }

    fn rows(&self, frame: u64, time_s: f64, poses: &[Pose]) -> String {
        let mut text = String::new();
        for pose in poses {
            let person = pose.id.map(|id| id.to_string()).unwrap_or_default();
            let [x1, y1, x2, y2] = pose.bbox;
            for (k, name) in pose.keypoints.iter().zip(&self.joints) {
                let (sx, sy) = (k.sigma[0] * (x2 - x1), k.sigma[1] * (y2 - y1));
                text += &format!(
                    "{frame},{time_s:.6},{person},{name},{:.2},{:.2},{:.4},{sx:.2},{sy:.2}\n",
                    k.x, k.y, k.score
                );
            }
        }
        text
    }

    fn entries(
        &mut self,
        frame: u64,
        time_s: f64,
        file_name: &str,
        poses: &[Pose],
    ) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        for pose in poses {
            let row = Row { person: CocoResult::new(pose, frame, file_name), time_s };
            text += if self.entries == 0 { "" } else { ",\n" };
            text += &serde_json::to_string(&row)?;
            self.entries += 1;
        }
        Ok(text)
    }

    fn beginning(&self) -> &'static str {
        if self.format == Format::Csv { CSV } else { "[\n" }
    }

    fn end(&self) -> &'static str {
        if self.format == Format::Csv { "" } else { "\n]\n" }
    }

    fn append(&mut self, text: &str) -> Result<(), Failure> {
        let (beginning, end) = (self.beginning(), self.end());
        let done = match &mut self.sink {
            None => self.begin(&[beginning, text].concat(), end),
            Some(Sink::Stream(to)) => to.write_all(text.as_bytes()).and_then(|()| to.flush()),
            Some(Sink::Growing(_)) if text.is_empty() => Ok(()),
            Some(Sink::Growing(file)) => grow(file, text, end),
        };
        done.map_err(|e| self.unwritten(&e))
    }

    /// Opens the file, with this text in it already; until then what was there before stays.
    fn begin(&mut self, text: &str, end: &str) -> io::Result<()> {
        let mut stream: Box<dyn Write> = match &self.to {
            None => Box::new(io::stdout()),
            Some(path) => match open(path)? {
                Opened::Special(file) => Box::new(file),
                Opened::Beside { part, mut file, to } => {
                    file.write_all([text, end].concat().as_bytes())?;
                    part.keep(&to)?;
                    self.sink = Some(Sink::Growing(file));
                    return Ok(());
                }
            },
        };
        stream.write_all(text.as_bytes())?;
        stream.flush()?;
        self.sink = Some(Sink::Stream(stream));
        Ok(())
    }

    fn unwritten(&self, e: &io::Error) -> Failure {
        let kept = match self.sink {
            Some(Sink::Growing(_)) => ". What was written of the frames before is good",
            _ => "",
        };
        match &self.to {
            None => unheard(e),
            Some(path) => unwritten(path, &format!("{e}{kept}")),
        }
    }
}

/// Puts text before the end of a file, all in one call; if there is no room for it, the file is as it was.
fn grow(file: &mut File, text: &str, end: &str) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let whole = length - end.len() as u64;
    file.seek(SeekFrom::Start(whole))?;
    let written = file.write_all([text, end].concat().as_bytes());
    if written.is_err() {
        file.seek(SeekFrom::Start(whole))?;
        file.write_all(end.as_bytes())?;
        file.set_len(length)?;
    }
    written
}

/// A name as a field of a CSV file.
fn quoted(name: &str) -> String {
    match name.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::Keypoint;
    use serde_json::Value as Json;
    use std::fs;

    fn pose(id: Option<u32>) -> Pose {
        let joint = Keypoint { x: 10.0, y: 20.5, score: 0.75, sigma: [0.25, 0.125] };
        Pose { id, score: 0.5, class_score: 0.5, keypoints: vec![joint], bbox: [0.0, 0.0, 40.0, 80.0] }
    }

    #[test]
    fn a_file_is_whole_after_every_frame() {
        let folder = std::env::temp_dir().join(format!("querypose-results-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("r.json");
        fs::write(&file, "old").unwrap();
        let mut results = Results::new(Format::Coco, Some(&file), &["a,b".into()]);
        assert_eq!(fs::read(&file).unwrap(), b"old", "nothing is done yet");
        let read = || -> Vec<Json> { serde_json::from_slice(&fs::read(&file).unwrap()).unwrap() };
        for (frame, people, all) in [(0, 0, 0), (8, 2, 2), (16, 0, 2), (24, 1, 3)] {
            results.frame(frame, frame as f64 / 30.0, "clip.mp4", &vec![pose(Some(7)); people]).unwrap();
            assert_eq!(read().len(), all);
        }
        results.frame(32, 1.0, "clip.mp4", &[pose(None)]).unwrap();
        results.finish(Ok(())).unwrap();
        let rows = read();
        assert_eq!(
            (&rows[2]["image_id"], &rows[2]["track_id"], &rows[2]["time_s"]),
            (&24.into(), &7.into(), &0.8.into())
        );
        assert_eq!((rows[3].get("track_id"), &rows[3]["keypoints"][0]), (None, &9.5.into()));
        let mut results = Results::new(Format::Csv, Some(&file), &["a,b".into()]);
        results.frame(3, 0.1, "clip.mp4", &[pose(Some(1)), pose(None)]).unwrap();
        let rows =
            "3,0.100000,1,\"a,b\",10.00,20.50,0.7500,10.00,10.00\n3,0.100000,,\"a,b\",10.00,20.50,0.7500,10.00,10.00\n";
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{CSV}{rows}"));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left over beside it");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_said() {
        let mut results = Results::new(Format::Csv, Some(Path::new("/dev/full")), &["nose".into()]);
        let failed = results.frame(0, 0.0, "clip.mp4", &[pose(None)]);
        assert!(matches!(failed, Err(Failure::Failed(what)) if what.contains("/dev/full: cannot be written")));
    }
}
