//! Learned proposal boxes in pixels of the picture. Official: `detector.py`, `init_proposal_boxes`.

use super::grid::grid;
use crate::op::{Bind, Io, Kernel, Op, Packing, Shapes, Spec, args, expect};
use crate::params::Param;
use crate::tensor::{ShapeError, Tensor};
use std::sync::Arc;

args!(ProposalsArgs for "proposals" { boxes: u32, width: f32, height: f32 });

/// (cx, cy, w, h) in units of the picture → xyxy in pixels of the unpadded network picture.
#[derive(Clone, Debug)]
pub struct Proposals {
    /// Learned boxes `[R, 4]`.
    pub boxes: Arc<Param>,
    /// Unpadded size (width, height).
    pub size: (usize, usize),
}

impl Op for Proposals {
    fn name(&self) -> &'static str {
        "proposals"
    }
    fn outputs(&self, _inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        let shape = &self.boxes.shape;
        expect(shape.len() == 2 && shape[1] == 4, || format!("proposal boxes are [R, 4], not {shape:?}"))?;
        Ok(vec![Spec::f32(shape, None)])
    }
    fn params(&self) -> Vec<&Arc<Param>> {
        vec![&self.boxes]
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let (w, h) = (self.size.0 as f32, self.size.1 as f32);
        let boxes = self.boxes.wide();
        for (o, b) in io.out(0).chunks_exact_mut(4).zip(boxes.chunks_exact(4)) {
            o[0] = (b[0] - 0.5 * b[2]) * w;
            o[1] = (b[1] - 0.5 * b[3]) * h;
            o[2] = (b[0] + 0.5 * b[2]) * w;
            o[3] = (b[1] + 0.5 * b[3]) * h;
        }
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let boxes = io.outputs[0].shape[0];
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        Ok(vec![Kernel {
            binds: vec![Bind::Param(0, Packing::Vector), Bind::Output(0)],
            groups: grid(boxes),
            ..Kernel::with(&ProposalsArgs { boxes: boxes as u32, width, height })
        }])
    }
}
