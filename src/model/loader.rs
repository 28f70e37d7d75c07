//! Named tensors of a state-dict → operations with their parameters, laid out and folded.
//!
//! Works like a path: `loader.at("head").at(0)` names `head.0`, and each method reads the tensors of one layer.

use crate::ops::{Activation, Conv, ConvTranspose, Depthwise, LayerNorm, Linear};
use crate::params::{Param, Values};
use crate::weights::{Weights, WeightsError};
use std::fmt::Display;
use std::sync::Arc;

/// Added to a BatchNorm's variance.
const BATCH_NORM_EPS: f32 = 1e-5;

/// A place in the state-dict.
pub struct Loader<'a> {
    weights: &'a Weights<'a>,
    path: String,
}

impl<'a> Loader<'a> {
    /// The root of the state-dict.
    pub fn new(weights: &'a Weights<'a>) -> Self {
        Loader { weights, path: String::new() }
    }

    /// One step down.
    pub fn at(&self, name: impl Display) -> Loader<'a> {
        Loader { weights: self.weights, path: self.name(name) }
    }

    fn name(&self, name: impl Display) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    /// A tensor as it is stored, of any rank.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> Result<Arc<Param>, WeightsError> {
        let full = self.name(name);
        let stored = self.weights.get(&full, shape)?;
        Ok(Arc::new(Param::new(full, shape, stored.values)))
    }

    fn vector(&self, name: &str, n: usize) -> Result<Vec<f32>, WeightsError> {
        Ok(self.weights.get(&self.name(name), &[n])?.to_f32())
    }

    /// `weight [N, K]` and `bias [N]` of `nn.Linear`.
    pub fn linear(&self, k: usize, n: usize) -> Result<Linear, WeightsError> {
        self.linear_named("weight", Some("bias"), k, n)
    }

    /// `weight [N, K]` alone.
    pub fn linear_no_bias(&self, k: usize, n: usize) -> Result<Linear, WeightsError> {
        self.linear_named("weight", None, k, n)
    }

    /// The packed q, k, v projection of `nn.MultiheadAttention`: `[..., C]` → `[..., 3C]`.
    pub fn in_proj(&self, c: usize) -> Result<Linear, WeightsError> {
        self.linear_named("in_proj_weight", Some("in_proj_bias"), c, 3 * c)
    }

    fn linear_named(&self, weight: &str, bias: Option<&str>, k: usize, n: usize) -> Result<Linear, WeightsError> {
        let stored = self.weights.get(&self.name(weight), &[n, k])?;
        let weight = Param::new(self.name(weight), &[k, n], transpose(&stored.values, n, k));
        let bias = bias.map(|b| self.tensor(b, &[n])).transpose()?;
        Ok(Linear { weight: Arc::new(weight), bias, activation: Activation::None, residual: false })
    }

    /// Several `nn.Linear` of one input, side by side: children `names` of widths `n`. With `order`, column j of
    /// the result is column `order[j]` of them laid side by side.
    pub fn linears(
        &self,
        children: &[(String, usize)],
        k: usize,
        order: Option<&[usize]>,
    ) -> Result<Linear, WeightsError> {
        let total: usize = children.iter().map(|(_, n)| n).sum();
        let (mut rows, mut bias) = (Vec::with_capacity(total * k), Vec::with_capacity(total));
        for (child, n) in children {
            let at = self.at(child);
            rows.extend(self.weights.get(&at.name("weight"), &[*n, k])?.to_f32());
            bias.extend(at.vector("bias", *n)?);
        }
        let identity: Vec<usize> = (0..total).collect();
        let order = order.unwrap_or(&identity);
        let rows: Vec<f32> = order.iter().flat_map(|&j| rows[j * k..(j + 1) * k].iter().copied()).collect();
        let bias: Vec<f32> = order.iter().map(|&j| bias[j]).collect();
        let first = children.first().map(|(c, _)| c.as_str()).unwrap_or_default();
        let weight =
            Param::new(self.name(format!("{first}…weight")), &[k, total], transpose(&Values::F32(rows), total, k));
        let bias = Param::f32(self.name(format!("{first}…bias")), &[total], bias);
        Ok(Linear {
            weight: Arc::new(weight),
            bias: Some(Arc::new(bias)),
            activation: Activation::None,
            residual: false,
        })
    }

    /// `weight` and `bias` of `nn.LayerNorm`.
    pub fn layer_norm(&self, c: usize) -> Result<LayerNorm, WeightsError> {
        let (gamma, beta) = (self.tensor("weight", &[c])?, self.tensor("bias", &[c])?);
        Ok(LayerNorm { gamma, beta, activation: Activation::None, residual: false })
    }

    /// `weight [Cout, Cin, k, k]` and `bias` of `nn.Conv2d` with "same" padding.
    pub fn conv(&self, cin: usize, cout: usize, kernel: usize, stride: usize) -> Result<Conv, WeightsError> {
        let weight = self.conv_weight(cin, cout, kernel)?;
        Ok(same_conv(weight, Some(self.tensor("bias", &[cout])?), kernel, stride))
    }

    fn conv_weight(&self, cin: usize, cout: usize, kernel: usize) -> Result<Param, WeightsError> {
        let stored = self.weights.get(&self.name("weight"), &[cout, cin, kernel, kernel])?;
        let rows = conv_rows(&stored.values, cout, cin, kernel);
        Ok(Param::new(self.name("weight"), &[kernel * kernel * cin, cout], rows))
    }

    /// `weight [Cout, Cin, k, k]` of `nn.Conv2d` alone, with "same" padding.
    pub fn conv_no_bias(&self, cin: usize, cout: usize, kernel: usize, stride: usize) -> Result<Conv, WeightsError> {
        Ok(same_conv(self.conv_weight(cin, cout, kernel)?, None, kernel, stride))
    }

    /// `weight` and `norm.*` of a detectron2 `Conv2d` with FrozenBatchNorm, folded into weight and bias.
    pub fn conv_norm(&self, cin: usize, cout: usize, kernel: usize, stride: usize) -> Result<Conv, WeightsError> {
        self.folded_conv(&self.at("norm"), [cin, cout], kernel, stride)
    }

    /// The children `conv` (`nn.Conv2d` without bias) and `norm` (`nn.BatchNorm2d`), folded likewise.
    pub fn conv_bn(
        &self,
        conv: &str,
        norm: &str,
        cin: usize,
        cout: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<Conv, WeightsError> {
        self.at(conv).folded_conv(&self.at(norm), [cin, cout], kernel, stride)
    }

    fn folded_conv(
        &self,
        norm: &Loader<'_>,
        [cin, cout]: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> Result<Conv, WeightsError> {
        let stored = self.weights.get(&self.name("weight"), &[cout, cin, kernel, kernel])?;
        let (scale, shift) = norm.batch_norm(cout)?;
        let weight = self.folded(&conv_rows(&Values::F32(stored.to_f32()), cout, cin, kernel), cout, &scale);
        let bias = Param::f32(norm.name("bias (folded)"), &[cout], shift);
        Ok(same_conv(weight, Some(Arc::new(bias)), kernel, stride))
    }

    /// `weight [C, 1, k, k]` and `bias` of a depthwise `nn.Conv2d` with "same" padding.
    pub fn depthwise(&self, c: usize, kernel: usize, stride: usize) -> Result<Depthwise, WeightsError> {
        let stored = self.weights.get(&self.name("weight"), &[c, 1, kernel, kernel])?;
        // [C][k·k] → [k·k][C] is the same move as a linear layer's.
        let values = transpose(&stored.values, c, kernel * kernel);
        let weight = Arc::new(Param::new(self.name("weight"), &[kernel * kernel, c], values));
        let bias = Some(self.tensor("bias", &[c])?);
        let pad = [kernel / 2; 4];
        Ok(Depthwise { weight, bias, kernel, stride, pad, activation: Activation::None })
    }

    /// `0.weight [Cin, Cout, 4, 4]` of a `ConvTranspose2d` and the BatchNorm `1.*` behind it, folded.
    pub fn conv_transpose_norm(&self, cin: usize, cout: usize) -> Result<ConvTranspose, WeightsError> {
        let stored = self.weights.get(&self.name("0.weight"), &[cin, cout, 4, 4])?.to_f32();
        let mut rows = Vec::with_capacity(16 * cin * cout);
        for block in 0..16 {
            let (phase, tap) = (block / 4, block % 4);
            let ky = 3 - phase / 2 - 2 * (tap / 2);
            let kx = 3 - phase % 2 - 2 * (tap % 2);
            for i in 0..cin {
                rows.extend((0..cout).map(|o| stored[((i * cout + o) * 4 + ky) * 4 + kx]));
            }
        }
        let (scale, shift) = self.at(1).batch_norm(cout)?;
        let weight = self.at(0).folded(&Values::F32(rows), cout, &scale);
        let bias = Param::f32(self.name("1.bias (folded)"), &[cout], shift);
        Ok(ConvTranspose { weight: Arc::new(weight), bias: Some(Arc::new(bias)), activation: Activation::None })
    }

    /// Scale and shift that a BatchNorm at inference amounts to.
    fn batch_norm(&self, c: usize) -> Result<(Vec<f32>, Vec<f32>), WeightsError> {
        let (weight, bias) = (self.vector("weight", c)?, self.vector("bias", c)?);
        let (mean, var) = (self.vector("running_mean", c)?, self.vector("running_var", c)?);
        let scale: Vec<f32> = weight.iter().zip(&var).map(|(w, v)| w / (v.max(0.0) + BATCH_NORM_EPS).sqrt()).collect();
        let shift = bias.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Ok((scale, shift))
    }

    fn folded(&self, rows: &Values, n: usize, scale: &[f32]) -> Param {
        let Values::F32(rows) = rows else { unreachable!("folding widens first") };
        let values = rows.iter().enumerate().map(|(i, v)| v * scale[i % n]).collect();
        Param::f32(self.name("weight (folded)"), &[rows.len() / n, n], values)
    }
}

/// A convolution whose output is `ceil(size / stride)` for odd kernels.
fn same_conv(weight: Param, bias: Option<Arc<Param>>, kernel: usize, stride: usize) -> Conv {
    Conv {
        weight: Arc::new(weight),
        bias,
        kernel: (kernel, kernel),
        stride,
        pad: [kernel / 2; 4],
        activation: Activation::None,
        residual: false,
    }
}

/// `[rows][columns]` → `[columns][rows]`, in the precision it has.
fn transpose(values: &Values, rows: usize, columns: usize) -> Values {
    fn turn<T: Copy>(v: &[T], rows: usize, columns: usize) -> Vec<T> {
        (0..columns).flat_map(|c| (0..rows).map(move |r| v[r * columns + c])).collect()
    }
    match values {
        Values::F32(v) => Values::F32(turn(v, rows, columns)),
        Values::F16(v) => Values::F16(turn(v, rows, columns)),
    }
}

/// `[Cout, Cin, k, k]` → rows (ky, kx, cin) of Cout.
fn conv_rows(values: &Values, cout: usize, cin: usize, kernel: usize) -> Values {
    fn turn<T: Copy>(v: &[T], cout: usize, cin: usize, area: usize) -> Vec<T> {
        let mut rows = Vec::with_capacity(v.len());
        for k in 0..area {
            for i in 0..cin {
                rows.extend((0..cout).map(|o| v[(o * cin + i) * area + k]));
            }
        }
        rows
    }
    match values {
        Values::F32(v) => Values::F32(turn(v, cout, cin, kernel * kernel)),
        Values::F16(v) => Values::F16(turn(v, cout, cin, kernel * kernel)),
    }
}

/// A stem over RGB as one over the letterbox's four channels, the fourth of which is always zero.
pub fn over_four_channels(conv: Conv) -> Conv {
    let n = conv.weight.shape[1];
    let pixels = conv.kernel.0 * conv.kernel.1;
    let rows = conv.weight.to_f32();
    let mut padded = vec![0f32; pixels * 4 * n];
    for (to, from) in padded.chunks_exact_mut(4 * n).zip(rows.chunks_exact(3 * n)) {
        to[..3 * n].copy_from_slice(from);
    }
    let weight = Param::f32(format!("{} (4 channels)", conv.weight.name), &[pixels * 4, n], padded);
    Conv { weight: Arc::new(weight), ..conv }
}
