//! Checkpoints that PyTorch wrote (`tests/fixtures/pth/make.py`), read and converted.

use crate::pictures::*;
use crate::scene::{Scene, Tensors, config, safetensors, tensors, tensors_of};
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
        assert!(
            told.err.contains("read off the tensors") && told.err.contains("8 heads, edges 64 and 96"),
            "{}",
            told.err
        );
        scene.write("twin/model.safetensors", safetensors(&twin(golden, half)));
        fs::copy(scene.path("out/config.json"), scene.path("twin/config.json")).unwrap();

        // Bit for bit: every number of the answer, as text.
        let expected = people(&scene, "twin", &[]);
        assert_eq!(people(&scene, &file, &SMALL_PICTURE), expected, "{name}: the checkpoint itself");
        assert_eq!(people(&scene, "out", &[]), expected, "{name}: converted");
        assert_eq!(people(&scene, "twin/model.safetensors", &[]), expected, "{name}: with the config.json beside it");
        fs::rename(scene.path("twin/config.json"), scene.path("elsewhere.json")).unwrap();
        let alone = people(&scene, "twin/model.safetensors", &SMALL_PICTURE);
        assert_eq!(alone, expected, "{name}: the safetensors file alone");
        let told = people(&scene, "twin/model.safetensors", &["--config", "elsewhere.json"]);
        assert_eq!(told, expected, "{name}: with a config.json that is named");
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
    // A model that is read is never written over, by whatever name.
    let before = bytes("int8");
    for input in ["int8", "int8/model.safetensors", "again/../int8"] {
        scene
            .run(&["convert", input, "int8", "--dtype", "f16"])
            .fails(2, &["this file is read", "choose another name"]);
    }
    assert!(before == bytes("int8") && fs::read_dir(scene.path("int8")).unwrap().count() == 2);
    // A configuration that lies where it would be written stays as it is, to the byte.
    fs::copy(scene.path("int8/model.safetensors"), scene.path("again/model.pth")).unwrap();
    scene.write("again/config.json", fs::read_to_string(scene.path("again/config.json")).unwrap() + "\n\n");
    let config = fs::read(scene.path("again/config.json")).unwrap();
    scene.run(&["convert", "again/model.pth", "again", "--dtype", "int8"]).ok();
    assert!(bytes("again") == before && fs::read(scene.path("again/config.json")).unwrap() == config);
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

    scene.model("folder", &config(), &tensors());
    for model in ["folder", "folder/model.safetensors"] {
        scene.run(&["convert", model, "out", "--heads", "4"]).fails(1, &["there is a config.json", "--heads"]);
    }
    scene.run(&["convert", "a.pth", "out", "--edges", "small"]).fails(2, &["800,1333"]);
    scene.run(&["convert", "a.pth", "out", "--dtype", "int4"]).fails(2, &["int8"]);

    // What is there beyond the network is told and left out.
    altered("more.safetensors", &|t| {
        (0..30).for_each(|i| drop(t.insert(format!("ema.{i:02}"), (vec![1], vec![0.0]))));
        t.insert("criterion.flow".into(), (vec![1], vec![0.0]));
    });
    let run = scene.run(&["convert", "more.safetensors", "out"]).ok();
    let extra = format!("tensors that are not part of the network ({}, the first 20)", 30 + 9);
    assert!(run.err.contains(&extra) && run.err.contains("ema.19") && !run.err.contains("criterion"), "{}", run.err);
    let written = fs::read(scene.path("out/model.safetensors")).unwrap();
    assert!(!safetensors::SafeTensors::deserialize(&written).unwrap().names().iter().any(|n| n.starts_with("ema")));
}

