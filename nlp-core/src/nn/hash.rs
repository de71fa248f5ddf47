//! The hash that thinc's embedding tables use: MurmurHash3 of an eight-byte key, in 128 bits.

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
}
