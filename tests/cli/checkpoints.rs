//! Checkpoints that PyTorch wrote (`tests/fixtures/pth/make.py`), read and converted.

use crate::pictures::*;
use crate::scene::{Scene, Tensors, safetensors, tensors_of};
use half::f16;
use image::ImageFormat;
use serde_json::Value as Json;
use std::fs;
use std::io::Read;

/// Name, golden file, stored as f16. `light` lies in an optimizer's company, its tensors as views of other orders.
const FAMILIES: [(&str, &str, bool); 4] = [
    ("light", "tiny_light", false),
    ("full", "tiny_full", true),
    ("hrnet", "tiny_hrnet", true),
    ("swin", "tiny_swin", true),
];

const SMALL_PICTURE: [&str; 2] = ["--edges", "64,96"];

fn unpacked(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/pth/{name}.pth.gz", env!("CARGO_MANIFEST_DIR"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The tensors as `make.py` makes them.
fn twin(golden: &str, half: bool) -> Tensors {
    let mut tensors = tensors_of(golden, |name, count, low, high| {
        let period = querypose::weights::uniform(name, 17, 0.0, 1.0, 0);
        let value = |i: usize| low + (high - low) * if period[i % 17] < 0.5 { 0.25 } else { 0.75 };
        (0..count).map(|i| value(i) as f32).collect()
    });
    if half {
        tensors.values_mut().flat_map(|(_, values)| values).for_each(|v| *v = f16::from_f32(*v).to_f32());
    }
    tensors
}

fn people(scene: &Scene, model: &str, more: &[&str]) -> Json {
    let always = ["detect", "--backend", "cpu", "--threshold", "0", "--format", "coco", "a.png", "--model", model];
    let found = scene.run(&[&always, more].concat()).ok().json();
    assert!(!found.as_array().unwrap().is_empty());
    found
}

#[test]
fn a_checkpoint_gives_the_people_of_its_safetensors_twin() {
    for (name, golden, half) in FAMILIES {
        let scene = Scene::new(&format!("pth-{name}"));
        scene.write("a.png", encode(&photo(), ImageFormat::Png));
        let file = format!("{name}.pth");
        scene.write(&file, unpacked(name));
        let told = scene.run(&[&["convert", &file, "out", "--dtype", "f32"], &SMALL_PICTURE[..]].concat()).ok();
        assert!(told.out.contains("read off the tensors"), "{}", told.out);
        scene.write("twin/model.safetensors", safetensors(&twin(golden, half)));
        fs::copy(scene.path("out/config.json"), scene.path("twin/config.json")).unwrap();

        // Bit for bit: every number of the answer, as text.
        let expected = people(&scene, "twin", &[]);
        assert_eq!(people(&scene, &file, &SMALL_PICTURE), expected, "{name}: the checkpoint itself");
        assert_eq!(people(&scene, "out", &[]), expected, "{name}: converted");
        let alone = people(&scene, "twin/model.safetensors", &SMALL_PICTURE);
        assert_eq!(alone, expected, "{name}: the safetensors file alone");
    }
}

/// Smaller files, nearly the same people. The bounds are twice what was seen on this picture of 80 × 60 px.
#[test]
fn narrower_numbers_give_nearly_the_same_people() {
    let scene = Scene::with_model("narrow");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let exact = people(&scene, "model", &[]);
    let size = |folder: &str| fs::metadata(scene.path(&format!("{folder}/model.safetensors"))).unwrap().len() as f64;
    for (dtype, share, pixels) in [("f32", 1.0, 0.0), ("f16", 0.55, 0.1), ("int8", 0.6, 2.0)] {
        scene.run(&["convert", "model", dtype, "--dtype", dtype]).ok();
        assert!(size(dtype) <= share * size("model"), "{dtype}: {} of {}", size(dtype), size("model"));
        let found = people(&scene, dtype, &[]);
        let mut worst = 0f64;
        for person in exact.as_array().unwrap() {
            let apart = |other: &Json| {
                let (a, b) = (person["keypoints"].as_array().unwrap(), other["keypoints"].as_array().unwrap());
                let off = |(a, b): (&Json, &Json)| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs();
                a.iter().zip(b).map(off).fold(0.0, f64::max)
            };
            worst = found.as_array().unwrap().iter().map(apart).fold(f64::INFINITY, f64::min).max(worst);
        }
        println!("{dtype}: {:.3} of the bytes, keypoints within {worst:.4} px", size(dtype) / size("model"));
        assert!(worst <= pixels, "{dtype}: keypoints are off by {worst} px");
    }
    // int8 is read back as it is.
    scene.run(&["convert", "int8", "again", "--dtype", "int8"]).ok();
    let bytes = |folder: &str| fs::read(scene.path(&format!("{folder}/model.safetensors"))).unwrap();
    assert!(bytes("again") == bytes("int8"), "a second conversion changes nothing");
    // The file that is read may be the one that is written.
    scene.run(&["convert", "int8", "int8", "--dtype", "int8"]).ok();
    assert!(bytes("again") == bytes("int8") && !scene.path("int8/model.safetensors.part").exists());
}

#[test]
fn what_is_no_model_is_refused_and_nothing_written() {
    let scene = Scene::new("no-checkpoint");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let light = twin("tiny_light", false);
    let fails = |file: &str, words: &[&str]| {
        scene.run(&["convert", file, "out"]).fails(1, words);
        scene.run(&["detect", "--model", file, "--backend", "cpu", "a.png"]).fails(1, words);
        assert!(!scene.path("out").exists());
    };
    fails("none.pth", &["none.pth: cannot be read"]);
    scene.write("letter.pth", "Dear reader, this is no checkpoint.");
    fails("letter.pth", &["letter.pth: no safetensors file"]);
    scene.write("cut.pth", &unpacked("light")[..1_000_000]);
    fails("cut.pth", &["cut.pth", "cut short"]);

    let altered = |file: &str, change: &dyn Fn(&mut Tensors)| {
        let mut tensors = light.clone();
        change(&mut tensors);
        scene.write(file, safetensors(&tensors));
    };
    altered("other.safetensors", &|t| t.retain(|name, _| name.starts_with("backbone.")));
    fails("other.safetensors", &["this is no QueryPose", "backbone.bottom_up.res2.0.conv1.norm.bias"]);
    altered("gaps.safetensors", &|t| t.retain(|name, _| !name.contains("res5") && !name.ends_with("updater.fc2.bias")));
    fails("gaps.safetensors", &["[3, 4, 6, 0] blocks"]);
    altered("gap.safetensors", &|t| t.retain(|name, _| !name.contains("linear2_l")));
    fails("gap.safetensors", &["linear2_l", "6 tensors differ", "head.pose_head_series.2.linear2_l.bias"]);
    altered("odd.safetensors", &|t| t.get_mut("head.head_series.1.linear1.weight").unwrap().0 = vec![32, 64]);
    fails("odd.safetensors", &["head.head_series.1.linear1.weight", "[32, 64]", "[64, 32]"]);

    scene.write("folder/config.json", "{}");
    scene.run(&["convert", "folder", "out", "--heads", "4"]).fails(1, &["folder has a config.json"]);
    scene.run(&["convert", "a.pth", "out", "--edges", "small"]).fails(2, &["800,1333"]);
    scene.run(&["convert", "a.pth", "out", "--dtype", "int4"]).fails(2, &["int8"]);

    // What is there beyond the network is told and left out.
    altered("more.safetensors", &|t| {
        (0..30).for_each(|i| drop(t.insert(format!("ema.{i:02}"), (vec![1], vec![0.0]))));
        t.insert("criterion.flow".into(), (vec![1], vec![0.0]));
    });
    let run = scene.run(&["convert", "more.safetensors", "out"]).ok();
    let extra = format!("{} tensors are not part of the network, the first 20", 30 + 9);
    assert!(run.err.contains(&extra) && run.err.contains("ema.19") && !run.err.contains("criterion"), "{}", run.err);
    let written = fs::read(scene.path("out/model.safetensors")).unwrap();
    assert!(!safetensors::SafeTensors::deserialize(&written).unwrap().names().iter().any(|n| n.starts_with("ema")));
}