/// Nothing is guessed in silence: every command says what it took, and what tensors cannot tell.
#[test]
fn what_is_guessed_is_said_by_every_command() {
    let scene = Scene::new("guessed");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    scene.write("m/model.safetensors", safetensors(&twin("tiny_light", false)));
    let file = "m/model.safetensors";
    let words = [
        "no config.json",
        "resnet, 3 stages, light, 17 keypoints",
        "8 heads",
        "edges 64 and 96",
        "mean [123.675",
        "std [58.395",
    ];
    let edges = &SMALL_PICTURE[..];
    scene.write("frames/1.png", encode(&photo(), ImageFormat::Png));
    let one =
        r#"{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "bbox": [1, 2, 30, 40]}]}"#;
    scene.write("ann.json", one);
    for command in [
        &["track", "frames", "--backend", "cpu", "--model", file][..],
        &["eval", "--annotations", "ann.json", "--images", ".", "--backend", "cpu", "--model", file],
        &["detect", "a.png", "--backend", "cpu", "--model", file],
        &["bench", "--dry", "--model", file],
        &["convert", file, "out"],
    ] {
        let run = scene.run(&[command, edges].concat()).ok();
        assert!(words.iter().all(|word| run.err.contains(word)), "{command:?}: {}", run.err);
        assert_eq!(run.err.matches("no config.json").count(), 1, "said once: {}", run.err);
    }
    // With its config.json beside it there is nothing to say, and the picture is brought to the size that stands there.
    scene.write("m/config.json", fs::read_to_string(scene.path("out/config.json")).unwrap());
    for command in [&["detect", "a.png", "--backend", "cpu", "--model", file][..], &["bench", "--dry", "--model", file]]
    {
        let run = scene.run(command).ok();
        assert!(!run.err.contains("read off"), "{}", run.err);
    }
    // Another program's config.json is passed over, and said; a broken one of ours and a web page are refused.
    scene.write("m/config.json", r#"{"model_type": "bert", "hidden_size": 768}"#);
    let run = scene.run(&[&["bench", "--dry", "--model", file], edges].concat()).ok();
    assert!(
        run.err.contains("config.json is no QueryPose's and was passed over") && run.err.contains("8 heads"),
        "{}",
        run.err
    );
    scene.write("m/config.json", "<!DOCTYPE html><html></html>");
    scene.run(&["bench", "--dry", "--model", file]).fails(1, &["m/config.json", "a web page"]);
    scene.write("m/config.json", r#"{"model_type": "querypose"}"#);
    scene.run(&["bench", "--dry", "--model", file]).fails(1, &["m/config.json", "not a model's config.json"]);
}

#[test]
fn names_behind_prefixes_and_averages_are_found() {
    let scene = Scene::new("prefixes");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let plain = twin("tiny_light", true);
    scene.model("plain", &config(), &plain);
    let expected = people(&scene, "plain", &[]);
    let with = |prefix: &str, from: &Tensors| -> Tensors {
        from.iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor.clone())).collect()
    };
    for prefix in ["module.", "model.", "module.model.", "_orig_mod.", "net.module."] {
        scene.model("wrapped", &config(), &with(prefix, &plain));
        assert_eq!(people(&scene, "wrapped", &[]), expected, "{prefix}");
    }
    // The weights of the last step are others: whoever takes them finds other people.
    let mut last = plain.clone();
    last.values_mut().for_each(|(_, values)| values.iter_mut().for_each(|v| *v *= 0.5));
    let both: Tensors = with("model.", &last).into_iter().chain(with("model_ema.module.", &plain)).collect();
    scene.model("both", &config(), &both);
    assert_eq!(people(&scene, "both", &[]), expected);
    let said = scene.run(&["bench", "--dry", "--model", "both"]).ok().err;
    assert!(said.contains("\"model_ema.module\" is taken, a moving average"), "{said}");
    // One within the other.
    let nested: Tensors = with("model.", &last).into_iter().chain(with("model.ema.", &plain)).collect();
    scene.model("nested", &config(), &nested);
    assert_eq!(people(&scene, "nested", &[]), expected);
    // As PyTorch wrote it: model behind `module.`, the average two dicts deep.
    scene.write("averaged.pth", unpacked("averaged"));
    assert_eq!(people(&scene, "averaged.pth", &SMALL_PICTURE), expected);
    let said = scene.run(&["bench", "--dry", "--model", "averaged.pth"]).ok().err;
    assert!(said.contains("\"model_ema.module\" is taken, a moving average"), "{said}");
}

