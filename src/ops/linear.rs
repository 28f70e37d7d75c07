//! Fully connected layer over the last dimension, with bias, residual and activation in one go.

use super::grid::items;
use super::product::{Product, Slices};
use crate::activation::Activation;
use crate::cpu::gemm::{Finish, Matrix, gemm};
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor, dims, numbers};
use std::sync::Arc;

/// `act(x·W + bias + residual)`; x `[..., K]`, residual `[..., N]`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[K, N]`
    pub weight: Arc<Param>,
    /// `[N]`
    pub bias: Option<Arc<Param>>,
    /// Applied last.
    pub activation: Activation,
    /// True if a second input is added before the activation.
    pub residual: bool,
}

impl Linear {
    /// The same, followed by an activation.
    pub fn then(self, activation: Activation) -> Self {
        Linear { activation, ..self }
    }

    /// The same, with a second input added before the activation.
    pub fn plus_residual(self) -> Self {
        Linear { residual: true, ..self }
    }
}

impl Op for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 1 + self.residual as usize, || "wants x (and a residual)".into())?;
        let mut shape = inputs[0].shape.clone();
        let [k, n] = dims(&self.weight.shape)?;
        expect(shape.last() == Some(&k), || format!("{} takes {k} numbers a row", self.weight.name))?;
        if let Some(last) = shape.last_mut() {
            *last = n;
        }
        if self.residual {
            expect(inputs[1].shape == shape, || format!("the residual is not {shape:?}"))?;
        }
        Ok(vec![Spec::f32(&shape, inputs[0].counted)])
    }

    fn params(&self) -> Vec<&Arc<Param>> {
        std::iter::once(&self.weight).chain(&self.bias).collect()
    }

    fn macs(&self, _inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        numbers(&outputs[0]) * self.weight.shape[0] as u64
    }

    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let k = self.weight.shape[0];
        let residual = self.residual.then(|| io.f32(1));
        let finish = Finish { bias: self.bias.as_ref().map(|p| p.wide()), residual, activation: self.activation };
        gemm(&Matrix { words: io.f32(0), k }, k, self.weight.panels(), 0, finish, io.out(0));
        Ok(())
    }

    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [k, n] = dims(&self.weight.shape)?;
        let rows = io.outputs[0].len() / n.max(1);
        // A 1×1 convolution over a map one row high.
        Ok(Product {
            x: Bind::Input(0),
            weight: Bind::Param(0, Packing::Matrix),
            stored_as: self.weight.stored_as(),
            scale: self.weight.scale().map(|_| Bind::Param(0, Packing::Scale)),
            bias: self.bias.as_ref().map(|_| Bind::Param(1, Packing::Vector)),
            residual: self.residual.then_some(Bind::Input(1)),
            out: Bind::Output(0),
            activation: self.activation,
            rows,
            cols: n,
            channels: k,
            kernel: (1, 1),
            stride: 1,
            pad: (0, 0),
            map: (1, rows),
            out_map: (1, rows),
            tile: io.device.tile,
            items: items(io.outputs[0]).0,
            slices: Slices::None,
        }
        .kernels())
    }
}
