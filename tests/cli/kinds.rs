//! Pictures of every size and kind through the program, and a stderr with nothing on it but our own sentences.

use crate::pictures::*;
use crate::scene::Scene;
use image::{DynamicImage, ImageFormat, RgbImage, imageops};
use std::process::Command;

/// 63 megapixels, so too many to be held: what is found is told in the file's pixels.
#[test]
fn a_panorama_s_people_are_told_in_its_own_pixels() {
    let scene = Scene::with_model("panorama");
    let held = imageops::resize(&photo().to_rgb8(), 5600, 2800, imageops::FilterType::Nearest);
    // Every pixel four times, so that the average of each square is the pixel that was.
    let large = RgbImage::from_fn(11_200, 5600, |x, y| *held.get_pixel(x / 2, y / 2));
    let fast = |picture: &RgbImage| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header().unwrap().write_image_data(picture.as_raw()).unwrap();
        bytes
    };
    scene.write("1.png", fast(&held));
    scene.write("2.png", fast(&large));
    let people = |name: &str| scene.detect(&[name, "--format", "coco"]).ok();
    let (small, large) = (people("1.png").json(), people("2.png"));
    assert!(large.err.contains("2.png: the picture is 11200 × 5600 pixels, looked at as 5600 × 2800"), "{}", large.err);
    let large = large.json();
    let (small, large) = (small.as_array().unwrap(), large.as_array().unwrap());
    assert!(small.len() == large.len() && !small.is_empty());
    for (small, large) in small.iter().zip(large) {
        assert_eq!(small["score"], large["score"]);
        for (a, b) in small["bbox"].as_array().unwrap().iter().zip(large["bbox"].as_array().unwrap()) {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((2.0 * a - b).abs() < 0.01, "{a} {b}");
        }
        // COCO's whole numbers are pixel centres: x of the small is at x + 0.5.
        for i in (0..51).filter(|i| i % 3 < 2) {
            let (a, b) = (small["keypoints"][i].as_f64().unwrap(), large["keypoints"][i].as_f64().unwrap());
            assert!((2.0 * (a + 0.5) - (b + 0.5)).abs() < 0.01, "{a} {b}");
        }
    }
    let tfjs = scene.detect(&["2.png", "--format", "tfjs"]).ok().json();
    assert_eq!((tfjs[0]["width"].as_u64(), tfjs[0]["height"].as_u64()), (Some(11_200), Some(5600)));
    // The drawing is as large as what was looked at, with the people where they are.
    scene.detect(&["2.png", "--draw", "d2.png"]).ok();
    scene.detect(&["1.png", "--draw", "d1.png"]).ok();
    let drawn = |name: &str| image::open(scene.path(name)).unwrap().to_rgb8();
    let (one, two) = (drawn("d1.png"), drawn("d2.png"));
    assert_eq!(one.dimensions(), two.dimensions());
    let differ = one.pixels().zip(two.pixels()).filter(|(a, b)| a != b).count();
    assert!(differ < 100, "{differ} pixels differ by a rounding");
}

/// 400 megapixels are read row by row: 1.6 GB if they were held, and the program may have 0.4 of address space.
#[cfg(target_os = "linux")]
#[test]
fn a_picture_too_large_for_the_memory_is_looked_at() {
    use std::io::Write;
    const SIDE: u32 = 20_000;
    let scene = Scene::with_model("memory");
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE, SIDE);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    for _ in 0..SIDE {
        rows.write_all(&[128; SIDE as usize]).unwrap();
    }
    rows.finish().unwrap();
    writer.finish().unwrap();
    scene.write("large.png", bytes);
    let limited = |kilobytes: u32| {
        let script = format!("ulimit -v {kilobytes}; exec \"$0\" detect --model model --backend cpu large.png");
        let program = env!("CARGO_BIN_EXE_querypose");
        Command::new("sh").current_dir(&scene.folder).args(["-c", &script, program]).output().unwrap()
    };
    let run = limited(400_000);
    let err = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && err.contains("looked at as 4000 × 4000"), "{err}");
    assert!(!limited(60_000).status.success(), "the limit is one");
}

