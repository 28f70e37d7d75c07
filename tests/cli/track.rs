//! `querypose track`: real videos, made and read by the ffmpeg that is installed (`apt install ffmpeg`), and folders.

use crate::pictures::*;
use crate::scene::{Run, Scene};
use image::ImageFormat;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs ffmpeg in the scene's folder.
fn ffmpeg(scene: &Scene, arguments: &[&str]) {
    let mut program = Command::new("ffmpeg");
    let run = program.current_dir(&scene.folder).args(["-v", "error", "-y", "-nostdin"]).args(arguments).output();
    let run = run.expect("these tests need ffmpeg: apt install ffmpeg");
    assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
}

/// A sample picture slowly moving, so many frames of 96 × 72; the number is told by a grey corner, 10 levels a frame.
fn clip(scene: &Scene, name: &str, rate: &str, frames: u32) {
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/www/pictures/collins.jpg");
    let corner = "geq=lum='if(lt(X,16)*lt(Y,16),mod(N*10,250),lum(X,Y))':cb='if(lt(X,8)*lt(Y,8),128,cb(X,Y))':\
                  cr='if(lt(X,8)*lt(Y,8),128,cr(X,Y))'";
    let filter = format!("scale=160:120,crop=96:72:x=n*0.5:y=10,format=yuv420p,{corner}");
    let count = frames.to_string();
    let from = ["-loop", "1", "-framerate", rate, "-i", photo, "-frames:v", &count, "-vf", &filter];
    ffmpeg(scene, &[&from[..], &["-c:v", "mpeg4", "-q:v", "2", name]].concat());
}

fn track(scene: &Scene, arguments: &[&str]) -> Run {
    let always = ["track", "--model", "model", "--backend", "cpu", "--threshold", "0", "--max-people", "4"];
    scene.run(&[&always, arguments].concat())
}

/// Rows of a CSV, without its head.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("frame,time_s,person,joint,x,y,score,sigma_x,sigma_y"));
    let rows: Vec<Vec<String>> = lines.map(|line| line.split(',').map(str::to_string).collect()).collect();
    assert!(text.ends_with('\n') && rows.iter().all(|row| row.len() == 9), "{text}");
    rows
}

/// Seconds of every frame that has somebody in it.
fn times(text: &str) -> BTreeMap<u64, f64> {
    rows(text).iter().map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap())).collect()
}

#[test]
fn every_frame_of_a_video_once_and_its_own_time() {
    let scene = Scene::with_model("track-video");
    for (name, rate, seconds) in [("a.mp4", "30000/1001", 1001.0 / 30000.0), ("b.mkv", "10", 0.1)] {
        clip(&scene, name, rate, 22);
        let run = track(&scene, &[name, "--draw", "drawn"]).ok();
        let found = times(&run.out);
        assert_eq!(found.keys().copied().collect::<Vec<u64>>(), (0..22).collect::<Vec<u64>>(), "{name}");
        let right = |every: usize, found: &BTreeMap<u64, f64>| {
            for (n, (&frame, &time)) in found.iter().enumerate() {
                assert_eq!(frame as usize, n * every);
                assert!((time - frame as f64 * seconds).abs() < 0.001, "{name}: frame {frame} at {time} s");
            }
        };
        right(1, &found);
        // Which frame it was stands in the picture.
        for frame in 0..22 {
            let drawn = image::open(scene.path(&format!("drawn/{frame:06}.png"))).unwrap().to_rgb8();
            let [r, g, b] = drawn.get_pixel(3, 3).0.map(f64::from);
            // Black and white of a video are 16 and 235.
            let level = ((r + g + b) / 3.0 * 219.0 / 255.0 + 16.0) / 10.0;
            assert!((level - f64::from(frame).max(1.6)).abs() < 0.5, "{name}: frame {frame} shows {level}");
        }
        let some = times(&track(&scene, &[name, "--every", "5"]).ok().out);
        assert_eq!(some.len(), 5, "0, 5, 10, 15, 20");
        right(5, &some);
        // The same in COCO's shape.
        let coco = track(&scene, &[name, "--format", "coco"]).ok().json();
        let coco = coco.as_array().unwrap();
        let csv = rows(&run.out);
        assert_eq!(coco.len() * 17, csv.len());
        for (person, joints) in coco.iter().zip(csv.chunks(17)) {
            let number = |text: &String| text.parse::<f64>().unwrap();
            assert_eq!(person["image_id"].as_f64().unwrap(), number(&joints[0][0]));
            assert_eq!(person["track_id"].as_u64().map(|id| id.to_string()).unwrap_or_default(), joints[0][2]);
            assert!((person["time_s"].as_f64().unwrap() - number(&joints[0][1])).abs() < 1e-5);
            for (i, joint) in joints.iter().enumerate() {
                let x = person["keypoints"][3 * i].as_f64().unwrap();
                assert!((x + 0.5 - number(&joint[4])).abs() < 0.0051, "{person} {joint:?}");
            }
        }
        let known: Vec<&String> = csv.iter().filter(|row| row[0] == "21").map(|row| &row[2]).collect();
        assert!(
            csv.iter().filter(|row| row[0] == "0").all(|row| row[2].is_empty()) && known.iter().any(|id| *id == "1")
        );
    }
}

