//! Runs tapes on the processor: the reference in the tests, and the fall-back where there is no WebGPU.
pub mod engine;
pub mod gemm;
pub mod simd;

pub use engine::{Engine, Plan, RunError};
