//! HRNet's four resolutions side by side at the finest one, the coarser enlarged bilinearly
//! (`F.interpolate(mode='bilinear')`, corners not aligned, then `torch.cat`).

use super::grid::grid;
use super::upsample_add::between;
use crate::cpu::parallel::for_each_chunk;
use crate::op::{Bind, Io, Kernel, Op, Shapes, Spec, args, expect};
use crate::tensor::{ShapeError, Tensor};

args!(ConcatArgs for "concat" { height: u32, width: u32, channels: u32, unused: u32, own: [u32; 4] });

/// Resolutions that are put together.
const BRANCHES: usize = 4;

/// Branch i `[1,H/2^i,W/2^i,C_i]` for i in 0..4 → `[1,H,W,ΣC_i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Concat;

impl Op for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }
    fn outputs(&self, inputs: &[&Tensor]) -> Result<Vec<Spec>, ShapeError> {
        let is_map = |t: &&Tensor| t.shape.len() == 4 && t.shape[0] == 1 && t.counted.is_none();
        expect(inputs.len() == BRANCHES && inputs.iter().all(is_map), || "wants four maps [1, H, W, C]".into())?;
        let [_, h, w, _] = inputs[0].dims()?;
        for (i, map) in inputs.iter().enumerate() {
            let fits = map.shape[1] << i == h && map.shape[2] << i == w;
            expect(fits, || format!("map {i} is not 1/{} of the first", 1 << i))?;
        }
        let channels = inputs.iter().map(|t| t.shape[3]).sum();
        Ok(vec![Spec::f32(&[1, h, w, channels], None)])
    }
    fn run(&self, io: &mut Io<'_>) -> Result<(), ShapeError> {
        let maps: Vec<([usize; 3], &[f32])> =
            (0..BRANCHES).map(|i| ([io.shape(i)[1], io.shape(i)[2], io.shape(i)[3]], io.f32(i))).collect();
        let [_, _, w, channels] = io.out_dims(0)?;
        let work = io.out(0).len() * 4;
        for_each_chunk(io.out(0), w * channels, work, |oy, out| {
            for (ox, out) in out.chunks_exact_mut(channels.max(1)).enumerate() {
                let mut rest = out;
                for (i, &([h, w, c], map)) in maps.iter().enumerate() {
                    let (own, others) = rest.split_at_mut(c);
                    rest = others;
                    let ((y0, y1, fy), (x0, x1, fx)) = (between(oy, 1 << i, h), between(ox, 1 << i, w));
                    let cell = |y: usize, x: usize| &map[(y * w + x) * c..][..c];
                    let (a, b, p, q) = (cell(y0, x0), cell(y0, x1), cell(y1, x0), cell(y1, x1));
                    for (k, o) in own.iter_mut().enumerate() {
                        let (top, bottom) = (a[k] + (b[k] - a[k]) * fx, p[k] + (q[k] - p[k]) * fx);
                        *o = top + (bottom - top) * fy;
                    }
                }
            }
        });
        Ok(())
    }
    fn kernels(&self, io: &Shapes<'_>) -> Result<Vec<Kernel>, ShapeError> {
        let [_, h, w, channels] = io.outputs[0].dims()?;
        let own = std::array::from_fn(|i| io.inputs[i].shape[3] as u32);
        let args = ConcatArgs { height: h as u32, width: w as u32, channels: channels as u32, unused: 0, own };
        let mut binds: Vec<Bind> = (0..BRANCHES).map(Bind::Input).collect();
        binds.push(Bind::Output(0));
        Ok(vec![Kernel { binds, groups: grid(io.outputs[0].len()), ..Kernel::with(&args) }])
    }
}
