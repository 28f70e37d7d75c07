//! The WGSL sources and how a kernel's text is put together: `const` lines, shared functions, the shader.

use crate::ops::Kernel;
use std::fmt::Write;

macro_rules! sources {
    ($($stem:literal),* $(,)?) => {
        &[$(($stem, include_str!(concat!("../../shaders/", $stem, ".wgsl")))),*]
    };
}

const SHADERS: &[(&str, &str)] = sources![
    "add",
    "attention",
    "attention_pool",
    "box_deltas",
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
    "proposals",
    "repeat",
    "roi_align",
    "select",
    "upsample_add",
];

/// Functions every shader may use.
const COMMON: &str = include_str!("../../shaders/common.wgsl");
/// How four weights lie in a buffer: in front of shaders with a constant `F16`.
const WEIGHTS_F32: &str = include_str!("../../shaders/weights_f32.wgsl");
const WEIGHTS_F16: &str = include_str!("../../shaders/weights_f16.wgsl");

/// Every shader: stem and source as it lies in `shaders/`.
pub fn shaders() -> &'static [(&'static str, &'static str)] {
    SHADERS
}

/// The complete WGSL of a kernel; `None` if no shader has this stem.
pub fn source(kernel: &Kernel) -> Option<String> {
    let (_, body) = SHADERS.iter().find(|(stem, _)| *stem == kernel.shader)?;
    let mut text = String::new();
    for (name, value) in &kernel.consts {
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    if let Some((_, f16)) = kernel.consts.iter().find(|(name, _)| *name == "F16") {
        text.push_str(if *f16 != 0 { WEIGHTS_F16 } else { WEIGHTS_F32 });
    }
    text.push_str(COMMON);
    text.push_str(body);
    Some(text)
}
