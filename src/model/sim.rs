//! SIM, the selective iteration module (paper, section 3.3): how much of the new look, how much of the memory.
//! Official: `Selective_updater` in `head.py`; its `fc3` and `norm_fc3` are in checkpoints but unused.

use super::intervention::Gates;
use super::loader::Loader;
use crate::activation::Activation::Relu;
use crate::config::Config;
use crate::ops::{Add, Gate, LayerNorm, Linear};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Two gates per part and channel, by sigmoid.
pub struct Sim {
    fc1: Linear,
    norm: LayerNorm,
    fc2: Linear,
}

impl Sim {
    /// Reads `fc1`, `norm_fc1`, `fc2` below `at`.
    pub fn load(at: &Loader<'_>, config: &Config) -> Result<Self, WeightsError> {
        let e = config.part_dim;
        Ok(Sim {
            fc1: at.at("fc1").linear_no_bias(e, e / 4)?,
            norm: at.at("norm_fc1").layer_norm(e / 4)?.then(Relu),
            fc2: at.at("fc2").linear(e / 4, 2 * e)?,
        })
    }

    /// embedding `[N,P,E]`, part queries `[N,P,E]` → part queries `[N,P,E]`.
    pub fn record(
        &self,
        tape: &mut Tape,
        embedding: TensorId,
        queries: TensorId,
        gates: Gates,
    ) -> Result<TensorId, ShapeError> {
        if let Some(out) = gates.instead(tape, embedding, queries)? {
            tape.tap("sim", out);
            return Ok(out);
        }
        let sum = tape.step(&Add, &[embedding, queries])?;
        let x = tape.step(&self.fc1, &[sum])?;
        let x = tape.step(&self.norm, &[x])?;
        let logits = tape.step(&self.fc2, &[x])?;
        let gates = tape.wants("gates");
        let out = tape.steps(&Gate { gates }, &[embedding, queries, logits])?;
        if gates {
            tape.tap("gates", out[1]);
        }
        tape.tap("sim", out[0]);
        Ok(out[0])
    }
}
