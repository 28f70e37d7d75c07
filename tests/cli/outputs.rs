//! What is written: never over an input, in the kind that is asked for, whole or not at all. And ids in results.

use crate::pictures::*;
use crate::scene::Scene;
use image::ImageFormat;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;

#[test]
fn no_input_is_ever_written_over() {
    let scene = Scene::with_model("inputs");
    let png = encode(&photo(), ImageFormat::Png);
    for name in ["dir/a.png", "dir/b.jpg", "other/a.png"] {
        scene.write(name, &png);
    }
    scene.write("ann.json", json!({"images": [{"id": 1, "file_name": "a.png"}]}).to_string());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(scene.path("dir"), scene.path("link")).unwrap();
        std::os::unix::fs::symlink(scene.path("dir/a.png"), scene.path("soft.png")).unwrap();
        fs::hard_link(scene.path("dir/a.png"), scene.path("hard.png")).unwrap();
    }
    let snapshot = || -> BTreeMap<String, Vec<u8>> {
        let files =
            ["dir/a.png", "dir/b.jpg", "other/a.png", "ann.json", "model/config.json", "model/model.safetensors"];
        files.map(|name| (name.to_string(), fs::read(scene.path(name)).unwrap())).into()
    };
    let before = snapshot();
    let refused = |arguments: &[&str], words: &[&str]| {
        scene.detect(arguments).fails(2, words);
        assert!(snapshot() == before, "{arguments:?} changed an input");
        assert_eq!(fs::read_dir(scene.path("dir")).unwrap().count(), 2, "{arguments:?}");
    };
    refused(&["dir", "--draw", "dir"], &["--draw dir", "among the pictures"]);
    refused(&["dir", "--draw", "dir/../dir"], &["among the pictures"]);
    refused(&["dir/a.png", "dir/b.jpg", "--draw", "dir"], &["dir/a.png", "this file is read"]);
    refused(&["dir/a.png", "--draw", "dir/a.png"], &["this file is read"]);
    refused(&["other", "dir/a.png", "--draw", "dir"], &["this file is read"]);
    for to in ["dir/a.png", "./dir/a.png", "model/config.json", "model/model.safetensors"] {
        refused(&["dir/a.png", "--out", to], &["--out", "this file is read"]);
        refused(&["dir/a.png", "--dump", to], &["--dump", "this file is read"]);
    }
    refused(&["dir", "--format", "coco", "--annotations", "ann.json", "--out", "ann.json"], &["this file is read"]);
    refused(&["dir/a.png", "--out", "r.json", "--dump", "r.json"], &["written already"]);
    if cfg!(unix) {
        refused(&["dir", "--draw", "link"], &["among the pictures"]);
        refused(&["dir/a.png", "--out", "soft.png"], &["this file is read"]);
        refused(&["dir/a.png", "--draw", "hard.png"], &["this file is read"]);
        refused(&["soft.png", "--out", "dir/a.png"], &["this file is read"]);
    }
    // Two pictures of one name give two drawings, and what an earlier run drew may be drawn anew.
    for _ in 0..2 {
        scene.detect(&["dir", "other", "--draw", "drawn"]).ok();
        let mut names: Vec<String> = fs::read_dir(scene.path("drawn"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["a-2.png", "a.png", "b.png"]);
    }
    assert!(snapshot() == before);
}

#[test]
fn a_drawing_has_the_kind_of_its_ending() {
    let scene = Scene::with_model("draw-kinds");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    for (name, format) in [
        ("d.png", ImageFormat::Png),
        ("d.jpg", ImageFormat::Jpeg),
        ("d.JPEG", ImageFormat::Jpeg),
        ("d.webp", ImageFormat::WebP),
        ("d.bmp", ImageFormat::Bmp),
        ("d.tif", ImageFormat::Tiff),
    ] {
        scene.detect(&["a.png", "--draw", name]).ok();
        let bytes = fs::read(scene.path(name)).unwrap();
        assert_eq!(image::guess_format(&bytes).unwrap(), format, "{name}");
        let drawn = image::load_from_memory(&bytes).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (80, 60), "{name}");
    }
    scene.detect(&["a.png", "--draw", "d.svg"]).fails(2, &["--draw d.svg", ".png, .jpg", "not .svg"]);
    scene.detect(&["a.png", "a.png", "--draw", "d2.jpg"]).fails(2, &["name a folder for several"]);
    assert!(!scene.path("d.svg").exists() && !scene.path("d2.jpg").exists());
    scene.detect(&["a.png", "--draw", "plain"]).ok();
    assert!(scene.path("plain/a.png").is_file(), "a name without ending is a folder");
}

/// What was there before stays if the run fails, and nothing is left over beside it.
#[test]
fn a_failed_run_leaves_what_was_there() {
    let scene = Scene::with_model("half");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    scene.write("r.json", "[]");
    scene.write("in-the-way", "a file");
    let run = scene.detect(&["a.png", "--format", "coco", "--out", "r.json", "--draw", "in-the-way/d.png"]);
    run.fails(1, &["in-the-way/d.png: cannot be written"]);
    assert_eq!(fs::read(scene.path("r.json")).unwrap(), b"[]");
    scene.detect(&["a.png", "--format", "coco", "--out", "r.json"]).ok();
    let written: Json = serde_json::from_slice(&fs::read(scene.path("r.json")).unwrap()).unwrap();
    assert!(!written.as_array().unwrap().is_empty());
    let names = fs::read_dir(&scene.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.ends_with(".part")));
}

