//! Letterbox maths: where a network pixel lies on the photo, and the other way round.

use crate::config::Config;

/// How a photo lies in the network's input: resized, then padded at the right and the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Photo, (w, h) pixels.
    pub photo: (usize, usize),
    /// After resizing; not quite the photo's proportions, because both sides are rounded.
    pub resized: (usize, usize),
    /// After padding: the network's input.
    pub padded: (usize, usize),
}

impl Geometry {
    /// The geometry of a photo of `width` × `height` pixels for this network.
    pub fn new(config: &Config, width: usize, height: usize) -> Geometry {
        let resized = config.resized(width, height);
        let padded = config.padded(resized.0, resized.1);
        Geometry { photo: (width, height), resized, padded }
    }

    /// Photo pixels per network pixel, x and y.
    pub fn scale(&self) -> (f32, f32) {
        let over = |photo: usize, resized: usize| photo as f32 / resized as f32;
        (over(self.photo.0, self.resized.0), over(self.photo.1, self.resized.1))
    }

    /// A point of the network's input, on the photo.
    pub fn to_photo(&self, x: f32, y: f32) -> (f32, f32) {
        let (sx, sy) = self.scale();
        (x * sx, y * sy)
    }

    /// A box of the network's input (`[x1, y1, x2, y2]`), on the photo.
    pub fn box_to_photo(&self, [x1, y1, x2, y2]: [f32; 4]) -> [f32; 4] {
        let ((left, top), (right, bottom)) = (self.to_photo(x1, y1), self.to_photo(x2, y2));
        [left, top, right, bottom]
    }

    /// How large a box of the photo (`[x1, y1, x2, y2]`) is in the network's input: the root of its area there, px.
    pub fn side(&self, [x1, y1, x2, y2]: [f32; 4]) -> f32 {
        let ((left, top), (right, bottom)) = (self.to_network(x1, y1), self.to_network(x2, y2));
        ((right - left) * (bottom - top)).max(0.0).sqrt()
    }

    /// A point of the photo, in the network's input.
    pub fn to_network(&self, x: f32, y: f32) -> (f32, f32) {
        let (sx, sy) = self.scale();
        (x / sx, y / sy)
    }
}
