//! Sequences whose truth is known: a window that moves over a photo, and cut-out people who walk before a background.

use crate::data::Photo;
use image::{Rgba, RgbaImage};
use std::f64::consts::TAU;

/// Frames a second.
pub const RATE: f64 = 30.0;
/// Standard deviation of the camera's noise, in grey levels.
const NOISE: f64 = 4.0;

/// x ↦ a·x − b·y + c, y ↦ b·x + a·y + d: turned, zoomed and moved.
#[derive(Clone, Copy, Debug)]
pub struct Similar {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
}

impl Similar {
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.a * x - self.b * y + self.c, self.b * x + self.a * y + self.d]
    }

    pub fn inverse(&self) -> Similar {
        let n = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / n, -self.b / n);
        Similar { a, b, c: -(a * self.c - b * self.d), d: -(b * self.c + a * self.d) }
    }

    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }
}

/// What happens in a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The window stands, pans to and fro, jumps aside, zooms and turns, stands.
    Window,
    /// Two people walk past each other.
    Crossing,
    /// One walks behind another, who stands.
    Behind,
}

/// A person of a sequence: a picture, and where it is put at a time.
struct Actor {
    photo: usize,
    place: Box<dyn Fn(f64) -> Similar>,
}

/// A sequence.
pub struct Scene {
    pub name: String,
    pub kind: Kind,
    pub size: (u32, u32),
    pub frames: usize,
    background: usize,
    /// Of the background; the window's movement.
    pub camera: fn(f64, (f64, f64)) -> Similar,
    /// Later ones stand in front.
    actors: Vec<Actor>,
}

/// A person as she is: joints in the frame with 1 where they are labelled, and the area.
pub struct Truth {
    pub joints: Vec<[f64; 3]>,
    pub area: f64,
}

/// From 0 to 1 between two times, without a jerk.
fn eased(t: f64, from: f64, to: f64) -> f64 {
    let s = ((t - from) / (to - from)).clamp(0.0, 1.0);
    s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)
}

/// Seconds of a window sequence, and its still part at the beginning.
const WINDOW: f64 = 6.0;
pub const STILL: f64 = 1.6;

/// From the photo to the frame. `size`: the photo's.
fn window(t: f64, (w, h): (f64, f64)) -> Similar {
    let sway = |from: f64, to: f64, turns: f64| match (t - from) / (to - from) {
        s if (0.0..1.0).contains(&s) => (TAU * turns * s).sin() * eased(s, 0.0, 0.15) * (1.0 - eased(s, 0.85, 1.0)),
        _ => 0.0,
    };
    let jump = eased(t, 3.4, 3.75) - eased(t, 5.5, 5.9);
    let x = w * (0.5 + 0.08 * sway(STILL, 3.2, 1.0) + 0.09 * jump);
    let y = h * (0.5 + 0.04 * sway(STILL, 3.2, 2.0));
    let zoom = 1.0 + 0.12 * sway(4.0, 5.4, 1.0);
    let turn = 0.12 * sway(4.0, 5.4, 1.5);
    let (a, b) = (zoom * turn.cos(), zoom * turn.sin());
    let (cx, cy) = (SHARE * w / 2.0, SHARE * h / 2.0);
    Similar { a, b, c: cx - (a * x - b * y), d: cy - (b * x + a * y) }
}

/// The window's share of the photo's sides.
const SHARE: f64 = 0.8;

fn still(_: f64, _: (f64, f64)) -> Similar {
    Similar { a: 1.0, b: 0.0, c: 0.0, d: 0.0 }
}

/// A window over each photo.
pub fn windows(photos: &[Photo]) -> Vec<Scene> {
    let scene = |(i, photo): (usize, &Photo)| Scene {
        name: format!("window {}", photo.name),
        kind: Kind::Window,
        size: ((SHARE * f64::from(photo.pixels.width())) as u32, (SHARE * f64::from(photo.pixels.height())) as u32),
        frames: (WINDOW * RATE) as usize,
        background: i,
        camera: window,
        actors: vec![],
    };
    photos.iter().enumerate().map(scene).collect()
}

/// A walk: from `x0` to `x1` (centres, in px) in `seconds`, feet at `floor`, bobbing twice a step.
fn walk(photo: &Photo, height: f64, x0: f64, x1: f64, seconds: f64, floor: f64) -> Box<dyn Fn(f64) -> Similar> {
    let scale = height / f64::from(photo.pixels.height());
    let width = f64::from(photo.pixels.width()) * scale;
    Box::new(move |t| {
        let x = x0 + (x1 - x0) * (t / seconds);
        let bob = if x0 == x1 { 0.0 } else { 0.012 * height * (TAU * 1.9 * t).sin() };
        Similar { a: scale, b: 0.0, c: x - width / 2.0, d: floor - height + bob }
    })
}

