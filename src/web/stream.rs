//! People over time for JS: one [`Tracker`] a stream of frames, whichever network looks at them.

use crate::track::{TrackOptions, Tracker};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

/// Who is known in one stream of frames: a camera, a video. Outlives the network, so that another one may go on.
#[wasm_bindgen]
pub struct Stream {
    /// Borrowed between two awaits only.
    pub(super) tracker: RefCell<Tracker>,
}

#[wasm_bindgen]
impl Stream {
    /// Knows nobody yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Stream {
        Stream { tracker: RefCell::new(Tracker::new(TrackOptions::default())) }
    }

    /// Forgets everybody; ids go on.
    pub fn reset(&self) {
        self.tracker.borrow_mut().reset();
    }
}
