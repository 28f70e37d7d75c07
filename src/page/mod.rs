//! The page: built into a folder that any static host can serve, and a server of its own.

mod answers;
mod offline;
pub mod build;
pub mod package;
pub mod serve;
