//! How many workgroups a kernel is dispatched over, by what is live of a tensor.

use crate::op::Bind;
use crate::tensor::Tensor;

/// Invocations of a plain kernel's workgroup.
pub(crate) const THREADS: usize = 64;
/// Workgroups in a row before a grid folds into its second dimension; the limit is 65535.
const FOLD: usize = 32768;

/// A grid for a shader with `@workgroup_size(64)` that computes its index as `id.x + id.y * groups.x * 64`.
pub(crate) fn grid(invocations: usize) -> [u32; 3] {
    let groups = invocations.div_ceil(THREADS);
    let x = groups.min(FOLD);
    [x as u32, groups.div_ceil(x.max(1)) as u32, 1]
}

/// How the leading dimension of a tensor divides into instances: how many, and rows of each. A tensor that is
/// not counted is one instance.
pub(crate) fn items(tensor: &Tensor) -> (usize, usize) {
    let rows = tensor.shape.first().copied().unwrap_or(1);
    match tensor.counted {
        Some(per_item) => (rows / per_item.max(1), per_item),
        None => (1, rows),
    }
}

/// Live words of a tensor: instances and words of each.
pub(crate) fn live_words(tensor: &Tensor) -> [u32; 2] {
    let (items, _) = items(tensor);
    [items as u32, (tensor.len() / items.max(1)) as u32]
}

/// Live rows of the leading dimension: instances and rows of each.
pub(crate) fn live_leading(tensor: &Tensor) -> [u32; 2] {
    let (items, rows) = items(tensor);
    [items as u32, rows as u32]
}

/// Workgroups over `all` instances in a grid's third dimension: few where only some are live, since each works
/// on further ones if there are more, and those for nobody cost time.
pub(crate) fn spread(tensor: &Tensor, all: usize) -> u32 {
    if tensor.counted.is_some() { all.min(2 * TYPICAL) as u32 } else { all.min(65535) as u32 }
}

/// Bound where an output that nobody wants would be written; the shader does not touch it.
pub(crate) const UNWRITTEN: Bind = Bind::Scratch(2, 4);

/// Instances the number of workgroups is chosen for; each works on further rows where there are more.
pub(crate) const TYPICAL: usize = 4;
