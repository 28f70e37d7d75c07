//! Tensors of a tape: ids, shapes, word types, and what is said where a shape does not fit.

use std::fmt;

/// A tensor on one tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub usize);

/// What the 32-bit words of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// IEEE single precision.
    F32,
    /// Unsigned integers: packed pixels, ids, counts.
    U32,
}

/// Shape and place of a tensor; see [`crate::tape`] for `counted`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Row-major dimensions (capacity, where counted).
    pub shape: Vec<usize>,
    /// Word type.
    pub dtype: DType,
    /// Rows of the leading dimension per selected instance, if only selected instances count.
    pub counted: Option<usize>,
    /// The tensor whose storage this one shares: itself, or what it is a reshape of.
    pub storage: TensorId,
}

impl Tensor {
    /// Words it takes at full capacity; `usize::MAX` where wasm's 32 bits cannot count them: no engine has so many.
    pub fn len(&self) -> usize {
        self.shape.iter().fold(1, |words: usize, &n| words.saturating_mul(n))
    }
    /// True if any dimension is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Shape when `count` instances were selected.
    pub fn live_shape(&self, count: usize) -> Vec<usize> {
        let mut shape = self.shape.clone();
        if let Some(per_item) = self.counted {
            shape[0] = shape[0].min(per_item.saturating_mul(count));
        }
        shape
    }
    /// Its dimensions, if it has `N` of them.
    ///
    /// Errors: another rank, in words that say the shape.
    pub fn dims<const N: usize>(&self) -> Result<[usize; N], ShapeError> {
        dims(&self.shape)
    }
}

/// Numbers that a tensor of this shape holds, counted in 64 bits: `usize` has 32 on wasm. Its code is there once, for
/// each of a dozen callers it would be a kilobyte of every visit.
#[inline(never)]
pub fn numbers(shape: &[usize]) -> u64 {
    shape.iter().fold(1, |all: u64, &n| all.saturating_mul(n as u64))
}

/// The dimensions of a shape of rank `N`.
///
/// Errors: another rank, in words that say the shape.
pub fn dims<const N: usize>(shape: &[usize]) -> Result<[usize; N], ShapeError> {
    shape.try_into().map_err(|_| ShapeError(format!("{shape:?} has not {N} dimensions")))
}

/// A shape that does not fit, with the step it happened in.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeError(pub String);

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ShapeError {}
