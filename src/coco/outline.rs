//! How large a person is, by a segmentation: polygons, or run lengths, packed or not.

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// What a segmentation says about a person's size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Outline {
    pub(super) area: Option<f64>,
    /// x, y, width, height.
    pub(super) bbox: Option<[f64; 4]>,
}

/// Of a `segmentation` as it stands there; anything else than polygons and run lengths says nothing.
pub(super) fn outline<'de, D: Deserializer<'de>>(from: D) -> Result<Outline, D::Error> {
    let value = Json::deserialize(from)?;
    let runs = match &value["counts"] {
        Json::Array(runs) => runs.iter().map(Json::as_u64).collect(),
        Json::String(packed) => unpacked(packed.as_bytes()),
        _ => return Ok(of_polygons(&value)),
    };
    Ok(runs.map_or_else(Outline::default, |runs| of_runs(&runs, value["size"][0].as_u64())))
}

fn of_polygons(value: &Json) -> Outline {
    let numbers =
        |polygon: &Json| -> Vec<f64> { polygon.as_array().into_iter().flatten().filter_map(Json::as_f64).collect() };
    let polygons: Vec<Vec<f64>> =
        value.as_array().into_iter().flatten().map(numbers).filter(|p| p.len() >= 6).collect();
    if polygons.is_empty() {
        return Outline::default();
    }
    let area = |polygon: &Vec<f64>| {
        let points = polygon.as_chunks::<2>().0;
        let next = points.iter().cycle().skip(1);
        points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>().abs() / 2.0
    };
    let points = polygons.iter().flat_map(|polygon| polygon.as_chunks::<2>().0.iter().copied());
    Outline { area: Some(polygons.iter().map(area).sum()), bbox: extent(points) }
}

/// Pixels that are not of the person and pixels that are, in turns, down one column after the other of so many pixels.
fn of_runs(runs: &[u64], height: Option<u64>) -> Outline {
    let height = height.filter(|&height| height > 0);
    let (mut at, mut area, mut around) = (0u64, 0u64, None::<[u64; 4]>);
    for (i, &length) in runs.iter().enumerate() {
        let from = at;
        let Some(end) = from.checked_add(length) else {
            // No picture has so many.
            return Outline { area: Some(area as f64), bbox: None };
        };
        at = end;
        if i % 2 == 0 || length == 0 {
            continue;
        }
        area += length;
        if let Some(height) = height {
            let last = end - 1;
            let (columns, rows) = ((from / height, last / height), (from % height, last % height));
            let (top, bottom) = if columns.0 == columns.1 { rows } else { (0, height - 1) };
            let [l, t, r, b] = around.unwrap_or([columns.0, top, columns.1, bottom]);
            around = Some([l.min(columns.0), t.min(top), r.max(columns.1), b.max(bottom)]);
        }
    }
    let bbox = around.map(|[l, t, r, b]| [l as f64, t as f64, (r - l + 1) as f64, (b - t + 1) as f64]);
    Outline { area: Some(area as f64), bbox }
}

/// Run lengths as pycocotools packs them into letters: five bits each, the lowest first, and from the fourth run on how
/// much longer it is than the one two before. None for other texts.
fn unpacked(packed: &[u8]) -> Option<Vec<u64>> {
    const MOST_LETTERS: u32 = 12;
    let mut runs: Vec<i64> = Vec::new();
    let mut letters = packed.iter();
    while let Some(&first) = letters.next() {
        let (mut value, mut shift, mut letter) = (0i64, 0, first);
        loop {
            let bits = i64::from(letter.checked_sub(48).filter(|bits| *bits < 64)?);
            value |= (bits & 31) << (5 * shift);
            shift += 1;
            if bits & 32 == 0 {
                // The highest bit is the sign.
                value |= if bits & 16 != 0 { -1 << (5 * shift) } else { 0 };
                break;
            }
            if shift == MOST_LETTERS {
                return None;
            }
            letter = *letters.next()?;
        }
        let before = if runs.len() > 2 { runs[runs.len() - 2] } else { 0 };
        runs.push(value.checked_add(before)?);
    }
    runs.into_iter().map(|run| u64::try_from(run).ok()).collect()
}

/// x, y, width and height around points.
pub(super) fn extent(points: impl Iterator<Item = [f64; 2]>) -> Option<[f64; 4]> {
    let mut around: Option<[f64; 4]> = None;
    for [x, y] in points {
        let [left, top, right, bottom] = around.unwrap_or([x, y, x, y]);
        around = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    around.map(|[left, top, right, bottom]| [left, top, right - left, bottom - top])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Json) -> Outline {
        outline(value).unwrap()
    }

    /// A mask of 500 × 300 pixels with three rectangles; the packed form, area and box are pycocotools' own.
    #[test]
    fn run_lengths_say_what_pycocotools_says() {
        const PACKED: &str = "`j8d0h8000`o`1l1dn^N000000000c\\W2aMQQWN";
        let (area, bbox) = (Some(541.0), Some([30.0, 7.0, 421.0, 173.0]));
        let is_there = |x: u64, y: u64| {
            (30..33).contains(&x) && (40..60).contains(&y)
                || (200..206).contains(&x) && (100..180).contains(&y)
                || (x, y) == (450, 7)
        };
        let mut runs = vec![0u64];
        for at in 0..500 * 300 {
            if is_there(at / 300, at % 300) != (runs.len() % 2 == 0) {
                runs.push(0);
            }
            *runs.last_mut().unwrap() += 1;
        }
        assert_eq!(unpacked(PACKED.as_bytes()).unwrap(), runs);
        assert_eq!(of(json!({"size": [300, 500], "counts": runs})), Outline { area, bbox });
        assert_eq!(of(json!({"size": [300, 500], "counts": PACKED})), Outline { area, bbox });
        assert_eq!(of(json!({"counts": runs})), Outline { area, bbox: None }, "as high as nobody knows");
    }

    #[test]
    fn what_is_no_segmentation_says_nothing() {
        for value in [
            json!(null),
            json!("P"),
            json!([[1, 2, 3]]),
            json!({"counts": "é"}),
            json!({"counts": "P"}),
            json!({"counts": "PPPPPPPPPPPPPPPP1", "size": [0, 0]}),
            json!({"counts": [-1, "a"], "size": [9, 9]}),
            json!({"size": [1e300]}),
        ] {
            assert_eq!(of(value.clone()), Outline::default(), "{value}");
        }
        let huge = of(json!({"counts": [u64::MAX, u64::MAX, u64::MAX, u64::MAX], "size": [3, 3]}));
        assert!(huge.area.unwrap().is_finite());
        assert_eq!(huge.bbox, None, "nothing that wrapped around");
    }
}
