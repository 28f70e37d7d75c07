//! What the page's workers call, behind wasm-bindgen: the network, or with the feature `accuracy` what counts how right it
//! is. Two files of wasm, so that only those who open Check fetch what it needs.

#[cfg(feature = "accuracy")]
mod accuracy;
#[cfg(not(feature = "accuracy"))]
mod network;
#[cfg(not(feature = "accuracy"))]
mod options;
#[cfg(not(feature = "accuracy"))]
mod stream;
mod thrown;

use wasm_bindgen::prelude::*;

/// A panic is a bug of ours; it should at least say where.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}