#[test]
fn what_a_video_calls_itself_is_no_clock() {
    let scene = Scene::with_model("track-title");
    clip(&scene, "a.mp4", "25", 5);
    let title = "title=x\nconfig in time_base: 1/3, frame_rate: 1/1";
    ffmpeg(&scene, &["-i", "a.mp4", "-c", "copy", "-metadata", title, "b.mkv"]);
    let found = times(&track(&scene, &["b.mkv"]).ok().out);
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|(&frame, time)| (time - frame as f64 * 0.04).abs() < 0.001), "{found:?}");
    // Titles of the whole and of chapters.
    let chapter = |title: &str| format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=40\ntitle={title}\n");
    let lies = "Duration: 00:00:09.00, start: 100.0";
    let own = [format!(";FFMETADATA1\ntitle={lies}\n"), chapter(lies), chapter("[error] all is lost")].concat();
    scene.write("own.txt", own);
    ffmpeg(
        &scene,
        &["-i", "a.mp4", "-i", "own.txt", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", "c.mkv"],
    );
    let run = track(&scene, &["c.mkv"]).ok();
    assert_eq!((times(&run.out), run.err.as_str()), (found, ""));
    // A name, not only what it is, and over two lines.
    let name = format!("x\n[info]   {lies}=1");
    ffmpeg(&scene, &["-i", "a.mp4", "-c", "copy", "-movflags", "use_metadata_tags", "-metadata", &name, "d.mp4"]);
    assert_eq!(times(&track(&scene, &["d.mp4"]).ok().out), times(&track(&scene, &["a.mp4"]).ok().out));
}

/// A list of other films: nobody could say which files must not be written over.
#[test]
fn lists_of_films_are_no_films() {
    let scene = Scene::with_model("track-lists");
    clip(&scene, "a.mp4", "25", 3);
    let before = fs::read(scene.path("a.mp4")).unwrap();
    scene.write("list.ffconcat", "ffconcat version 1.0\nfile a.mp4\n");
    scene.write("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.mp4\n#EXT-X-ENDLIST\n");
    for list in ["list.ffconcat", "list.m3u8"] {
        track(&scene, &[list, "--draw", "a.mp4"]).fails(1, &[list, "lists of other files and scripts are not"]);
    }
    assert!(fs::read(scene.path("a.mp4")).unwrap() == before);
}

