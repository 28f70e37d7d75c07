use super::super::truth::Truth;
use super::*;
use serde_json::json;

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
    assert!(complaint(with(json!({"id": 5, "image_id": 1, "category_id": 1}))).contains("annotation 5 has no bbox"));
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
    let nowhere = |i: usize| annotations.file_of(&annotations.images[i], |_| false);
    assert_eq!(nowhere(0), Path::new("cam1/0001.jpg"));
    assert_eq!(nowhere(3), Path::new("passwd.jpg"), "nothing outside");
    let flat = annotations.file_of(&annotations.images[2], |path| path == Path::new("7.jpg"));
    assert_eq!(flat, Path::new("7.jpg"));
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
    assert_eq!(found(&["notes.txt"]), [None; 4]);
    assert_eq!(found(&[]), [None; 4]);
}
