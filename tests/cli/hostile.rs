//! Input that is broken, too large, or made to harm.

use crate::pictures::*;
use crate::scene::{Scene, Tensors, config, safetensors, tensors};
use image::ImageFormat;
use serde_json::json;

#[test]
fn pictures_that_are_none_get_a_sentence() {
    let scene = Scene::with_model("no-pictures");
    let jpeg = encode(&photo(), ImageFormat::Jpeg);
    scene.write("zero.jpg", "");
    let scan = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    scene.write("cut.jpg", &jpeg[..scan + 16]);
    scene.write("wide.png", png_header(300_000, 4));
    scene.write("huge.png", png_header(60_000, 60_000));
    scene.write("letter.jpg", "Dear reader");
    scene.write("page.jpg", "<!DOCTYPE html><title>Not found</title>");
    scene.write("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    scene.detect(&["zero.jpg"]).fails(1, &["zero.jpg: the file is empty"]);
    scene.detect(&["cut.jpg"]).fails(1, &["cut.jpg", "cut short"]);
    scene.detect(&["wide.png"]).fails(1, &["wide.png", "300000", "too large"]);
    scene.detect(&["huge.png"]).fails(1, &["huge.png", "too large"]);
    scene.detect(&["letter.jpg"]).fails(1, &["letter.jpg", "no picture of a known kind"]);
    scene.detect(&["page.jpg"]).fails(1, &["page.jpg", "no picture", "a web page"]);
    scene.detect(&["phone.heic"]).fails(1, &["phone.heic", "HEIC", "convert it"]);
    let json = scene.detect(&["zero.jpg", "--format", "coco"]).fails(1, &["1 picture"]).json();
    assert_eq!(json, json!([]), "still a valid file");
}

#[cfg(unix)]
#[test]
fn names_are_no_orders_for_the_terminal() {
    let scene = Scene::with_model("names");
    scene.write("\u{1b}[31mred.png", encode(&photo(), ImageFormat::Png));
    scene.write("\u{1b}[31mbad.png", "");
    let seen =
        scene.detect(&["\u{1b}[31mred.png", "\u{1b}[31mbad.png"]).fails(1, &["\\u{1b}[31mbad.png: the file is empty"]);
    assert!(seen.out.starts_with("\\u{1b}[31mred.png  80 × 60"), "{}", seen.out);
    assert!(!format!("{}{}", seen.out, seen.err).contains('\u{1b}'));
}

#[test]
fn command_lines_that_make_no_sense_exit_with_2() {
    let scene = Scene::with_model("usage");
    scene.run(&[]).fails(2, &["Usage"]);
    scene.run(&["detect"]).fails(2, &["PICTURE"]);
    scene.run(&["detect", "a.png", "--threshold", "2"]).fails(2, &["between 0 and 1"]);
    scene.run(&["detect", "a.png", "--threshold", "nan"]).fails(2, &["between 0 and 1"]);
    scene.detect(&["a.png", "--max-people", "0"]).fails(2, &["max-people"]);
    scene.detect(&["a.png", "--format", "xml"]).fails(2, &["table"]);
    scene.run(&["dance"]).fails(2, &["dance"]);
}

#[test]
fn models_that_do_not_fit_get_a_sentence() {
    let scene = Scene::with_model("bad-models");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let fails = |model: &str, words: &[&str]| {
        scene.run(&["detect", "--model", model, "--backend", "cpu", "a.png"]).fails(1, words);
    };
    fails("nowhere", &["nowhere/config.json", "cannot be read"]);

    scene.write("empty/config.json", "");
    scene.write("empty/model.safetensors", "");
    fails("empty", &["empty/config.json", "not a model's config.json"]);

    let altered = |name: &str, change: &dyn Fn(&mut Tensors)| {
        let mut changed = tensors();
        change(&mut changed);
        scene.model(name, &config(), &changed);
    };
    let logit = "head.head_series.2.class_logits.weight";
    altered("missing", &|t| drop(t.remove(logit)));
    fails("missing", &["missing/model.safetensors", logit, "is missing"]);
    altered("nan", &|t| t.get_mut(logit).unwrap().1[3] = f32::NAN);
    fails("nan", &["nan/model.safetensors", logit, "not finite", "element 3"]);
    altered("shape", &|t| t.get_mut(logit).unwrap().0 = vec![32, 1]);
    fails("shape", &["shape/model.safetensors", logit, "[32, 1]", "[1, 32]"]);

    let mut other = config();
    other["num_stages"] = json!(4);
    scene.model("deeper", &other, &tensors());
    fails("deeper", &["deeper/model.safetensors", "is missing", "config.json", "at least 20 tensors differ"]);
    other = config();
    other["parts"][0] = json!(["nose"]);
    scene.model("parts", &other, &tensors());
    fails("parts", &["parts/config.json", "left_ear"]);
    other = config();
    other["backbone"] =
        json!({"type": "swin", "embed_dim": 96, "depths": [2, 2, 6, 2], "num_heads": [3, 6, 12, 24], "window": 7});
    scene.model("swin", &other, &tensors());
    fails("swin", &["swin/model.safetensors", "backbone.bottom_up.patch_embed.proj.weight", "is missing"]);
}

#[test]
fn weights_files_made_to_harm_get_a_sentence() {
    let scene = Scene::with_model("bad-weights");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let good = safetensors(&tensors());
    let header = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let twice = r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let beyond = r#"{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}"#;
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("zero", Vec::new(), "only 0 bytes"),
        ("cut", good[..good.len() - 100].to_vec(), "cut short"),
        ("cut-header", good[..1000].to_vec(), "cut short"),
        ("long-header", [&u64::MAX.to_le_bytes()[..], b"{}"].concat(), "header of 18446744073709551615"),
        ("no-json", header("hello"), "damaged"),
        ("nested", header(&"[".repeat(50_000)), "damaged"),
        ("twice", header(twice), "\"a\" comes twice"),
        ("beyond", header(beyond), "\"a\""),
    ];
    for (name, bytes, words) in cases {
        scene.write(&format!("{name}/config.json"), config().to_string());
        scene.write(&format!("{name}/model.safetensors"), bytes);
        let file = format!("{name}/model.safetensors");
        scene.run(&["detect", "--model", name, "--backend", "cpu", "a.png"]).fails(1, &[&file, words]);
        scene.run(&["bench", "--model", name, "--backend", "cpu", "--dry"]).fails(1, &[&file, words]);
    }
}
