//! QueryPose as the paper has it, a file per module; each records itself onto a [`crate::tape::Tape`].

mod backbone;
mod box_decoder;
mod fpn;
mod hrfpn;
mod hrnet;
mod intervention;
mod loader;
mod mobilenet;
mod movenet;
mod pose_decoder;
mod querypose;
mod resnet;
mod sim;
mod spegm;
mod swin;

pub use intervention::{Gates, Intervention, PartAttention};
pub use querypose::{Decode, QueryPose};
