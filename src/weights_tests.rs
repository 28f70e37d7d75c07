use super::*;

/// A file with this header and `data` bytes after it.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn complaint(bytes: &[u8]) -> String {
    let error = Weights::from_file(bytes, "m.safetensors").err().expect("must be refused").to_string();
    assert!(error.starts_with("m.safetensors: "), "{error}");
    error
}

fn tensor(name: &str, dtype: &str, shape: &str, from: u64, to: u64) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]}}"#)
}

fn sample() -> Vec<u8> {
    let header = [
        tensor("a", "F32", "[2]", 0, 8),
        tensor("b", "F16", "[1,2]", 8, 12),
        tensor("c", "BF16", "[2]", 12, 16),
        tensor("n", "I64", "[]", 16, 24),
        tensor("criterion.x", "F32", "[0]", 24, 24),
    ]
    .join(",");
    let mut data = Vec::new();
    data.extend([1.5f32, -2.0].iter().flat_map(|x| x.to_le_bytes()));
    data.extend([0.5f32, 3.0].iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()));
    data.extend([0.25f32, 7.0].iter().flat_map(|x| bf16::from_f32(*x).to_le_bytes()));
    data.extend([0; 8]);
    file(&format!(r#"{{"__metadata__":{{"format":"pt"}},{header}}}"#), &data)
}

#[test]
fn reads_f32_f16_and_bf16() {
    let bytes = sample();
    let weights = Weights::from_file(&bytes[..], "m").unwrap();
    assert_eq!(weights.get("a", &[2]).unwrap().values, Values::F32(vec![1.5, -2.0]));
    assert_eq!(weights.get("b", &[1, 2]).unwrap().to_f32(), [0.5, 3.0]);
    assert!(matches!(weights.get("b", &[1, 2]).unwrap().values, Values::F16(_)));
    assert_eq!(weights.unused(), (vec!["c".to_string()], 1));
    assert_eq!(weights.get("c", &[2]).unwrap().values, Values::F32(vec![0.25, 7.0]));
    assert_eq!(weights.unused(), (vec![], 0));
}

#[test]
fn what_does_not_fit_is_named() {
    let weights = Weights::from_file(sample(), "m.safetensors").unwrap();
    let error = |name: &str, shape: &[usize]| weights.get(name, shape).unwrap_err().to_string();
    assert!(error("z", &[1]).contains("tensor \"z\" is missing"));
    let shape = error("a", &[4]);
    assert!(shape.contains("\"a\"") && shape.contains("[2]") && shape.contains("[4]"), "{shape}");
    assert!(error("n", &[]).contains("stored as I64"));
    let explained = |wanted: &[(String, usize)]| {
        let load = || wanted.iter().try_for_each(|(name, n)| weights.get(name, &[*n]).map(drop));
        weights.explain(load().unwrap_err(), || drop(load())).to_string()
    };
    let many: Vec<(String, usize)> = (0..30).map(|i| (format!("t{i}"), 1)).collect();
    let list = explained(&many);
    assert!(list.contains("at least 20 tensors differ") && list.contains("\"t19\"") && !list.contains("t20"), "{list}");
    let two = explained(&[("a".into(), 2), ("a".into(), 3), ("z".into(), usize::MAX / 8)]);
    assert!(two.contains("2 tensors differ") && two.contains("\"a\" is [2] instead of [3]; \"z\""), "{two}");
    assert_eq!(explained(&many[..1]), error("t0", &[1]), "one difference needs no list");
    assert!(weights.get("t0", &[1]).is_err(), "zeros are for explaining only");
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let data: Vec<u8> = [0.0, bad].iter().flat_map(|x: &f32| x.to_le_bytes()).collect();
        let bytes = file(&format!("{{{}}}", tensor("w", "F32", "[2]", 0, 8)), &data);
        let error = Weights::from_file(bytes, "m").unwrap().get("w", &[2]).unwrap_err().to_string();
        assert!(error.contains("\"w\"") && error.contains("element 1"), "{error}");
    }
    let bytes = file(&format!("{{{}}}", tensor("w", "F16", "[1]", 0, 2)), &f16::NAN.to_le_bytes());
    assert!(Weights::from_file(bytes, "m").unwrap().get("w", &[1]).is_err());
}

