//! Which tensors of a tape may share memory: a plan by liveness, for both engines.
//!
//! A tensor lives from the step that writes it to the last step that reads it. Tensors whose lives do not
//! touch share a slot (one buffer). Results and taps live to the end of the run, inputs live through all of
//! it, and an output never shares with an input of its own step: no kernel reads what it writes.
//! Largest first, each into the smallest slot that is free for its whole life ("greedy by size",
//! Pisarchyk & Lee 2020, arXiv 2001.03288).

use crate::tape::Tape;
use crate::tensor::TensorId;

/// Slots of a tape's tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryPlan {
    /// Slot of each tensor, indexed by [`TensorId`]; a reshape has the slot of its storage. `None` for
    /// tensors that no step, input or output of the tape touches any more.
    pub slots: Vec<Option<usize>>,
    /// Words of each slot.
    pub sizes: Vec<usize>,
    /// Words all live tensors would take without sharing.
    pub unshared: u64,
}

/// First and last step a storage is alive in, both included.
type Life = (usize, usize);

impl MemoryPlan {
    /// Plans the tape as it is; prune it before.
    pub fn new(tape: &Tape) -> Self {
        let lives = lives(tape);
        let mut order: Vec<usize> = (0..tape.tensors.len()).filter(|&i| lives[i].is_some()).collect();
        let words = |i: usize| tape.tensors[i].len();
        order.sort_unstable_by_key(|&i| (std::cmp::Reverse(words(i)), i));

        let mut plan = MemoryPlan { slots: vec![None; tape.tensors.len()], ..MemoryPlan::default() };
        let mut taken: Vec<Vec<Life>> = Vec::new();
        for i in order {
            let Some(life) = lives[i] else { continue };
            plan.unshared += words(i) as u64;
            // Slots were opened largest first, so the last free one is the smallest that fits.
            let free = |slot: &Vec<Life>| slot.iter().all(|&(first, last)| last < life.0 || life.1 < first);
            let slot = taken.iter().rposition(free).unwrap_or_else(|| {
                taken.push(Vec::new());
                plan.sizes.push(words(i));
                taken.len() - 1
            });
            taken[slot].push(life);
            plan.slots[i] = Some(slot);
        }
        for i in 0..tape.tensors.len() {
            plan.slots[i] = plan.slots[tape.tensors[i].storage.0];
        }
        plan
    }

    /// Slot of a tensor.
    pub fn slot(&self, id: TensorId) -> Option<usize> {
        self.slots.get(id.0).copied().flatten()
    }
    /// Words of all slots together.
    /// Words of all slots together.
    pub fn words(&self) -> u64 {
        self.sizes.iter().map(|&words| words as u64).sum()
    }
}

