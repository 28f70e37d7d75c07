//! One coordinate over time: a Kalman filter of constant velocity.

/// Where something is and how fast, with the covariance of both.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Place.
    pub p: f64,
    /// Velocity, per second.
    pub v: f64,
    pp: f64,
    pv: f64,
    vv: f64,
}

impl Axis {
    /// At a place known with variance `r`, at rest give or take a variance `vv` of the velocity.
    pub fn new(p: f64, r: f64, vv: f64) -> Axis {
        Axis { p, v: 0.0, pp: r, pv: 0.0, vv }
    }

    /// The same in a picture of `by` times the size.
    pub fn scale(&mut self, by: f64) {
        self.p *= by;
        self.v *= by;
        for covariance in [&mut self.pp, &mut self.pv, &mut self.vv] {
            *covariance *= by * by;
        }
    }

    /// `dt` seconds go by; see [`Axis::loosen`] for `q`.
    pub fn predict(&mut self, dt: f64, q: f64) {
        self.p += self.v * dt;
        self.pp = (self.pp + dt * (2.0 * self.pv + dt * self.vv)).max(0.0);
        self.pv += dt * self.vv;
        self.loosen(dt, q);
    }

    /// Accelerations of spectral density `q` (place² per second³) may have acted for `dt` seconds.
    pub fn loosen(&mut self, dt: f64, q: f64) {
        self.pp += q * dt * dt * dt / 3.0;
        self.pv += q * dt * dt / 2.0;
        self.vv += q * dt;
    }

    /// How far a measurement of variance `r` may lie from the place expected: its variance.
    pub fn spread(&self, r: f64) -> f64 {
        (self.pp + r).max(f64::MIN_POSITIVE)
    }

    /// Takes a measurement `z` of variance `r`.
    pub fn update(&mut self, z: f64, r: f64) {
        let s = self.spread(r);
        let (k, kv) = (self.pp / s, self.pv / s);
        let off = z - self.p;
        self.p += k * off;
        self.v += kv * off;
        self.vv -= kv * self.pv;
        self.pv *= 1.0 - k;
        self.pp *= 1.0 - k;
        // What rounding takes must not make a variance negative, nor the two know more of each other than of themselves.
        self.vv = self.vv.max(0.0);
        let most = (self.pp * self.vv).sqrt();
        self.pv = self.pv.clamp(-most, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_velocity_is_followed_without_lag() {
        let mut axis = Axis::new(0.0, 1.0, 100.0);
        for i in 1..=60 {
            axis.predict(1.0 / 30.0, 1.0);
            axis.update(f64::from(i), 1.0);
        }
        assert!((axis.p - 60.0).abs() < 0.01 && (axis.v - 30.0).abs() < 0.5, "{axis:?}");
    }

    /// Steps of one length or of two: the same filter at the end.
    #[test]
    fn time_goes_by_in_any_steps() {
        let start = Axis { p: 1.0, v: 2.0, pp: 3.0, pv: 0.5, vv: 4.0 };
        let (mut once, mut twice) = (start, start);
        once.predict(0.3, 5.0);
        twice.predict(0.1, 5.0);
        twice.predict(0.2, 5.0);
        for (a, b) in [(once.p, twice.p), (once.pp, twice.pp), (once.pv, twice.pv), (once.vv, twice.vv)] {
            assert!((a - b).abs() < 1e-12, "{once:?} {twice:?}");
        }
    }

    /// Twenty digits are not enough for this, and still nothing breaks.
    #[test]
    fn absurd_measurements_do_no_harm() {
        let mut axis = Axis::new(0.0, 1e-9, 1e70);
        for i in 0..200 {
            axis.predict(0.03, if i % 3 == 0 { 1e80 } else { 1e-9 });
            axis.update(if i % 2 == 0 { 1e30 } else { -1e-30 }, if i % 5 == 0 { 1e60 } else { 1e-12 });
            assert!(axis.p.is_finite() && axis.v.is_finite() && axis.spread(1.0) >= 1.0, "{i}: {axis:?}");
        }
    }

    #[test]
    fn a_sure_measurement_wins_and_an_unsure_one_does_not() {
        for (r, near) in [(1e-9, 10.0), (1e9, 0.0)] {
            let mut axis = Axis::new(0.0, 1.0, 1.0);
            axis.predict(0.1, 1.0);
            axis.update(10.0, r);
            assert!((axis.p - near).abs() < 1e-3, "{r}: {axis:?}");
        }
    }
}
