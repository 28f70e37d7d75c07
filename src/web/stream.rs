//! People over time for JS: one [`Follower`] a stream of frames, whichever network looks at them.

use crate::follow::Follower;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

/// Who is known in one stream of frames: a camera, a video. Outlives the network, so that another one may go on.
#[wasm_bindgen]
#[derive(Default)]
pub struct Stream {
    /// Borrowed between two awaits only.
    pub(super) follower: RefCell<Follower>,
}

#[wasm_bindgen]
impl Stream {
    /// Knows nobody yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Stream {
        Stream::default()
    }

    /// Forgets everybody; ids go on.
    pub fn reset(&self) {
        self.follower.borrow_mut().reset();
    }
}
