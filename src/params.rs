//! Learned tensors as the operations want them: matrices as rows `[K][N]`, BatchNorm folded.

use crate::cpu::panels::Panels;
use half::f16;
use std::sync::{Arc, Mutex, OnceLock};

/// Numbers of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Single precision.
    F32(Vec<f32>),
    /// Half precision, widened where it is used.
    F16(Vec<f16>),
    /// Eight bits with a scale per output channel, widened where they are used.
    I8(Int8),
}

/// Whole numbers and what each counts: `values[i] × scale[(i / run) % scale.len()]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Int8 {
    /// Row-major numbers, -128 … 127.
    pub values: Vec<i8>,
    /// One per output channel.
    pub scale: Vec<f32>,
    /// Numbers that lie behind each other before the next channel's begin.
    pub run: usize,
}

impl Int8 {
    /// Rounds a row-major tensor to the nearest of 255 steps between ± the largest number of each channel.
    /// `channels` of `run` numbers each lie behind each other.
    pub fn nearest(numbers: &[f32], channels: usize, run: usize) -> Int8 {
        let (channels, run) = (channels.max(1), run.max(1));
        let mut scale = vec![0f32; channels];
        for (i, part) in numbers.chunks(run).enumerate() {
            let scale = &mut scale[i % channels];
            *scale = part.iter().fold(*scale, |most, v| most.max(v.abs()));
        }
        scale.iter_mut().for_each(|scale| *scale /= 127.0);
        let round = |(i, part): (usize, &[f32])| {
            let scale = scale[i % channels];
            let step = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            part.iter().map(move |v| (v * step).round().clamp(-127.0, 127.0) as i8).collect::<Vec<i8>>()
        };
        let values = numbers.chunks(run).enumerate().flat_map(round).collect();
        Int8 { values, scale, run }
    }
}

impl Values {
    /// All values widened to f32.
    pub fn to_f32(&self) -> Vec<f32> {
        match self {
            Values::F32(v) => v.clone(),
            Values::F16(v) => v.iter().map(|x| x.to_f32()).collect(),
            Values::I8(Int8 { values, scale, run }) => {
                let scale = scale.iter().cycle().flat_map(|&s| std::iter::repeat_n(s, (*run).max(1)));
                values.iter().zip(scale).map(|(&v, s)| f32::from(v) * s).collect()
            }
        }
    }

    /// The first number that is infinite or none at all.
    pub fn not_finite(&self) -> Option<usize> {
        match self {
            Values::F32(v) => v.iter().position(|x| !x.is_finite()),
            Values::F16(v) => v.iter().position(|x| !x.is_finite()),
            Values::I8(v) => v.scale.iter().position(|x| !x.is_finite()),
        }
    }
}

/// A learned tensor in the layout of an op, shared by every tape and engine.
#[derive(Debug)]
pub struct Param {
    /// Name it was built from, unique per layout; engines cache uploads by it.
    pub name: String,
    /// Dimensions; `[K, N]` for a matrix, K rows of N outputs.
    pub shape: Vec<usize>,
    /// Row-major; let go of where an engine has its own copy and nobody else will ask.
    values: Mutex<Arc<Values>>,
    for_one_engine: bool,
    stored_as: u32,
    bytes: usize,
    scale: Option<Vec<f32>>,
    panels: OnceLock<Panels>,
    widened: OnceLock<Vec<f32>>,
}

impl Param {
    /// A parameter in the precision it is stored in.
    pub fn new(name: impl Into<String>, shape: &[usize], values: Values) -> Self {
        let (stored_as, bytes, scale) = match &values {
            Values::F32(v) => (0, v.len() * 4, None),
            Values::F16(v) => (1, v.len() * 2, None),
            Values::I8(v) => (2, v.values.len() + v.scale.len() * 4, Some(v.scale.clone())),
        };
        Param {
            name: name.into(),
            shape: shape.to_vec(),
            values: Mutex::new(Arc::new(values)),
            for_one_engine: false,
            stored_as,
            bytes,
            scale,
            panels: OnceLock::new(),
            widened: OnceLock::new(),
        }
    }

    /// The same for one engine only: its numbers are let go of as soon as that engine has packed or uploaded them.
    pub fn for_one_engine(self, yes: bool) -> Self {
        Param { for_one_engine: yes, ..self }
    }

    /// Its numbers; none if they were let go of.
    pub fn values(&self) -> Arc<Values> {
        self.values.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// An engine has its own copy of the numbers.
    pub fn let_go(&self) {
        if self.for_one_engine {
            *self.values.lock().unwrap_or_else(|e| e.into_inner()) = Arc::new(Values::F32(Vec::new()));
        }
    }

    /// A parameter in single precision.
    pub fn f32(name: impl Into<String>, shape: &[usize], values: Vec<f32>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Param::new(name, shape, Values::F32(values))
    }

    /// All values widened to f32.
    pub fn to_f32(&self) -> Vec<f32> {
        self.values().to_f32()
    }

    /// All values as f32, copied once: for what is small beside the matrices.
    pub fn wide(&self) -> &[f32] {
        self.widened.get_or_init(|| self.to_f32())
    }

    /// The matrix `[K, N]` packed for the cpu engine's matrix product, once for all tapes.
    pub fn panels(&self) -> &Panels {
        self.panels.get_or_init(|| {
            let n = self.shape.last().copied().unwrap_or(0);
            let k = self.shape.iter().rev().skip(1).product();
            let packed = match &*self.values() {
                Values::F32(v) => Panels::pack(k, n, |row, column| v[row * n + column]),
                Values::F16(v) => Panels::pack(k, n, |row, column| v[row * n + column].to_f32()),
                // In a matrix the channels are its columns.
                Values::I8(v) => {
                    Panels::pack(k, n, |row, column| f32::from(v.values[row * n + column]) * v.scale[column])
                }
            };
            self.let_go();
            packed
        })
    }

    /// The scale of each column, if stored as int8.
    pub fn scale(&self) -> Option<&[f32]> {
        self.scale.as_deref()
    }

    /// The number shaders know the way of storing by (`WEIGHTS`): 0 f32, 1 f16, 2 int8.
    pub fn stored_as(&self) -> u32 {
        self.stored_as
    }

    /// Bytes as stored.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
