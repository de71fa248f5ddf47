//! Vectors of numbers, as the kernel sees them.

/// A vector of [`Lanes::N`] numbers.
///
/// # Safety
/// Every method needs the instructions that the type stands for, and pointers that are valid for what it reads or
/// writes: `N` numbers, or one for [`Lanes::splat`]. Nothing needs to be aligned.
pub(super) trait Lanes: Copy {
    /// How many numbers there are.
    const N: usize;
    /// All zeros.
    unsafe fn zero() -> Self;
    /// The numbers from `from` on.
    unsafe fn load(from: *const f32) -> Self;
    /// The number at `from`, in every place.
    unsafe fn splat(from: *const f32) -> Self;
    /// `self + a * b`.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// `self + other` and `self - other`.
    unsafe fn sum_and_difference(self, other: Self) -> (Self, Self);
    /// Writes the numbers from `to` on.
    unsafe fn store(self, to: *mut f32);
}

/// What every processor has; compilers turn it into vectors of four.
#[derive(Clone, Copy)]
pub(super) struct Four([f32; 4]);

impl Lanes for Four {
    const N: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        Four([0.0; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller grants four numbers.
        Four(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn splat(from: *const f32) -> Self {
        // SAFETY: the caller grants one number.
        Four([unsafe { from.read() }; 4])
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        let mut out = self.0;
        for (i, out) in out.iter_mut().enumerate() {
            *out += a.0[i] * b.0[i];
        }
        Four(out)
    }

    #[inline(always)]
    unsafe fn sum_and_difference(self, other: Self) -> (Self, Self) {
        let at = |i| (self.0[i], other.0[i]);
        let with = |f: fn((f32, f32)) -> f32| Four(std::array::from_fn(|i| f(at(i))));
        (with(|(a, b)| a + b), with(|(a, b)| a - b))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller grants four numbers.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    macro_rules! lanes {
        ($vector:ty, $n:expr, $zero:ident, $load:ident, $splat:ident, $add_product:ident, $add:ident, $sub:ident, $store:ident) => {
            impl Lanes for $vector {
                const N: usize = $n;

                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: the caller has the instructions, as for all that follow.
                    unsafe { $zero() }
                }

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller grants a vector's numbers.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn splat(from: *const f32) -> Self {
                    // SAFETY: the caller grants one number.
                    unsafe { $splat(*from) }
                }

                #[inline(always)]
                unsafe fn add_product(self, a: Self, b: Self) -> Self {
                    // SAFETY: the caller has the instructions.
                    unsafe { $add_product(a, b, self) }
                }

                #[inline(always)]
                unsafe fn sum_and_difference(self, other: Self) -> (Self, Self) {
                    // SAFETY: the caller has the instructions.
                    unsafe { ($add(self, other), $sub(self, other)) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller grants a vector's numbers.
                    unsafe { $store(to, self) }
                }
            }
        };
    }

    lanes!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_storeu_ps
    );
    lanes!(
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_storeu_ps
    );
}
