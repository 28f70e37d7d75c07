//! Runs a tape with wgpu: WebGPU in the browser, Vulkan, Metal or DX12 natively.
//!
//! `device` finds an adapter, `shaders` puts WGSL together, `engine` prepares a tape once and `plan` runs it
//! per frame, `readback` brings results back through a ring of staging buffers.

mod device;
mod engine;
mod plan;
mod readback;
mod shaders;

pub use device::{Device, DeviceError};
pub use engine::Engine;
pub use plan::Plan;
pub use shaders::{shaders, source};
