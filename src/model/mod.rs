//! QueryPose as the paper has it, a file per module; each records itself onto a [`crate::tape::Tape`].

mod backbone;
mod box_decoder;
mod fpn;
mod hrfpn;
mod hrnet;
mod intervention;
mod loader;
mod mobilenet;
mod pose_decoder;
mod querypose;
mod resnet;
mod shufflenet;
mod sim;
mod spegm;
mod swin;

pub use intervention::{Gates, Intervention, PartAttention};
pub use querypose::{Decode, QueryPose};

use crate::weights::WeightsError;
use std::fmt;

/// Why a model could not be built from its configuration and weights.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelError {
    /// The configuration is valid, but not run by this version.
    Unsupported(String),
    /// A tensor is missing, misshapen or not finite.
    Weights(WeightsError),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelError::Unsupported(what) => f.write_str(what),
            ModelError::Weights(e) => e.fmt(f),
        }
    }
}
impl std::error::Error for ModelError {}

impl From<WeightsError> for ModelError {
    fn from(e: WeightsError) -> Self {
        ModelError::Weights(e)
    }
}
