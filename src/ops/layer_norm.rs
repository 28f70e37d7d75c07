//! Layer normalisation over the last dimension, after an optional residual, before an optional activation.

use super::grid::{grid, live_words};
use crate::activation::Activation;
use crate::cpu::parallel::for_each_chunk;
use crate::cpu::rows;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor};
use std::sync::Arc;

args!(LayerNormArgs for "layer_norm" { items: u32, rows_per_item: u32, channels: u32, eps: f32 });

/// Added to the variance, as in the official code.
pub const EPS: f32 = 1e-5;

/// `act(LN(x + residual))` over `[..., C]`.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    /// Scale `[C]`.
    pub gamma: Arc<Param>,
    /// Shift `[C]`.
    pub beta: Arc<Param>,
    /// Applied last.
    pub activation: Activation,
    /// True if a second input of x's shape is added first.
    pub residual: bool,
}

impl LayerNorm {
    /// The same, followed by an activation.
    pub fn then(self, activation: Activation) -> Self {
        LayerNorm { activation, ..self }
    }

    /// The same, with a second input added first.
    pub fn plus_residual(self) -> Self {
        LayerNorm { residual: true, ..self }
    }
}

impl Op for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_norm"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 + self.residual as usize, || "wants x (and a residual)".into())?;
        let shape = &inputs[0].shape;
        let c = shape.last().copied().unwrap_or(0);
        expect(c > 0 && self.gamma.shape == [c] && self.beta.shape == [c], || {
            format!("{} does not fit rows of {c}", self.gamma.name)
        })?;
        expect(inputs.iter().all(|t| t.shape == *shape), || "the residual has another shape".into())?;
        Ok(vec![Spec::f32(shape, inputs[0].counted)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        vec![&self.gamma, &self.beta]
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let (gamma, beta) = (self.gamma.wide(), self.beta.wide());
        let (x, residual) = (io.f32(0), self.residual.then(|| io.f32(1)));
        let chunk = gamma.len() * 32;
        for_each_chunk(io.out(0), chunk, x.len() * 8, |i, out| {
            let here = i * chunk..i * chunk + out.len();
            let residual = residual.map(|r| &r[here.clone()]);
            let norm = rows::LayerNorm { x: &x[here], residual, gamma, beta, eps: EPS, activation: self.activation };
            rows::layer_norm(norm, out);
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let c = self.gamma.shape.iter().product::<usize>().max(1);
        // Threads a row: on a processor meeting at a barrier costs more than working alone.
        let lanes = if io.device.software { 1 } else { [4, 16][usize::from(c > 64)] };
        let [items, words] = live_words(io.outputs[0]);
        let args = LayerNormArgs { items, rows_per_item: words / c as u32, channels: c as u32, eps: EPS };
        Ok(vec![Kernel {
            consts: vec![
                ("LANES", lanes as u32),
                ("RESIDUAL", u32::from(self.residual)),
                ("ACTIVATION", self.activation.code()),
            ],
            binds: vec![
                Bind::Count,
                Bind::Input(0),
                Bind::Input(usize::from(self.residual)),
                Bind::Param(0, Packing::Vector),
                Bind::Param(1, Packing::Vector),
                Bind::Output(0),
            ],
            groups: grid(io.outputs[0].len() / c * lanes),
            ..Kernel::with(&args)
        }])
    }
}
