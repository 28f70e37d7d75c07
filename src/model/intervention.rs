//! Small named edits of the tape: what would the network answer if one of its parts did not do its work?
//! As learned (the default) nothing is edited, and the tape is the plain one, step for step.

use crate::ops::{Add, Constant, Repeat};
use crate::params::Param;
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use std::sync::Arc;

/// What is done differently in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Intervention {
    /// Run only so many stages, 1 … S; the answer is then the last one's of these. None: all.
    pub stop_after: Option<usize>,
    /// SIM's gates, in every stage.
    pub gates: Gates,
    /// SPEGM's part attention, in every stage.
    pub attention: PartAttention,
}

/// How a part query takes up what SPEGM saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gates {
    /// By the learned gates of SIM
    #[default]
    Learned,
    /// The new look only; the memory is shut out
    New,
    /// The memory only; nothing new comes in
    Old,
    /// SIM skipped: look and memory are added as they are
    Sum,
}

/// Where a part looks in its person's RoI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PartAttention {
    /// At the places SPEGM learned to look at
    #[default]
    Learned,
    /// Everywhere alike
    Uniform,
}

impl Intervention {
    /// How many of `stages` are run. Errors if there are not so many.
    pub fn stages(&self, stages: usize) -> Result<usize, ShapeError> {
        match self.stop_after {
            None => Ok(stages),
            Some(k) if (1..=stages).contains(&k) => Ok(k),
            Some(k) => Err(ShapeError(format!("cannot stop after stage {k}: this network has stages 1 to {stages}"))),
        }
    }
}

impl Gates {
    /// embedding `[N,P,E]` and part queries `[N,P,E]` → part queries, or None where SIM itself decides.
    pub(super) fn instead(
        self,
        tape: &mut Tape,
        embedding: TensorId,
        queries: TensorId,
    ) -> Result<Option<TensorId>, ShapeError> {
        Ok(match self {
            Gates::Learned => None,
            Gates::New => Some(embedding),
            Gates::Old => Some(queries),
            Gates::Sum => Some(tape.step(&Add, &[embedding, queries])?),
        })
    }
}

impl PartAttention {
    /// Attention logits `[N,HW,P]`, one set for each of the ids `[N]`, or None where SPEGM's own are used.
    pub(super) fn instead(
        self,
        tape: &mut Tape,
        [positions, parts]: [usize; 2],
        ids: TensorId,
    ) -> Result<Option<TensorId>, ShapeError> {
        if self == PartAttention::Learned {
            return Ok(None);
        }
        // Equal logits are equal weights after the softmax.
        let shape = [positions, parts];
        let name = format!("uniform attention {positions} x {parts}");
        let param = Arc::new(Param::f32(name, &shape, vec![0.0; positions * parts]));
        let one = tape.step(&Constant { param }, &[])?;
        Ok(Some(tape.step(&Repeat, &[one, ids])?))
    }
}