/// Frames count by the pictures of their folder: where some of these cannot be read, the others would get other numbers.
#[test]
fn frames_of_a_kind_that_is_not_read_move_no_numbers() {
    let scene = Scene::with_model("track-kinds");
    for name in ["0.png", "1.png", "3.png"] {
        scene.write(&format!("frames/{name}"), encode(&photo(), ImageFormat::Png));
    }
    scene.write("frames/2.heic", "x");
    let run = track(&scene, &["frames", "--out", "r.csv"]);
    run.fails(1, &["frames: skipped 1 .heic", "would get wrong numbers", "take them out of the folder"]);
    assert!(!scene.path("r.csv").exists());
}

#[test]
fn frames_too_far_apart_to_follow_anybody_are_said() {
    let scene = Scene::with_model("track-apart");
    for frame in 0..6 {
        scene.write(&format!("frames/{frame}.png"), encode(&photo(), ImageFormat::Png));
    }
    for (how, numbers) in [
        (&["--fps", "1"][..], true),
        (&["--fps", "0.5"], true),
        (&["--fps", "0.4"], false),
        (&["--fps", "1", "--every", "3"], false),
    ] {
        let run = track(&scene, &[&["frames"], how].concat()).ok();
        assert_eq!(rows(&run.out).iter().any(|row| !row[2].is_empty()), numbers, "{how:?}");
        assert_eq!(run.err.matches("so nobody has a number").count(), usize::from(!numbers), "{how:?}: {}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_frame_that_is_a_broken_link_is_missed_and_keeps_its_number() {
    let scene = Scene::with_model("track-link");
    fs::create_dir(scene.path("frames")).unwrap();
    for frame in [0, 1, 3] {
        scene.write(&format!("frames/{frame}.png"), encode(&photo(), ImageFormat::Png));
    }
    std::os::unix::fs::symlink("nowhere.png", scene.path("frames/2.png")).unwrap();
    let run = track(&scene, &["frames"]).fails(1, &["2.png", "1 of 4 frames could not be read"]);
    assert_eq!(times(&run.out).keys().copied().collect::<Vec<u64>>(), [0, 1, 3]);
    // Nobody writes into this one.
    assert!(Command::new("mkfifo").arg(scene.path("frames/pipe.png")).status().unwrap().success());
    scene.detect(&["frames"]).fails(1, &["pipe.png: this is no file", "2.png"]);
}

#[cfg(unix)]
#[test]
fn frames_that_are_links_into_the_folder_of_drawings_are_not_drawn_over() {
    let scene = Scene::with_model("track-over");
    for frame in 0..2 {
        let png = encode(&photo(), ImageFormat::Png);
        let original = scene.write(&format!("originals/{frame:06}.png"), &png);
        fs::create_dir_all(scene.path("frames")).unwrap();
        std::os::unix::fs::symlink(original, scene.path(&format!("frames/{frame:06}.png"))).unwrap();
    }
    let before = fs::read(scene.path("originals/000001.png")).unwrap();
    track(&scene, &["frames", "--draw", "originals"]).fails(2, &["000000.png lies there, which is read"]);
    assert_eq!(fs::read(scene.path("originals/000001.png")).unwrap(), before);
    // Drawings of before are written anew.
    track(&scene, &["frames", "--draw", "drawn"]).ok();
    track(&scene, &["frames", "--draw", "drawn"]).ok();
}

/// What macOS leaves beside files on other disks is no frame, and moves none.
#[test]
fn shadows_of_files_are_no_frames_and_what_is_not_there_is_said() {
    let scene = Scene::with_model("track-shadows");
    for frame in 0..2 {
        scene.write(&format!("frames/{frame}.png"), encode(&photo(), ImageFormat::Png));
        scene.write(&format!("frames/._{frame}.png"), b"\0\x05\x16\x07");
    }
    assert_eq!(times(&track(&scene, &["frames"]).ok().out).keys().copied().collect::<Vec<u64>>(), [0, 1]);
    track(&scene, &["nowhere.jpg"]).fails(1, &["nowhere.jpg: cannot be read", "No such file"]);
}

/// As of a phone that is turned while it films, or of broadcasts.
#[test]
fn a_video_that_changes_its_size_is_followed() {
    let scene = Scene::with_model("track-turned");
    for (name, size) in [("a.ts", "96:72"), ("b.ts", "72:96")] {
        let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/www/pictures/collins.jpg");
        let scale = format!("scale={size},setsar=1");
        let from = ["-loop", "1", "-framerate", "25", "-i", photo, "-frames:v", "10", "-vf", &scale];
        ffmpeg(&scene, &[&from[..], &["-c:v", "mpeg4", "-q:v", "2", name]].concat());
    }
    let parts = ["a.ts", "b.ts"].map(|name| fs::read(scene.path(name)).unwrap());
    scene.write("ab.ts", parts.concat());
    // ffmpeg begins to count anew with the other size.
    for (every, expected) in [("1", (0..20).collect::<Vec<u64>>()), ("4", vec![0, 4, 8, 10, 14, 18])] {
        let run = track(&scene, &["ab.ts", "--every", every, "--draw", &format!("drawn{every}")]).ok();
        let found = rows(&run.out);
        let frames: BTreeSet<u64> = found.iter().map(|row| row[0].parse().unwrap()).collect();
        assert_eq!(frames.into_iter().collect::<Vec<u64>>(), expected);
        let drawn =
            |number: u64| image::open(scene.path(&format!("drawn{every}/{number:06}.png"))).unwrap().into_rgb8();
        let (first, turned) = (drawn(0), drawn(10));
        assert_eq!((first.dimensions(), turned.dimensions()), ((96, 72), (72, 96)));
        // The same photo in another shape, but for the skeletons; rows cut elsewhere would be another picture.
        let small = |picture| image::imageops::thumbnail(picture, 8, 8).into_raw();
        let off = small(&first).iter().zip(small(&turned)).map(|(a, b)| f64::from(a.abs_diff(b))).sum::<f64>() / 192.0;
        assert!(off < 20.0, "{off} grey levels on average");
    }
    let said = &["frame 10 is 72 × 96 pixels and those before 96 × 72"];
    track(&scene, &["ab.ts", "--draw", "ab.mp4"]).fails(1, said);
    // What was written before that is whole, in a pipe too.
    let rows = track(&scene, &["ab.ts", "--draw", "ab.mp4", "--format", "coco"]).fails(1, said).json();
    assert_eq!(rows.as_array().unwrap().last().unwrap()["image_id"], 10);
    // Nothing was begun, so what was there stays.
    scene.write("r.json", "old");
    scene.write("none.mp4", "no video");
    track(&scene, &["none.mp4", "--format", "coco", "--out", "r.json"]).fails(1, &["none.mp4"]);
    assert_eq!(fs::read(scene.path("r.json")).unwrap(), b"old");
}

#[test]
fn a_video_is_drawn_into_a_video() {
    let scene = Scene::with_model("track-draw");
    clip(&scene, "a.mp4", "25", 12);
    track(&scene, &["a.mp4", "--draw", "drawn.mp4", "--every", "2"]).ok();
    let counted = track(&scene, &["drawn.mp4"]).ok();
    let found = times(&counted.out);
    assert_eq!(found.len(), 6);
    assert!(found.iter().all(|(&frame, time)| (time - frame as f64 * 0.08).abs() < 0.001), "{found:?}");
}

/// Every frame's time in a video's own clock, by ffprobe.
fn probed(scene: &Scene, name: &str) -> Vec<f64> {
    let how =
        ["-v", "error", "-select_streams", "v", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0"];
    let run = Command::new("ffprobe").current_dir(&scene.folder).args(how).arg(name).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    text.lines().filter_map(|line| line.trim_end_matches(',').parse().ok()).collect()
}

/// Clocks that do not begin at 0, gaps, frames that come when they like: times are the video's own, in the results and in
/// the drawn video, which begins at 0.
#[test]
fn uneven_and_late_times_are_kept() {
    let scene = Scene::with_model("track-times");
    clip(&scene, "a.mp4", "15", 12);
    ffmpeg(&scene, &["-i", "a.mp4", "-c", "copy", "-output_ts_offset", "5", "late.mkv"]);
    ffmpeg(&scene, &["-i", "a.mp4", "-c:v", "mpeg4", "late.ts"]);
    let gap = "setpts='if(gt(N,6),PTS+3/TB,PTS)'";
    ffmpeg(&scene, &["-i", "a.mp4", "-vf", gap, "-fps_mode", "vfr", "-c:v", "mpeg4", "gap.mp4"]);
    // Two frames within one tick of the rate.
    let jitter = "settb=1/1000,setpts='N*67+mod(N*N*7,29)'";
    let how = ["-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-c:v", "libvpx"];
    ffmpeg(&scene, &[&["-i", "a.mp4", "-vf", jitter][..], &how, &["jitter.webm"]].concat());
    for name in ["late.mkv", "late.ts", "gap.mp4", "jitter.webm"] {
        let run = track(&scene, &[name, "--draw", "drawn.mp4"]).ok();
        assert_eq!(run.err, "", "{name}");
        let found: Vec<f64> = times(&run.out).into_values().collect();
        let (own, drawn) = (probed(&scene, name), probed(&scene, "drawn.mp4"));
        assert_eq!((found.len(), own.len(), drawn.len()), (12, 12, 12), "{name}");
        let first = own[0];
        for ((found, own), drawn) in found.iter().zip(&own).zip(&drawn) {
            assert!((found - own).abs() < 1e-5, "{name}: {found} s, not {own}");
            assert!((drawn - (own - first)).abs() < 1e-4, "{name}: drawn at {drawn} s, not {own}");
        }
    }
}

/// As they are to be seen, by the longer side: what is squashed in the file is neither looked at nor drawn so.
#[test]
fn pixels_that_are_not_square_become_so() {
    let scene = Scene::with_model("track-square");
    clip(&scene, "a.mp4", "10", 3);
    for (name, filter) in [("wide.mp4", "scale=48:72,setsar=2/1"), ("high.mp4", "scale=96:36,setsar=1/2")] {
        ffmpeg(&scene, &["-i", "a.mp4", "-vf", filter, "-c:v", "mpeg4", "-q:v", "2", name]);
        let folder = format!("drawn-{}", name.trim_end_matches(".mp4"));
        track(&scene, &[name, "--draw", &folder]).ok();
        let drawn = image::open(scene.path(&format!("{folder}/000000.png"))).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (96, 72), "{name}");
    }
}

#[test]
fn animated_pictures_are_videos_and_others_are_not() {
    let scene = Scene::with_model("track-animated");
    clip(&scene, "a.mp4", "10", 5);
    ffmpeg(&scene, &["-i", "a.mp4", "a.gif"]);
    ffmpeg(&scene, &["-i", "a.mp4", "-f", "apng", "a.png"]);
    ffmpeg(&scene, &["-i", "a.mp4", "-frames:v", "1", "one.gif"]);
    for name in ["a.gif", "a.png"] {
        let found = times(&track(&scene, &[name]).ok().out);
        assert_eq!(found.len(), 5, "{name}");
        assert!(found.iter().all(|(&frame, time)| (time - frame as f64 * 0.1).abs() < 0.001), "{name}: {found:?}");
    }
    track(&scene, &["one.gif"]).fails(2, &["one.gif", "a single picture has nobody to follow"]);
    // It says that it has 65535 pixels a side, which would take 17 GB.
    let mut vast = fs::read(scene.path("a.gif")).unwrap();
    vast[6..10].fill(0xFF);
    scene.write("vast.gif", vast);
    track(&scene, &["vast.gif"]).fails(1, &["vast.gif: the picture is 65535 × 65535 pixels, which is too large"]);
}

/// `querypose … | head -1`
#[test]
fn who_reads_no_further_is_told_nothing() {
    let scene = Scene::with_model("track-head");
    clip(&scene, "a.mp4", "10", 8);
    let program = env!("CARGO_BIN_EXE_querypose");
    let rest = "--model model --backend cpu --threshold 0";
    for line in [format!("track a.mp4 {rest}"), format!("detect {} {rest}", "frame.png ".repeat(8))] {
        ffmpeg(&scene, &["-i", "a.mp4", "-frames:v", "1", "frame.png"]);
        // The reader is gone before the first word.
        let script = format!("{{ \"$0\" {line}; echo $? > code; }} | true");
        let run = Command::new("sh").current_dir(&scene.folder).args(["-c", &script, program]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&run.stderr), "", "{line}");
        assert_eq!(fs::read_to_string(scene.path("code")).unwrap().trim(), "0", "{line}");
    }
}

#[test]
fn a_folder_is_taken_in_the_order_of_its_numbers() {
    let scene = Scene::with_model("track-folder");
    for i in 1..=11 {
        scene.write(&format!("frames/f{i}.png"), encode(&photo().rotate180().crop(0, 0, 80, 50 + i), ImageFormat::Png));
    }
    scene.write("frames/f5.png", "no picture");
    let run = track(&scene, &["frames", "--fps", "10", "--out", "r.csv", "--draw", "drawn"]);
    run.fails(1, &["frames/f5.png", "1 of 11 frames could not be read"]);
    let found = times(&fs::read_to_string(scene.path("r.csv")).unwrap());
    assert_eq!(found.keys().copied().collect::<Vec<u64>>(), [0, 1, 2, 3, 5, 6, 7, 8, 9, 10], "f5 is frame 4");
    assert!(found.iter().all(|(&frame, time)| (time - frame as f64 / 10.0).abs() < 1e-6), "{found:?}");
    // f10 is the tenth, not the second.
    assert_eq!(image::image_dimensions(scene.path("drawn/000009.png")).unwrap(), (80, 60));
    assert!(!scene.path("drawn/000004.png").exists());
    let rows = track(&scene, &["frames", "--every", "5", "--format", "coco"]).ok().json();
    let file = |row: &Json| (row["image_id"].as_u64().unwrap(), row["file_name"].as_str().unwrap().to_string());
    let files: BTreeMap<u64, String> = rows.as_array().unwrap().iter().map(file).collect();
    assert_eq!(files, BTreeMap::from([(0, "f1.png".into()), (5, "f6.png".into()), (10, "f11.png".into())]));
}

/// Stopped at any moment, also without being asked: what is there is whole.
#[test]
fn what_was_written_when_it_is_killed_is_good() {
    let scene = Scene::with_model("track-killed");
    clip(&scene, "long.mp4", "30", 2000);
    for (round, format) in ["coco", "csv", "coco", "csv", "coco", "csv"].into_iter().enumerate() {
        let mut program = Command::new(env!("CARGO_BIN_EXE_querypose"));
        program.current_dir(&scene.folder).stdout(Stdio::null()).stderr(Stdio::null());
        program.args(["track", "long.mp4", "--model", "model", "--backend", "cpu", "--threshold", "0"]);
        let mut running = program.args(["--format", format, "--out", "r"]).spawn().unwrap();
        let enough = 20_000 * (1 + round as u64);
        let start = Instant::now();
        while fs::metadata(scene.path("r")).map_or(0, |found| found.len()) < enough {
            assert!(start.elapsed() < Duration::from_secs(120), "nothing is written");
            std::thread::sleep(Duration::from_millis(3 + 2 * round as u64));
        }
        running.kill().unwrap();
        running.wait().unwrap();
        let text = fs::read_to_string(scene.path("r")).unwrap();
        let frames: Vec<u64> = match format {
            "csv" => times(&text).into_keys().collect(),
            _ => {
                let all: Vec<Json> = serde_json::from_str(&text).unwrap();
                let mut frames: Vec<u64> = all.iter().map(|row| row["image_id"].as_u64().unwrap()).collect();
                frames.dedup();
                frames
            }
        };
        assert!(frames.len() > 1 && frames.len() < 2000, "{} frames", frames.len());
        assert_eq!(frames, (0..frames.len() as u64).collect::<Vec<u64>>());
        fs::remove_file(scene.path("r")).unwrap();
    }
}

#[test]
fn what_cannot_be_followed_is_said() {
    let scene = Scene::with_model("track-said");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    scene.write("text.mp4", "no video at all");
    scene.write("empty/readme.txt", "no pictures");
    clip(&scene, "a.mp4", "25", 3);
    fs::create_dir_all(scene.path("none")).unwrap();
    track(&scene, &["a.png"]).fails(2, &["a.png", "querypose detect"]);
    track(&scene, &["nowhere.mp4"]).fails(1, &["nowhere.mp4: cannot be read"]);
    track(&scene, &["text.mp4"]).fails(1, &["text.mp4: ffmpeg cannot read this as a video", "Invalid data"]);
    track(&scene, &["empty"]).fails(1, &["empty"]);
    track(&scene, &["a.mp4", "--fps", "30"]).fails(2, &["--fps", "a video has times of its own"]);
    track(&scene, &["a.mp4", "--smooth", "2"]).fails(2, &["0 to 1"]);
    track(&scene, &["a.mp4", "--every", "0"]).fails(2, &["--every"]);
    let before = fs::read(scene.path("a.mp4")).unwrap();
    for option in ["--out", "--draw"] {
        track(&scene, &["a.mp4", option, "a.mp4"]).fails(2, &["this file is read"]);
    }
    assert_eq!(fs::read(scene.path("a.mp4")).unwrap(), before);
    track(&scene, &["a.mp4", "--draw", "d.gif"]).fails(2, &["d.gif", ".mp4"]);
    track(&scene, &["empty", "--draw", "empty"]).fails(1, &["empty"]);
    let frame = scene.write("frames/1.png", encode(&photo(), ImageFormat::Png));
    let first = fs::read(&frame).unwrap();
    track(&scene, &["frames", "--draw", "frames"]).fails(2, &["among the pictures they are made of"]);
    track(&scene, &["frames", "--out", "frames/1.png"]).fails(2, &["this file is read"]);
    assert_eq!(fs::read(&frame).unwrap(), first);
    track(&scene, &["a.mp4", "--out", "no/such/r.csv"]).fails(1, &["no/such/r.csv: cannot be written"]);
    // A video whose end is missing: what is there is kept, and said.
    clip(&scene, "long.mkv", "25", 40);
    let whole = fs::read(scene.path("long.mkv")).unwrap();
    scene.write("cut.mkv", &whole[..whole.len() / 2]);
    let run = track(&scene, &["cut.mkv", "--out", "cut.csv"]);
    let found = times(&fs::read_to_string(scene.path("cut.csv")).unwrap());
    assert!(found.len() > 5 && found.len() < 40, "{} frames, {}", found.len(), run.err);
    assert!(run.err.contains("cut.mkv: not all of this video may be there"), "{}", run.err);
}

#[test]
fn without_ffmpeg_it_says_how_to_get_it() {
    let scene = Scene::with_model("track-without");
    scene.write("a.mp4", "whatever");
    scene.write("frames/1.png", encode(&photo(), ImageFormat::Png));
    let run = |source: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_querypose"));
        program.current_dir(&scene.folder).env("PATH", scene.path("nothing"));
        program.args(["track", source, "--model", "model", "--backend", "cpu"]).output().unwrap()
    };
    let refused = run("a.mp4");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && said.contains("ffmpeg, which is not installed"), "{said}");
    assert!(said.contains("apt install ffmpeg") && said.contains("folder of pictures"), "{said}");
    assert!(run("frames").status.success());
}
