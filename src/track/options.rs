//! What a tracker can be told.

/// How people are followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackOptions {
    /// From 0, every joint exactly where the network sees it (ids only), over 0.5, a sensible middle, to 1, as calm as
    /// it gets at the price of following late. Values outside are taken for the nearest.
    pub steadiness: f32,
    /// Seconds somebody may be out of sight and still be known.
    pub absence_s: f64,
    /// Person score from which on somebody new is followed; who is known already may score less. The detector's
    /// threshold may be lower, then whoever is hard to see for a moment is not lost.
    pub birth_score: f32,
}

impl TrackOptions {
    /// Somebody new is shown and followed from this score on; the detector is then best asked as
    /// [`crate::detect::Options::followed`] says.
    pub fn new(steadiness: f32, birth_score: f32) -> TrackOptions {
        TrackOptions { steadiness, birth_score, ..TrackOptions::default() }
    }
}

impl Default for TrackOptions {
    /// The middle, half a second, and everybody whom the detector shows.
    fn default() -> Self {
        TrackOptions { steadiness: 0.5, absence_s: 0.5, birth_score: 0.0 }
    }
}
