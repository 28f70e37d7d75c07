//! What is decoded for a tracker: [`Options::followed`].

use querypose::detect::{Backend, Detection, Detector, Model, Options};
use querypose::picture::Picture;
use std::path::Path;

#[test]
fn following_decodes_who_could_be_new() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    let detector = Detector::new(Model::open(&root.join("models/nano")).unwrap(), Backend::Cpu);
    let detector = pollster::block_on(detector).unwrap();
    let picture = Picture::open(&root.join("pictures/group.jpg")).unwrap();
    let look = |options: &Options| -> Detection { pollster::block_on(detector.detect(&picture, options)).unwrap() };
    let plain = Options::new(detector.model().config());
    let followed = plain.clone().followed();
    assert!(followed.threshold < plain.threshold);
    let [shown, seen] = [&plain, &followed].map(&look);
    let everybody = look(&Options { decode_from: None, ..followed.clone() });
    assert_eq!(seen.outputs.count, shown.outputs.count);
    assert!(everybody.outputs.count > seen.outputs.count, "{} are decoded", seen.outputs.count);
    let sure = everybody.poses.iter().filter(|pose| pose.class_score >= plain.threshold);
    assert!(sure.eq(&seen.poses));
    assert!(shown.poses.iter().all(|pose| seen.poses.contains(pose)));
}
