use super::super::similarity::JOINTS;
use super::super::truth::Truth;
use super::*;
use serde_json::json;
use std::path::Path;

fn read(value: Json) -> Result<Annotations, String> {
    Annotations::parse(value.to_string().as_bytes(), "ann.json")
}

fn names() -> Vec<String> {
    (0..17).map(|i| format!("joint_{i}")).collect()
}

fn keypoints() -> Vec<f64> {
    (0..17).flat_map(|i| [10.0 + f64::from(i), 20.0, if i < 3 { 2.0 } else { 0.0 }]).collect()
}

/// Category 7, ids of every kind, nothing but keypoints: what can be computed is.
#[test]
fn what_is_missing_is_computed() {
    let annotations = read(json!({
        "images": [{"id": "b", "file_name": "b.jpg"}, {"id": -3, "file_name": "a.jpg"}, {"id": 2.0, "file_name": "c.jpg"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 7, "name": "Person"}],
        "annotations": [
            {"id": 0, "image_id": -3.0, "category_id": 7, "keypoints": keypoints()},
            {"id": 1, "image_id": "2", "category_id": "7", "bbox": [1, 2, 30, 40], "iscrowd": "1"},
            {"id": 2, "image_id": "b", "category_id": 7, "segmentation": [[0, 0, 10, 0, 10, 20, 0, 20]], "iscrowd": true},
            {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1]},
            {"id": 4, "image_id": 99, "category_id": 7, "bbox": [0, 0, 1, 1]},
        ],
    }))
    .unwrap();
    assert_eq!(annotations.person, json!(7));
    assert_eq!(annotations.notes.len(), 1, "one annotation of an unlisted picture: {:?}", annotations.notes);
    let Truth { people, places, notes } = annotations.truth(&annotations.images, &names()).unwrap();
    assert_eq!(places, BTreeMap::from([("-3".into(), 0), ("2".into(), 1), ("b".into(), 2)]));
    let of = |i: usize| (people[i].picture, people[i].bbox, people[i].area, people[i].labels, people[i].crowd);
    assert_eq!(people.len(), 3);
    assert_eq!(of(0), (0, [10.0, 20.0, 2.0, 0.0], 0.0, 3, false));
    assert_eq!(of(1), (1, [1.0, 2.0, 30.0, 40.0], 1200.0, 0, true));
    assert_eq!(of(2), (2, [0.0, 0.0, 10.0, 20.0], 200.0, 0, true));
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[test]
fn what_cannot_be_counted_gets_a_sentence() {
    let image = json!([{"id": 1, "file_name": "a.jpg"}]);
    let complaint = |value: Json| match read(value) {
        Err(what) => what,
        Ok(read) => read.truth(&read.images, &names()).unwrap_err(),
    };
    let person = json!([{"id": 1, "name": "person"}]);
    let with = |annotation: Json| json!({"images": image, "categories": person, "annotations": [annotation]});
    let crowd = complaint(with(json!({"id": 5, "image_id": 1, "bbox": [0, 0, 9, 9], "iscrowd": "many"})));
    assert!(crowd.contains("annotation 5 has the iscrowd \"many\", not 0 or 1"), "{crowd}");
    assert!(
        complaint(json!({"images": image, "categories": person, "annotations": []})).contains("not a single person")
    );
    assert!(complaint(json!({"images": [], "categories": person})).contains("names no pictures"));
    assert!(
        complaint(json!({"images": [{"id": 1, "file_name": "a"}, {"id": "1", "file_name": "b"}]}))
            .contains("the id \"1\"")
    );
    assert!(complaint(json!({"images": [{"id": [], "file_name": "a"}]})).contains("neither a number nor a text"));
    let dogs = json!([{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]);
    assert!(complaint(json!({"images": image, "categories": dogs, "annotations": []})).contains("dog, cat"));
    let nowhere = complaint(with(json!({"id": 5, "image_id": 1, "category_id": 1, "bbox": []})));
    assert!(nowhere.contains("not a single person"), "{nowhere}");
    let short = json!({"id": 5, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2]});
    assert!(complaint(with(short)).contains("annotation 5 has 3 numbers"));
    assert!(complaint(with(json!({"id": 5, "image_id": 1, "category_id": 1, "bbox": [1]}))).contains("bbox of 1"));
    assert!(complaint(json!({"images": image, "annotations": {}})).contains("not COCO annotations"));
    let page = Annotations::parse(b"<!doctype html><html>", "ann.json").err().unwrap();
    assert!(page.contains("a web page"), "{page}");
}

