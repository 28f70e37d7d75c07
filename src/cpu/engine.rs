//! Prepares and runs tapes on the processor, natively and in wasm.

use crate::clock::now_ms;
use crate::memory::MemoryPlan;
use crate::op::Io;
use crate::outputs::{Outputs, Value};
use crate::tape::Tape;
use crate::tensor::{Tensor, TensorId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The cpu engine. It has no state: packed parameters live with the parameters, so tapes share them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

/// Inputs that do not fit the tape.
#[derive(Clone, Debug, PartialEq)]
pub struct RunError(pub String);

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for RunError {}

/// The memory for a tape is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// Bytes that all of the tape's tensors need together.
    pub bytes: u64,
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mb = self.bytes as f64 / 1e6;
        write!(f, "this takes {mb:.0} MB of memory, which are not to be had here; use a smaller size or model")
    }
}
impl std::error::Error for OutOfMemory {}

impl Engine {
    /// The engine.
    pub fn new() -> Self {
        Engine
    }

    /// Plans the memory of a pruned tape and takes it; fails if there is not so much. (In wasm there never is above 4
    /// GB, and an allocation that fails in the middle of a run would be the end of the engine.)
    pub fn prepare(&self, tape: Arc<Tape>) -> Result<Plan, OutOfMemory> {
        let memory = MemoryPlan::new(&tape);
        let bytes = memory.words() * 4;
        let mut slots = Vec::with_capacity(memory.sizes.len());
        for &words in &memory.sizes {
            let mut slot = Vec::new();
            slot.try_reserve_exact(words).map_err(|_| OutOfMemory { bytes })?;
            slot.resize(words, 0);
            slots.push(slot);
        }
        Ok(Plan { tape, memory, slots, timed: false })
    }
}

/// A tape with its memory, ready to run frame after frame.
#[derive(Debug)]
pub struct Plan {
    tape: Arc<Tape>,
    memory: MemoryPlan,
    slots: Vec<Vec<u32>>,
    timed: bool,
}

impl Plan {
    /// Asks for the milliseconds of each step in [`Outputs::step_ms`].
    pub fn time_steps(&mut self, timed: bool) {
        self.timed = timed;
    }

    /// The tape it runs.
    pub fn tape(&self) -> &Arc<Tape> {
        &self.tape
    }

    /// Where the tensors lie.
    pub fn memory(&self) -> &MemoryPlan {
        &self.memory
    }

    /// Runs the tape over these inputs, words of the tape's own input tensors by name.
    ///
    /// Fails if an input of the tape is missing, has another number of words, or is unknown to the tape.
    pub fn run(&mut self, inputs: &[(&str, &[u32])]) -> Result<Outputs, RunError> {
        let tape = self.tape.clone();
        self.write_inputs(&tape, inputs)?;
        let mut count = None;
        if tape.count.is_some_and(|id| tape.inputs.values().any(|&input| input == id)) {
            count = self.read_count(&tape);
        }
        let mut step_ms = self.timed.then(Vec::new);
        for step in &tape.steps {
            let start = step_ms.as_ref().map(|_| now_ms());
            let slot = |id: TensorId| self.memory.slot(id).unwrap_or(usize::MAX);
            let mut written: Vec<Vec<u32>> = Vec::with_capacity(step.outputs.len());
            for &id in &step.outputs {
                written.push(self.slots.get_mut(slot(id)).map(std::mem::take).unwrap_or_default());
            }
            let mut io =
                Io { inputs: Vec::with_capacity(step.inputs.len()), outputs: Vec::with_capacity(written.len()) };
            for &id in &step.inputs {
                let shape = live_shape(tape.tensor(id), count);
                let words: usize = shape.iter().product();
                io.inputs.push((shape, &self.slots[slot(id)][..words]));
            }
            for (&id, words) in step.outputs.iter().zip(&mut written) {
                io.outputs.push((live_shape(tape.tensor(id), count), words.as_mut_slice()));
            }
            let done = step.op.run(&mut io);
            drop(io);
            for (&id, words) in step.outputs.iter().zip(written) {
                let slot = slot(id);
                self.slots[slot] = words;
            }
            done.map_err(|e| RunError(format!("{} in {}: {e}", step.op.name(), step.block)))?;
            if let (Some(ms), Some(start)) = (&mut step_ms, start) {
                ms.push(now_ms() - start);
            }
            if step.outputs.iter().any(|&id| Some(id) == tape.count) {
                count = self.read_count(&tape);
            }
        }
        Ok(self.outputs(&tape, count, step_ms))
    }

    fn write_inputs(&mut self, tape: &Tape, inputs: &[(&str, &[u32])]) -> Result<(), RunError> {
        if let Some((name, _)) = inputs.iter().find(|(name, _)| !tape.inputs.contains_key(*name)) {
            let known: Vec<&str> = tape.inputs.keys().map(String::as_str).collect();
            return Err(RunError(format!("the tape has no input `{name}`; it has {}", known.join(", "))));
        }
        for (name, &id) in &tape.inputs {
            let Some((_, words)) = inputs.iter().find(|(given, _)| given == name) else {
                return Err(RunError(format!("input `{name}` {:?} is missing", tape.shape(id))));
            };
            let tensor = tape.tensor(id);
            if words.len() != tensor.len() {
                let (has, wants) = (words.len(), tensor.len());
                return Err(RunError(format!("input `{name}` {:?} wants {wants} words, got {has}", tensor.shape)));
            }
            if let Some(slot) = self.memory.slot(id) {
                self.slots[slot][..words.len()].copy_from_slice(words);
            }
        }
        Ok(())
    }

    fn read_count(&self, tape: &Tape) -> Option<usize> {
        let slot = self.memory.slot(tape.count?)?;
        self.slots[slot].first().map(|&n| n as usize)
    }

    fn outputs(&self, tape: &Tape, count: Option<usize>, step_ms: Option<Vec<f64>>) -> Outputs {
        let read = |(name, &id): (&String, &TensorId)| {
            let tensor = tape.tensor(id);
            let shape = live_shape(tensor, count);
            let words: usize = shape.iter().product();
            let slot = self.memory.slot(id)?;
            let words = self.slots[slot][..words].to_vec();
            Some((name.clone(), Value { shape, dtype: tensor.dtype, words }))
        };
        let mut values = BTreeMap::new();
        values.extend(tape.outputs.iter().filter_map(read));
        Outputs { values, count: count.unwrap_or(0), step_ms }
    }
}

/// Live shape, at capacity while nothing was selected yet.
fn live_shape(tensor: &Tensor, count: Option<usize>) -> Vec<usize> {
    match count {
        Some(count) => tensor.live_shape(count),
        None => tensor.shape.clone(),
    }
}
