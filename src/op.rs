//! The contract of an operation: its shape rule, its loops on the processor, its dispatches on a GPU.

use crate::params::Param;
use crate::tensor::{DType, ShapeError, Tensor, dims};
use std::fmt::Debug;
use std::sync::Arc;

/// Shape, word type and count rule of a tensor an op writes; see [`crate::tape`] for `counted`.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Row-major dimensions.
    pub shape: Vec<usize>,
    /// Word type.
    pub dtype: DType,
    /// Rows of the leading dimension per selected instance.
    pub counted: Option<usize>,
}

impl Spec {
    /// An f32 tensor of this shape, counted like `like`.
    pub fn f32(shape: &[usize], counted: Option<usize>) -> Self {
        Spec { shape: shape.to_vec(), dtype: DType::F32, counted }
    }
}

/// An operation. Implemented once per file of `ops/`.
pub trait Op: Debug + Send + Sync {
    /// The file's stem, which is the shader's stem too.
    fn name(&self) -> &'static str;
    /// The shape rule: what is written, or why these inputs do not fit.
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError>;
    /// Learned tensors it reads, in the order [`Bind::Param`] counts them.
    fn params(&self) -> Vec<&Arc<Param>> {
        Vec::new()
    }
    /// Multiply-accumulates of the matrix-like work, given live shapes.
    fn macs(&self, _inputs: &[Vec<usize>], _outputs: &[Vec<usize>]) -> u64 {
        0
    }
    /// Computes the outputs on the CPU from live shapes.
    ///
    /// Errors: a shape that [`Op::outputs`] would have refused.
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError>;
    /// The GPU dispatches that compute the same, in order.
    ///
    /// Errors: a shape that [`Op::outputs`] would have refused.
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError>;
}

/// Tensors of one step on the CPU: live shapes and words.
pub struct Io<'a> {
    /// Shapes and words read.
    pub inputs: Vec<(Vec<usize>, &'a [u32])>,
    /// Shapes and words written; a buffer may be longer than its live shape, and holds old words.
    pub outputs: Vec<(Vec<usize>, &'a mut [u32])>,
}

impl<'a> Io<'a> {
    /// Live shape of input `i`.
    pub fn shape(&self, i: usize) -> &[usize] {
        &self.inputs[i].0
    }
    /// Live dimensions of input `i`.
    ///
    /// Errors: another rank than `N`.
    pub fn dims<const N: usize>(&self, i: usize) -> Result<[usize; N], ShapeError> {
        dims(self.shape(i))
    }
    /// Live dimensions of output `i`.
    ///
    /// Errors: another rank than `N`.
    pub fn out_dims<const N: usize>(&self, i: usize) -> Result<[usize; N], ShapeError> {
        dims(self.out_shape(i))
    }
    /// Input `i` as f32.
    pub fn f32(&self, i: usize) -> &'a [f32] {
        bytemuck::cast_slice(self.inputs[i].1)
    }
    /// Input `i` as u32.
    pub fn u32(&self, i: usize) -> &'a [u32] {
        self.inputs[i].1
    }
    /// Live shape of output `i`.
    pub fn out_shape(&self, i: usize) -> &[usize] {
        &self.outputs[i].0
    }
    /// Output `i` as f32, cut to its live shape.
    pub fn out(&mut self, i: usize) -> &mut [f32] {
        let n = self.outputs[i].0.iter().product();
        bytemuck::cast_slice_mut(&mut self.outputs[i].1[..n])
    }
    /// Output `i` as u32, cut to its live shape.
    pub fn out_u32(&mut self, i: usize) -> &mut [u32] {
        let n = self.outputs[i].0.iter().product();
        &mut self.outputs[i].1[..n]
    }
}

/// Tensors of one step as the GPU sees them: at capacity.
pub struct Shapes<'a> {
    /// Read.
    pub inputs: Vec<&'a Tensor>,
    /// Written.
    pub outputs: Vec<&'a Tensor>,
    /// What the device offers that a kernel may choose by.
    pub device: &'a DeviceTraits,
}

/// Device facts a kernel may choose its variant by.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceTraits {
    /// Largest number of invocations in a workgroup.
    pub max_invocations: u32,
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
    /// A CPU pretending to be a GPU (lavapipe, SwiftShader): workgroup memory costs there.
    pub software: bool,
    /// How the matrix product is cut.
    pub tile: Tile,
}

