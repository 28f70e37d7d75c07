//! The tape: a network recorded for one input size, as data.
//!
//! `model/*` records steps over tensor ids; shapes are checked as they are recorded. The cpu and the
//! gpu engine run the same tape. Recording computes nothing but shapes.
//!
//! **Layout.** Activations are NHWC, row-major, 32-bit words (f32, or u32 for pixels, ids and counts).
//!
//! **Counted tensors.** After `select` only the first `count` instances are worth computing. A tensor
//! whose leading dimension is `per_item × instances` carries `counted = Some(per_item)`; its shape holds
//! the capacity. The cpu engine shortens the leading dimension to `per_item × count`; GPU kernels return
//! early beyond it, so that no readback is needed in mid-frame.
//!
//! **Taps** name tensors worth looking at, each within the [`Tape::scope`] it is recorded in (`s0.box` + `roi` →
//! `s0.box.roi`). What nobody asks for is pruned when the tape is finished.

use crate::op::{Op, Spec};
use crate::tensor::{DType, ShapeError, Tensor, TensorId, numbers};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// One operation over tensors of the tape.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to compute.
    pub op: Arc<dyn Op>,
    /// Tensors read.
    pub inputs: Vec<TensorId>,
    /// Tensors written.
    pub outputs: Vec<TensorId>,
    /// The part of the network it belongs to, for timings.
    pub block: Block,
}

/// Parts of the network, for timings and MAC tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Block {
    /// Resize, normalise, pad.
    Before,
    /// Backbone.
    Backbone,
    /// Feature pyramid.
    Fpn,
    /// Box decoder, stage s.
    Box(usize),
    /// Choice of the instances worth decoding.
    Select,
    /// Pose decoder, stage s.
    Pose(usize),
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Block::Before => write!(f, "before"),
            Block::Backbone => write!(f, "backbone"),
            Block::Fpn => write!(f, "fpn"),
            Block::Box(s) => write!(f, "box stage {s}"),
            Block::Select => write!(f, "select"),
            Block::Pose(s) => write!(f, "pose stage {s}"),
        }
    }
}

/// A network recorded for one input size.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// Every tensor, indexed by [`TensorId`].
    pub tensors: Vec<Tensor>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Tensors the caller writes before a run, by name.
    pub inputs: BTreeMap<String, TensorId>,
    /// Tensors the caller reads after a run, by name: results and the taps asked for.
    pub outputs: BTreeMap<String, TensorId>,
    /// The `[1]` u32 tensor that holds how many instances were selected.
    pub count: Option<TensorId>,
    wanted: Wanted,
    block: Option<Block>,
    /// In front of every tap's name, with a dot at its end.
    scope: String,
}

/// Which taps to keep.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Wanted {
    /// Results only.
    #[default]
    Nothing,
    /// Everything that has a name.
    Everything,
    /// Taps whose name starts with one of these.
    Prefixes(Vec<String>),
    /// Taps of these names.
    Names(Vec<String>),
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        match self {
            Wanted::Nothing => false,
            Wanted::Everything => true,
            Wanted::Prefixes(list) => list.iter().any(|p| name.starts_with(p.as_str())),
            Wanted::Names(list) => list.iter().any(|n| n == name),
        }
    }
}

impl Tape {
    /// An empty tape that keeps the wanted taps.
    pub fn new(wanted: Wanted) -> Self {
        Tape { wanted, ..Tape::default() }
    }

    /// Steps recorded from here on belong to `block`.
    pub fn block(&mut self, block: Block) {
        self.block = Some(block);
    }