/// Keypoints listed in another order are put into the model's.
#[test]
fn keypoints_follow_their_names() {
    let mut there = names();
    there.reverse();
    let annotations = read(json!({
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "person", "keypoints": there}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "keypoints": keypoints()}],
    }))
    .unwrap();
    let Truth { people, notes, .. } = annotations.truth(&annotations.images, &names()).unwrap();
    let found = &people[0].keypoints;
    assert_eq!((found[0][0], found[16]), (26.0, [10.0, 20.0, 2.0]));
    assert!(notes.iter().any(|note| note.contains("another order")), "{notes:?}");
}

/// COCO's names behind one more: nobody's joints lie where the names say, or there are none.
#[test]
fn a_category_with_more_joints_than_count_gets_a_sentence() {
    let there: Vec<String> = std::iter::once("neck".to_string()).chain(names()).collect();
    for joints in [json!(null), json!([]), json!(keypoints())] {
        let annotations = read(json!({
            "images": [{"id": 1, "file_name": "a.jpg"}],
            "categories": [{"id": 1, "name": "person", "keypoints": there}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "keypoints": joints}],
        }))
        .unwrap();
        let said = annotations.truth(&annotations.images, &names()).unwrap_err();
        assert_eq!(said, "ann.json: the category of people lists 18 keypoints, joint_16 behind the 17 that count");
    }
}

/// Else each joint would be measured by what another may be off.
#[test]
fn a_model_with_cocos_joints_in_another_order_gets_a_sentence() {
    let annotations = read(json!({
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "keypoints": keypoints()}],
    }))
    .unwrap();
    let mut names = JOINTS.map(String::from);
    assert!(annotations.truth(&annotations.images, &names).is_ok());
    names.swap(0, 16);
    let said = annotations.truth(&annotations.images, &names).unwrap_err();
    assert!(said.contains("in its order, and this model begins with right_ankle"), "{said}");
}

#[test]
fn pictures_are_found_by_folder_and_name() {
    let annotations = read(json!({"images": [
        {"id": 1, "file_name": "cam1/0001.jpg"}, {"id": 2, "file_name": "cam2\\0001.jpg"},
        {"id": 3, "file_name": "val2017/7.jpg"}, {"id": 4, "file_name": "../../etc/passwd.jpg"},
    ]}))
    .unwrap();
    let id = |path: &str, exact| annotations.image_of(Path::new(path), exact).map(|image| image.id.clone());
    assert_eq!(id("x/cam1/0001.jpg", true), Some(json!(1)));
    assert_eq!(id("cam2/0001.jpg", true), Some(json!(2)));
    assert_eq!(id("0001.jpg", false), None, "two have this name");
    assert_eq!((id("photos/7.jpg", true), id("photos/7.jpg", false)), (None, Some(json!(3))));
    let alone = read(json!({"images": [{"id": 5, "file_name": "0001.jpg"}]})).unwrap();
    let of = |path: &str, exact| alone.image_of(Path::new(path), exact).map(|image| image.id.clone());
    assert_eq!((of("a/0001.jpg", false), of("0001.jpg", true)), (Some(json!(5)), Some(json!(5))));
    assert_eq!(of("a/0001.jpg", true), None, "another folder has one of this name too");
    let place = |i: usize| annotations.place_of(&annotations.images[i]);
    assert_eq!((place(0), place(3)), ("cam1/0001.jpg".into(), "passwd.jpg".into()), "nothing outside");
}

/// The folder below that has most of them, whatever else lies about.
#[test]
fn pictures_are_found_in_a_dropped_folder() {
    let annotations = read(json!({"images": [
        {"id": 1, "file_name": "cam1/0001.jpg"}, {"id": 2, "file_name": "cam2/0001.jpg"},
        {"id": 3, "file_name": "val2017/7.jpg"}, {"id": 4, "file_name": "../../secret.jpg"},
    ]}))
    .unwrap();
    let found = |paths: &[&str]| annotations.files_of(&paths.iter().map(|path| path.to_string()).collect::<Vec<_>>());
    assert_eq!(found(&["cam2/0001.jpg", "cam1/0001.jpg", "7.jpg"]), [Some(1), Some(0), Some(2), None]);
    assert_eq!(found(&["all/cam1/0001.jpg", "all/7.jpg", "0001.jpg"]), [Some(0), None, Some(1), None]);
    assert_eq!(found(&["a/7.jpg", "b/cam1/0001.jpg", "b/7.jpg", "b/secret.jpg"]), [Some(1), None, Some(2), Some(3)]);
    assert_eq!(found(&["a/7.jpg", "b/7.jpg"])[2], Some(0), "of two that are as good the first");
    assert_eq!(found(&["notes.txt"]), [None; 4]);
    assert_eq!(found(&[]), [None; 4]);
}

