//! The matrix product of dynamic convolution: every instance's rows times the matrix its own query made.
//! Official: `DynamicConv` in `head.py`, the two `bmm`.

use super::grid::{grid, items, live_words};
use super::product::{Product, Slices};
use crate::activation::Activation;
use crate::cpu::gemm::{Matrix, gemm_once};
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor, numbers};

args!(DynamicConvArgs for "dynamic_conv" {
    items: u32,
    words: u32,
    rows: u32,
    k: u32,
    n: u32,
    offset: u32,
    length: u32,
});

/// x `[B,M,k]` × params `[B,L]`, of which `k·n` numbers from `offset` on are a row-major `[k][n]` → `[B,M,n]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicConv {
    /// First number of the matrix in each instance's row.
    pub offset: usize,
    /// Rows of the matrix.
    pub k: usize,
    /// Columns of the matrix.
    pub n: usize,
}

impl Op for DynamicConv {
    fn name(&self) -> &'static str {
        "dynamic_conv"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[0].shape.len() == 3 && inputs[1].shape.len() == 2, || {
            "wants rows [B, M, k] and parameters [B, L]".into()
        })?;
        let [b, m, k] = inputs[0].dims()?;
        expect(k == self.k && inputs[1].shape[0] == b && inputs[1].shape[1] >= self.offset + k * self.n, || {
            format!("no matrix [{}, {}] at {}", self.k, self.n, self.offset)
        })?;
        Ok(vec![Spec::f32(&[b, m, self.n], inputs[0].counted)])
    }
    fn macs(&self, _inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        numbers(&outputs[0]) * self.k as u64
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let [b, m, k] = io.dims(0)?;
        let l = io.shape(1)[1];
        let n = self.n;
        let (x, params) = (io.f32(0), io.f32(1));
        for_each_chunk(io.out(0), m * n, b * m * n * k, |i, out| {
            let matrix = &params[i * l + self.offset..][..k * n];
            gemm_once(&Matrix { words: &x[i * m * k..(i + 1) * m * k], k }, matrix, n, out);
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [b, m, k] = io.inputs[0].dims()?;
        let l = io.inputs[1].shape[1];
        if [self.n, self.offset, l].iter().all(|v| v.is_multiple_of(4)) {
            return Ok(Product {
                x: Bind::Input(0),
                weight: Bind::Input(1),
                stored_as: 0,
                scale: None,
                bias: None,
                residual: None,
                out: Bind::Output(0),
                activation: Activation::None,
                rows: m,
                cols: self.n,
                channels: k,
                kernel: (1, 1),
                stride: 1,
                pad: (0, 0),
                map: (1, m),
                out_map: (1, m),
                tile: io.device.tile,
                items: items(io.outputs[0]).0,
                slices: Slices::Instances { all: b, offset: self.offset, stride: l },
            }
            .kernels());
        }
        let [items, words] = live_words(io.outputs[0]);
        let args = DynamicConvArgs {
            items,
            words,
            rows: m as u32,
            k: k as u32,
            n: self.n as u32,
            offset: self.offset as u32,
            length: l as u32,
        };
        Ok(vec![Kernel {
            binds: vec![Bind::Count, Bind::Input(0), Bind::Input(1), Bind::Output(0)],
            groups: grid(io.outputs[0].len()),
            ..Kernel::with(&args)
        }])
    }
}
