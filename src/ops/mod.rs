//! The operations a tape is made of, one a file: shape rule, plain CPU loops, GPU constants and grid.
//! `ops/<op>.rs`, `shaders/<op>.wgsl` and the op's test share a name.

mod add;
pub mod attention;
mod attention_pool;
mod avg_pool;
pub mod box_deltas;
mod channel_shuffle;
mod concat;
mod constant;
mod conv;
mod conv_transpose;
mod depthwise;
mod dynamic_conv;
mod gate;
mod gather;
mod keypoint_head;
pub mod layer_norm;
pub mod letterbox;
mod linear;
mod max_pool;
mod patch_merge;
mod product;
mod proposals;
mod repeat;
mod roi_align;
mod select;
mod upsample_add;
pub mod window_attention;

pub use add::Add;
pub use attention::Attention;
pub use attention_pool::AttentionPool;
pub use avg_pool::AvgPool;
pub use box_deltas::BoxDeltas;
pub use channel_shuffle::ChannelShuffle;
pub use concat::Concat;
pub use constant::Constant;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use depthwise::Depthwise;
pub use dynamic_conv::DynamicConv;
pub use gate::Gate;
pub use gather::Gather;
pub use keypoint_head::KeypointHead;
pub use layer_norm::LayerNorm;
pub use letterbox::Letterbox;
pub use linear::Linear;
pub use max_pool::MaxPool;
pub use patch_merge::PatchMerge;
pub use proposals::Proposals;
pub use repeat::Repeat;
pub use roi_align::RoiAlign;
pub use select::Select;
pub use upsample_add::{Upsample, UpsampleAdd};
pub use window_attention::WindowAttention;

use crate::params::Param;
use crate::tape::{DType, TapeError, Tensor};
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

/// An operation. Implemented once per file of this folder.
pub trait Op: Debug + Send + Sync {
    /// The file's stem, which is the shader's stem too.
    fn name(&self) -> &'static str;
    /// The shape rule: what is written, or why these inputs do not fit.
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, TapeError>;
    /// Learned tensors it reads, in the order [`Bind::Param`] counts them.
    fn params(&self) -> Vec<&Arc<Param>> {
        Vec::new()
    }
    /// Multiply-accumulates of the matrix-like work, given live shapes.
    fn macs(&self, _inputs: &[Vec<usize>], _outputs: &[Vec<usize>]) -> u64 {
        0
    }
    /// Computes the outputs on the CPU from live shapes.
    fn run(&self, io: &mut Io<'_>);
    /// The GPU dispatches that compute the same, in order.
    fn kernels(&self, io: &Shapes<'_>) -> Vec<Kernel>;
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
}

/// One dispatch: a shader of `shaders/`, the constants in front of it, what it is bound to, its grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Stem of the file in `shaders/`.
    pub shader: &'static str,
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

/// Applied to a result before it is written. Official code: `nn.ReLU`; MobileNetV2: ReLU6; NanoDet's ShuffleNetV2: leaky ReLU; Swin: GELU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// As it is.
    #[default]
    None,
    /// max(x, 0)
    Relu,
    /// min(max(x, 0), 6)
    Relu6,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// max(x, 0.1 x)
    LeakyRelu,
    /// x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016, by erf)
    Gelu,
}

impl Activation {
    /// Every one of them.
    pub const ALL: [Activation; 6] = [
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::Sigmoid,
        Activation::LeakyRelu,
        Activation::Gelu,
    ];
    /// The function itself.
    #[inline(always)]
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Activation::None => x,
            Activation::Relu => x.max(0.0),
            Activation::Relu6 => x.clamp(0.0, 6.0),
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::LeakyRelu => x.max(0.1 * x),
            Activation::Gelu => crate::cpu::rows::gelu(x),
        }
    }
    /// The number shaders know it by (`ACTIVATION`).
    pub fn code(self) -> u32 {
        match self {
            Activation::None => 0,
            Activation::Relu => 1,
            Activation::Relu6 => 2,
            Activation::Sigmoid => 3,
            Activation::LeakyRelu => 4,
            Activation::Gelu => 5,
        }
    }
}

/// A shape error in the words of the op.
pub(crate) fn expect(ok: bool, what: impl FnOnce() -> String) -> Result<(), TapeError> {
    if ok { Ok(()) } else { Err(TapeError(what())) }
}
