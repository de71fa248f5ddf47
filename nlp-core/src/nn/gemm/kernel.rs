//! The innermost loops of the product: a tile of rows and vectors of outputs, kept in registers.

use super::lanes::{Four, Lanes};

/// Numbers in the widest panel: three vectors of sixteen.
const MOST: usize = 3 * 16;

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

/// With AVX2 and FMA: 12 of its 16 registers hold the tile, and what is multiplied has room in the others.
///
/// # Safety
/// As [`run`], on a processor with AVX2 and FMA, of panels of at most two vectors.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2(tiles: &Tiles, vectors: usize) {
    use std::arch::x86_64::__m256;
    // SAFETY: the caller grants what `run` needs.
    unsafe {
        match vectors {
            1 => run::<__m256, 8, 1>(tiles),
            _ => run::<__m256, 6, 2>(tiles),
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
        for (i, sums) in sums.iter().enumerate() {
            put(sums, tiles.out.add((first + i) * tiles.stride), tiles.count);
        }
    }
}

/// A panel's share of the convolutions of some pairs of rows.
pub(super) struct PairTiles {
    pub pairs: usize,
    /// For each pair four rows of `width` numbers: what is multiplied for `p`, for `q`, for the first row, for the second.
    pub rows: *const f32,
    pub width: usize,
    /// The panel: for every input the weights for `p` and those for `q`, then those for the first row and for the second,
    /// filled up to whole vectors.
    pub weights: *const f32,
    /// The panel's first output for the first pair's first row.
    pub out: *mut f32,
    /// How many outputs the panel has.
    pub count: usize,
    /// From a row of `out` to the next.
    pub stride: usize,
}

/// The widest panel of [`PairTiles`]: with so few vectors, the weights of one half stay in the nearest cache.
pub(super) const PAIR_VECTORS: usize = 2;

/// With AVX-512: 24 of its 32 registers hold the tile.
///
/// # Safety
/// As [`run_pairs`], on a processor with AVX-512.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn avx512_pairs(tiles: &PairTiles, vectors: usize) {
    use std::arch::x86_64::__m512;
    // SAFETY: the caller grants what `run_pairs` needs.
    unsafe {
        match vectors {
            1 => run_pairs::<__m512, 12, 1>(tiles),
            _ => run_pairs::<__m512, 6, 2>(tiles),
        }
    }
}

/// With AVX2 and FMA: 12 of its 16 registers hold the tile.
///
/// # Safety
/// As [`run_pairs`], on a processor with AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2_pairs(tiles: &PairTiles, vectors: usize) {
    use std::arch::x86_64::__m256;
    // SAFETY: the caller grants what `run_pairs` needs.
    unsafe {
        match vectors {
            1 => run_pairs::<__m256, 6, 1>(tiles),
            _ => run_pairs::<__m256, 3, 2>(tiles),
        }
    }
}

/// With what every processor has.
///
/// # Safety
/// As [`run_pairs`].
pub(super) unsafe fn portable_pairs(tiles: &PairTiles, vectors: usize) {
    // SAFETY: the caller grants what `run_pairs` needs.
    unsafe {
        match vectors {
            1 => run_pairs::<Four, 6, 1>(tiles),
            _ => run_pairs::<Four, 3, 2>(tiles),
        }
    }
}

/// All pairs: first the half of the products that both rows need of all, then the other half.
///
/// # Safety
/// `tiles.rows` must hold four rows of `width` numbers for each pair, `tiles.weights` `4 * width` times `V` vectors, and
/// `tiles.out` for each of two rows a pair `count` numbers, which are at most `V` vectors; the processor must have the
/// instructions of `L`.
#[inline(always)]
unsafe fn run_pairs<L: Lanes, const R: usize, const V: usize>(tiles: &PairTiles) {
    // SAFETY: as the caller grants.
    unsafe {
        run_half::<L, R, V, true>(tiles);
        run_half::<L, R, V, false>(tiles);
    }
}

