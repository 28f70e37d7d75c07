//! Operations over boxes and instances.

use crate::case::{Case, numbers, sigmoid};
use querypose::ops::{BoxDeltas, Constant, Gather, KeypointHead, Proposals, Repeat, RoiAlign, Select};
use querypose::tensor::{DType, TensorId};

#[test]
fn constant_is_its_parameter() {
    let mut case = Case::new(300);
    let param = case.param(&[7, 13]);
    let wanted = numbers(&param);
    let y = case.step(Constant { param }, &[]);
    case.expect(y, wanted, 0.0);
    case.check("constant");
}

#[test]
fn proposals_become_corners() {
    let mut case = Case::new(301);
    let boxes = case.param(&[9, 4]);
    let b = numbers(&boxes);
    let wanted = (0..36).map(|i| {
        let (row, side) = (i / 4 * 4, i % 4);
        let (axis, sign) = (side % 2, if side < 2 { -0.5 } else { 0.5 });
        (b[row + axis] + sign * b[row + 2 + axis]) * [333.0, 250.0][axis]
    });
    let wanted = wanted.collect();
    let y = case.step(Proposals { boxes, size: (333, 250) }, &[]);
    case.expect(y, wanted, 1e-6);
    case.check("proposals");
}

#[test]
fn deltas_move_boxes() {
    let mut case = Case::new(302);
    let corners: Vec<f32> = case.random.many(40).iter().map(|v| v * 300.0).collect();
    let mut moves: Vec<f32> = case.random.many(40).iter().map(|v| v * 2.0).collect();
    // Beyond the clamp above; far below, where nothing clamps.
    (moves[2], moves[7], moves[10]) = (50.0, 9.0, -30.0);
    let (boxes, deltas) = (case.numbers(&[10, 4], &corners), case.numbers(&[10, 4], &moves));
    case.count(7);
    case.counted(boxes, 1);
    case.counted(deltas, 1);
    let (b, d) = (case.values(boxes), case.values(deltas));
    let mut wanted = Vec::new();
    for i in (0..28).step_by(4) {
        let (w, h) = (b[i + 2] - b[i], b[i + 3] - b[i + 1]);
        let (cx, cy) = ((b[i] + b[i + 2]) / 2.0 + d[i] / 2.0 * w, (b[i + 1] + b[i + 3]) / 2.0 + d[i + 1] / 2.0 * h);
        let clamp = (100_000.0f64 / 16.0).ln();
        let (w, h) = (w * d[i + 2].min(clamp).exp(), h * d[i + 3].min(clamp).exp());
        wanted.extend([cx - w / 2.0, cy - h / 2.0, cx + w / 2.0, cy + h / 2.0]);
    }
    let y = case.step(BoxDeltas, &[boxes, deltas]);
    // Of the largest box, a million pixels wide; e^x in f32 is off by 1e-7 of it.
    case.expect(y, wanted, 1e-6);
    case.check("box_deltas");
}

fn roi_align_naive(map: &[f64], [h, w, c]: [usize; 3], stride: f64, b: &[f64], s: usize, ratio: usize) -> Vec<f64> {
    let mut out = Vec::new();
    let (x1, y1) = (b[0] / stride - 0.5, b[1] / stride - 0.5);
    let (bw, bh) = ((b[2] - b[0]) / stride / s as f64, (b[3] - b[1]) / stride / s as f64);
    for (by, bx, channel) in (0..s * s * c).map(|i| (i / c / s, i / c % s, i % c)) {
        let mut sum = 0.0;
        for (sy, sx) in (0..ratio * ratio).map(|i| (i / ratio, i % ratio)) {
            let y = y1 + bh * (by as f64 + (sy as f64 + 0.5) / ratio as f64);
            let x = x1 + bw * (bx as f64 + (sx as f64 + 0.5) / ratio as f64);
            if y < -1.0 || y > h as f64 || x < -1.0 || x > w as f64 {
                continue;
            }
            // Tent weights; beyond the last cell and before the first, that cell alone.
            let (y, x) = (y.clamp(0.0, (h - 1) as f64), x.clamp(0.0, (w - 1) as f64));
            for (iy, ix) in (0..h * w).map(|i| (i / w, i % w)) {
                let tent = (1.0 - (y - iy as f64).abs()).max(0.0) * (1.0 - (x - ix as f64).abs()).max(0.0);
                sum += tent * map[(iy * w + ix) * c + channel];
            }
        }
        out.push(sum / (ratio * ratio) as f64);
    }
    out
}

#[test]
fn roi_align_over_levels() {
    let mut case = Case::new(310);
    let (c, strides) = (6, [4usize, 8, 16, 32]);
    let sizes: Vec<[usize; 2]> = strides.iter().map(|s| [256 / s, 320 / s]).collect();
    let maps: Vec<TensorId> = sizes.iter().map(|[h, w]| case.input(&[1, *h, *w, c])).collect();
    #[rustfmt::skip]
    let corners = [
        10.3, 20.1, 60.7, 90.2, // small: the finest level
        5.0, 7.0, 240.0, 230.0, // middle
        -40.0, -30.0, 300.0, 250.0, // larger, partly outside
        -500.0, -500.0, 900.0, 900.0, // the coarsest
        400.0, 300.0, 500.0, 380.0, // wholly outside
        -90.0, 50.0, -1.5, 80.0, // just left of the map
        50.0, 50.0, 50.0, 50.0, // no area
        100.0, 90.0, 60.0, 40.0, // turned inside out
        315.0, 250.0, 330.0, 262.0, // over the last corner
        30.0, 31.0, 50.0, 70.0, // beyond the count
    ];
    let boxes = case.numbers(&[10, 4], &corners.map(|v: f64| v as f32));
    case.count(9);
    case.counted(boxes, 1);
    let b = case.values(boxes);
    let (mut wanted, mut levels) = (Vec::new(), Vec::new());
    for b in b.chunks(4) {
        let area = ((b[2] - b[0]) * (b[3] - b[1])).max(0.0);
        let level = (4.0 + (area.sqrt() / 224.0 + 1e-8).log2()).floor().clamp(2.0, 5.0) as usize - 2;
        let [h, w] = sizes[level];
        wanted.extend(roi_align_naive(&case.values(maps[level]), [h, w, c], strides[level] as f64, b, 7, 2));
        levels.push(level as u32);
    }
    // Every level has a box; a turned box with positive area counts as large as it is.
    assert_eq!(levels, [0, 2, 2, 3, 0, 0, 0, 0, 0]);
    let op = RoiAlign { size: 7, sampling_ratio: 2, strides: strides.to_vec(), levels: true };
    let made = case.steps(op, &[&[boxes][..], &maps].concat());
    // Positions are f32: 1000 px / 4 ± 3e-5 cells, times the slope between cells.
    case.expect(made[0], wanted, 1e-4);
    case.expect_words(made[1], levels);
    case.check("roi_align");
}

