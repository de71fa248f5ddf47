//! The hashes by which thinc's layers find their rows: MurmurHash3 of an eight-byte key, in 128 bits for embedding
//! tables and in 32 for sparse linear maps.

use crate::hash::spread;

/// Four 32-bit hashes of `key`.
///
/// thinc calls it `MurmurHash3_x86_128_uint64` (`thinc/backends/numpy_ops.pyx`), yet it is the x64 variant of Austin
/// Appleby's algorithm, which he placed in the public domain. Eight bytes never fill one of its 16-byte blocks, so only
/// its tail and its finish run.
pub(super) fn murmur3_128(key: u64, seed: u32) -> [u32; 4] {
    let tail = key
        .wrapping_mul(0x87c3_7b91_1142_53d5)
        .rotate_left(31)
        .wrapping_mul(0x4cf5_ad43_2745_937f);
    let start = u64::from(seed) ^ 8;
    let a = (tail ^ start).wrapping_add(start);
    let b = start.wrapping_add(a);
    let (a, b) = (spread(a), spread(b));
    let a = a.wrapping_add(b);
    let b = b.wrapping_add(a);
    [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32]
}

/// One hash of `key`: `MurmurHash3_x86_32_uint64` in `thinc/layers/sparselinear.pyx`, of Austin Appleby's algorithm.
pub(super) fn murmur3_32(key: u64, seed: u32) -> u32 {
    let mut h = seed;
    for block in [key as u32, (key >> 32) as u32] {
        h ^= block
            .wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593);
        h = h.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    h ^= 8;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_thinc() {
        // NumpyOps().hash(numpy.asarray([...], dtype="uint64"), seed)
        let cases = [
            (0, 8, [0, 0, 0, 0]),
            (1, 8, [1161550108, 2247783286, 1742325162, 1224191281]),
            (101, 8, [1504371752, 1761805357, 109073980, 2642708036]),
            (
                u64::MAX,
                8,
                [2488739950, 2974852181, 1585626277, 2314794624],
            ),
            (
                12345678901234567890,
                13,
                [3417795133, 3531963535, 2357308471, 2005261732],
            ),
            (0, 13, [1041741114, 1039425791, 1457952615, 394743738]),
        ];
        for (key, seed, hashes) in cases {
            assert_eq!(murmur3_128(key, seed), hashes, "{key} with seed {seed}");
        }
    }

    #[test]
    fn places_in_sparse_maps_are_those_of_thinc() {
        // What a SparseLinear_v2 of 2^20 places with one class, whose weights are their places, makes of a key.
        let cases = [
            (0, 692_089),
            (1, 1_037_401),
            (101, 1_235_605),
            (u64::MAX, 1_004_974),
            (12345678901234567890, 1_965_904),
        ];
        let place = |key, seed| murmur3_32(key, seed) & ((1 << 20) - 1);
        for (key, places) in cases {
            assert_eq!(place(key, 0) + place(key, 1), places, "{key}");
        }
    }
}
