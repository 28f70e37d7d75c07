//! What the page's worker calls: a detector behind wasm-bindgen.
