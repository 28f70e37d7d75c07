//! QueryPose (Xiao et al., NeurIPS 2022) in Rust and WGSL: a photo goes in, people's skeletons come out.
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod config;
pub mod cpu;
pub mod dump;
pub mod engine;
pub mod memory;
pub mod model;
pub mod ops;
pub mod params;
pub mod picture;
pub mod pose;
pub mod tape;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;
