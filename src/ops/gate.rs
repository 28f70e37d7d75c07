//! SIM's choice between the new look and the memory. Official: `Selective_updater.forward` (sigmoid).

use super::grid::{UNWRITTEN, grid, live_words};
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(GateArgs for "gate" { items: u32, words: u32, width: u32 });

/// embedding e `[B,P,E]`, query q `[B,P,E]`, logits l `[B,P,2E]` → `e·σ(l[..E]) + q·σ(l[E..])`, and with
/// `gates` also σ(l) `[B,P,2E]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// True if the gates are wanted too.
    pub gates: bool,
}

impl Op for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 3, || "wants embedding, query, logits".into())?;
        let mut wanted = inputs[0].shape.clone();
        if let Some(e) = wanted.last_mut() {
            *e *= 2;
        }
        expect(inputs[1].shape == inputs[0].shape && inputs[2].shape == wanted, || {
            format!("the logits are not {wanted:?}")
        })?;
        let mut specs = vec![Spec::f32(&inputs[0].shape, inputs[0].counted)];
        if self.gates {
            specs.push(Spec::f32(&wanted, inputs[0].counted));
        }
        Ok(specs)
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let e = io.shape(0)[io.shape(0).len() - 1];
        let (embedding, query, logits) = (io.f32(0), io.f32(1), io.f32(2));
        let mut gates = logits.to_vec();
        rows::sigmoid(&mut gates);
        let each = embedding.chunks_exact(e).zip(query.chunks_exact(e)).zip(gates.chunks_exact(2 * e));
        for (out, ((embedding, query), gates)) in io.out(0).chunks_exact_mut(e).zip(each) {
            for c in 0..e {
                out[c] = embedding[c] * gates[c] + query[c] * gates[e + c];
            }
        }
        if self.gates {
            io.out(1).copy_from_slice(&gates);
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [items, words] = live_words(io.outputs[0]);
        let width = io.inputs[0].shape.last().copied().unwrap_or(1);
        Ok(vec![Kernel {
            consts: vec![("GATES", u32::from(self.gates))],
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Input(1),
                Bind::Input(2),
                Bind::Output(0),
                if self.gates { Bind::Output(1) } else { UNWRITTEN },
            ],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&GateArgs { items, words, width: width as u32 })
        }])
    }
}
