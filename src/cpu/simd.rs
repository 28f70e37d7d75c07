//! Vectors of f32 for the kernels, written once and compiled for AVX-512, AVX2, wasm simd128 and whatever
//! the compiler makes of four floats elsewhere (NEON on aarch64). Natively the choice is made at run time.

/// A vector register of f32.
///
/// # Safety
/// Every method may only run on a processor that has the instruction set, which [`dispatch`] sees to.
/// `load` and `store` need [`Lanes::N`] floats at the pointer, at any alignment.
pub(crate) trait Lanes: Copy {
    /// Floats in a register.
    const N: usize;
    /// Rows of a register tile of the matrix product, at most.
    const ROWS: usize;
    /// Rows of that tile here.
    #[inline(always)]
    unsafe fn rows() -> usize {
        Self::ROWS
    }
    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(at: *const f32) -> Self;
    unsafe fn store(self, at: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// self + a·b, rounded once where there is an instruction for it.
    unsafe fn fma(self, a: Self, b: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    /// The first `n` < N floats at the pointer, then zeros.
    #[inline(always)]
    unsafe fn load_part(at: *const f32, n: usize) -> Self {
        let mut words = [0.0; 16];
        for (i, word) in words.iter_mut().enumerate().take(n) {
            *word = unsafe { *at.add(i) };
        }
        unsafe { Self::load(words.as_ptr()) }
    }
    /// Writes the first `n` < N floats.
    #[inline(always)]
    unsafe fn store_part(self, at: *mut f32, n: usize) {
        let mut words = [0.0; 16];
        unsafe { self.store(words.as_mut_ptr()) };
        for (i, word) in words.iter().enumerate().take(n) {
            unsafe { *at.add(i) = *word };
        }
    }
}

/// Work that is compiled for each instruction set; `run` must be `#[inline(always)]`, and all it calls too.
pub(crate) trait Kernel {
    /// Does the work with these vectors.
    ///
    /// # Safety
    /// Only called by [`dispatch`], where the instruction set is there.
    unsafe fn run<V: Lanes>(self);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use crate::cpu::simd::{Kernel, Lanes};
    use std::arch::x86_64::*;

    impl Lanes for __m512 {
        const N: usize = 16;
        const ROWS: usize = 12;
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            unsafe { _mm512_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn load(at: *const f32) -> Self {
            unsafe { _mm512_loadu_ps(at) }
        }
        #[inline(always)]
        unsafe fn store(self, at: *mut f32) {
            unsafe { _mm512_storeu_ps(at, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { _mm512_add_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            unsafe { _mm512_mul_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn fma(self, a: Self, b: Self) -> Self {
            unsafe { _mm512_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { _mm512_max_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { _mm512_min_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn load_part(at: *const f32, n: usize) -> Self {
            unsafe { _mm512_maskz_loadu_ps((1 << n) - 1, at) }
        }
        #[inline(always)]
        unsafe fn store_part(self, at: *mut f32, n: usize) {
            unsafe { _mm512_mask_storeu_ps(at, (1 << n) - 1, self) }
        }
    }

    impl Lanes for __m256 {
        const N: usize = 8;
        const ROWS: usize = 6;
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            unsafe { _mm256_set1_ps(x) }
        }
        #[inline(always)]
        unsafe fn load(at: *const f32) -> Self {
            unsafe { _mm256_loadu_ps(at) }
        }
        #[inline(always)]
        unsafe fn store(self, at: *mut f32) {
            unsafe { _mm256_storeu_ps(at, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { _mm256_add_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            unsafe { _mm256_mul_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn fma(self, a: Self, b: Self) -> Self {
            unsafe { _mm256_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            unsafe { _mm256_max_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            unsafe { _mm256_min_ps(self, other) }
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512<K: Kernel>(kernel: K) {
        unsafe { kernel.run::<__m512>() }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn avx2<K: Kernel>(kernel: K) {
        unsafe { kernel.run::<__m256>() }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use crate::cpu::simd::Lanes;
    use std::arch::wasm32::*;
    use std::hint::black_box;

    /// Whether a product that is added is rounded once: in the file for browsers with relaxed SIMD, where they do so.
    fn products_are_fused() -> bool {
        const A_LITTLE: f32 = f32::EPSILON;
        let [sum, a, b] = black_box([-1.0, 1.0 + A_LITTLE, 1.0 - A_LITTLE]).map(|x| f32x4_splat(x));
        f32x4_extract_lane::<0>(fma(sum, a, b)) != 0.0
    }

    /// A function of its own, so that the compiler does not know its numbers; `page` fuses it as it fuses all others.
    #[inline(never)]
    fn fma(sum: v128, a: v128, b: v128) -> v128 {
        unsafe { sum.fma(a, b) }
    }

    impl Lanes for v128 {
        const N: usize = 4;
        const ROWS: usize = 6;
        /// Of x86's 16 registers V8 keeps one for itself, and a product that is not fused with its sum needs one more.
        #[inline(always)]
        unsafe fn rows() -> usize {
            if products_are_fused() { Self::ROWS } else { 5 }
        }
        #[inline(always)]
        unsafe fn splat(x: f32) -> Self {
            f32x4_splat(x)
        }
        #[inline(always)]
        unsafe fn load(at: *const f32) -> Self {
            unsafe { v128_load(at.cast()) }
        }
        #[inline(always)]
        unsafe fn store(self, at: *mut f32) {
            unsafe { v128_store(at.cast(), self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            f32x4_add(self, other)
        }
        #[inline(always)]
        unsafe fn mul(self, other: Self) -> Self {
            f32x4_mul(self, other)
        }
        #[inline(always)]
        unsafe fn fma(self, a: Self, b: Self) -> Self {
            // One operation in the file for browsers with relaxed SIMD: `page` makes it of these two.
            f32x4_add(self, f32x4_mul(a, b))
        }
        // The `pmax`/`pmin` forms are one instruction on x86; the plain ones take seven there for NaN and -0.
        #[inline(always)]
        unsafe fn max(self, other: Self) -> Self {
            f32x4_pmax(other, self)
        }
        #[inline(always)]
        unsafe fn min(self, other: Self) -> Self {
            f32x4_pmin(other, self)
        }
        #[inline(always)]
        unsafe fn load_part(at: *const f32, n: usize) -> Self {
            unsafe {
                match n {
                    1 => v128_load32_zero(at.cast()),
                    2 => v128_load64_zero(at.cast()),
                    _ => v128_load32_lane::<2>(v128_load64_zero(at.cast()), at.add(2).cast()),
                }
            }
        }
        #[inline(always)]
        unsafe fn store_part(self, at: *mut f32, n: usize) {
            unsafe {
                if n == 1 {
                    return v128_store32_lane::<0>(self, at.cast());
                }
                v128_store64_lane::<0>(self, at.cast());
                if n == 3 {
                    v128_store32_lane::<2>(self, at.add(2).cast());
                }
            }
        }
    }
}

/// Four floats that the compiler keeps in a register where it can.
#[derive(Clone, Copy)]
pub(crate) struct Four([f32; 4]);

impl Four {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let (a, b) = (self.0, other.0);
        Four([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

impl Lanes for Four {
    const N: usize = 4;
    const ROWS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Four([x; 4])
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> Self {
        Four(unsafe { at.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        unsafe { at.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn fma(self, a: Self, b: Self) -> Self {
        // Without an instruction for it, `mul_add` is a slow call.
        let both = a.with(b, |a, b| a * b);
        if cfg!(target_arch = "aarch64") {
            let (a, b, c) = (a.0, b.0, self.0);
            Four(std::array::from_fn(|i| a[i].mul_add(b[i], c[i])))
        } else {
            self.with(both, |a, b| a + b)
        }
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }
}

/// Instruction sets the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// 16 floats, x86-64.
    Avx512,
    /// 8 floats with FMA, x86-64.
    Avx2,
    /// 4 floats, wasm.
    Simd128,
    /// What the compiler makes of it.
    Portable,
}

/// The best instruction set here; the environment variable `QUERYPOSE_SIMD` (`avx2`, `portable`) lowers it.
pub fn level() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        use std::sync::LazyLock;
        static LEVEL: LazyLock<Level> = LazyLock::new(|| {
            let most = std::env::var("QUERYPOSE_SIMD").unwrap_or_default();
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            match most.as_str() {
                "portable" => Level::Portable,
                "avx2" if avx2 => Level::Avx2,
                _ if is_x86_feature_detected!("avx512f") => Level::Avx512,
                _ if avx2 => Level::Avx2,
                _ => Level::Portable,
            }
        });
        *LEVEL
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return Level::Simd128;
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
    Level::Portable
}

/// Runs a kernel with the best vectors there are.
pub(crate) fn dispatch<K: Kernel>(kernel: K) {
    match level() {
        // SAFETY: `level` found these instruction sets on this processor.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::avx512(kernel) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::avx2(kernel) },
        // SAFETY: a module with simd128 only loads where it is there.
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Level::Simd128 => unsafe { kernel.run::<std::arch::wasm32::v128>() },
        // SAFETY: plain Rust.
        _ => unsafe { kernel.run::<Four>() },
    }
}

/// Floats in a register of [`level`].
pub(crate) fn lanes() -> usize {
    match level() {
        Level::Avx512 => 16,
        Level::Avx2 => 8,
        _ => 4,
    }
}
