//! QueryPose (Xiao et al., NeurIPS 2022) in Rust and WGSL: a photo goes in, people's skeletons come out.
pub mod config;
pub mod cpu;
pub mod engine;
pub mod memory;
pub mod ops;
pub mod params;
pub mod tape;
pub mod weights;
