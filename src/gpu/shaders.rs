//! The WGSL sources and how a kernel's text is put together: `const` lines, shared functions, the shader.

use crate::op::Kernel;
use std::fmt::Write;

macro_rules! sources {
    ($($stem:literal),* $(,)?) => {
        &[$(($stem, include_str!(concat!(env!("OUT_DIR"), "/", $stem, ".wgsl")))),*]
    };
}

const SHADERS: &[(&str, &str)] = sources![
    "add",
    "attention",
    "attention_pool",
    "attention_pool_sum",
    "avg_pool",
    "box_deltas",
    "concat",
    "constant",
    "conv",
    "conv_sum",
    "depthwise",
    "dynamic_conv",
    "gate",
    "gather",
    "keypoint_head",
    "layer_norm",
    "letterbox",
    "max_pool",
    "patch_merge",
    "proposals",
    "repeat",
    "roi_align",
    "select",
    "upsample_add",
    "window_attention",
];

/// Functions every shader may use.
const COMMON: &str = include_str!(concat!(env!("OUT_DIR"), "/common.wgsl"));
/// In front of shaders with a constant of this name: the text for 0, for 1, and so on. `WEIGHTS`: how four weights
/// lie in a buffer. `WHOLE`: whether rows of `y` are whole fours.
const FRONTS: &[(&str, &[&str])] =
    &[("WEIGHTS", &[WEIGHTS_F32, WEIGHTS_F16, WEIGHTS_INT8]), ("WHOLE", &[STORE_1, STORE_4])];
const WEIGHTS_F32: &str = include_str!(concat!(env!("OUT_DIR"), "/weights_f32.wgsl"));
const WEIGHTS_F16: &str = include_str!(concat!(env!("OUT_DIR"), "/weights_f16.wgsl"));
const WEIGHTS_INT8: &str = include_str!(concat!(env!("OUT_DIR"), "/weights_int8.wgsl"));
const STORE_1: &str = include_str!(concat!(env!("OUT_DIR"), "/store_1.wgsl"));
const STORE_4: &str = include_str!(concat!(env!("OUT_DIR"), "/store_4.wgsl"));

/// Every shader: stem and source as it lies in `shaders/`.
pub fn shaders() -> &'static [(&'static str, &'static str)] {
    SHADERS
}

/// The complete WGSL of a kernel; `None` if no shader has this stem, or not with such constants.
pub fn source(kernel: &Kernel) -> Option<String> {
    let (_, body) = SHADERS.iter().find(|(stem, _)| *stem == kernel.shader)?;
    let mut text = String::new();
    for (name, value) in &kernel.consts {
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    for (name, value) in &kernel.consts {
        if let Some((_, texts)) = FRONTS.iter().find(|(front, _)| front == name) {
            text.push_str(texts.get(*value as usize)?);
        }
    }
    text.push_str(COMMON);
    text.push_str(body);
    Some(text)
}
