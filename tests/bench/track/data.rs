//! What the sequences are made of: labelled photos of COCO, photos without people, and people cut out of theirs.

use image::RgbaImage;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// A picture and its people.
pub struct Photo {
    pub name: String,
    pub pixels: RgbaImage,
    /// Joints of each person: x, y and whether they are labelled.
    pub people: Vec<Vec<[f64; 3]>>,
    /// Area of each person, square pixels.
    pub areas: Vec<f64>,
}

/// Files of an archive by name.
fn archive(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let failed = |e: std::io::Error| format!("{}: cannot be read: {e}", path.display());
    let mut files = BTreeMap::new();
    let mut tar = tar::Archive::new(std::fs::File::open(path).map_err(failed)?);
    for entry in tar.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let name = entry.path().map_err(failed)?.to_string_lossy().into_owned();
        if wanted(&name) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(failed)?;
            files.insert(name, bytes);
        }
    }
    Ok(files)
}

fn json(path: &Path) -> Result<Json, String> {
    let text = std::fs::read(path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))?;
    serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn joints(keypoints: &Json) -> Vec<[f64; 3]> {
    let numbers: Vec<f64> = keypoints.as_array().into_iter().flatten().filter_map(Json::as_f64).collect();
    // COCO counts pixel indices, we count edges.
    numbers.as_chunks::<3>().0.iter().map(|&[x, y, v]| [x + 0.5, y + 0.5, f64::from(v > 0.0)]).collect()
}

fn decode(name: &str, bytes: &[u8]) -> Result<RgbaImage, String> {
    image::load_from_memory(bytes).map(|picture| picture.to_rgba8()).map_err(|e| format!("{name}: {e}"))
}

/// `count` photos of `val_dev` with few large people, and `empty` ones without any.
pub fn photos(data: &Path, count: usize, empty: usize) -> Result<(Vec<Photo>, Vec<Photo>), String> {
    let all = json(&data.join("val_dev.json"))?;
    let mut by_image: BTreeMap<i64, Vec<&Json>> = BTreeMap::new();
    for one in all["annotations"].as_array().into_iter().flatten() {
        by_image.entry(one["image_id"].as_i64().unwrap_or(-1)).or_default().push(one);
    }
    let files = archive(&data.join("val_dev_00.tar"), |_| true)?;
    let (mut chosen, mut without) = (Vec::new(), Vec::new());
    for image in all["images"].as_array().into_iter().flatten() {
        let name = image["file_name"].as_str().unwrap_or_default().to_string();
        let people = by_image.get(&image["id"].as_i64().unwrap_or(-2)).cloned().unwrap_or_default();
        let number = |one: &Json, key: &str| one[key].as_f64().unwrap_or(0.0);
        let large = |one: &&Json| number(one, "num_keypoints") >= 12.0 && number(one, "area") >= 14_000.0;
        let Some(bytes) = files.get(&name) else { continue };
        if people.is_empty() && without.len() < empty {
            without.push(Photo { pixels: decode(&name, bytes)?, name, people: vec![], areas: vec![] });
        } else if chosen.len() < count && !people.is_empty() && people.iter().all(large) {
            chosen.push(Photo {
                pixels: decode(&name, bytes)?,
                name,
                people: people.iter().map(|one| joints(&one["keypoints"])).collect(),
                areas: people.iter().map(|one| number(one, "area")).collect(),
            });
        }
    }
    Ok((chosen, without))
}

/// `count` people cut out of photos, whole ones with labels made by hand.
pub fn cutouts(data: &Path, count: usize) -> Result<Vec<Photo>, String> {
    let all = json(&data.join("cutouts.json"))?;
    let whole = |one: &&Json| {
        let cut = ["cut_top", "cut_bottom", "cut_left", "cut_right"].iter().any(|key| one[key] == true);
        let broad = one["width"].as_f64().unwrap_or(0.0) < 0.5 * one["height"].as_f64().unwrap_or(0.0);
        !cut && broad && one["num_keypoints"].as_u64() == Some(17) && one["label_src"] == "hand"
    };
    // Far apart in the file: neighbours are the same person in the same clothes.
    let found: Vec<&Json> = all["cutouts"].as_array().into_iter().flatten().filter(whole).collect();
    let found: Vec<&Json> = found.iter().step_by((found.len() / count).max(1)).take(count).copied().collect();
    let names: Vec<&str> = found.iter().filter_map(|one| one["file_name"].as_str()).collect();
    let files = archive(&data.join("cutouts_00.tar"), |name| names.contains(&name))?;
    let cutout = |one: &&Json| {
        let name = one["file_name"].as_str().unwrap_or_default().to_string();
        let pixels = decode(&name, files.get(&name).ok_or(format!("{name} is not in cutouts_00.tar"))?)?;
        // COCO's areas are about half of the box.
        let area = 0.53 * f64::from(pixels.width() * pixels.height());
        Ok(Photo { name, pixels, people: vec![joints(&one["keypoints"])], areas: vec![area] })
    };
    found.iter().map(cutout).collect()
}