/// Life of every storage tensor, indexed by [`TensorId`]; `None` for reshapes and what nothing touches.
fn lives(tape: &Tape) -> Vec<Option<Life>> {
    let mut lives: Vec<Option<Life>> = vec![None; tape.tensors.len()];
    let mut touch = |id: TensorId, first: usize, last: usize| {
        let life = &mut lives[tape.tensors[id.0].storage.0];
        *life = Some(life.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
    };
    let end = tape.steps.len();
    for &id in tape.inputs.values() {
        touch(id, 0, end);
    }
    for (s, step) in tape.steps.iter().enumerate() {
        for &id in step.inputs.iter().chain(&step.outputs) {
            touch(id, s, s);
        }
    }
    for &id in tape.outputs.values().chain(&tape.count) {
        touch(id, end, end);
    }
    lives
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{Io, Kernel, Op, Shapes, Spec};
    use crate::tape::Wanted;
    use crate::tensor::{DType, ShapeError, Tensor};

    /// Writes tensors of these sizes from anything.
    #[derive(Clone, Debug)]
    struct Make(Vec<usize>);
    impl Op for Make {
        fn name(&self) -> &'static str {
            "make"
        }
        fn outputs(&self, _: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
            Ok(self.0.iter().map(|&n| Spec::f32(&[n], None)).collect())
        }
        fn run(&self, _: &mut Io<'_>) -> Result<(), ShapeError> {
            Ok(())
        }
        fn kernels(&self, _: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
            Ok(Vec::new())
        }
    }

    /// A small linear congruential generator (Knuth's MMIX numbers).
    struct Lcg(u64);
    impl Lcg {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((self.0 >> 33) as usize) % n
        }
    }

    fn random_tape(seed: u64) -> Tape {
        let mut rng = Lcg(seed);
        let mut tape = Tape::new(Wanted::Nothing);
        let mut ids = vec![tape.input("a", &[7], DType::F32), tape.input("b", &[40], DType::F32)];
        for s in 0..40 {
            let reads: Vec<TensorId> =
                (0..1 + rng.below(3)).map(|_| ids[ids.len() - 1 - rng.below(ids.len().min(6))]).collect();
            let sizes: Vec<usize> = (0..1 + rng.below(2)).map(|_| 1 + rng.below(100)).collect();
            let made = tape.steps(&Make(sizes), &reads).unwrap();
            if rng.below(5) == 0 {
                tape.result(&format!("r{s}"), made[0]);
            }
            if rng.below(3) == 0 {
                let n = tape.shape(made[0])[0];
                ids.push(tape.reshape(made[0], &[1, n]).unwrap());
            }
            ids.extend(made);
        }
        tape.result("last", ids[ids.len() - 1]);
        tape.count = Some(ids[5]);
        tape.prune();
        tape
    }

    /// Runs the plan with slots that remember who wrote them last; says who read another's words.
    fn misread(tape: &Tape, plan: &MemoryPlan) -> Option<String> {
        let mut owner: Vec<Option<TensorId>> = vec![None; plan.sizes.len()];
        let root = |id: TensorId| tape.tensor(id).storage;
        let check = |owner: &[Option<TensorId>], id: TensorId, who: &str| match plan.slot(id) {
            Some(slot) if owner[slot] == Some(root(id)) => None,
            _ => Some(format!("{who} reads {id:?}")),
        };
        for &id in tape.inputs.values() {
            owner[plan.slot(id)?] = Some(id);
        }
        for (s, step) in tape.steps.iter().enumerate() {
            for &id in &step.outputs {
                let slot = plan.slot(id).expect("outputs have a slot");
                assert!(plan.sizes[slot] >= tape.tensor(id).len());
                owner[slot] = Some(id);
            }
            // After the writes: a step whose output shares with its input fails here too.
            for &id in step.inputs.iter().chain(&step.outputs) {
                if let Some(text) = check(&owner, id, &format!("step {s}")) {
                    return Some(text);
                }
            }
        }
        let kept = tape.outputs.values().chain(tape.inputs.values()).chain(&tape.count);
        kept.into_iter().find_map(|&id| check(&owner, id, "the caller"))
    }

    #[test]
    fn nobody_reads_overwritten_memory() {
        for seed in 0..200 {
            let tape = random_tape(seed);
            let plan = MemoryPlan::new(&tape);
            assert_eq!(misread(&tape, &plan), None, "seed {seed}");
            assert!(plan.words() <= plan.unshared);
        }
    }

    #[test]
    fn a_wrong_plan_is_noticed() {
        let tape = random_tape(1);
        let mut plan = MemoryPlan::new(&tape);
        plan.sizes = vec![100; plan.sizes.len()];
        let last = plan.sizes.len() - 1;
        plan.slots.iter_mut().flatten().for_each(|s| *s = (*s).min(last / 2));
        assert!(misread(&tape, &plan).is_some());
    }

    #[test]
    fn a_chain_needs_two_slots() {
        let mut tape = Tape::new(Wanted::Nothing);
        let input = tape.input("x", &[3], DType::F32);
        let mut x = input;
        for _ in 0..10 {
            x = tape.step(&Make(vec![100]), &[x]).unwrap();
        }
        tape.result("y", x);
        tape.prune();
        let plan = MemoryPlan::new(&tape);
        assert_eq!((plan.words(), plan.unshared), (203, 1003));
    }
}