#[test]
fn weights_over_several_files_are_read() {
    let scene = Scene::with_model("pieces");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let expected = people(&scene, "model", &[]);
    let mut pieces = [Tensors::new(), Tensors::new(), Tensors::new()];
    let mut map = serde_json::Map::new();
    let file = |i: usize| format!("model-0000{}-of-00003.safetensors", i + 1);
    for (i, (name, tensor)) in tensors().into_iter().enumerate() {
        map.insert(name.clone(), file(i % 3).into());
        pieces[i % 3].insert(name, tensor);
    }
    for (i, piece) in pieces.iter().enumerate() {
        scene.write(&format!("p/{}", file(i)), safetensors(piece));
    }
    scene.write("p/config.json", config().to_string());
    let index =
        |map: &serde_json::Map<String, Json>| serde_json::json!({"metadata": {}, "weight_map": map}).to_string();
    let name = "p/model.safetensors.index.json";
    scene.write(name, index(&map));
    for model in ["p", name, "p/model-00002-of-00003.safetensors"] {
        assert_eq!(people(&scene, model, &[]), expected, "{model}");
    }
    scene.run(&["convert", "p", "one", "--dtype", "f32"]).ok();
    assert_eq!(people(&scene, "one", &[]), expected);
    scene
        .run(&["detect", "a.png", "--model", "p", "--out", "p/model-00002-of-00003.safetensors"])
        .fails(2, &["is read"]);

    let fails = |change: &dyn Fn(&mut serde_json::Map<String, Json>), words: &[&str]| {
        let mut changed = map.clone();
        change(&mut changed);
        scene.write(name, index(&changed));
        scene.run(&["detect", "a.png", "--model", "p"]).fails(1, words);
    };
    fails(&|map| drop(map.insert("more".into(), file(0).into())), &["\"more\" does not lie in the file"]);
    fails(&|map| drop(map.insert("x".into(), "../x.safetensors".into())), &["not the name of a file beside it"]);
    fails(&|map| drop(map.insert("x".into(), "none.safetensors".into())), &["none.safetensors", "cannot be read"]);
    fs::remove_file(scene.path(name)).unwrap();
    scene.run(&["detect", "a.png", "--model", "p"]).fails(1, &["p/model.safetensors", "There is model-00001-of-00003"]);
}

#[test]
fn files_that_are_something_else_are_named() {
    let scene = Scene::new("something-else");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    // pickle.dumps({"model": {}}, protocol=2)
    let pickle = b"\x80\x02}q\x00X\x05\x00\x00\x00modelq\x01}q\x02s.";
    let old = include_bytes!("../fixtures/pth/old.pth");
    for (name, bytes, words) in [
        ("page.pth", b"\n<!DOCTYPE html><html>Sign in</html>".to_vec(), "a web page"),
        ("page.safetensors", b"<html><head>".to_vec(), "a web page"),
        ("r50.pkl", pickle.to_vec(), "detectron2's model zoo"),
        ("tar.pth", tar, "a tar archive"),
        ("old.pth", old.to_vec(), "older than 1.6"),
        ("lfs.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n".to_vec(), "git lfs pull"),
        ("packed.pth", b"\x1f\x8b\x08\0\0\0\0\0\0\0".to_vec(), "gzip"),
        ("error.safetensors", b"{\"error\": \"Repository not found\"}".to_vec(), "a text in JSON"),
    ] {
        scene.write(name, bytes);
        scene.run(&["detect", "a.png", "--model", name]).fails(1, &[name, words]);
        scene.run(&["convert", name, "out"]).fails(1, &[name, words]);
    }
    scene.write("folder/model_final.pth", "x");
    scene
        .run(&["detect", "a.png", "--model", "folder"])
        .fails(1, &["folder/config.json", "There is model_final.pth: name"]);
}
