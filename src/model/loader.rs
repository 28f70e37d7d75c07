//! Named tensors of a state-dict → operations with their parameters, laid out and folded.
//!
//! Works like a path: `loader.at("head").at(0)` names `head.0`, and each method reads the tensors of one layer.

use crate::activation::Activation;
use crate::ops::{Conv, ConvTranspose, Depthwise, LayerNorm, Linear};
use crate::params::{Int8, Param, Values};
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
        Ok(Arc::new(Param::new(full, shape, stored.floats())))
    }

    /// A matrix, by far the most of the numbers.
    fn matrix(&self, name: String, shape: &[usize], values: Values) -> Param {
        Param::new(name, shape, values).for_one_engine(self.weights.for_one_engine)
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
        let weight = self.matrix(self.name(weight), &[k, n], transpose(&stored.values, n, k));
        let bias = bias.map(|b| self.tensor(b, &[n])).transpose()?;
        Ok(Linear { weight: Arc::new(weight), bias, activation: Activation::None, residual: false })
    }

    /// Several `nn.Linear` of one input as one: children `names` of widths `n`.
    pub fn linears(&self, children: &[(String, usize)], k: usize) -> Result<Linear, WeightsError> {
        let (weight, bias) = self.side_by_side(children, k, None)?;
        Ok(Linear { weight, bias: Some(bias), activation: Activation::None, residual: false })
    }

    /// Weight `[K, Σn]` and bias `[Σn]` of several `nn.Linear` of one input, side by side: children `names` of widths
    /// `n`. With `order`, column j of the result is column `order[j]` of them laid side by side.
    pub fn side_by_side(
        &self,
        children: &[(String, usize)],
        k: usize,
        order: Option<&[usize]>,
    ) -> Result<(Arc<Param>, Arc<Param>), WeightsError> {
        let total: usize = children.iter().map(|(_, n)| n).sum();
        let (mut parts, mut bias) = (Vec::with_capacity(children.len()), Vec::with_capacity(total));
        for (child, n) in children {
            let at = self.at(child);
            parts.push(self.weights.get(&at.name("weight"), &[*n, k])?.values);
            bias.extend(at.vector("bias", *n)?);
        }
        let identity: Vec<usize> = (0..total).collect();
        let order = order.unwrap_or(&identity);
        let rows = below_each_other(&parts, k, order);
        let bias: Vec<f32> = order.iter().map(|&j| bias[j]).collect();
        let first = children.first().map(|(c, _)| c.as_str()).unwrap_or_default();
        let weight = self.matrix(self.name(format!("{first}…weight")), &[k, total], transpose(&rows, total, k));
        let bias = Param::f32(self.name(format!("{first}…bias")), &[total], bias);
        Ok((Arc::new(weight), Arc::new(bias)))
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
        Ok(self.matrix(self.name("weight"), &[kernel * kernel * cin, cout], rows))
    }

    /// `weight [Cout, ΣCin, 1, 1]` and `bias` of a 1×1 `nn.Conv2d` over several maps laid side by side, as one
    /// convolution per map; their sum is what the one would give. The first has the bias.
    pub fn conv_of_several(&self, cins: &[usize], cout: usize) -> Result<Vec<Conv>, WeightsError> {
        let stored = self.weights.get(&self.name("weight"), &[cout, cins.iter().sum(), 1, 1])?;
        let all = conv_rows(&stored.values, cout, cins.iter().sum(), 1);
        let (mut convs, mut from) = (Vec::new(), 0);
        for (i, &cin) in cins.iter().enumerate() {
            let rows = rows_of(&all, cout, from..from + cin);
            let weight = self.matrix(self.name(format!("weight[:, {from}..{}]", from + cin)), &[cin, cout], rows);
            let bias = if i == 0 { Some(self.tensor("bias", &[cout])?) } else { None };
            convs.push(same_conv(weight, bias, 1, 1));
            from += cin;
        }
        Ok(convs)
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
        let weight = self.folded(conv_rows(&stored.values, cout, cin, kernel), cout, &scale);
        let bias = Param::f32(norm.name("bias (folded)"), &[cout], shift);
        Ok(same_conv(weight, Some(Arc::new(bias)), kernel, stride))
    }

    /// `weight [C, 1, k, k]` and `bias` of a depthwise `nn.Conv2d` with "same" padding.
    pub fn depthwise(&self, c: usize, kernel: usize, stride: usize) -> Result<Depthwise, WeightsError> {
        let bias = Some(self.tensor("bias", &[c])?);
        Ok(Depthwise { bias, ..self.depthwise_no_bias(c, kernel, stride)? })
    }

    /// `weight [C, 1, k, k]` of a depthwise `nn.Conv2d` alone, with "same" padding.
    pub fn depthwise_no_bias(&self, c: usize, kernel: usize, stride: usize) -> Result<Depthwise, WeightsError> {
        let stored = self.weights.get(&self.name("weight"), &[c, 1, kernel, kernel])?;
        // [C][k·k] → [k·k][C] is the same move as a linear layer's.
        let values = transpose(&stored.floats(), c, kernel * kernel);
        let weight = Arc::new(Param::new(self.name("weight"), &[kernel * kernel, c], values));
        let pad = [kernel / 2; 4];
        Ok(Depthwise { weight, bias: None, kernel, stride, pad, activation: Activation::None })
    }

    /// `0.weight [Cin, Cout, 4, 4]` of a `ConvTranspose2d` and the BatchNorm `1.*` behind it, folded.
    pub fn conv_transpose_norm(&self, cin: usize, cout: usize) -> Result<ConvTranspose, WeightsError> {
        let stored = self.weights.get(&self.name("0.weight"), &[cin, cout, 4, 4])?;
        let rows = rearranged(&stored.values, cout, 16, |block, i, o| {
            let (phase, tap) = (block / 4, block % 4);
            let ky = 3 - phase / 2 - 2 * (tap / 2);
            let kx = 3 - phase % 2 - 2 * (tap % 2);
            ((i * cout + o) * 4 + ky) * 4 + kx
        });
        let (scale, shift) = self.at(1).batch_norm(cout)?;
        let weight = self.at(0).folded(rows, cout, &scale);
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

    /// Rows of n with the norm's scale in them: in the numbers, or in the scales of int8.
    fn folded(&self, rows: Values, n: usize, scale: &[f32]) -> Param {
        let (count, values) = match rows {
            Values::I8(mut rows) => {
                rows.scale.iter_mut().zip(scale).for_each(|(own, s)| *own *= s);
                (rows.values.len(), Values::I8(rows))
            }
            floats => {
                let mut floats = floats.to_f32();
                floats.iter_mut().enumerate().for_each(|(i, v)| *v *= scale[i % n]);
                (floats.len(), Values::F32(floats))
            }
        };
        self.matrix(self.name("weight (folded)"), &[count / n, n], values)
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

/// Rows of n output channels in the precision they have; row and column of block `k` come from `from(k, row, column)`.
/// int8 whose scales belong to anything but the output channels is widened.
fn rearranged(values: &Values, n: usize, blocks: usize, from: impl Fn(usize, usize, usize) -> usize) -> Values {
    fn turn<T: Copy>(v: &[T], n: usize, blocks: usize, from: impl Fn(usize, usize, usize) -> usize) -> Vec<T> {
        let rows = v.len() / (n * blocks).max(1);
        let mut turned = Vec::with_capacity(v.len());
        for k in 0..blocks {
            for row in 0..rows {
                turned.extend((0..n).map(|column| v[from(k, row, column)]));
            }
        }
        turned
    }
    match values {
        Values::F32(v) => Values::F32(turn(v, n, blocks, from)),
        Values::F16(v) => Values::F16(turn(v, n, blocks, from)),
        // The channel of each column must be the one its numbers are scaled by.
        Values::I8(v) if v.scale.len() == n && (0..n).all(|o| from(0, 0, o) / v.run.max(1) % n == o) => {
            Values::I8(Int8 { values: turn(&v.values, n, blocks, from), scale: v.scale.clone(), run: 1 })
        }
        Values::I8(_) => Values::F32(turn(&values.to_f32(), n, blocks, from)),
    }
}

/// `[rows][columns]` → `[columns][rows]`, in the precision it has.
fn transpose(values: &Values, rows: usize, columns: usize) -> Values {
    rearranged(values, rows, 1, |_, column, row| row * columns + column)
}

/// `[Cout, Cin, k, k]` → rows (ky, kx, cin) of Cout.
fn conv_rows(values: &Values, cout: usize, cin: usize, kernel: usize) -> Values {
    let area = kernel * kernel;
    rearranged(values, cout, area, |k, i, o| (o * cin + i) * area + k)
}

/// Some rows of a matrix `[rows][n]`, in the precision it has.
fn rows_of(values: &Values, n: usize, rows: std::ops::Range<usize>) -> Values {
    let part = rows.start * n..rows.end * n;
    match values {
        Values::F32(v) => Values::F32(v[part].to_vec()),
        Values::F16(v) => Values::F16(v[part].to_vec()),
        // The scales belong to the columns.
        Values::I8(v) => Values::I8(Int8 { values: v.values[part].to_vec(), scale: v.scale.clone(), run: v.run }),
    }
}

/// Rows of k of several matrices below each other, in this order; int8 if all of them are, else f32.
fn below_each_other(parts: &[Values], k: usize, order: &[usize]) -> Values {
    fn rows<T: Copy>(all: &[T], k: usize, order: &[usize]) -> Vec<T> {
        order.iter().flat_map(|&j| all[j * k..(j + 1) * k].iter().copied()).collect()
    }
    let int8 = |part: &Values| match part {
        Values::I8(v) if v.run == k => Some(v.clone()),
        _ => None,
    };
    if let Some(parts) = parts.iter().map(int8).collect::<Option<Vec<Int8>>>() {
        let all: Vec<i8> = parts.iter().flat_map(|part| &part.values).copied().collect();
        let scales: Vec<f32> = parts.iter().flat_map(|part| &part.scale).copied().collect();
        return Values::I8(Int8 { values: rows(&all, k, order), scale: rows(&scales, 1, order), run: k });
    }
    let all: Vec<f32> = parts.iter().flat_map(Values::to_f32).collect();
    Values::F32(rows(&all, k, order))
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