#[test]
fn roi_align_on_one_cell() {
    let mut case = Case::new(311);
    let map = case.input(&[1, 1, 1, 33]);
    let boxes = case.numbers(&[2, 4], &[0.0, 0.0, 4.0, 4.0, -3.0, -2.0, 9.0, 1.0]);
    let (m, b) = (case.values(map), case.values(boxes));
    let wanted = b.chunks(4).flat_map(|b| roi_align_naive(&m, [1, 1, 33], 4.0, b, 3, 1)).collect();
    let op = RoiAlign { size: 3, sampling_ratio: 1, strides: vec![4], levels: false };
    let y = case.step(op, &[boxes, map]);
    case.expect(y, wanted, 1e-6);
    case.check("roi_align on one cell");
}

#[test]
fn select_keeps_the_best() {
    // Equal scores keep the lower id first; NaN is never kept; the threshold itself is.
    let logits = [0.5, -1.0, 2.0, 0.5, f32::NAN, 3.0, 0.25, -0.0];
    for (max, all, threshold, wanted) in [
        (8, false, 0.25f32, vec![5u32, 2, 0, 3, 6]),
        (3, false, -9.0, vec![5, 2, 0]),
        (8, false, 9.0, vec![]),
        (1, false, 3.0, vec![5]),
        (4, true, 9.0, vec![0, 1, 2, 3]),
        (8, true, 0.0, (0..8).collect()),
    ] {
        let mut case = Case::new(320);
        let scores = case.numbers(&[8, 1], &logits);
        let cut = case.words(&[1], DType::U32, vec![threshold.to_bits()]);
        let made = case.steps(Select { max, all }, &[scores, cut]);
        case.tape().count = Some(made[1]);
        // Steps after the choice see only what was chosen.
        let rows = case.input(&[8, 3]);
        let table = case.values(rows);
        let picked = case.step(Gather, &[rows, made[0]]);
        let twice = case.step(querypose::ops::Add, &[picked, picked]);
        let of = |id: &u32| table[*id as usize * 3..][..3].iter().map(|v| 2.0 * v);
        let values = wanted.iter().flat_map(of).collect();
        case.expect(twice, values, 1e-7);
        case.expect_words(made[1], vec![wanted.len() as u32]);
        case.expect_words(made[0], wanted);
        case.check(&format!("select of {max}, all {all}, from {threshold}"));
    }
}

#[test]
fn repeat_for_each_instance() {
    let mut case = Case::new(330);
    let (x, ids) = (case.input(&[7, 5]), case.words(&[6], DType::U32, vec![3, 1, 0, 0, 0, 0]));
    case.count(2);
    case.counted(ids, 1);
    let wanted = case.values(x).repeat(2);
    let y = case.step(Repeat, &[x, ids]);
    case.expect(y, wanted, 0.0);
    case.check("repeat");
}

#[test]
fn keypoint_head_of_parts() {
    let part_of_joint = vec![0, 0, 2, 1, 1, 2, 0];
    let (e, k) = (20, part_of_joint.len());
    for live in [0, 1, 3] {
        let mut case = Case::new(340);
        let q = case.input(&[3, 3, e]);
        case.count(live);
        case.counted(q, 1);
        let (coord, coord_bias) = (case.param(&[e, 2 * k]), case.param(&[2 * k]));
        let (sigma, sigma_bias) = (case.param(&[e, 2 * k]), case.param(&[2 * k]));
        let v = case.values(q);
        let [w, b, ws, bs] = [&coord, &coord_bias, &sigma, &sigma_bias].map(|p| numbers(p));
        let (mut places, mut sigmas) = (Vec::new(), Vec::new());
        for (i, column) in (0..live * 2 * k).map(|i| (i / (2 * k), i % (2 * k))) {
            let q = &v[(i * 3 + part_of_joint[column / 2]) * e..][..e];
            let norm = q.iter().map(|v| v * v).sum::<f64>().sqrt();
            let dot = |w: &[f64]| q.iter().enumerate().map(|(j, v)| v * w[j * 2 * k + column]).sum::<f64>();
            places.push(dot(&w) / norm + b[column]);
            sigmas.push(sigmoid(dot(&ws) + bs[column]));
        }
        let op = KeypointHead { coord, coord_bias, sigma, sigma_bias, part_of_joint: part_of_joint.clone() };
        let made = case.steps(op, &[q]);
        case.expect(made[0], places, 2e-6);
        case.expect(made[1], sigmas, 2e-6);
        case.check(&format!("keypoint_head of {live}"));
    }
}
