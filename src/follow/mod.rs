//! The people of one stream of frames, a camera or a video: every frame is looked at once, at the size that suits who was
//! seen before, and people keep their ids and calm joints. The page's streams and `querypose track` are this.
//!
//! ```no_run
//! # async fn example(frames: Vec<(f64, querypose::Picture)>) -> Result<(), Box<dyn std::error::Error>> {
//! use querypose::follow::Follower;
//! use querypose::track::TrackOptions;
//! use querypose::{Backend, Detector, Model, Options};
//!
//! let detector = Detector::new(Model::open("www/models/nano".as_ref())?, Backend::Auto).await?;
//! let config = detector.model().config();
//! let wish = Options::new(config);
//! let mut follower = Follower::default();
//! for (time_s, picture) in frames {
//!     let mut found = detector.detect(&picture, &follower.options(&wish, None, config)).await?;
//!     follower.follow(time_s, &mut found, TrackOptions::new(0.5, wish.threshold), config);
//!     for pose in found.poses {
//!         println!("{time_s:.2} s: {:?} at {:?}", pose.id, pose.bbox);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod scale;

use crate::config::Config;
use crate::detect::{Detection, Options};
use crate::track::{TrackOptions, Tracker};
use scale::VideoScale;

/// Sides are whole numbers: a frame of the same proportions may be stretched by so much.
const STRETCH: f32 = 0.02;

/// Who is known in one stream of frames, and at which size they are seen best.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    tracker: Tracker,
    scale: VideoScale,
    /// Width and height of the last frame, px.
    full: Option<(u32, u32)>,
}

impl Follower {
    /// Forgets everybody: another video, a cut. Ids go on, none is given twice.
    pub fn reset(&mut self) {
        self.tracker.reset();
        self.scale = VideoScale::default();
    }

    /// What to look at the next frame with, where `wish` is wished for: see [`Options::followed`]. Without a size, the shortest
    /// edge is the one that suits people, as far as `max_size` (px) allows; the model's own until somebody looked.
    pub fn options(&self, wish: &Options, max_size: Option<usize>, config: &Config) -> Options {
        let own = config.image.shortest_edge;
        let chosen = || self.scale.edge().unwrap_or(own).min(max_size.unwrap_or(usize::MAX));
        Options { size: wish.size.or_else(|| Some(chosen())), ..wish.clone() }.followed(config)
    }

    /// Takes what was found in the frame of this time (seconds, from whatever beginning) with [`Follower::options`]; people are
    /// then as [`Tracker::update`] gives them, with boxes that end where the frame does. A frame of another size shows the same,
    /// larger or smaller; one of other proportions, from a camera that was turned, is a cut.
    pub fn follow(&mut self, time_s: f64, found: &mut Detection, options: TrackOptions, config: &Config) {
        let (width, height) = self.full.replace(found.full).unwrap_or(found.full);
        let (x, y) = (found.full.0 as f32 / width as f32, found.full.1 as f32 / height as f32);
        if self.tracker.is_cut(time_s) || (x / y - 1.0).abs() > STRETCH {
            self.reset();
        } else if (x, y) != (1.0, 1.0) {
            self.tracker.scale(x, y);
        }
        self.tracker.set_options(options);
        let known = self.tracker.update(time_s, std::mem::take(&mut found.poses));
        found.poses.extend(known.into_iter().filter_map(|pose| pose.within(found.full)));
        if let Some(scale) = &config.image.adaptive_scale {
            self.scale.see(time_s, scale, found.size(), &found.sides());
        }
    }
}
