//! `querypose eval` on annotations as people write them.

use crate::pictures::*;
use crate::scene::{Run, Scene};
use image::ImageFormat;
use serde_json::{Value as Json, json};
use std::fs;

/// Two pictures of the same name in two folders, and the people that the model finds in each.
fn scene(name: &str) -> (Scene, [Vec<Json>; 2]) {
    let scene = Scene::with_model(name);
    scene.write("photos/cam1/0001.png", encode(&photo(), ImageFormat::Png));
    scene.write("photos/cam2/0001.png", encode(&photo().fliph(), ImageFormat::Png));
    let people: [Vec<Json>; 2] = ["cam1", "cam2"].map(|folder| {
        let found = scene.detect(&[&format!("photos/{folder}/0001.png"), "--format", "coco"]).ok().json();
        // Who scores less than eval looks at is nobody it could find.
        found.as_array().unwrap().iter().filter(|person| person["score"].as_f64() > Some(0.02)).cloned().collect()
    });
    assert!(people.iter().all(|found| !found.is_empty()) && people[0][0]["bbox"] != people[1][0]["bbox"]);
    (scene, people)
}

/// Annotations that say exactly what the model finds: whoever counts rightly counts an AP of 1.
fn annotations(people: &[Vec<Json>; 2], ids: [Json; 2], category: Json, change: impl Fn(&mut Json)) -> Json {
    let mut all = Vec::new();
    for (found, id) in people.iter().zip(&ids) {
        for person in found {
            let mut keypoints = person["keypoints"].as_array().unwrap().clone();
            keypoints.iter_mut().skip(2).step_by(3).for_each(|v| *v = json!(2));
            let bbox: Vec<f64> = person["bbox"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            let mut one = json!({
                "id": all.len(), "image_id": id, "category_id": category, "keypoints": keypoints, "bbox": bbox,
                "area": bbox[2] * bbox[3], "iscrowd": 0, "num_keypoints": 17
            });
            change(&mut one);
            all.push(one);
        }
    }
    json!({
        "images": [{"id": ids[0], "file_name": "cam1/0001.png"}, {"id": ids[1], "file_name": "cam2/0001.png"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": category, "name": "person"}],
        "annotations": all,
    })
}

fn eval(scene: &Scene, more: &[&str]) -> Run {
    let always = ["eval", "--annotations", "ann.json", "--images", "photos", "--model", "model", "--backend", "cpu"];
    scene.run(&[&always, more].concat())
}

/// AP, AP50, AP75, and the boxes' AP of the first row.
fn figures(out: &str) -> [f64; 4] {
    let row: Vec<f64> =
        out.lines().nth(1).unwrap().split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    [row[0], row[1], row[2], row[6]]
}

#[test]
fn people_are_counted_whatever_their_ids_are() {
    let (scene, people) = scene("eval-ids");
    let drop_all = |one: &mut Json| {
        for key in ["area", "iscrowd", "bbox", "num_keypoints", "id"] {
            one.as_object_mut().unwrap().remove(key);
        }
    };
    let drop_some = |one: &mut Json| drop(one.as_object_mut().unwrap().remove("area"));
    let same = |_: &mut Json| {};
    /// Name, the pictures' ids, the person's, what is changed, and whether the boxes can be right then.
    type Case<'a> = (&'a str, [Json; 2], Json, &'a dyn Fn(&mut Json), bool);
    let cases: [Case<'_>; 6] = [
        ("as COCO has them", [json!(139), json!(7)], json!(2), &same, true),
        ("person is 7", [json!(1), json!(2)], json!(7), &same, true),
        ("texts", [json!("b"), json!("a")], json!("7"), &same, true),
        ("floats and none", [json!(2.0), json!(-1)], json!(0), &same, true),
        ("no area", [json!(1), json!(2)], json!(3), &drop_some, true),
        ("only keypoints", [json!(1), json!(2)], json!(3), &drop_all, false),
    ];
    for (name, ids, category, change, boxes) in cases {
        scene.write("ann.json", annotations(&people, ids.clone(), category.clone(), change).to_string());
        let run = eval(&scene, &["--out", "kept.json"]).ok();
        let [ap, ap50, ap75, box_ap] = figures(&run.out);
        assert_eq!([ap, ap50, ap75], [1.0; 3], "{name}: {}", run.out);
        assert_eq!(box_ap == 1.0, boxes, "{name}: {}", run.out);
        let kept: Json = serde_json::from_slice(&fs::read(scene.path("kept.json")).unwrap()).unwrap();
        let kept = kept.as_array().unwrap();
        assert!(ids.iter().all(|id| kept.iter().any(|row| row["image_id"] == *id)), "{name}: the annotations' own ids");
        assert!(kept.iter().all(|row| row["category_id"] == category), "{name}");
    }
    let said = eval(&scene, &[]).ok().err;
    assert!(said.contains("have no area, or 0: taken from the outline") && said.contains("have no bbox"), "{said}");
    // One picture alone, at another size too.
    let run = eval(&scene, &["--first", "1", "--sizes", "64,96", "--out", "of.json"]).ok();
    assert!(run.out.contains("1 pictures") && figures(&run.out)[0] == 1.0, "{}", run.out);
    assert!(scene.path("of.64.json").is_file() && scene.path("of.96.json").is_file());
}

/// Found out before hours of looking, not after.
#[test]
fn results_that_cannot_be_written_are_refused_first() {
    let (scene, people) = scene("eval-unwritable");
    scene.write("ann.json", annotations(&people, [json!(1), json!(2)], json!(1), |_| {}).to_string());
    let run = eval(&scene, &["--out", "no/such/results.json"]);
    assert_eq!(run.fails(1, &["no/such/results.json: cannot be written"]).out, "");
}

/// Figures that the disk did not take are no success.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_stdout_is_told() {
    let (scene, people) = scene("eval-full");
    scene.write("ann.json", annotations(&people, [json!(1), json!(2)], json!(1), |_| {}).to_string());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_querypose"));
    program.args(["eval", "--annotations", "ann.json", "--images", "photos", "--model", "model", "--backend", "cpu"]);
    let done = program.current_dir(&scene.folder).stdout(full).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("querypose: stdout: cannot be written"), "{said}");
}

#[test]
fn pictures_are_found_below_the_folder_or_nothing_is_counted() {
    let (scene, people) = scene("eval-places");
    scene.write("ann.json", annotations(&people, [json!(1), json!(2)], json!(1), |_| {}).to_string());
    let looks_in = |folder: &str| {
        let always = ["eval", "--annotations", "ann.json", "--model", "model", "--backend", "cpu"];
        scene.run(&[&always[..], &["--images", folder]].concat())
    };
    fs::create_dir(scene.path("all")).unwrap();
    fs::rename(scene.path("photos"), scene.path("all/photos")).unwrap();
    assert_eq!(figures(&looks_in("all").ok().out)[0], 1.0);
    for (folder, words) in [
        ("nothing", "--images nothing: there is no such folder"),
        ("ann.json", "--images ann.json: this is no folder"),
        ("model", "none of the 2 pictures is here, the first would be cam1/0001.png"),
    ] {
        assert_eq!(looks_in(folder).fails(1, &[words]).out, "");
    }
}

#[test]
fn annotations_that_cannot_be_counted_are_refused_first() {
    let (scene, people) = scene("eval-refused");
    let fails = |value: &Json, words: &[&str]| {
        scene.write("ann.json", value.to_string());
        let run = eval(&scene, &[]).fails(1, &[&["ann.json"], words].concat());
        assert!(run.out.is_empty(), "{}", run.out);
    };
    let ids = || [json!(1), json!(2)];
    let good = annotations(&people, ids(), json!(7), |_| {});
    let mut none = good.clone();
    none["annotations"] = json!([]);
    fails(&none, &["not a single person annotated"]);
    let dogs = annotations(&people, ids(), json!(7), |one| one["category_id"] = json!(1));
    fails(&dogs, &["not a single person annotated"]);
    fails(&annotations(&people, ids(), json!(7), |one| one["keypoints"] = json!([1, 2])), &["2 numbers as keypoints"]);
    let mut twice = good.clone();
    twice["images"][1]["id"] = json!("1");
    fails(&twice, &["two images have the id"]);
    scene.write("ann.json", good.to_string());
    let taken = fs::read(scene.path("ann.json")).unwrap();
    eval(&scene, &["--out", "ann.json"]).fails(2, &["this file is read"]);
    eval(&scene, &["--out", "photos/cam1/0001.png"]).fails(2, &["this file is read"]);
    eval(&scene, &["--out", "model/model.safetensors"]).fails(2, &["this file is read"]);
    assert_eq!(fs::read(scene.path("ann.json")).unwrap(), taken);
}