/// Elsewhere than in one folder: by the end of the path, where nobody can mistake it.
#[test]
fn pictures_are_found_all_over_a_dropped_folder() {
    let paths = |paths: &[&str]| paths.iter().map(|path| path.to_string()).collect::<Vec<_>>();
    let flat = read(json!({"images": [
        {"id": 1, "file_name": "one.jpg"}, {"id": 2, "file_name": "two.jpg"}, {"id": 3, "file_name": "three.jpg"},
        {"id": 4, "file_name": "Four.JPG"},
    ]}))
    .unwrap();
    let found = flat.files_of(&paths(&["b0/one.jpg", "b0/two.jpg", "b1/three.jpg", "b1/four.jpg"]));
    assert_eq!(found, [Some(0), Some(1), Some(2), Some(3)]);
    let twice = flat.files_of(&paths(&["b0/one.jpg", "b0/two.jpg", "b1/three.jpg", "b2/three.jpg"]));
    assert_eq!(twice, [Some(0), Some(1), None, None], "nobody knows which");
    let sequences = read(json!({"images": [
        {"id": 1, "file_name": "images/val/seq0/000000.jpg"}, {"id": 2, "file_name": "images\\val\\seq1\\000000.jpg"},
    ]}))
    .unwrap();
    assert_eq!(sequences.files_of(&paths(&["seq1/000000.jpg", "seq0/000000.jpg"])), [Some(1), Some(0)]);
    assert_eq!(sequences.files_of(&paths(&["000000.jpg"])), [None, None]);
    // However many folders lie beside it.
    let mut many: Vec<String> = (0..200).map(|i| format!("a{i:03}/x.txt")).collect();
    many.push("val/one.jpg".into());
    assert_eq!(flat.files_of(&many)[0], Some(200));
}

/// Of two categories named person the one with keypoints is meant, and written into results.
#[test]
fn the_person_is_who_has_keypoints() {
    let image = json!([{"id": 1, "file_name": "a.jpg"}]);
    let mut there = names();
    there.reverse();
    let with = |other: Json| {
        read(json!({
            "images": image,
            "categories": [{"id": 0, "name": "person"}, {"id": 1, "name": "person", "keypoints": there}, other],
            "annotations": [
                {"id": 1, "image_id": 1, "category_id": 1, "keypoints": keypoints()},
                {"id": 2, "image_id": 1, "category_id": 2, "keypoints": keypoints()},
            ],
        }))
    };
    let annotations = with(json!({"id": 9, "name": "person"})).unwrap();
    assert_eq!(annotations.person, json!(1));
    let Truth { people, .. } = annotations.truth(&annotations.images, &names()).unwrap();
    assert_eq!((people.len(), people[0].keypoints[0][0]), (1, 26.0));
    let both = with(json!({"id": 2, "name": "person", "keypoints": names()})).err().unwrap();
    assert!(both.contains("list other keypoints"), "{both}");
}

/// Of what only programs that write files know.
#[test]
fn texts_of_other_kinds_get_a_sentence() {
    let file = json!({"images": [{"id": 1, "file_name": "a.jpg"}]}).to_string();
    let complaint = |bytes: &[u8]| Annotations::parse(bytes, "ann.json").err().unwrap();
    assert!(Annotations::parse(&[b"\xEF\xBB\xBF", file.as_bytes()].concat(), "ann.json").is_ok());
    let wide: Vec<u8> = [0xFEFF].into_iter().chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert!(complaint(&wide).contains("UTF-16"));
    assert!(complaint(b" [{\"image_id\": 1}]").contains("as COCO results are"));
    for word in ["NaN", "Infinity", "-Infinity"] {
        let text = format!("{{\"images\": [{{\"id\": 1, \"file_name\": \"a.jpg\",\n \"width\": {word}}}]}}");
        let said = complaint(text.as_bytes());
        assert!(said.contains(word.trim_start_matches('-')) && said.contains("line 2"), "{said}");
    }
}