    /// Until what it gives is dropped, taps are named below `name`.
    pub fn scope(&mut self, name: impl Display) -> Scope<'_> {
        let outer = self.scope.len();
        // Writing to a string cannot fail.
        let _ = write!(self.scope, "{name}.");
        Scope { tape: self, outer }
    }

    /// The tensor behind an id.
    pub fn tensor(&self, id: TensorId) -> &Tensor {
        &self.tensors[id.0]
    }

    /// Shape of a tensor (capacity, where counted).
    pub fn shape(&self, id: TensorId) -> &[usize] {
        &self.tensors[id.0].shape
    }

    fn push(&mut self, spec: Spec) -> TensorId {
        let id = TensorId(self.tensors.len());
        self.tensors.push(Tensor { shape: spec.shape, dtype: spec.dtype, counted: spec.counted, storage: id });
        id
    }

    /// A tensor that the caller writes before each run.
    pub fn input(&mut self, name: &str, shape: &[usize], dtype: DType) -> TensorId {
        let id = self.push(Spec { shape: shape.to_vec(), dtype, counted: None });
        self.inputs.insert(name.to_string(), id);
        id
    }

    /// The dimensions of a tensor of rank `N` (capacity, where counted).
    ///
    /// Errors: another rank, in words that say where.
    pub fn dims<const N: usize>(&self, id: TensorId) -> Result<[usize; N], ShapeError> {
        let block = self.block.map(|b| b.to_string()).unwrap_or_default();
        self.tensor(id).dims().map_err(|e| ShapeError(format!("{block}, {}: {}", self.scope, e.0)))
    }

    /// Records an operation; its outputs in the op's own order.
    pub fn steps<O: Op + Clone + 'static>(&mut self, op: &O, inputs: &[TensorId]) -> Result<Vec<TensorId>, ShapeError> {
        let read: Vec<&Tensor> = inputs.iter().map(|&i| self.tensor(i)).collect();
        let specs = op.outputs(&read).map_err(|e| {
            let shapes: Vec<String> = read.iter().map(|t| format!("{:?}", t.shape)).collect();
            let block = self.block.map(|b| b.to_string()).unwrap_or_default();
            ShapeError(format!("{block}, {} over {}: {}", op.name(), shapes.join(", "), e.0))
        })?;
        let outputs: Vec<TensorId> = specs.into_iter().map(|s| self.push(s)).collect();
        self.steps.push(Step {
            op: Arc::new(op.clone()),
            inputs: inputs.to_vec(),
            outputs: outputs.clone(),
            block: self.block.unwrap_or(Block::Before),
        });
        Ok(outputs)
    }

    /// Records an operation with one output.
    pub fn step<O: Op + Clone + 'static>(&mut self, op: &O, inputs: &[TensorId]) -> Result<TensorId, ShapeError> {
        Ok(self.steps(op, inputs)?[0])
    }

    /// The same storage under another shape. A counted tensor may only split or merge whole instances.
    pub fn reshape(&mut self, id: TensorId, shape: &[usize]) -> Result<TensorId, ShapeError> {
        let from = self.tensor(id).clone();
        if numbers(&from.shape) != numbers(shape) {
            return Err(ShapeError(format!("cannot see {:?} as {shape:?}: the sizes differ", from.shape)));
        }
        let counted = match from.counted {
            None => None,
            Some(per_item) => {
                let instances = from.shape[0] / per_item;
                if instances == 0 || shape.first().is_none_or(|n| n % instances != 0) {
                    return Err(ShapeError(format!(
                        "cannot see {:?} as {shape:?}: it would cut an instance",
                        from.shape
                    )));
                }
                Some(shape[0] / instances)
            }
        };
        let new = TensorId(self.tensors.len());
        self.tensors.push(Tensor { shape: shape.to_vec(), dtype: from.dtype, counted, storage: from.storage });
        Ok(new)
    }

    /// True if the tap of this name was asked for; ops with a costly extra output look here first.
    pub fn wants(&self, name: &str) -> bool {
        match self.wanted {
            Wanted::Nothing => false,
            _ => self.wanted.has(&format!("{}{name}", self.scope)),
        }
    }

    /// Gives a tensor a name within the scope, to look at it by. Free unless asked for.
    pub fn tap(&mut self, name: impl AsRef<str>, id: TensorId) {
        if self.wants(name.as_ref()) {
            self.outputs.insert(format!("{}{}", self.scope, name.as_ref()), id);
        }
    }

    /// Names a result, which is always kept.
    pub fn result(&mut self, name: &str, id: TensorId) {
        self.outputs.insert(name.to_string(), id);
    }

    /// Drops every step that neither a result nor a wanted tap depends on.
    pub fn prune(&mut self) {
        let mut needed = vec![false; self.tensors.len()];
        for id in self.outputs.values().chain(self.count.iter()) {
            needed[self.tensors[id.0].storage.0] = true;
        }
        let mut keep = vec![false; self.steps.len()];
        for (i, step) in self.steps.iter().enumerate().rev() {
            keep[i] = step.outputs.iter().any(|o| needed[o.0]);
            if keep[i] {
                for input in &step.inputs {
                    needed[self.tensors[input.0].storage.0] = true;
                }
            }
        }
        let mut kept = keep.iter();
        self.steps.retain(|_| *kept.next().unwrap_or(&true));
    }

    /// Multiply-accumulates per block when `count` instances are decoded.
    pub fn macs(&self, count: usize) -> BTreeMap<Block, u64> {
        let mut by_block = BTreeMap::new();
        for step in &self.steps {
            let live = |ids: &[TensorId]| -> Vec<Vec<usize>> {
                ids.iter().map(|&i| self.tensor(i).live_shape(count)).collect()
            };
            *by_block.entry(step.block).or_insert(0) += step.op.macs(&live(&step.inputs), &live(&step.outputs));
        }
        by_block
    }
}

/// A tape whose taps are named below a place, see [`Tape::scope`].
pub struct Scope<'t> {
    tape: &'t mut Tape,
    /// Length of the name around it.
    outer: usize,
}

impl Deref for Scope<'_> {
    type Target = Tape;
    fn deref(&self) -> &Tape {
        self.tape
    }
}

impl DerefMut for Scope<'_> {
    fn deref_mut(&mut self) -> &mut Tape {
        self.tape
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.tape.scope.truncate(self.outer);
    }
}