/// A half of all pairs' products, `R` pairs at a time and then fewer.
///
/// # Safety
/// As [`run_pairs`].
#[inline(always)]
unsafe fn run_half<L: Lanes, const R: usize, const V: usize, const BOTH: bool>(tiles: &PairTiles) {
    let mut pair = 0;
    // SAFETY: each tile covers pairs that exist.
    unsafe {
        while pair + R <= tiles.pairs {
            pair_tile::<L, R, V, BOTH>(tiles, pair);
            pair += R;
        }
        while pair + 3 <= tiles.pairs {
            pair_tile::<L, 3, V, BOTH>(tiles, pair);
            pair += 3;
        }
        while pair < tiles.pairs {
            pair_tile::<L, 1, V, BOTH>(tiles, pair);
            pair += 1;
        }
    }
}

/// `R` pairs from `first` on: `p` and `q`, of which both rows are made, or what is added to each row.
///
/// # Safety
/// As [`run_pairs`], and those pairs must exist.
#[inline(always)]
unsafe fn pair_tile<L: Lanes, const R: usize, const V: usize, const BOTH: bool>(
    tiles: &PairTiles,
    first: usize,
) {
    let width = tiles.width;
    let (skipped, mut weights) = match BOTH {
        true => (0, tiles.weights),
        // SAFETY: the other half lies behind the first.
        false => (2 * width, unsafe {
            tiles.weights.add(2 * width * V * L::N)
        }),
    };
    // SAFETY: rows and weights are read inside what the caller grants, and whole vectors are read and stored only where
    // the tile's outputs fill them.
    unsafe {
        let rows: [*const f32; R] =
            std::array::from_fn(|i| tiles.rows.add((first + i) * 4 * width + skipped));
        let outs: [*mut f32; R] =
            std::array::from_fn(|i| tiles.out.add((first + i) * 2 * tiles.stride));
        let mut a = [[L::zero(); V]; R];
        let mut b = [[L::zero(); V]; R];
        if !BOTH {
            for i in 0..R {
                a[i] = take(outs[i], tiles.count);
                b[i] = take(outs[i].add(tiles.stride), tiles.count);
            }
        }
        for input in 0..width {
            for (sums, from) in [(&mut a, input), (&mut b, width + input)] {
                let mut w = [L::zero(); V];
                for (v, w) in w.iter_mut().enumerate() {
                    *w = L::load(weights.add(v * L::N));
                }
                weights = weights.add(V * L::N);
                for (row, sums) in rows.iter().zip(sums) {
                    let x = L::splat(row.add(from));
                    for (sum, &w) in sums.iter_mut().zip(&w) {
                        *sum = sum.add_product(x, w);
                    }
                }
            }
        }
        if BOTH {
            for (a, b) in a.iter_mut().zip(&mut b) {
                for (a, b) in a.iter_mut().zip(b) {
                    (*a, *b) = a.sum_and_difference(*b);
                }
            }
        }
        for i in 0..R {
            put(&a[i], outs[i], tiles.count);
            put(&b[i], outs[i].add(tiles.stride), tiles.count);
        }
    }
}

/// Writes the first `count` numbers of some vectors from `out` on.
///
/// # Safety
/// `out` must have room for them, and the vectors must have so many.
#[inline(always)]
unsafe fn put<L: Lanes, const V: usize>(vectors: &[L; V], out: *mut f32, count: usize) {
    // SAFETY: whole vectors are stored only where the numbers fill them.
    unsafe {
        if count == V * L::N {
            for (v, vector) in vectors.iter().enumerate() {
                vector.store(out.add(v * L::N));
            }
            return;
        }
        let mut whole = [0.0; MOST];
        for (v, vector) in vectors.iter().enumerate() {
            vector.store(whole.as_mut_ptr().add(v * L::N));
        }
        std::ptr::copy_nonoverlapping(whole.as_ptr(), out, count);
    }
}

/// Reads what [`put`] wrote.
///
/// # Safety
/// As [`put`].
#[inline(always)]
unsafe fn take<L: Lanes, const V: usize>(from: *const f32, count: usize) -> [L; V] {
    // SAFETY: whole vectors are read only where the numbers fill them.
    unsafe {
        if count == V * L::N {
            return std::array::from_fn(|v| L::load(from.add(v * L::N)));
        }
        let mut whole = [0.0; MOST];
        std::ptr::copy_nonoverlapping(from, whole.as_mut_ptr(), count);
        std::array::from_fn(|v| L::load(whole.as_ptr().add(v * L::N)))
    }
}
