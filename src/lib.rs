//! QueryPose (Xiao et al., NeurIPS 2022) in Rust and WGSL: a photo goes in, people's skeletons come out.
//!
//! ```no_run
//! # async fn example(rgba: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//! use querypose::{Backend, Detector, Model, Options, Picture};
//!
//! let model = Model::open("www/models/nano".as_ref())?;
//! let options = Options::new(model.config());
//! let detector = Detector::new(model, Backend::Auto).await?;
//! let picture = Picture::from_rgba(640, 480, rgba)?;
//! for pose in detector.detect(&picture, &options).await?.poses {
//!     println!("{:.2} sure of somebody at {:?}", pose.score, pose.bbox);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Model`] and [`Detector`] are the one way in and out. Below them `model` records the network onto a [`tape`], which
//! two engines run, [`cpu`] and [`gpu`]; [`trace`] keeps what they computed on the way. The feature `pictures` reads
//! picture files; `cli`, on by default, is the command line with the page's build and its server. Without features the
//! library needs a handful of crates and compiles to wasm.

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#[macro_use]
mod say;

pub mod activation;
pub mod checkpoint;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
mod clock;
pub mod coco;
pub mod config;
pub mod cpu;
pub mod detect;
pub mod dump;
pub mod error;
pub mod follow;
pub mod geometry;
pub mod gpu;
pub mod infer;
mod json;
pub mod memory;
pub mod model;
pub mod op;
pub mod ops;
pub mod outputs;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
mod page;
pub mod params;
pub mod picture;
pub mod pose;
mod published;
#[cfg(any(all(target_arch = "wasm32", not(feature = "accuracy")), test))]
mod rehearsal;
pub mod tape;
pub mod tensor;
pub mod trace;
pub mod track;
#[cfg(target_arch = "wasm32")]
mod web;
pub mod weights;

pub use config::Config;
pub use detect::{Backend, Detection, Detector, Model, Options};
pub use error::{Error, ErrorKind};
pub use model::{Decode, Intervention};
pub use picture::{Picture, PictureError};
pub use pose::{Keypoint, Pose};
