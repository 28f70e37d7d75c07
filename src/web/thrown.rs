//! Errors as JS has them.

use crate::error::{Error, ErrorKind};
use std::fmt::Display;
use wasm_bindgen::JsValue;

/// What went wrong here, not in what was given.
pub fn ours(error: impl Display) -> Error {
    Error::new(ErrorKind::Internal, error)
}

/// A JS error with a code.
pub fn thrown(error: Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.sentence);
    // It can fail only for frozen objects.
    let _ = js_sys::Reflect::set(&thrown, &"code".into(), &error.kind.code().into());
    thrown.into()
}