/// People who cross (even numbers), and who walk behind one who stands (odd), before each background.
pub fn walks(cutouts: &[Photo], backgrounds: &[Photo], count: usize) -> Vec<Scene> {
    let scene = |i: usize| {
        let background = i % backgrounds.len();
        let size = (640u32, 420u32);
        let (near, far) = ((2 * i) % cutouts.len(), (2 * i + 1) % cutouts.len());
        // Slow and quick, of one height and not.
        let seconds = [2.2, 3.0, 3.8][(i / 2) % 3];
        let height = [300.0, 255.0, 330.0, 285.0][(i / 2) % 4];
        let (kind, stop) = if i.is_multiple_of(2) { (Kind::Crossing, 540.0) } else { (Kind::Behind, 320.0) };
        let (from, to) = (100.0, 540.0);
        let place = |photo: usize, height, a, b, floor| walk(&cutouts[photo], height, a, b, seconds, floor);
        let behind = place(far, 0.94 * height, from, to, 390.0);
        let front = if kind == Kind::Crossing {
            place(near, height, stop, from, 405.0)
        } else {
            place(near, height, stop, stop, 405.0)
        };
        Scene {
            name: format!("{kind:?} {i}"),
            kind,
            size,
            frames: (seconds * RATE) as usize,
            background,
            camera: still,
            actors: vec![Actor { photo: far, place: behind }, Actor { photo: near, place: front }],
        }
    };
    (0..count).map(scene).collect()
}

impl Scene {
    /// Seconds of a frame.
    pub fn time(&self, frame: usize) -> f64 {
        frame as f64 / RATE
    }

    fn background<'a>(&self, photos: &'a [Photo], empty: &'a [Photo]) -> &'a Photo {
        if self.kind == Kind::Window { &photos[self.background] } else { &empty[self.background] }
    }

    /// From the photo to the frame at a time, for a window.
    pub fn similar(&self, photos: &[Photo], t: f64) -> Similar {
        let pixels = &photos[self.background].pixels;
        (self.camera)(t, (f64::from(pixels.width()), f64::from(pixels.height())))
    }

    /// The people of a frame.
    pub fn truth(&self, photos: &[Photo], cutouts: &[Photo], frame: usize) -> Vec<Truth> {
        let put = |photo: &Photo, at: Similar| -> Vec<Truth> {
            let moved = |joints: &Vec<[f64; 3]>| {
                joints.iter().map(|&[x, y, v]| (at.apply([x, y]), v)).map(|([x, y], v)| [x, y, v]).collect()
            };
            let areas = photo.areas.iter().map(|area| area * at.scale() * at.scale());
            photo.people.iter().map(moved).zip(areas).map(|(joints, area)| Truth { joints, area }).collect()
        };
        let t = self.time(frame);
        match self.kind {
            Kind::Window => put(&photos[self.background], self.similar(photos, t)),
            _ => self.actors.iter().flat_map(|actor| put(&cutouts[actor.photo], (actor.place)(t))).collect(),
        }
    }

    /// Draws a frame.
    pub fn frame(&self, photos: &[Photo], empty: &[Photo], cutouts: &[Photo], frame: usize) -> RgbaImage {
        let t = self.time(frame);
        let photo = self.background(photos, empty);
        let (w, h) = self.size;
        let under = match self.kind {
            Kind::Window => self.similar(photos, t).inverse(),
            // Whatever its size, it fills the frame.
            _ => {
                let fill = (f64::from(photo.pixels.width()) / f64::from(w))
                    .min(f64::from(photo.pixels.height()) / f64::from(h));
                Similar { a: fill, b: 0.0, c: 0.0, d: 0.0 }
            }
        };
        let actors: Vec<(Similar, &RgbaImage)> =
            self.actors.iter().map(|a| ((a.place)(t).inverse(), &cutouts[a.photo].pixels)).collect();
        let mut noise = Noise(0x9E37_79B9_7F4A_7C15 ^ ((frame as u64 + 1) << 20));
        RgbaImage::from_fn(w, h, |x, y| {
            let at = [f64::from(x) + 0.5, f64::from(y) + 0.5];
            let mut colour = sample(&photo.pixels, under.apply(at), true);
            for (inverse, pixels) in &actors {
                let over = sample(pixels, inverse.apply(at), false);
                let alpha = over[3] / 255.0;
                (0..3).for_each(|c| colour[c] += (over[c] - colour[c]) * alpha);
            }
            let byte = |v: f64, n: f64| (v + NOISE * n).round().clamp(0.0, 255.0) as u8;
            Rgba([byte(colour[0], noise.next()), byte(colour[1], noise.next()), byte(colour[2], noise.next()), 255])
        })
    }
}

/// Bilinear; beyond the edge the edge goes on, or nothing is there.
fn sample(from: &RgbaImage, [x, y]: [f64; 2], edge: bool) -> [f64; 4] {
    let (x, y) = (x - 0.5, y - 0.5);
    let (w, h) = (f64::from(from.width()), f64::from(from.height()));
    let inside = x > -1.0 && y > -1.0 && x < w && y < h;
    if !edge && !inside {
        return [0.0; 4];
    }
    let at =
        |x: f64, y: f64| from.get_pixel(x.clamp(0.0, w - 1.0) as u32, y.clamp(0.0, h - 1.0) as u32).0.map(f64::from);
    let (fx, fy) = (x - x.floor(), y - y.floor());
    let (x, y) = (x.floor(), y.floor());
    let corners = [at(x, y), at(x + 1.0, y), at(x, y + 1.0), at(x + 1.0, y + 1.0)];
    let shares = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
    std::array::from_fn(|c| corners.iter().zip(shares).map(|(colour, share)| colour[c] * share).sum())
}

/// Numbers that are nearly normal, the same in every run: sums of twelve uniform ones.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..3 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bits = self.0 >> 24;
            sum += (0..4).map(|i| f64::from((bits >> (10 * i)) as u32 & 1023)).sum::<f64>();
        }
        sum / 1023.0 - 6.0
    }
}
