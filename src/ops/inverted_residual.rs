//! Inverted residuals (Sandler et al. 2018): a 1×1 convolution widens the map, each channel is filtered, and another 1×1
//! convolution makes it narrow again. One step, because the wide map is the largest of the network and nobody else reads
//! it: the processor has a few rows of a large one at a time. Without the first convolution it is a depthwise separable one.

use super::conv::Conv;
use super::depthwise::Depthwise;
use crate::cpu::gemm::Finish;
use crate::cpu::inverted_residual::{InvertedResidual as Block, Pointwise, inverted_residual};
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, expect};
use crate::params::Param;
use crate::tensor::{DType, ShapeError, Tensor, TensorId, numbers};
use std::sync::Arc;

/// Scratch memory of the maps between; that of its convolutions has smaller numbers.
const WIDE: usize = 3;
const FILTERED: usize = 4;

/// `project(depthwise(expand(x)))`, x `[B,H,W,Cin]`; if `project` has a residual, it is x.
#[derive(Clone, Debug)]
pub struct InvertedResidual {
    /// 1×1, stride 1.
    pub expand: Option<Conv>,
    /// One filter a channel.
    pub depthwise: Depthwise,
    /// 1×1, stride 1.
    pub project: Conv,
}

impl InvertedResidual {
    /// The maps between, and the result's shape.
    fn between(&self, inputs: &[&Tensor]) -> Result<(Option<Tensor>, Tensor, Vec<Spec>), ShapeError> {
        expect(inputs.len() == 1, || "wants a map [B, H, W, C]".into())?;
        let narrow = |conv: &Conv| conv.kernel == (1, 1) && conv.stride == 1 && conv.pad == [0; 4];
        let plain = self.expand.as_ref().is_none_or(|expand| narrow(expand) && !expand.residual);
        expect(plain && narrow(&self.project), || "its convolutions in front and behind are 1×1".into())?;
        let wide = self.expand.as_ref().map(|expand| map_of(expand, inputs)).transpose()?;
        let filtered = map_of(&self.depthwise, &[wide.as_ref().unwrap_or(inputs[0])])?;
        let projected = [&filtered, inputs[0]];
        let out = self.project.outputs(&projected[..1 + usize::from(self.project.residual)])?;
        Ok((wide, filtered, out))
    }
}

/// What an operation makes of these, as a tensor of its own.
fn map_of(op: &dyn Op, inputs: &[&Tensor]) -> Result<Tensor, ShapeError> {
    let Spec { shape, counted, .. } = op.outputs(inputs)?.swap_remove(0);
    Ok(Tensor { shape, dtype: DType::F32, counted, storage: TensorId(0) })
}

fn pointwise<'a>(conv: &'a Conv, residual: Option<&'a [f32]>) -> Pointwise<'a> {
    let finish = Finish { bias: conv.bias.as_ref().map(|p| p.wide()), residual, activation: conv.activation };
    Pointwise { weight: conv.weight.panels(), finish }
}

impl Op for InvertedResidual {
    fn name(&self) -> &'static str {
        "inverted_residual"
    }

    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        Ok(self.between(inputs)?.2)
    }

    fn params(&self) -> Vec<&Arc<Param>> {
        let expand = self.expand.iter().flat_map(Conv::params);
        expand.chain(self.depthwise.params()).chain(self.project.params()).collect()
    }

    fn macs(&self, inputs: &[Vec<usize>], outputs: &[Vec<usize>]) -> u64 {
        let expand = self.expand.as_ref().map_or(0, |expand| numbers(&inputs[0][..3]) * numbers(&expand.weight.shape));
        let filters = numbers(&outputs[0][..3]) * numbers(&self.depthwise.weight.shape);
        expand + filters + self.project.macs(inputs, outputs)
    }

    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let x = io.f32(0);
        let windows = self.depthwise.windows(x, io.dims(0)?, io.out_dims(0)?);
        let block = Block {
            windows,
            expand: self.expand.as_ref().map(|expand| pointwise(expand, None)),
            filters: self.depthwise.filters(),
            project: pointwise(&self.project, self.project.residual.then_some(x)),
        };
        inverted_residual(&block, io.out(0));
        Ok(())
    }

    /// One after the other, the maps between in scratch memory.
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let (wide, filtered, _) = self.between(&io.inputs)?;
        let (mut x, mut params, mut kernels) = (Bind::Input(0), 0, Vec::new());
        let mut add = |op: &dyn Op, inputs: Vec<&Tensor>, output: &Tensor, to: Bind| {
            let shapes = Shapes { inputs, outputs: vec![output], device: io.device };
            for mut kernel in op.kernels(&shapes)? {
                for bind in &mut kernel.binds {
                    *bind = match *bind {
                        Bind::Input(0) => x,
                        // The residual.
                        Bind::Input(_) => Bind::Input(0),
                        Bind::Output(_) => to,
                        Bind::Param(i, packing) => Bind::Param(params + i, packing),
                        other => other,
                    };
                }
                kernels.push(kernel);
            }
            params += op.params().len();
            if let Bind::Scratch(i, words) = to {
                x = Bind::Filled(i, words);
            }
            Ok::<(), ShapeError>(())
        };
        let input = io.inputs[0];
        if let (Some(expand), Some(wide)) = (&self.expand, &wide) {
            add(expand, vec![input], wide, Bind::Scratch(WIDE, wide.len()))?;
        }
        add(&self.depthwise, vec![wide.as_ref().unwrap_or(input)], &filtered, Bind::Scratch(FILTERED, filtered.len()))?;
        let mut inputs = vec![&filtered];
        inputs.extend(self.project.residual.then_some(input));
        add(&self.project, inputs, io.outputs[0], Bind::Output(0))?;
        Ok(kernels)
    }
}