/// Ids of annotations are numbers however they are written, and a name there that two files have is neither's.
#[test]
fn running_numbers_are_no_ids_of_the_annotations() {
    let scene = Scene::with_model("ids-written");
    for name in ["a/train/x.png", "b/train/x.png", "new.png", "y.png"] {
        scene.write(name, encode(&photo(), ImageFormat::Png));
    }
    scene.write(
        "ann.json",
        r#"{"images": [{"id": 1.0, "file_name": "train/x.png"}, {"id": "2", "file_name": "y.png"}]}"#,
    );
    let ids = |pictures: &[&str]| -> Vec<(String, Json)> {
        let more = ["--format", "coco", "--annotations", "ann.json"];
        let rows = scene.detect(&[pictures, &more].concat()).ok().json();
        let mut ids: Vec<(String, Json)> = Vec::new();
        for row in rows.as_array().unwrap() {
            let one = (row["file_name"].as_str().unwrap().to_string(), row["image_id"].clone());
            if !ids.contains(&one) {
                ids.push(one);
            }
        }
        ids.into_iter().map(|(name, id)| (name.rsplit('/').next().unwrap().to_string(), id)).collect()
    };
    let own = |name: &str, id: Json| (name.to_string(), id);
    assert_eq!(ids(&["a/train/x.png", "new.png"]), [own("x.png", 1.0.into()), own("new.png", 3.into())]);
    assert_eq!(ids(&["y.png", "new.png"]), [own("y.png", "2".into()), own("new.png", 3.into())]);
    assert_eq!(ids(&["a/train/x.png", "b/train/x.png"]), [own("x.png", 3.into()), own("x.png", 4.into())]);
}

#[test]
fn image_ids_are_unique_and_said() {
    let scene = Scene::with_model("ids");
    let png = encode(&photo(), ImageFormat::Png);
    let names = ["1.png", "IMG_0001.png", "holiday (1).png", "sub/0001.png", "000000000139.png"];
    names.iter().for_each(|name| drop(scene.write(name, &png)));
    let found = |more: &[&str]| {
        let run = scene.detect(&[&names[..], &["--format", "coco"], more].concat()).ok();
        let mut ids: Vec<(Json, String)> = Vec::new();
        for person in run.json().as_array().unwrap() {
            let one = (person["image_id"].clone(), person["file_name"].as_str().unwrap().to_string());
            if ids.last() != Some(&one) {
                ids.push(one);
            }
        }
        (ids, run)
    };
    let (ids, run) = found(&[]);
    let expected =
        [(1, "1.png"), (2, "IMG_0001.png"), (3, "holiday (1).png"), (4, "0001.png"), (139, "000000000139.png")];
    assert_eq!(ids, expected.map(|(id, name)| (json!(id), name.to_string())));
    assert_eq!(run.err.matches("running number").count(), 1, "said once: {}", run.err);
    assert!(run.err.contains("4 of 5 pictures"), "{}", run.err);

    // Ids of any kind from annotations, also the category's.
    let annotations = json!({
        "images": [
            {"id": "first", "file_name": "1.png"}, {"id": -2, "file_name": "IMG_0001.png"},
            {"id": 1, "file_name": "x/holiday (1).png"}, {"id": 7, "file_name": "sub\\0001.png"},
        ],
        "categories": [{"id": "human", "name": "person"}],
    });
    scene.write("ann.json", annotations.to_string());
    let (ids, run) = found(&["--annotations", "ann.json"]);
    let ids: Vec<Json> = ids.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [json!("first"), json!(-2), json!(1), json!(7), json!(2)], "2 is free");
    assert!(run.err.contains("1 of 5 pictures is not in the annotations"), "{}", run.err);
    assert!(run.json().as_array().unwrap().iter().all(|person| person["category_id"] == "human"));
    scene.write("ann.json", "<!doctype html>");
    scene.detect(&["1.png", "--annotations", "ann.json"]).fails(1, &["ann.json", "a web page"]);
}

/// Ctrl-C in the middle: what was there before stays, and nothing lies beside it.
#[cfg(unix)]
#[test]
fn a_command_that_is_stopped_leaves_no_drafts() {
    let scene = Scene::with_model("stopped");
    scene.write("r.json", "old");
    let names: Vec<String> = (0..400).map(|i| format!("{i}.png")).collect();
    names.iter().for_each(|name| drop(scene.write(name, encode(&photo(), ImageFormat::Png))));
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_querypose"));
    program.current_dir(&scene.folder).args(["detect", "--model", "model", "--backend", "cpu", "--format", "coco"]);
    let mut child = program.args(["--out", "r.json"]).args(&names).stderr(std::process::Stdio::null()).spawn().unwrap();
    let drafts = || {
        let entries = fs::read_dir(&scene.folder).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part")).count()
    };
    while drafts() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it could be stopped");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!((drafts(), fs::read_to_string(scene.path("r.json")).unwrap().as_str()), (0, "old"));
}

/// Ctrl-C at twenty moments of a conversion: the files that are whole, or none.
#[cfg(unix)]
#[test]
fn a_conversion_that_is_stopped_leaves_no_drafts() {
    let scene = Scene::new("stopped-convert");
    let nano = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/nano");
    for moment in 0..20 {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_querypose"));
        program.current_dir(&scene.folder).args(["convert", nano, "out", "--dtype", "f32"]);
        let mut child = program.stdout(std::process::Stdio::null()).spawn().unwrap();
        while !scene.path("out").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it was done before it could be stopped");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::thread::sleep(std::time::Duration::from_millis(5 * moment));
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
        let names = fs::read_dir(scene.path("out")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let left: Vec<String> =
            names.filter(|name| !["config.json", "model.safetensors"].contains(&name.as_str())).collect();
        assert!(left.is_empty(), "stopped {} ms after its beginning: {left:?}", 5 * moment);
        fs::remove_dir_all(scene.path("out")).unwrap();
    }
}