/// What a thread of the GPU's matrix product makes, and how the threads of a workgroup lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Tile {
    /// Four rows, side by side over columns: many threads in flight.
    Small,
    /// Eight rows where there are enough of them: weights are read half as often.
    Tall,
    /// Eight rows, one below the other: side by side some have no columns, and take as long as the others.
    Stacked,
}

impl Tile {
    /// Every one of them.
    pub const ALL: [Tile; 3] = [Tile::Small, Tile::Tall, Tile::Stacked];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Tile::Small => "small",
            Tile::Tall => "tall",
            Tile::Stacked => "stacked",
        }
    }
}

/// A shader's `Args` struct: the same fields in the same order, as plain words. Made by `args!` beside the operation.
pub trait Args: bytemuck::Pod {
    /// Stem of the file in `shaders/`.
    const SHADER: &'static str;
    /// Names, places and types, which `tests/shaders.rs` compares with the WGSL.
    const FIELDS: &'static [Field];
}

/// A field of a shader's `Args`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, the same in Rust and WGSL.
    pub name: &'static str,
    /// Bytes in front of it.
    pub offset: usize,
    /// Its Rust type: `u32`, `f32`, or an array of fours of them.
    pub kind: &'static str,
}

/// Defines a shader's [`Args`]: `args!(Name for "shader" { field: u32, … })`.
macro_rules! args {
    ($name:ident for $shader:literal { $($field:ident: $kind:ty),* $(,)? }) => {
        /// `Args` of the shader of this name; what the fields mean stands there.
        #[repr(C)]
        #[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
        pub(crate) struct $name {
            $(pub $field: $kind),*
        }

        impl $crate::op::Args for $name {
            const SHADER: &'static str = $shader;
            const FIELDS: &'static [$crate::op::Field] = &[$($crate::op::Field {
                name: stringify!($field),
                offset: std::mem::offset_of!($name, $field),
                kind: stringify!($kind),
            }),*];
        }
    };
}
pub(crate) use args;

/// One dispatch: a shader of `shaders/`, the constants in front of it, what it is bound to, its grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Stem of the file in `shaders/`.
    pub shader: &'static str,
    /// Fields that `args` are the words of.
    pub fields: &'static [Field],
    /// `const NAME: u32 = value;` lines put in front of the source: each set is a pipeline of its own, so
    /// only what changes the code belongs here, never a picture's size.
    pub consts: Vec<(&'static str, u32)>,
    /// Words of the uniform `Args` at binding 0 (f32 as bits); sizes belong here.
    pub args: Vec<u32>,
    /// Bindings 1, 2, … in order.
    pub binds: Vec<Bind>,
    /// Workgroups.
    pub groups: [u32; 3],
}

impl Kernel {
    /// A dispatch with these arguments; constants, bindings and grid are to be filled in.
    pub fn with<A: Args>(args: &A) -> Kernel {
        Kernel {
            shader: A::SHADER,
            fields: A::FIELDS,
            consts: Vec::new(),
            args: bytemuck::pod_collect_to_vec(bytemuck::bytes_of(args)),
            binds: Vec::new(),
            groups: [0; 3],
        }
    }
}

/// What a binding is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bind {
    /// Input `i` of the step, read-only.
    Input(usize),
    /// Output `i` of the step, read and written.
    Output(usize),
    /// Parameter `i`, packed so.
    Param(usize, Packing),
    /// Scratch memory of this step, number and words.
    Scratch(usize, usize),
    /// Scratch memory that an earlier dispatch of this step has filled, read-only.
    Filled(usize, usize),
    /// The `[1]` count of selected instances; a constant 1 for steps that are not counted.
    Count,
}

/// How a parameter lies in GPU memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Flat f32 words (a vector), zero-padded to a multiple of four.
    Vector,
    /// Rows `[K][N]`, N zero-padded to a multiple of four; f32, or two f16 or four int8 a word where the
    /// parameter is stored so.
    Matrix,
    /// The scales of an int8 matrix's columns, like a vector.
    Scale,
}

/// A shape error in the words of the op.
pub(crate) fn expect(ok: bool, what: impl FnOnce() -> String) -> Result<(), ShapeError> {
    if ok { Ok(()) } else { Err(ShapeError(what())) }
}
