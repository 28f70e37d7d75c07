//! What the command line does, one subcommand a file.

pub mod page;
pub mod serve;
mod sha256;
