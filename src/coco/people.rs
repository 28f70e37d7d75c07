//! Labelled and found people, and what they are compared by.

/// A labelled person.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// The picture's place, from 0. Of two with equal scores the one on the earlier picture comes first.
    pub picture: usize,
    /// x, y, width, height in px.
    pub bbox: [f64; 4],
    /// x, y and visibility, 0 where there is no label. COCO's 17, in its order.
    pub keypoints: Vec<[f64; 3]>,
    /// Labelled joints: with none the person does not count for keypoints.
    pub labels: u64,
    /// Square px.
    pub area: f64,
    /// A region with many people: whoever is found there counts neither for nor against.
    pub crowd: bool,
}

/// A person who was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The picture's place, from 0.
    pub picture: usize,
    /// x, y, width, height in px.
    pub bbox: [f64; 4],
    /// x and y.
    pub keypoints: Vec<[f64; 2]>,
    /// Higher comes first.
    pub score: f64,
}

/// What people are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Object keypoint similarity; at most 20 people a picture count.
    Keypoints,
    /// Intersection over union of boxes; at most 1, 10 or 100 people a picture count.
    Boxes,
}

impl By {
    /// Most people a picture that count, as COCO's figures have it; the last is the usual one.
    pub fn limits(self) -> &'static [usize] {
        match self {
            By::Keypoints => &[20],
            By::Boxes => &[1, 10, 100],
        }
    }
}

/// Which people count, by the labelled area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// All.
    All,
    /// Below 32² px.
    Small,
    /// Between 32² and 96² px.
    Medium,
    /// Above 96² px.
    Large,
}

impl Size {
    /// All four.
    pub const EVERY: [Size; 4] = [Size::All, Size::Small, Size::Medium, Size::Large];

    /// Least and largest area, both within.
    pub fn range(self) -> (f64, f64) {
        const MOST: f64 = 1e10;
        match self {
            Size::All => (0.0, MOST),
            Size::Small => (0.0, 1024.0),
            Size::Medium => (1024.0, 9216.0),
            Size::Large => (9216.0, MOST),
        }
    }
}

/// The ten similarities from which on a found person is right: 0.5, 0.55 … 0.95.
pub fn thresholds() -> [f64; 10] {
    // The same arithmetic as numpy's, to the last bit.
    let step = (0.95 - 0.5) / 9.0;
    std::array::from_fn(|i| if i == 9 { 0.95 } else { i as f64 * step + 0.5 })
}
