//! A short tape, its random inputs, what must come out, and the engines that run it.

use querypose::cpu;
use querypose::gpu;
use querypose::op::{DeviceTraits, Op, Tile};
use querypose::outputs::{Outputs, Value};
use querypose::params::{Int8, Param, Values};
use querypose::tape::{Tape, Wanted};
use querypose::tensor::{DType, TensorId};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A 64-bit linear congruential generator (Knuth's MMIX numbers): the same numbers everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
    /// In [-1, 1).
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
    /// In 0..n.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.next() + 1.0) / 2.0 * n as f32) as usize % n
    }
    pub fn many(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next()).collect()
    }
}

/// What must come out of a tensor, live part only.
enum Expected {
    /// Numbers, and the largest difference allowed, as a share of the largest of them (or of 1).
    Near(Vec<f64>, f64),
    Exact(Vec<u32>),
}

/// A tape being recorded, with its inputs and expectations.
pub struct Case {
    pub random: Random,
    tape: Tape,
    inputs: BTreeMap<String, Vec<u32>>,
    expected: BTreeMap<String, Expected>,
}

impl Case {
    pub fn new(seed: u64) -> Self {
        let tape = Tape::new(Wanted::Nothing);
        Case { random: Random::new(seed), tape, inputs: BTreeMap::new(), expected: BTreeMap::new() }
    }

    /// An input with these words.
    pub fn words(&mut self, shape: &[usize], dtype: DType, words: Vec<u32>) -> TensorId {
        let name = format!("input {}", self.inputs.len());
        let id = self.tape.input(&name, shape, dtype);
        assert_eq!(self.tape.tensor(id).len(), words.len());
        self.inputs.insert(name, words);
        id
    }

    /// An input with these numbers.
    pub fn numbers(&mut self, shape: &[usize], numbers: &[f32]) -> TensorId {
        self.words(shape, DType::F32, numbers.iter().map(|v| v.to_bits()).collect())
    }

    /// An input of random numbers in [-1, 1).
    pub fn input(&mut self, shape: &[usize]) -> TensorId {
        let numbers = self.random.many(shape.iter().product());
        self.numbers(shape, &numbers)
    }

    /// From here on, only `count` instances are live.
    pub fn count(&mut self, count: usize) {
        let id = self.words(&[1], DType::U32, vec![count as u32]);
        self.tape.count = Some(id);
    }

    /// Makes an input counted: its leading dimension is `per_item` × instances.
    pub fn counted(&mut self, id: TensorId, per_item: usize) -> TensorId {
        self.tape.tensors[id.0].counted = Some(per_item);
        id
    }

    /// What an input holds, at its live shape.
    pub fn values(&self, id: TensorId) -> Vec<f64> {
        self.live(id).iter().map(|w| f32::from_bits(*w) as f64).collect()
    }

    /// What an input holds, at its live shape, as words.
    pub fn live(&self, id: TensorId) -> Vec<u32> {
        let words = self.given(id).expect("an input");
        let count = self.tape.count.and_then(|id| self.given(id)).map_or(usize::MAX, |words| words[0] as usize);
        words[..self.tape.tensor(id).live_shape(count).iter().product()].to_vec()
    }

    /// The words of an input; none for what a step writes.
    fn given(&self, id: TensorId) -> Option<&Vec<u32>> {
        self.tape.inputs.iter().find(|(_, i)| **i == id).map(|(name, _)| &self.inputs[name])
    }

    /// A random parameter; every second one is stored as f16.
    pub fn param(&mut self, shape: &[usize]) -> Arc<Param> {
        let numbers = self.random.many(shape.iter().product());
        let half = self.random.below(2) == 1;
        self.param_of(shape, numbers, half)
    }

    pub fn param_of(&mut self, shape: &[usize], numbers: Vec<f32>, half: bool) -> Arc<Param> {
        let values = if half {
            Values::F16(numbers.into_iter().map(half::f16::from_f32).collect())
        } else {
            Values::F32(numbers)
        };
        named(shape, values)
    }

    /// A random matrix `[K, N]`; every third one is stored as f16, every third one as int8.
    pub fn matrix(&mut self, shape: &[usize]) -> Arc<Param> {
        let numbers = self.random.many(shape.iter().product());
        match self.random.below(3) {
            2 => named(shape, Values::I8(Int8::nearest(&numbers, shape[1], 1))),
            half => self.param_of(shape, numbers, half == 1),
        }
    }

