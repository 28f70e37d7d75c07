//! What is applied to a result before it is written, for one number and for a vector of them.

use crate::cpu::simd::Lanes;

/// Applied to a result before it is written. Official code: `nn.ReLU`; MobileNetV2: ReLU6; Swin: GELU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// As it is.
    #[default]
    None,
    /// max(x, 0)
    Relu,
    /// min(max(x, 0), 6)
    Relu6,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016, by erf)
    Gelu,
}

impl Activation {
    /// Every one of them.
    pub const ALL: [Activation; 5] =
        [Activation::None, Activation::Relu, Activation::Relu6, Activation::Sigmoid, Activation::Gelu];
    /// The function itself.
    #[inline(always)]
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Activation::None => x,
            Activation::Relu => x.max(0.0),
            Activation::Relu6 => x.clamp(0.0, 6.0),
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::Gelu => gelu(x),
        }
    }
    /// Whether it only bounds the number, or leaves it.
    pub fn is_clamp(self) -> bool {
        matches!(self, Activation::None | Activation::Relu | Activation::Relu6)
    }
    /// What it bounds the number by, from below and above: nothing, where it does more than that.
    pub(crate) fn bounds(self) -> (f32, f32) {
        match self {
            Activation::Relu => (0.0, f32::INFINITY),
            Activation::Relu6 => (0.0, 6.0),
            _ => (f32::NEG_INFINITY, f32::INFINITY),
        }
    }
    /// The number shaders know it by (`ACTIVATION`).
    pub fn code(self) -> u32 {
        match self {
            Activation::None => 0,
            Activation::Relu => 1,
            Activation::Relu6 => 2,
            Activation::Sigmoid => 3,
            Activation::Gelu => 4,
        }
    }
}

/// e^x within 3e-7 of its size; 0 below -87, the largest power below 88 above it, NaN stays NaN.
/// The range is cut to |r| ≤ ln(2)/2 and e^r taken from its series, as Cephes' `expf` does.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let cut = if x > 88.0 { 88.0 } else { x };
    let shifted = cut * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that n·ln 2 is exact enough.
    let r = cut - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let series =
        1.0 + r * (1.0 + r * (0.5 + r * (0.166_666_55 + r * (0.041_665_8 + r * (0.008_333_45 + r * 0.001_39)))));
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    if x < -87.0 { 0.0 } else { series * power }
}

/// x·Φ(x), exact but for rounding: Φ from erfc's approximation 7.1.26 in Abramowitz & Stegun (1964), within 1.5e-7.
/// Taken from erfc(|x|), so that far below zero it is small, not the difference of two large numbers.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    let erfc = series * exp(-z * z);
    let positive = if x > 0.0 { x } else { 0.0 };
    positive - x.abs() * (0.5 * erfc)
}

/// The activation of a vector.
#[inline(always)]
pub(crate) unsafe fn activate<V: Lanes>(x: V, activation: Activation) -> V {
    unsafe {
        match activation {
            Activation::None => x,
            Activation::Relu => x.max(V::splat(0.0)),
            Activation::Relu6 => x.max(V::splat(0.0)).min(V::splat(6.0)),
            Activation::Sigmoid | Activation::Gelu => {
                let mut words = [0.0; 16];
                x.store(words.as_mut_ptr());
                for word in &mut words[..V::N] {
                    *word = activation.apply(*word);
                }
                V::load(words.as_ptr())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the integral of the normal density, by Simpson's rule in f64.
    #[test]
    fn gelu_is_gelu() {
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let phi = |x: f64| {
            let h = x / 1000.0;
            let inner: f64 = (1..1000).map(|i| density(i as f64 * h) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
            0.5 + h / 3.0 * (density(0.0) + inner + density(x))
        };
        for i in -700..700 {
            let x = i as f32 * 1e-2;
            let (got, exact) = (gelu(x) as f64, x as f64 * phi(x as f64));
            assert!((got - exact).abs() < 6e-7 * (x as f64).abs().max(1.0), "gelu({x}) = {got}, not {exact}");
        }
        assert!(gelu(f32::NAN).is_nan() && gelu(-50.0) == 0.0 && gelu(50.0) == 50.0);
    }

    #[test]
    fn exp_is_exp() {
        let mut worst = 0.0f64;
        for i in -86_000..88_000 {
            let x = i as f32 * 1e-3;
            let exact = (x as f64).exp();
            worst = worst.max(((exp(x) as f64 - exact) / exact).abs());
        }
        assert!(worst < 3e-7, "{worst}");
        assert_eq!((exp(0.0), exp(-1e9), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(f32::NAN).is_nan() && exp(f32::INFINITY) > 1e38);
    }
}
