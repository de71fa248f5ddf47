//! Products of bytes with AVX-512's `vpdpbusd`: four at a time, added up in numbers of 32 bits.

use std::arch::x86_64::*;

use crate::frozen::{Frozen, Walk};

/// Outputs in a vector of sums.
pub(super) const LANES: usize = 16;

/// Sixteen times four bytes where a cache line begins.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Bytes(pub [u32; LANES]);

impl Frozen for Bytes {
    fn visit(&self, walk: &mut Walk) {
        let Bytes(words) = self;
        words.visit(walk);
    }
}

/// Multiplies rows of bytes with a panel of `V` vectors.
///
/// # Safety
/// There must be `n` rows of `4 * fours` bytes, `V * fours` lines of weights, and from `sums` on `n` rows, `stride` apart,
/// of `V` vectors; the processor must have the instructions.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn multiply<const V: usize>(
    bytes: *const u8,
    weights: *const Bytes,
    sums: *mut i32,
    (n, fours, stride): (usize, usize, usize),
) {
    let mut row = 0;
    // SAFETY: each tile covers rows that exist.
    unsafe {
        while row + 8 <= n {
            tile::<8, V>(
                bytes.add(row * 4 * fours),
                weights,
                sums.add(row * stride),
                (fours, stride),
            );
            row += 8;
        }
        while row < n {
            tile::<1, V>(
                bytes.add(row * 4 * fours),
                weights,
                sums.add(row * stride),
                (fours, stride),
            );
            row += 1;
        }
    }
}

/// `R` rows of [`multiply`].
///
/// # Safety
/// As [`multiply`].
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn tile<const R: usize, const V: usize>(
    bytes: *const u8,
    weights: *const Bytes,
    sums: *mut i32,
    (fours, stride): (usize, usize),
) {
    // SAFETY: the caller grants what is read and written.
    unsafe {
        let mut all = [[_mm512_setzero_si512(); V]; R];
        for four in 0..fours {
            let mut w = [_mm512_setzero_si512(); V];
            for (v, w) in w.iter_mut().enumerate() {
                *w = _mm512_load_si512(weights.add(four * V + v).cast());
            }
            for (row, sums) in all.iter_mut().enumerate() {
                let x = bytes
                    .add((row * fours + four) * 4)
                    .cast::<i32>()
                    .read_unaligned();
                let x = _mm512_set1_epi32(x);
                for (sum, &w) in sums.iter_mut().zip(&w) {
                    *sum = _mm512_dpbusd_epi32(*sum, x, w);
                }
            }
        }
        for (row, all) in all.iter().enumerate() {
            for (v, &sum) in all.iter().enumerate() {
                _mm512_storeu_si512(sums.add(row * stride + v * LANES).cast(), sum);
            }
        }
    }
}
