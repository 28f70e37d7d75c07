//! Pictures: upright RGBA pixels and, with the feature `pictures`, the files they come from.

mod pixels;

#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod colour;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod decode;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod decoded;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod jpeg;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod kinds;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod open;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod shrink;
#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
mod tiff;

#[cfg(all(feature = "pictures", not(target_arch = "wasm32")))]
pub use kinds::{READ, UNREAD};
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub(crate) use pixels::check_size;
pub use pixels::{MAX_PIXELS, MAX_SIDE, Picture, PictureError};

#[cfg(all(test, feature = "pictures", not(target_arch = "wasm32")))]
#[path = "picture_tests.rs"]
mod tests;
