//! Runs tapes on the processor: the reference in the tests, and the fall-back where there is no WebGPU.
pub mod conv;
pub mod engine;
pub mod gemm;
pub mod inverted_residual;
pub mod panels;
pub(crate) mod parallel;
pub(crate) mod resize;
pub(crate) mod rows;
pub mod simd;

pub use engine::{Engine, OutOfMemory, Plan, RunError};
