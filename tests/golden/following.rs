//! What is decoded for a tracker: [`Options::followed`].

use querypose::config::Config;
use querypose::detect::{Backend, Detection, Detector, Model, Options};
use querypose::picture::Picture;
use querypose::track::{KEEP, KEEP_WITH_JOINTS};
use std::path::Path;

#[test]
fn following_decodes_who_could_be_new() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    let detector = Detector::new(Model::open(&root.join("models/nano")).unwrap(), Backend::Cpu);
    let detector = pollster::block_on(detector).unwrap();
    let picture = Picture::open(&root.join("pictures/group.jpg")).unwrap();
    let look = |options: &Options| -> Detection { pollster::block_on(detector.detect(&picture, options)).unwrap() };
    let config = detector.model().config();
    // Low, so that there is somebody between the two thresholds.
    let size = Some(config.image.shortest_edge);
    let plain = Options { threshold: 0.15, size, ..Options::new(config) };
    let [by_class, by_both] =
        [true, false].map(|pose_quality| plain.clone().followed(&Config { pose_quality, ..config.clone() }));
    assert_eq!((by_class.threshold, by_class.decode_from), (KEEP * 0.15, None), "the class is the score");
    assert_eq!(
        (by_both.threshold, by_both.decode_from),
        (KEEP_WITH_JOINTS * 0.15, Some(0.15)),
        "no score is above the class"
    );

    let [shown, known, sure] = [&plain, &by_class, &by_both].map(&look);
    assert_eq!(sure.outputs.count, shown.outputs.count);
    assert!(known.outputs.count > shown.outputs.count, "{} are decoded", known.outputs.count);
    let above = known.poses.iter().filter(|pose| pose.class_score >= plain.threshold);
    assert!(above.eq(&sure.poses));
    assert!(shown.poses.iter().all(|pose| sure.poses.contains(pose)));
}
