//! QueryPose (Xiao et al., NeurIPS 2022) in Rust and WGSL: a photo goes in, people's skeletons come out.
pub mod config;
pub mod cpu;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod engine;
pub mod memory;
pub mod ops;
pub mod params;
pub mod picture;
pub mod tape;
pub mod weights;
#[cfg(target_arch = "wasm32")]
pub mod web;
