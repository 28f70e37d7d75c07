//! The page: built into a folder that any static host can serve, and a server of its own.

mod answers;
pub mod build;
mod disk;
mod fused;
mod modules;
mod names;
mod offline;
pub mod package;
pub mod serve;
mod thumbnails;
mod tools;
mod wasm;
