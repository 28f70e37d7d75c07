//! A place that is followed: two coordinates, and whether the filter is lagging behind.

use super::filter::Axis;

/// Share of a new deviation in what is remembered of a joint's deviations.
const RECENT: f64 = 0.25;
/// Deviations to one side that are no chance: from here on (in standard deviations of the memory) there is movement.
const MOVES: f64 = 4.0;
/// Each further standard deviation makes accelerations larger by e to this.
const GROWTH: f64 = 6.0;
/// At most by e to this.
const MOST: f64 = 11.0;

/// x and y of a joint, or of the box's centre or sides.
#[derive(Clone, Debug)]
pub struct Point {
    /// Both.
    pub axes: [Axis; 2],
    /// Mean of the last deviations in standard deviations, signed: near 0 unless the filter lags behind.
    pub drift: [f64; 2],
}

impl Point {
    /// At a place with variances `r`, at rest give or take a speed.
    pub fn new(at: [f64; 2], r: [f64; 2], speed: f64) -> Point {
        let axis = |i: usize| Axis::new(at[i], r[i], speed * speed);
        Point { axes: [axis(0), axis(1)], drift: [0.0; 2] }
    }

    /// Where it is expected.
    pub fn place(&self) -> [f64; 2] {
        self.axes.map(|axis| axis.p)
    }

    /// Deviations of a measurement from what is expected, in standard deviations.
    pub fn deviation(&self, at: [f64; 2], r: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|i| (at[i] - self.axes[i].p) / self.axes[i].spread(r[i]).sqrt())
    }

    /// Keeps a deviation in mind.
    pub fn remember(&mut self, deviation: [f64; 2]) {
        for (drift, new) in self.drift.iter_mut().zip(deviation) {
            *drift += RECENT * (new.clamp(-6.0, 6.0) - *drift);
        }
    }

    /// Takes a measurement; `moving`: drift of the whole person in standard deviations of its memory.
    pub fn update(&mut self, at: [f64; 2], r: [f64; 2], dt: f64, q: f64, moving: [f64; 2]) {
        for i in 0..2 {
            let own = self.drift[i].abs() / memory();
            let growth = (GROWTH * (own.max(moving[i]) - MOVES)).clamp(0.0, MOST).exp();
            self.axes[i].loosen(dt, q * (growth - 1.0));
            self.axes[i].update(at[i], r[i]);
        }
    }
}

/// Standard deviation of [`Point::drift`] where deviations are pure chance.
pub fn memory() -> f64 {
    (RECENT / (2.0 - RECENT)).sqrt()
}
