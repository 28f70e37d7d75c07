//! Photo → network input.

use crate::case::Case;
use querypose::ops::Letterbox;
use querypose::tensor::DType;

/// PIL's bilinear along one axis with its weights out of 2²², rounded to bytes: lines of `from` pixels to lines of `to`.
fn resize(lines: &[Vec<f64>], to: usize) -> Vec<Vec<f64>> {
    let from = lines[0].len();
    let scale = from as f64 / to as f64;
    let support = scale.max(1.0);
    let at = |line: &Vec<f64>, i: usize| {
        let center = (i as f64 + 0.5) * scale - 0.5;
        let weight = |j: usize| (1.0 - (j as f64 - center).abs() / support).max(0.0);
        let total: f64 = (0..from).map(weight).sum();
        let whole = |j: usize| (weight(j) / total * 4194304.0 + 0.5).floor();
        let sum: f64 = (0..from).map(|j| whole(j) * line[j]).sum();
        (sum / 4194304.0 + 0.5).floor().clamp(0.0, 255.0)
    };
    lines.iter().map(|line| (0..to).map(|i| at(line, i)).collect()).collect()
}

fn turn(lines: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..lines[0].len()).map(|x| lines.iter().map(|line| line[x]).collect()).collect()
}

#[test]
fn letterbox_resizes_like_pil() {
    let sizes = [
        ((1, 1), (5, 3), (32, 32)),
        ((37, 23), (37, 23), (64, 32)),
        ((90, 61), (31, 20), (32, 32)),
        ((17, 40), (30, 61), (32, 64)),
        ((50, 9), (7, 9), (7, 9)),
    ];
    for (i, (source, resized, padded)) in sizes.into_iter().enumerate() {
        let mut case = Case::new(400 + i as u64);
        let bytes: Vec<u32> = (0..source.0 * source.1 * 4).map(|_| case.random.below(256) as u32).collect();
        let packed = bytes.chunks(4).map(|p| p[0] | p[1] << 8 | p[2] << 16 | p[3] << 24).collect();
        let picture = case.words(&[source.1, source.0], DType::U32, packed);
        let (mean, std) = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]);
        let mut wanted = vec![0.0; padded.0 * padded.1 * 4];
        for c in 0..3 {
            let line = |y: usize| (0..source.0).map(|x| bytes[(y * source.0 + x) * 4 + c] as f64).collect();
            let lines: Vec<Vec<f64>> = (0..source.1).map(line).collect();
            let lines = turn(&resize(&turn(&resize(&lines, resized.0)), resized.1));
            for (y, line) in lines.iter().enumerate() {
                for (x, v) in line.iter().enumerate() {
                    wanted[(y * padded.0 + x) * 4 + c] = (v - mean[c] as f64) / std[c] as f64;
                }
            }
        }
        let y = case.step(Letterbox { source, resized, padded, mean, std }, &[picture]);
        // Whole numbers up to the normalising, which rounds to f32 twice: 3e-7 was the worst seen.
        case.expect(y, wanted, 1e-6);
        case.check(&format!("letterbox of {source:?} to {resized:?} in {padded:?}"));
    }
}