#[test]
fn a_folder_s_pictures_are_read_or_counted() {
    let scene = Scene::with_model("endings");
    let jpeg = encode(&photo(), ImageFormat::Jpeg);
    for name in ["d/1.jpe", "d/2.jfif", "d/3.JPG", "d/4.dib"] {
        let bytes = if name.ends_with("dib") { encode(&photo(), ImageFormat::Bmp) } else { jpeg.clone() };
        scene.write(name, bytes);
    }
    let four = scene.detect(&["d"]).ok();
    assert_eq!(four.out.matches("80 × 60").count(), 4, "{}", four.out);
    for name in ["d/a.heic", "d/b.HEIC", "d/c.avif", "d/e.heif", "d/notes.txt"] {
        scene.write(name, "x");
    }
    let run = scene.detect(&["d"]).fails(
        1,
        &[
            "d: skipped 1 .avif, 2 .heic, 1 .heif, which cannot be read here: convert to JPEG or PNG",
            "4 pictures could not be read",
        ],
    );
    assert_eq!(run.out.matches("80 × 60").count(), 4, "the others are done: {}", run.out);
    assert!(!run.err.contains("notes"));
}

#[test]
fn what_is_odd_about_a_picture_is_said() {
    let scene = Scene::with_model("odd");
    let jpeg = encode(&photo(), ImageFormat::Jpeg);
    scene.write("end.jpg", &jpeg[..jpeg.len() - 2]);
    scene.write("whole.jpg", &jpeg);
    let mut coded = jpeg.clone();
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    coded[frame + 1] = 0xC9;
    scene.write("coded.jpg", coded);
    let people = |name: &str| scene.detect(&[name, "--format", "coco"]).ok();
    let cut = people("end.jpg");
    assert!(cut.err.contains("end.jpg: the picture has no end"), "{}", cut.err);
    let (cut, whole) = (cut.json(), people("whole.jpg"));
    assert_eq!(cut[0]["keypoints"], whole.json()[0]["keypoints"]);
    assert!(!whole.err.contains("no end"));
    scene.detect(&["coded.jpg"]).fails(1, &["coded.jpg: this is an arithmetic-coded JPEG", "djpeg"]);
    let float = DynamicImage::ImageRgb32F(photo().to_rgb32f());
    scene.write("float.tif", encode(&float, ImageFormat::Tiff));
    scene.write("plain.png", encode(&photo(), ImageFormat::Png));
    assert_eq!(people("float.tif").json()[0]["keypoints"], people("plain.png").json()[0]["keypoints"]);
}

/// On a server there is no desktop to ask: the graphics loader has nothing to complain of.
#[test]
#[cfg(target_os = "linux")]
fn stderr_is_empty_on_a_server() {
    let scene = Scene::new("server");
    scene.write("a.png", encode(&photo(), ImageFormat::Png));
    let driver = ["/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", "/usr/share/vulkan/icd.d/lvp_icd.json"]
        .into_iter()
        .find(|driver| std::path::Path::new(driver).exists());
    if driver.is_none() {
        assert!(std::env::var_os("QUERYPOSE_GPU").is_none(), "lavapipe is missing");
        println!("skipped: there is no lavapipe here");
        return;
    }
    for folder in [None, Some("not/absolute"), Some(""), Some("/no/such/folder")] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_querypose"));
        program.current_dir(&scene.folder).args(["detect", "a.png"]).env("VK_DRIVER_FILES", driver.unwrap());
        match folder {
            Some(folder) => program.env("XDG_RUNTIME_DIR", folder),
            None => program.env_remove("XDG_RUNTIME_DIR"),
        };
        let output = program.env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY").output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "XDG_RUNTIME_DIR {folder:?}");
    }
}
