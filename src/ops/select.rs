//! Which instances are worth decoding: those whose last-stage class score passes the threshold, best first.
//!
//! The person score is `sigmoid(class logit)`, times `mean(keypoint score)` where the class did not learn the pose's quality:
//! never more than `sigmoid(class logit)`, so nothing that would be shown is lost (querypose light model).

use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{DType, ShapeError, Tensor};

args!(SelectArgs for "select" { candidates: u32, most: u32 });

/// logits `[R,1]`, threshold u32 `[1]` (bits of an f32 logit) → ids u32 `[max]` by logit, then index; count
/// u32 `[1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// Most instances to keep.
    pub max: usize,
    /// True: keep the first `max` proposals in their own order, whatever they score.
    pub all: bool,
}

impl Op for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        expect(inputs.len() == 2 && inputs[1].shape == [1] && inputs[1].dtype == DType::U32, || {
            "wants logits and a threshold".into()
        })?;
        let r = inputs[0].len();
        expect(self.max > 0 && self.max <= r, || format!("cannot keep {} of {r}", self.max))?;
        Ok(vec![
            Spec { shape: vec![self.max], dtype: DType::U32, counted: Some(1) },
            Spec { shape: vec![1], dtype: DType::U32, counted: None },
        ])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let logits = io.f32(0);
        let threshold = f32::from_bits(io.u32(1)[0]);
        let mut ids: Vec<u32> = (0..logits.len() as u32).collect();
        if !self.all {
            // NaN passes no comparison, so it is never kept.
            ids.retain(|&i| logits[i as usize] >= threshold);
            ids.sort_unstable_by(|&a, &b| logits[b as usize].total_cmp(&logits[a as usize]).then(a.cmp(&b)));
        }
        ids.truncate(self.max);
        // The count is not known before this step, so the ids' buffer is taken at capacity.
        io.outputs[0].1[..ids.len()].copy_from_slice(&ids);
        io.out_u32(1)[0] = ids.len() as u32;
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let args = SelectArgs { candidates: io.inputs[0].len() as u32, most: self.max as u32 };
        Ok(vec![Kernel {
            consts: vec![("ALL", u32::from(self.all))],
            binds: vec![Bind::Input(0), Bind::Input(1), Bind::Output(0), Bind::Output(1)],
            groups: [1, 1, 1],
            ..Kernel::with(&args)
        }])
    }
}
