//! Every shader with every set of constants that an operation can ask for: valid WGSL, bindings as the kernel
//! binds them, an `Args` of as many words as the kernel sends, and no more storage buffers than WebGPU promises.
//!
//! The texts are left in `target/tmp/shaders.json` for the page's tests, which compile them in a browser.

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, ArraySize, Handle, Module, Scalar, StorageAccess, Type, TypeInner, VectorSize};
use querypose::activation::Activation;
use querypose::gpu::{shaders, source};
use querypose::op::{Bind, DeviceTraits, Field, Kernel, Shapes, Tile};
use querypose::ops::*;
use querypose::params::{Int8, Param, Values};
use querypose::tape::{Tape, Wanted};
use querypose::tensor::{DType, TensorId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A parameter stored as [`Param::stored_as`] numbers it; what is no matrix is never int8.
fn param(shape: &[usize], stored: u32) -> Arc<Param> {
    let numbers = vec![0.5f32; shape.iter().product()];
    let values = match stored {
        1 => Values::F16(numbers.into_iter().map(half::f16::from_f32).collect()),
        2 if shape.len() == 2 => Values::I8(Int8::nearest(&numbers, shape[1], 1)),
        _ => Values::F32(numbers),
    };
    Arc::new(Param::new("a parameter", shape, values))
}

fn tensor(tape: &mut Tape, shape: &[usize]) -> TensorId {
    tape.input(&format!("input {}", tape.tensors.len()), shape, DType::F32)
}

/// Records operations with every choice that changes a shader's text.
fn every_choice() -> Tape {
    let mut tape = Tape::new(Wanted::Nothing);
    let t = &mut tape;
    for stored in [0, 1, 2] {
        for activation in Activation::ALL {
            for (bias, residual) in [(false, false), (true, false), (false, true), (true, true)] {
                // Columns for every width of a tile; channels in fours or not; a sum long enough to be cut.
                for (n, c) in
                    [(1, 8), (5, 8), (16, 8), (32, 8), (64, 8), (3, 5), (6, 7), (12, 6), (30, 3), (70, 9), (8, 600)]
                {
                    // A small map, and one large enough for tall tiles; taps inside only, and beyond the edge.
                    for (map, kernel, pad) in [([6, 5], 1, 0), ([36, 36], 1, 0), ([6, 5], 3, 1), ([36, 36], 3, 1)] {
                        let x = tensor(t, &[1, map[0], map[1], c]);
                        let r = tensor(t, &[1, map[0], map[1], n]);
                        let bias = bias.then(|| param(&[n], stored));
                        let weight = param(&[kernel * kernel * c, n], stored);
                        let (kernel, pad) = ((kernel, kernel), [pad; 4]);
                        let op = Conv { weight, bias, kernel, stride: 1, pad, activation, residual };
                        t.steps(&op, &[x, r][..1 + usize::from(residual)]).unwrap();
                    }
                }
                for (c, stride) in [(8, 1), (3, 1), (8, 2), (3, 2)] {
                    let x = tensor(t, &[1, 6, 5, c]);
                    let (weight, bias) = (param(&[9, c], stored.min(1)), bias.then(|| param(&[c], stored)));
                    let op = Depthwise { weight, bias, kernel: 3, stride, pad: [1; 4], activation };
                    t.steps(&op, &[x]).unwrap();
                }
                for c in [32, 100] {
                    let (x, r) = (tensor(t, &[7, c]), tensor(t, &[7, c]));
                    let (gamma, beta) = (param(&[c], stored), param(&[c], stored));
                    let op = LayerNorm { gamma, beta, activation, residual };
                    t.steps(&op, &[x, r][..1 + usize::from(residual)]).unwrap();
                }
                let (weight, bias) = (param(&[16 * 8, 8], stored), bias.then(|| param(&[8], stored)));
                let x = tensor(t, &[2, 3, 3, 8]);
                t.steps(&ConvTranspose { weight, bias, activation }, &[x]).unwrap();
                let (weight, bias) = (param(&[32, 8], stored), Some(param(&[8], stored)));
                let x = tensor(t, &[7, 32]);
                let r = tensor(t, &[7, 8]);
                let op = Linear { weight, bias, activation, residual };
                t.steps(&op, &[x, r][..1 + usize::from(residual)]).unwrap();
            }
        }
    }
    for flag in [false, true] {
        for tokens in [7, 12, 20, 100, 300] {
            let qkv = tensor(t, &[2, tokens, 3 * 32]);
            t.steps(&Attention { heads: 8, overlap: None, weights: flag }, &[qkv]).unwrap();
            let (overlap, boxes) = (Some(param(&[8], 1)), tensor(t, &[2 * tokens, 4]));
            t.steps(&Attention { heads: 8, overlap, weights: flag }, &[qkv, boxes]).unwrap();
        }
        let (e, q, l) = (tensor(t, &[2, 7, 8]), tensor(t, &[2, 7, 8]), tensor(t, &[2, 7, 16]));
        t.steps(&Gate { gates: flag }, &[e, q, l]).unwrap();
        for (c, strides) in [(8, vec![4, 8, 16, 32]), (3, vec![4]), (4, vec![8, 16])] {
            let mut inputs = vec![tensor(t, &[5, 4])];
            inputs.extend(strides.iter().map(|_| tensor(t, &[1, 8, 8, c])));
            t.steps(&RoiAlign { size: 7, sampling_ratio: 2, strides, levels: flag }, &inputs).unwrap();
        }
        let logits = tensor(t, &[10, 1]);
        let threshold = t.input("threshold", &[1], DType::U32);
        let ids = t.steps(&Select { max: 4, all: flag }, &[logits, threshold]).unwrap()[0];
        let x = tensor(t, &[10, 8]);
        t.steps(&Gather, &[x, ids]).unwrap();
        t.steps(&Repeat, &[x, ids]).unwrap();
    }
    for n in [8, 3] {
        let (x, params) = (tensor(t, &[2, 49, 8]), tensor(t, &[2, 8 * n]));
        t.steps(&DynamicConv { offset: 0, k: 8, n }, &[x, params]).unwrap();
    }
    let (logits, features) = (tensor(t, &[2, 784, 7]), tensor(t, &[2, 784, 32]));
    t.steps(&AttentionPool, &[logits, features]).unwrap();
    let q = tensor(t, &[2, 7, 32]);
    let head = |n| param(&[32, n], 1);
    let (coord, sigma) = (head(34), head(34));
    let bias = || param(&[34], 0);
    let part_of_joint = (0..17).map(|j| j % 7).collect();
    t.steps(&KeypointHead { coord, coord_bias: bias(), sigma, sigma_bias: bias(), part_of_joint }, &[q]).unwrap();
    let (boxes, deltas) = (tensor(t, &[5, 4]), tensor(t, &[5, 4]));
    t.steps(&BoxDeltas, &[boxes, deltas]).unwrap();
    t.steps(&Add, &[boxes, deltas]).unwrap();
    t.steps(&Constant { param: param(&[3, 5], 1) }, &[]).unwrap();
    t.steps(&Proposals { boxes: param(&[5, 4], 0), size: (64, 48) }, &[]).unwrap();
    let (x, y) = (tensor(t, &[1, 8, 6, 3]), tensor(t, &[1, 4, 3, 3]));
    t.steps(&MaxPool, &[x]).unwrap();
    for activation in Activation::ALL {
        for by in [Upsample::Nearest, Upsample::Bilinear] {
            t.steps(&UpsampleAdd { factor: 2, by, activation }, &[x, y]).unwrap();
        }
    }
    t.steps(&AvgPool { size: 2 }, &[x]).unwrap();
    t.steps(&PatchMerge, &[x]).unwrap();
    let branches = [0, 1, 2, 3].map(|i| tensor(t, &[1, 16 >> i, 8 >> i, 3]));
    t.steps(&Concat, &branches).unwrap();
    for heads in [1, 4] {
        let qkv = tensor(t, &[1, 5, 6, 3 * 32]);
        let (table, bias) = (param(&[49, heads], 1), param(&[96], 0));
        t.steps(&WindowAttention { table, bias, heads, window: 4, shift: 2 }, &[qkv]).unwrap();
    }
    let picture = t.input("picture", &[9, 7], DType::U32);
    let op = Letterbox { source: (7, 9), resized: (5, 6), padded: (8, 8), mean: [1.0; 3], std: [2.0; 3] };
    t.steps(&op, &[picture]).unwrap();
    tape
}

/// One kernel for each text, with a name.
fn variants() -> BTreeMap<String, Kernel> {
    let tape = every_choice();
    let mut found = BTreeMap::new();
    for (software, tile) in [false, true].into_iter().flat_map(|software| Tile::ALL.map(|tile| (software, tile))) {
        let device = DeviceTraits { max_invocations: 256, workgroup_bytes: 16384, software, tile };
        for step in &tape.steps {
            let tensors = |ids: &[TensorId]| ids.iter().map(|&id| tape.tensor(id)).collect();
            let io = Shapes { inputs: tensors(&step.inputs), outputs: tensors(&step.outputs), device: &device };
            let kernels = step.op.kernels(&io).unwrap();
            assert!(!kernels.is_empty(), "{} has no kernel", step.op.name());
            for kernel in kernels {
                let consts: Vec<String> = kernel.consts.iter().map(|(n, v)| format!("{n}={v}")).collect();
                found.insert(format!("{} {}", kernel.shader, consts.join(" ")).trim().to_string(), kernel);
            }
        }
    }
    found
}

/// Compares the fields of a shader's `Args` with those of the Rust struct whose words the kernel sends.
fn args_agree(module: &Module, ty: Handle<Type>, kernel: &Kernel) -> Result<(), String> {
    let TypeInner::Struct { members, span } = &module.types[ty].inner else { return Err("Args is no struct".into()) };
    let kind = |ty: Handle<Type>| match &module.types[ty].inner {
        TypeInner::Scalar(Scalar::U32) => "u32".to_string(),
        TypeInner::Scalar(Scalar::F32) => "f32".to_string(),
        TypeInner::Vector { size: VectorSize::Quad, scalar: Scalar::U32 } => "[u32; 4]".to_string(),
        TypeInner::Vector { size: VectorSize::Quad, scalar: Scalar::F32 } => "[f32; 4]".to_string(),
        TypeInner::Array { base, size: ArraySize::Constant(n), .. } => match &module.types[*base].inner {
            TypeInner::Vector { size: VectorSize::Quad, scalar: Scalar::U32 } => format!("[[u32; 4]; {n}]"),
            TypeInner::Vector { size: VectorSize::Quad, scalar: Scalar::F32 } => format!("[[f32; 4]; {n}]"),
            other => format!("an array of {other:?}"),
        },
        other => format!("{other:?}"),
    };
    for i in 0..members.len().max(kernel.fields.len()) {
        let wgsl = members.get(i).map(|m| (m.name.clone().unwrap_or_default(), m.offset as usize, kind(m.ty)));
        let rust =
            kernel.fields.get(i).map(|Field { name, offset, kind }| (name.to_string(), *offset, kind.to_string()));
        if wgsl != rust {
            return Err(format!("field {i} of {}.wgsl's Args is {wgsl:?}, Rust sends {rust:?}", kernel.shader));
        }
    }
    // WGSL rounds a struct that holds fours up to 16 bytes; Rust's must be as long, padded by name.
    match *span as usize == kernel.args.len() * 4 {
        true => Ok(()),
        false => Err(format!("{}.wgsl's Args has {span} bytes, {} words are sent", kernel.shader, kernel.args.len())),
    }
}

/// What is wrong with a kernel's shader.
fn fault(kernel: &Kernel, text: &str) -> Option<String> {
    let module = match wgsl::parse_str(text) {
        Ok(module) => module,
        Err(e) => return Some(e.emit_to_string(text)),
    };
    if let Err(e) = Validator::new(ValidationFlags::all(), Capabilities::SHADER_FLOAT16_IN_FLOAT32).validate(&module) {
        return Some(e.emit_to_string(text));
    }
    let size = |ty| module.types[ty].inner.size(module.to_ctx());
    let mut bound = BTreeMap::new();
    for (_, global) in module.global_variables.iter() {
        let Some(binding) = global.binding else { continue };
        let what = match global.space {
            AddressSpace::Uniform => {
                if let Err(e) = args_agree(&module, global.ty, kernel) {
                    return Some(e);
                }
                None
            }
            AddressSpace::Storage { access } => {
                if !matches!(module.types[global.ty].inner, TypeInner::Array { .. }) {
                    return Some("a storage binding is no array".into());
                }
                Some(access.contains(StorageAccess::STORE))
            }
            other => return Some(format!("binding {} is {other:?}", binding.binding)),
        };
        bound.insert(binding.binding, what);
    }
    let mut wanted = BTreeMap::from([(0, None)]);
    let written = |b: &Bind| matches!(b, Bind::Output(_) | Bind::Scratch(..));
    wanted.extend(kernel.binds.iter().enumerate().map(|(i, b)| (i as u32 + 1, Some(written(b)))));
    if bound != wanted {
        return Some(format!("bound (written or not): {bound:?}, the kernel binds {wanted:?}"));
    }
    if kernel.binds.len() > 8 {
        return Some(format!("{} storage buffers", kernel.binds.len()));
    }
    let workgroup: u32 = module
        .global_variables
        .iter()
        .filter(|(_, g)| g.space == AddressSpace::WorkGroup)
        .map(|(_, g)| size(g.ty))
        .sum();
    let [x, y, z] = module.entry_points[0].workgroup_size;
    (workgroup > 16384 || x * y * z > 256).then(|| format!("{workgroup} bytes of workgroup memory, {x}×{y}×{z}"))
}

#[test]
fn every_variant_is_valid() {
    let variants = variants();
    let mut texts = BTreeMap::new();
    for (name, kernel) in &variants {
        let text = source(kernel).unwrap_or_else(|| panic!("{name}: no such shader"));
        if let Some(fault) = fault(kernel, &text) {
            panic!("{name}: {fault}");
        }
        // The browser need not see each ending of a product with each of the other constants.
        let set = |of: &str| kernel.consts.iter().find(|(n, _)| *n == of).map_or(0, |(_, v)| *v);
        if kernel.shader != "conv" || set("ACTIVATION") == set("BIAS") + 2 * set("RESIDUAL") {
            texts.insert(name, text);
        }
    }
    let used: BTreeSet<&str> = variants.values().map(|k| k.shader).collect();
    let there: BTreeSet<&str> = shaders().iter().map(|(stem, _)| *stem).collect();
    assert_eq!(used, there, "shaders that operations use, and those there are");
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("shaders.json");
    std::fs::write(&file, serde_json::to_string(&texts).expect("texts are JSON")).expect("target/tmp can be written");
    println!("{} variants of {} shaders, {} of them in {}", variants.len(), there.len(), texts.len(), file.display());
}

/// Every file of `shaders/` is in the list (or in front of others).
#[test]
fn every_file_is_listed() {
    let mut files: BTreeSet<String> = BTreeSet::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders")).expect("shaders/ is there") {
        let name = entry.expect("a file").file_name().to_string_lossy().into_owned();
        files.insert(name.trim_end_matches(".wgsl").to_string());
    }
    let fronts = ["common", "weights_f32", "weights_f16", "weights_int8", "store_1", "store_4"].map(String::from);
    let listed = shaders().iter().map(|(stem, _)| stem.to_string()).chain(fronts).collect();
    assert_eq!(files, listed);
}

/// The check itself notices what it is there for.
#[test]
fn faults_are_noticed() {
    let variants = variants();
    let kernel = variants.values().find(|k| k.shader == "add").expect("add has a kernel");
    let text = source(kernel).expect("add has a shader");
    assert_eq!(fault(kernel, &text), None);
    for (from, to) in [
        ("\nwords: u32,", "\nwords: u32, more: u32,"),
        ("binding(4) var<storage, read_write>", "binding(4) var<storage, read>"),
        ("a[i] + b[i]", "a[i] + c[i]"),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(fault(kernel, &text.replace(from, to)).is_some(), "{to}");
    }
}
