//! The operations a tape is made of, one a file: shape rule, plain CPU loops, GPU constants and grid.
//! `ops/<op>.rs` and `shaders/<op>.wgsl` share a name (inverted residuals are three others' shaders); the tests lie in
//! `tests/ops/` by theme, the test's name beginning with the op's.

mod add;
pub mod attention;
mod attention_pool;
mod avg_pool;
pub mod box_deltas;
mod concat;
mod constant;
mod conv;
mod conv_transpose;
mod depthwise;
mod dynamic_conv;
mod gate;
mod gather;
mod grid;
mod inverted_residual;
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
pub use concat::Concat;
pub use constant::Constant;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use depthwise::Depthwise;
pub use dynamic_conv::DynamicConv;
pub use gate::Gate;
pub use gather::Gather;
pub use inverted_residual::InvertedResidual;
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
