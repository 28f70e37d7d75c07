//! Words of the command line for what is done differently from the network as it was learned.

use crate::model::{Gates, PartAttention};
use clap::ValueEnum;
use clap::builder::PossibleValue;

impl ValueEnum for Gates {
    fn value_variants<'a>() -> &'a [Self] {
        &[Gates::Learned, Gates::New, Gates::Old, Gates::Sum]
    }
    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Gates::Learned => ("learned", "By the learned gates of SIM"),
            Gates::New => ("new", "The new look only; the memory is shut out"),
            Gates::Old => ("old", "The memory only; nothing new comes in"),
            Gates::Sum => ("sum", "SIM skipped: look and memory are added as they are"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for PartAttention {
    fn value_variants<'a>() -> &'a [Self] {
        &[PartAttention::Learned, PartAttention::Uniform]
    }
    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            PartAttention::Learned => ("learned", "At the places SPEGM learned to look at"),
            PartAttention::Uniform => ("uniform", "Everywhere alike"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