#[test]
fn hostile_headers_are_refused() {
    let one = |t: String, data: usize| complaint(&file(&format!("{{{t}}}"), &vec![0; data]));
    assert!(complaint(&[]).contains("only 0 bytes"));
    assert!(complaint(&u64::MAX.to_le_bytes()).contains("header of 18446744073709551615"));
    assert!(complaint(&file("{", &[])).contains("damaged"));
    assert!(complaint(&file("{} {}", &[])).contains("damaged"));
    assert!(complaint(&file("[]", &[])).contains("damaged"));
    assert!(complaint(&file(&"[".repeat(10_000), &[])).contains("damaged"));
    assert!(one(tensor("w", "F32", "[2]", 0, 8), 7).contains("cut short"));
    assert!(one(tensor("w", "F32", "[2]", 0, 8), 9).contains("1 bytes after"));
    assert!(one(tensor("w", "F32", "[3]", 0, 8), 8).contains("do not fit"));
    assert!(one(tensor("w", "F32", "[2]", 8, 0), 8).contains("do not fit"));
    assert!(one(tensor("w", "F4", "[3]", 0, 1), 1).contains("do not fit"));
    assert!(one(tensor("w", "F99", "[2]", 0, 8), 8).contains("tensor \"w\""));
    assert!(one(tensor("w", "F32", "[-2]", 0, 8), 8).contains("tensor \"w\""));
    assert!(one(tensor("w", "F32", "[4294967296,4294967296,4]", 0, 0), 0).contains("do not fit"));
    assert!(one(tensor("w", "F32", "[4]", u64::MAX - 15, u64::MAX), 16).contains("do not fit"));
    let pair = |a: String, b: String| one(format!("{a},{b}"), 16);
    assert!(pair(tensor("v", "F32", "[2]", 0, 8), tensor("v", "F32", "[2]", 8, 16)).contains("\"v\" comes twice"));
    assert!(
        pair(tensor("v", "F32", "[2]", 0, 8), tensor("w", "F32", "[3]", 4, 16)).contains("\"w\" at byte 4 overlaps")
    );
    assert!(pair(tensor("v", "F32", "[2]", 0, 8), tensor("w", "F32", "[1]", 12, 16)).contains("leaves a gap"));
}

/// A few thousand damaged files: refused, or every tensor can still be decoded or is refused; nothing panics.
#[test]
fn damaged_files_never_panic() {
    let good = sample();
    let mut state = 7u64;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let mut accepted = 0;
    for _ in 0..5000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random(3) {
            let at = random(bytes.len());
            match random(5) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes[at] = b"0123456789"[random(10)],
                2 => bytes[at] ^= 1 << random(8),
                3 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(weights) = Weights::from_file(&bytes[..], "damaged") {
            accepted += 1;
            for (name, shape) in [("a", &[2][..]), ("b", &[1, 2]), ("c", &[2]), ("n", &[])] {
                if let Ok(stored) = weights.get(name, shape) {
                    assert!(stored.to_f32().iter().all(|x| x.is_finite()));
                }
            }
        }
    }
    assert!(accepted > 100, "the damage is too coarse to test anything: {accepted}");
}

/// First numbers of the golden tensors' generator (their README).
#[test]
#[allow(clippy::excessive_precision)] // the digits as published
fn uniform_is_the_golden_generator() {
    let first = uniform("part_query.weight", 3, 0.0, 1.0, 0);
    assert_eq!(first, [0.6789484024047852, 0.551464855670929, 0.34828317165374756]);
    let weights = Weights::random(1);
    assert!(weights.get("x.weight", &[8, 3, 3, 3]).unwrap().to_f32().iter().all(|x| x.abs() <= 0.34));
    assert!(weights.get("x.running_var", &[8]).unwrap().to_f32().iter().all(|&x| x >= 0.5));
}
