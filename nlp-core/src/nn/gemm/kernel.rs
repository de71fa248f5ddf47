//! The innermost loops of the product: a tile of rows and vectors of outputs, kept in registers.

use super::lanes::{Four, Lanes};

/// A panel's share of a product of some rows.
pub(super) struct Tiles<'a> {
    /// The rows, of `inputs` numbers each.
    pub rows: &'a [&'a [f32]],
    pub inputs: usize,
    /// The panel: for every input, the weights to its outputs, filled up to whole vectors.
    pub weights: *const f32,
    /// The panel's first output for the first row.
    pub out: *mut f32,
    /// How many outputs the panel has.
    pub count: usize,
    /// From a row of `out` to the next.
    pub stride: usize,
}

/// The widest tile: eight rows of three vectors of sixteen.
const TILE: usize = 8 * 3 * 16;

/// With AVX-512: 24 of its 32 registers hold the tile.
///
/// # Safety
/// As [`run`], on a processor with AVX-512.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512(tiles: &Tiles, vectors: usize) {
    use std::arch::x86_64::__m512;
    // SAFETY: the caller grants what `run` needs.
    unsafe {
        match vectors {
            1 => run::<__m512, 8, 1>(tiles),
            2 => run::<__m512, 8, 2>(tiles),
            _ => run::<__m512, 8, 3>(tiles),
        }
    }
}

/// With AVX2 and FMA: 12 of its 16 registers hold the tile.
///
/// # Safety
/// As [`run`], on a processor with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2(tiles: &Tiles, vectors: usize) {
    use std::arch::x86_64::__m256;
    // SAFETY: the caller grants what `run` needs.
    unsafe {
        match vectors {
            1 => run::<__m256, 4, 1>(tiles),
            2 => run::<__m256, 4, 2>(tiles),
            _ => run::<__m256, 4, 3>(tiles),
        }
    }
}

/// With what every processor has.
///
/// # Safety
/// As [`run`].
pub(super) unsafe fn portable(tiles: &Tiles, vectors: usize) {
    // SAFETY: the caller grants what `run` needs.
    unsafe {
        match vectors {
            1 => run::<Four, 4, 1>(tiles),
            2 => run::<Four, 4, 2>(tiles),
            _ => run::<Four, 4, 3>(tiles),
        }
    }
}

/// All rows, `R` at a time and what is left in halves.
///
/// # Safety
/// `tiles.rows` must hold `inputs` numbers each, `tiles.weights` `V` vectors for every input, and `tiles.out` for every
/// row `count` numbers, which are at most `V` vectors; the processor must have the instructions of `L`.
#[inline(always)]
unsafe fn run<L: Lanes, const R: usize, const V: usize>(tiles: &Tiles) {
    let n = tiles.rows.len();
    let mut row = 0;
    // SAFETY: each tile covers rows that exist.
    unsafe {
        while row + R <= n {
            tile::<L, R, V>(tiles, row);
            row += R;
        }
        if R > 4 && row + 4 <= n {
            tile::<L, 4, V>(tiles, row);
            row += 4;
        }
        if row + 2 <= n {
            tile::<L, 2, V>(tiles, row);
            row += 2;
        }
        if row < n {
            tile::<L, 1, V>(tiles, row);
        }
    }
}

/// `R` rows from `first` on.
///
/// # Safety
/// As [`run`], and those rows must exist.
#[inline(always)]
unsafe fn tile<L: Lanes, const R: usize, const V: usize>(tiles: &Tiles, first: usize) {
    let rows: [*const f32; R] = std::array::from_fn(|i| tiles.rows[first + i].as_ptr());
    // SAFETY: inputs and weights are read inside what the caller grants, and whole vectors are stored only where the
    // tile's outputs fill them.
    unsafe {
        let mut sums = [[L::zero(); V]; R];
        let mut weights = tiles.weights;
        for input in 0..tiles.inputs {
            let mut w = [L::zero(); V];
            for (v, w) in w.iter_mut().enumerate() {
                *w = L::load(weights.add(v * L::N));
            }
            weights = weights.add(V * L::N);
            for (row, sums) in rows.iter().zip(&mut sums) {
                let x = L::splat(row.add(input));
                for (sum, &w) in sums.iter_mut().zip(&w) {
                    *sum = sum.add_product(x, w);
                }
            }
        }
        if tiles.count == V * L::N {
            for (i, sums) in sums.iter().enumerate() {
                let out = tiles.out.add((first + i) * tiles.stride);
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(out.add(v * L::N));
                }
            }
            return;
        }
        let mut whole = [0.0; TILE];
        for (i, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                sum.store(whole.as_mut_ptr().add((i * V + v) * L::N));
            }
        }
        for i in 0..R {
            let from = whole.as_ptr().add(i * V * L::N);
            let out = tiles.out.add((first + i) * tiles.stride);
            std::ptr::copy_nonoverlapping(from, out, tiles.count);
        }
    }
}