    /// Records an operation; all its outputs.
    pub fn steps<O: Op + Clone + 'static>(&mut self, op: O, inputs: &[TensorId]) -> Vec<TensorId> {
        self.tape.steps(&op, inputs).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Records an operation; its first output.
    pub fn step<O: Op + Clone + 'static>(&mut self, op: O, inputs: &[TensorId]) -> TensorId {
        self.steps(op, inputs)[0]
    }

    pub fn tape(&mut self) -> &mut Tape {
        &mut self.tape
    }

    /// The tensor must hold these numbers, each within `tolerance` × the largest of them (or 1).
    pub fn expect(&mut self, id: TensorId, numbers: Vec<f64>, tolerance: f64) {
        self.wants(id, Expected::Near(numbers, tolerance));
    }

    /// The tensor must hold these words.
    pub fn expect_words(&mut self, id: TensorId, words: Vec<u32>) {
        self.wants(id, Expected::Exact(words));
    }

    fn wants(&mut self, id: TensorId, expected: Expected) {
        let name = format!("output {}", self.expected.len());
        self.tape.result(&name, id);
        self.expected.insert(name, expected);
    }

    /// Runs the tape on every engine, twice (memory is dirty the second time), and compares.
    pub fn check(mut self, what: &str) {
        self.tape.prune();
        let tape = Arc::new(self.tape.clone());
        for (engine, runs) in self.run(&tape) {
            for (run, outputs) in runs.iter().enumerate() {
                for (name, expected) in &self.expected {
                    let found = difference(&outputs.values[name], expected);
                    assert!(found.is_none(), "{what}, {engine}, run {run}, {name}: {}", found.unwrap_or_default());
                }
            }
        }
    }

    /// Two runs on each engine.
    fn run(&self, tape: &Arc<Tape>) -> Vec<(String, [Outputs; 2])> {
        let inputs: Vec<(&str, &[u32])> = self.inputs.iter().map(|(n, w)| (n.as_str(), w.as_slice())).collect();
        let mut plan = cpu::Engine::new().prepare(tape.clone()).expect("there is memory");
        let cpu = [(); 2].map(|_| plan.run(&inputs).unwrap_or_else(|e| panic!("{e}")));
        let mut engines = vec![(format!("cpu ({:?})", cpu::simd::level()), cpu)];
        for engine in gpu_engines() {
            let runs = async {
                let plan = engine.prepare(tape.clone()).await?;
                Ok::<_, gpu::DeviceError>([plan.run(&inputs).await?, plan.run(&inputs).await?])
            };
            let runs = pollster::block_on(runs).unwrap_or_else(|e| panic!("{e}"));
            engines.push((format!("gpu ({})", engine.device().name()), runs));
        }
        engines
    }

    /// Runs on every engine without looking at the numbers: nothing may panic.
    pub fn survive(mut self) -> Vec<Outputs> {
        self.tape.prune();
        let tape = Arc::new(self.tape.clone());
        self.run(&tape).into_iter().flat_map(|(_, runs)| runs).collect()
    }
}

/// Engines cache uploads by name, so every parameter of every case needs its own.
fn named(shape: &[usize], values: Values) -> Arc<Param> {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Arc::new(Param::new(format!("test parameter {number}"), shape, values))
}

/// The GPU engine where there is an adapter; with `QUERYPOSE_GPU=1` there must be one.
pub fn gpu_engine() -> Option<&'static gpu::Engine> {
    gpu_engines().first()
}

/// The same device with the kernels for real GPUs, with those for processors that stand in for one, and each tile.
fn gpu_engines() -> &'static [gpu::Engine] {
    static ENGINES: OnceLock<Vec<gpu::Engine>> = OnceLock::new();
    // The lower instruction sets are the processor's business.
    if std::env::var_os("QUERYPOSE_SIMD").is_some() {
        return &[];
    }
    let open = || match pollster::block_on(gpu::Device::open(None)) {
        Ok(device) => {
            let variant = |software, tile| DeviceTraits { software, tile, ..device.traits().clone() };
            let variants = [variant(false, Tile::Small), variant(false, Tile::Tall), variant(true, Tile::Stacked)];
            variants.map(|traits| gpu::Engine::with_traits(device.clone(), traits)).into()
        }
        Err(e) if std::env::var_os("QUERYPOSE_GPU").is_some() => panic!("{e}"),
        Err(e) => {
            println!("the GPU is not tested: {e}");
            Vec::new()
        }
    };
    ENGINES.get_or_init(open)
}

/// Says how a tensor differs from what it should be.
fn difference(value: &Value, expected: &Expected) -> Option<String> {
    match expected {
        Expected::Exact(words) => (value.words != *words).then(|| format!("wanted {words:?}, got {:?}", value.words)),
        Expected::Near(numbers, tolerance) => {
            let got = value.f32();
            if got.len() != numbers.len() {
                return Some(format!("wanted {} numbers, got {:?}", numbers.len(), value.shape));
            }
            let largest = numbers.iter().fold(1.0f64, |m, v| m.max(v.abs()));
            let off = |(got, want): (&f32, &f64)| (*got as f64 - want).abs() / largest;
            let worst = got.iter().zip(numbers).map(off).enumerate().fold((0, 0.0), |worst, (i, d)| {
                // NaN is as wrong as can be.
                if d > worst.1 || d.is_nan() { (i, if d.is_nan() { f64::INFINITY } else { d }) } else { worst }
            });
            (worst.1 > *tolerance).then(|| {
                let (i, d) = worst;
                format!("at {i}: wanted {}, got {}, off by {d:.2e} of {largest}", numbers[i], got[i])
            })
        }
    }
}

/// The activation in f64.
pub fn activate(activation: querypose::activation::Activation, x: f64) -> f64 {
    use querypose::activation::Activation;
    match activation {
        Activation::None => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Gelu => gelu(x),
        Activation::Sigmoid => sigmoid(x),
    }
}

/// x times the normal distribution function, which is the integral of its density by Simpson's rule.
pub fn gelu(x: f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let reach = x.clamp(-12.0, 12.0);
    let step = reach / 2000.0;
    let weight = |i: i32| if i % 2 == 1 { 4.0 } else { 2.0 };
    let inner: f64 = (1..2000).map(|i| weight(i) * density(f64::from(i) * step)).sum();
    x * (0.5 + step / 3.0 * (density(0.0) + inner + density(reach)))
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Numbers of a parameter as they are stored.
pub fn numbers(param: &Param) -> Vec<f64> {
    param.to_f32().into_iter().map(f64::from).collect()
}
