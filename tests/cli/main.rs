//! The command line on good and bad input: people on stdout, sentences on stderr, exit codes, never a panic.

mod checkpoints;
mod eval;
mod hostile;
mod kinds;
mod outputs;
mod pictures;
mod scene;
mod track;

use image::{DynamicImage, GenericImageView, ImageFormat};
use pictures::*;
use scene::{Run, Scene, config, tensors};
use serde_json::{Value as Json, json};
use std::fs;

/// Keypoints, scores and boxes of a COCO list as one row of numbers.
fn numbers(coco: &Json) -> Vec<f64> {
    fn collect(value: &Json, into: &mut Vec<f64>) {
        match value {
            Json::Number(n) => into.extend(n.as_f64()),
            Json::Array(list) => list.iter().for_each(|v| collect(v, into)),
            Json::Object(map) => map.values().for_each(|v| collect(v, into)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(coco, &mut all);
    all
}

#[test]
fn coco_results_have_the_evaluator_s_shape() {
    let scene = Scene::with_model("coco");
    scene.write("000042.png", encode(&photo(), ImageFormat::Png));
    let coco = scene.detect(&["--format", "coco", "000042.png"]).ok().json();
    let people = coco.as_array().unwrap();
    assert!(!people.is_empty());
    for person in people {
        assert_eq!(person["image_id"], 42);
        assert_eq!(person["file_name"], "000042.png");
        assert_eq!(person["category_id"], 1);
        assert_eq!(person["keypoints"].as_array().unwrap().len(), 51);
        let [x, y, w, h] = [0, 1, 2, 3].map(|i| person["bbox"][i].as_f64().unwrap());
        assert!(x >= 0.0 && y >= 0.0 && w > 0.0 && h > 0.0 && x + w <= 80.001 && y + h <= 60.001);
    }
    let scores: Vec<f64> = people.iter().map(|p| p["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");

    let tfjs = scene.detect(&["--format", "tfjs", "000042.png"]).ok().json();
    let person = &tfjs[0]["poses"][0];
    let nose = &person["keypoints"][0];
    assert_eq!(nose["name"], "nose");
    let shifted = nose["x"].as_f64().unwrap() - people[0]["keypoints"][0].as_f64().unwrap();
    assert!((shifted - 0.5).abs() < 1e-4, "COCO counts pixel centres: {shifted}");
    assert_eq!((&tfjs[0]["width"], &tfjs[0]["height"]), (&80.into(), &60.into()));
}

#[test]
fn threshold_and_number_of_people_are_kept() {
    let scene = Scene::with_model("threshold");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let coco = |more: &[&str]| scene.detect(&[&["--format", "coco", "a.png"], more].concat()).ok().json();
    let all = coco(&[]);
    let scores: Vec<f64> = all.as_array().unwrap().iter().map(|p| p["score"].as_f64().unwrap()).collect();
    assert!(scores.len() > 3, "{scores:?}");
    assert_eq!(coco(&["--max-people", "2"]).as_array().unwrap().len(), 2);
    let between = ((scores[1] + scores[2]) / 2.0).to_string();
    let some = scene.run(&[
        "detect",
        "--model",
        "model",
        "--backend",
        "cpu",
        "--threshold",
        &between,
        "--format",
        "coco",
        "a.png",
    ]);
    assert_eq!(some.ok().json().as_array().unwrap().len(), 2);
    // Decoding everybody finds the same people.
    let every = numbers(&coco(&["--decode", "all"]));
    let same = numbers(&all).iter().zip(&every).all(|(a, b)| (a - b).abs() < 0.01);
    assert!(same && every.len() == numbers(&all).len());
    let (some, of_all) = (coco(&["--max-people", "2"]), coco(&["--max-people", "2", "--decode", "all"]));
    let same = numbers(&some).iter().zip(numbers(&of_all)).all(|(a, b)| (a - b).abs() < 0.01);
    assert!(same && some.as_array().unwrap().len() == 2, "{some} {of_all}");
}

#[test]
fn every_orientation_shows_the_same_people() {
    let scene = Scene::with_model("exif");
    let upright = photo();
    scene.write("upright.png", encode(&upright, ImageFormat::Png));
    let expected = numbers(&scene.detect(&["--format", "coco", "upright.png"]).ok().json());
    for orientation in 1..=8 {
        scene.write("turned.png", png_with_orientation(&turned(&upright, orientation), orientation));
        let found = numbers(&scene.detect(&["--format", "coco", "turned.png"]).ok().json());
        assert_eq!(found, expected, "PNG pixels are exact, orientation {orientation}");
        let bytes = jpeg_with_orientation(&turned(&upright, orientation), orientation);
        scene.write("turned.jpg", bytes);
        let table = scene.detect(&["turned.jpg"]).ok().out;
        assert!(table.contains("80 × 60"), "orientation {orientation}: {table}");
    }
}

#[test]
fn every_kind_of_pixel_is_understood() {
    let scene = Scene::with_model("kinds");
    let photo = photo();
    let people = |name: &str, bytes: Vec<u8>| {
        scene.write(name, bytes);
        let mut coco = scene.detect(&["--format", "coco", name]).ok().json();
        coco.as_array_mut().unwrap().iter_mut().for_each(|p| p["file_name"] = Json::Null);
        numbers(&coco)
    };
    let expected = people("plain.png", encode(&photo, ImageFormat::Png));
    let deep = DynamicImage::from(photo.to_rgb16());
    assert_eq!(people("deep.png", encode(&deep, ImageFormat::Png)), expected);
    assert_eq!(people("lossless.webp", encode(&photo, ImageFormat::WebP)), expected);
    assert_eq!(people("plain.bmp", encode(&photo, ImageFormat::Bmp)), expected);
    let opaque = DynamicImage::from(photo.to_rgba8());
    assert_eq!(people("opaque.png", encode(&opaque, ImageFormat::Png)), expected);

    let grey = DynamicImage::from(photo.to_luma8());
    let grey_as_rgb = people("grey_rgb.png", encode(&DynamicImage::from(grey.to_rgb8()), ImageFormat::Png));
    assert_eq!(people("grey.png", encode(&grey, ImageFormat::Png)), grey_as_rgb);
    assert_ne!(grey_as_rgb, expected);

    let hidden = half_hidden(&photo);
    let on_white = DynamicImage::from(image::RgbImage::from_fn(80, 60, |x, y| {
        let [r, g, b, a] = hidden.get_pixel(x, y).0;
        image::Rgb(if a == 0 { [255; 3] } else { [r, g, b] })
    }));
    let flattened = people("white.png", encode(&on_white, ImageFormat::Png));
    assert_eq!(people("hidden.png", encode(&hidden, ImageFormat::Png)), flattened);

    let colours = [[10, 20, 200], [250, 240, 30]];
    let painted = image::RgbImage::from_fn(80, 60, |_, y| image::Rgb(colours[(y >= 30) as usize]));
    let painted = people("painted.png", encode(&painted.into(), ImageFormat::Png));
    assert_eq!(people("palette.png", palette_png(colours)), painted);

    // Lossy kinds show nearly the same people; the fixture is a lossy WebP of the same photo.
    let lossy = include_bytes!("../fixtures/pictures/lossy.webp");
    for (name, bytes) in [("lossy.webp", lossy.to_vec()), ("plain.jpg", encode(&photo, ImageFormat::Jpeg))] {
        let found = people(name, bytes);
        assert_eq!(found.len() % 58, 0, "{name}");
    }
}

#[test]
fn folders_and_many_pictures_come_in_order_and_bad_ones_are_reported() {
    let scene = Scene::with_model("many");
    let png = encode(&photo(), ImageFormat::Png);
    for name in ["b/2.png", "b/10.JPG", "b/1.png", "z.png"] {
        let bytes = if name.ends_with("JPG") { encode(&photo(), ImageFormat::Jpeg) } else { png.clone() };
        scene.write(name, bytes);
    }
    scene.write("b/notes.txt", "no picture, passed over in a folder");
    scene.write("broken.jpg", "a text file that claims to be a picture");
    fs::create_dir(scene.path("empty")).unwrap();

    let run = scene.detect(&["z.png", "broken.jpg", "b", "empty", "none.png", "--format", "tfjs", "--out", "all.json"]);
    let run =
        run.fails(1, &["broken.jpg: this is no picture", "empty: there are no pictures", "none.png: cannot be read"]);
    assert!(run.err.contains("3 pictures could not be read") && run.out.is_empty(), "{}", run.err);
    let all: Json = serde_json::from_slice(&fs::read(scene.path("all.json")).unwrap()).unwrap();
    let names: Vec<&str> = all.as_array().unwrap().iter().map(|p| p["file_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["z.png", "1.png", "10.JPG", "2.png"]);

    let coco = scene.detect(&["z.png", "b", "--format", "coco"]).ok().json();
    let mut ids: Vec<u64> = coco.as_array().unwrap().iter().map(|p| p["image_id"].as_u64().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids, [3, 1, 10, 2], "z.png has no digits: a number that no other has");
}

#[test]
fn drawings_show_the_people() {
    let scene = Scene::with_model("draw");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    scene.write("sub/a.png", encode(&photo(), ImageFormat::Png));
    scene.detect(&["a.png", "--draw", "drawn.png"]).ok();
    let drawn = image::open(scene.path("drawn.png")).unwrap();
    assert_eq!(drawn.dimensions(), (80, 60));
    let changed = drawn.to_rgb8().pixels().zip(photo().to_rgb8().pixels()).filter(|(a, b)| a != b).count();
    assert!(changed > 100, "{changed} pixels");
    scene.detect(&["a.png", "sub", "--draw", "drawings"]).ok();
    assert!(scene.path("drawings/a.png").is_file() && scene.path("drawings/a-2.png").is_file());
    scene.write("file", "in the way");
    scene.detect(&["a.png", "sub", "--draw", "file"]).fails(1, &["file: this folder for the drawings"]);
    scene.detect(&["a.png", "--out", "no/such/folder.json"]).fails(1, &["no/such/folder.json: cannot be written"]);
}

#[test]
fn taps_are_written_under_the_golden_names() {
    let scene = Scene::with_model("dump");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    scene.detect(&["a.png", "--decode", "all", "--dump", "taps.safetensors"]).ok();
    let bytes = fs::read(scene.path("taps.safetensors")).unwrap();
    let taps = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    for (name, shape) in [
        ("input.padded", &[1, 3, 64, 96][..]),
        ("fpn.p2", &[1, 32, 16, 24]),
        ("s0.pose.kps", &[10, 17, 3]),
        ("s1.pose.attn", &[10, 7, 784]),
        ("s2.pose.sigma", &[10, 17, 2]),
        ("s2.pose.gates", &[7, 10, 2, 32]),
    ] {
        assert_eq!(taps.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}")).shape(), shape, "{name}");
    }
    assert!(taps.names().iter().any(|n| n.ends_with("box.logits")));
    scene.detect(&["a.png", "a.png", "--dump", "taps.safetensors"]).fails(2, &["--dump", "one picture"]);
}

#[test]
fn parts_of_the_network_can_be_switched_off() {
    let scene = Scene::with_model("switches");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let people = |more: &[&str]| numbers(&scene.detect(&[&["--format", "coco", "a.png"], more].concat()).ok().json());
    let learned = people(&[]);
    for same in [&["--gates", "learned"][..], &["--attention", "learned"], &["--stop-after", "3"]] {
        assert_eq!(people(same), learned, "{same:?}");
    }
    for other in [
        &["--gates", "new"][..],
        &["--gates", "old"],
        &["--gates", "sum"],
        &["--attention", "uniform"],
        &["--stop-after", "1"],
    ] {
        assert_ne!(people(other), learned, "{other:?}");
    }
    let none = scene.detect(&["a.png", "--stop-after", "4"]);
    none.fails(2, &["--stop-after", "cannot stop after stage 4: this network has stages 1 to 3"]);
    scene.detect(&["a.png", "--gates", "open"]).fails(2, &["learned", "new", "old"]);
}

#[test]
fn pictures_are_looked_at_as_large_as_wished() {
    let scene = Scene::with_model("sizes");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let people = |more: &[&str]| scene.detect(&[&["a.png", "--format", "tfjs"], more].concat()).ok().out;
    let own = people(&[]);
    assert_eq!(people(&["--size", "64"]), own, "the model's own size");
    assert_ne!(people(&["--size", "96"]), own);
    for (wrong, command) in [("31", "detect"), ("2049", "detect"), ("big", "track")] {
        scene
            .run(&[command, "a.png", "--size", wrong])
            .fails(2, &["--size", "a whole number of pixels from 32 to 2048, or auto"]);
    }
    assert_eq!(people(&["--size", "auto"]), own, "this model has nothing to choose");
}

#[test]
fn a_model_that_can_chooses_the_size_for_the_people() {
    let scene = Scene::new("scale");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let run = |model: &str, more: &[&str]| {
        let always = ["detect", "a.png", "--backend", "cpu", "--format", "tfjs", "--timings", "--model", model];
        scene.run(&[&always, more].concat()).ok()
    };
    // Whoever is on it, a person of so many pixels comes to 32 px, or is none.
    for (model, threshold, score, sizes) in [
        ("all", 0.0, json!({}), "64 px, then 32 px"),
        ("none", 1.0, json!({}), "64 px, then 96 px"),
        ("unsure", 1.0, json!({"score": 0.0}), "64 px, then 32 px"),
        ("too-sure", 0.0, json!({"score": 1.0}), "64 px, then 96 px"),
    ] {
        let mut config = config();
        config["threshold"] = json!(threshold);
        config["image"]["adaptive_scale"] =
            json!({"first_edge": 64, "nobody_edge": 96, "edges": [32, 128], "people": [1, 1]});
        config["image"]["adaptive_scale"].as_object_mut().unwrap().extend(score.as_object().unwrap().clone());
        scene.model(model, &config, &tensors());
        let chosen = run(model, &["--threshold", "0.01", "--gates", "old"]);
        assert!(chosen.err.contains(&format!("at {sizes}")), "{}", chosen.err);
        let last = sizes.rsplit(' ').nth(1).unwrap();
        let same = run(model, &["--threshold", "0.01", "--gates", "old", "--size", last]);
        assert!(same.out == chosen.out && same.err.contains(&format!("at {last} px")), "{model}: {}", same.err);
    }
    // Everybody comes to the size of the first look: a second one would say the same.
    let mut same = config();
    same["threshold"] = json!(0.3);
    same["image"]["adaptive_scale"] =
        json!({"first_edge": 64, "nobody_edge": 64, "edges": [64, 64], "people": [1, 1], "score": 0.0});
    scene.model("same", &same, &tensors());
    let (once, there) = (run("same", &[]), run("same", &["--size", "64"]));
    assert!(once.out == there.out && once.err.contains("at 64 px") && !once.err.contains("then"), "{}", once.err);
    let mut wrong = config();
    wrong["image"]["adaptive_scale"] =
        json!({"first_edge": 64, "nobody_edge": 33, "edges": [32, 128], "people": [1, 1]});
    scene.model("wrong", &wrong, &tensors());
    let refused = ["detect", "a.png", "--model", "wrong"];
    scene.run(&refused).fails(1, &["wrong/config.json", "image.adaptive_scale.nobody_edge is 33"]);
}

#[test]
fn timings_name_every_part() {
    let scene = Scene::with_model("timings");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let run = scene.detect(&["a.png", "a.png", "--timings"]).ok();
    assert!(
        run.err.contains("running on ") && run.err.contains("network") && run.err.contains("mean of 2"),
        "{}",
        run.err
    );
    assert!(run.out.contains("a.png  80 × 60"), "{}", run.out);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stderr_costs_no_results() {
    let scene = Scene::with_model("full");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_querypose"));
    program.current_dir(&scene.folder).args(["detect", "a.png", "a.png", "gone.png", "--timings"]);
    program.args(["--model", "model", "--backend", "cpu", "--threshold", "0"]);
    let run = program.stderr(fs::OpenOptions::new().write(true).open("/dev/full").unwrap()).output().unwrap();
    assert_eq!(run.status.code(), Some(1), "what could not be read decides, not what could not be told");
    assert_eq!(String::from_utf8_lossy(&run.stdout).matches("a.png  80 × 60").count(), 2);
}

/// Nothing but a picture is needed, from whatever folder: the shipped model is the default and fits its config.
#[test]
fn the_shipped_model_is_the_default() {
    let scene = Scene::new("shipped");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let run = scene.run(&["detect", "a.png", "--backend", "cpu"]).ok();
    assert!(run.out.contains("a.png  80 × 60"), "{}", run.out);
}

/// The figures of the issue for R50 at 480 × 640, without running anything.
#[test]
fn bench_counts_the_multiply_accumulates() {
    let scene = Scene::with_model("bench");
    let r50 = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/configs/res50_light.json");
    let out = scene.run(&["bench", "--random", r50, "--size", "640x480", "--dry"]).ok().out;
    for (people, gmac) in [(1, "66.7"), (3, "97."), (10, "203."), (100, "1573.")] {
        let row = out.lines().find(|line| line.trim_start().starts_with(&format!("{people} "))).unwrap_or_default();
        assert!(row.contains(gmac) && row.contains("1573."), "{people}: {row}");
    }
    let out = scene
        .run(&["bench", "--model", "model", "--backend", "cpu", "--frames", "2", "--people", "1,3", "--taps"])
        .ok()
        .out;
    for words in [
        "Inside closed",
        "closed again",
        "GFLOP/s",
        "weights",
        "buffers",
        "pose stage 2",
        "box stage 0",
        "backbone",
        "roi_align",
        "attention",
    ] {
        assert!(out.contains(words), "{words} is not in {out}");
    }
    scene.run(&["bench", "--model", "model", "--size", "big"]).fails(2, &["640x480"]);
    scene
        .run(&["bench", "--model", "model", "--tile", "tall", "--backend", "cpu"])
        .fails(1, &["--tile is about the GPU, and this runs on cpu: use --backend gpu"]);
    scene.run(&["bench", "--model", "model", "--tile", "tall", "--dry"]).fails(2, &["--dry"]);
}

/// The weights that are shipped say all that makes their network but how pictures are brought to it.
#[test]
fn the_shipped_weights_work_without_their_configuration() {
    let scene = Scene::new("alone");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/nano");
    let weights = format!("{shipped}/model.safetensors");
    fs::copy(&weights, scene.path("m.safetensors")).unwrap();
    let people = |model: &str, more: &[&str]| {
        let always = [
            "detect",
            "a.png",
            "--backend",
            "cpu",
            "--size",
            "96",
            "--threshold",
            "0",
            "--max-people",
            "1000",
            "--format",
            "coco",
            "--model",
            model,
        ];
        scene.run(&[&always, more].concat()).ok()
    };
    let alone = people("m.safetensors", &[]);
    assert!(alone.err.contains("read off the tensors") && !alone.err.contains("heads"), "{}", alone.err);
    let boxes = |run: &Run| run.json().as_array().unwrap().iter().map(|p| p["bbox"].clone()).collect::<Vec<Json>>();
    let mut found = [boxes(&alone), boxes(&people(shipped, &[]))];
    for boxes in &mut found {
        boxes.sort_by_key(Json::to_string);
    }
    assert_eq!(found[0], found[1]);
}
