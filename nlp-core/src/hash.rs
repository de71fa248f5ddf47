//! The hash that names strings: MurmurHash64A, by Austin Appleby.

/// MurmurHash64A of `bytes`, the 64-bit variant of MurmurHash2 for little-endian words.
///
/// spaCy's string ids are this with seed 1 (`hash_utf8` in `spacy/strings.pyx`); see
/// [`string_id`](crate::symbols::string_id) for the strings that have a reserved id instead.
#[inline]
pub const fn murmur64a(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const R: u32 = 47;

    let mut h = seed ^ (bytes.len() as u64).wrapping_mul(M);
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_first_chunk::<8>() {
        let mut k = u64::from_le_bytes(*block).wrapping_mul(M);
        k ^= k >> R;
        h = (h ^ k.wrapping_mul(M)).wrapping_mul(M);
        rest = after;
    }
    if !rest.is_empty() {
        let mut tail = 0u64;
        let mut i = rest.len();
        while i > 0 {
            i -= 1;
            tail = tail << 8 | rest[i] as u64;
        }
        h = (h ^ tail).wrapping_mul(M);
    }
    h = (h ^ (h >> R)).wrapping_mul(M);
    h ^ (h >> R)
}

#[cfg(test)]
mod tests {
    use super::murmur64a;

    /// What spaCy says of the first 1 to 40 bytes of [`TEXT`].
    const PREFIXES: [u64; 40] = [
        0x4d781d605f601c6f,
        0xd7f35945208b5be4,
        0x46377be2327109e2,
        0x78d193c05fbed1f2,
        0x3123b9fd70aa9fc6,
        0xec6a87fc03081ad9,
        0x2218647cee109a77,
        0xfdf10f2d6e42e393,
        0x6e0212fafe6e803b,
        0x9592e7b73322ab81,
        0xab04f2752a48c4ad,
        0x9314d90fed380b2a,
        0xaa7ef50ed856d19f,
        0x97e00211a0860d8e,
        0xd1954c45ef5eac36,
        0xcc6a7af23ce66cb4,
        0x4c68f4e155b60af9,
        0xabea8dfda633b616,
        0x1c4bb3931bc004dc,
        0x49434dd8e21426f7,
        0x4adefb338bded77c,
        0x41b4cd1dd143f40c,
        0xd8bfa7ee1d1fac7d,
        0x74cf88f5a1c4b638,
        0x8d97f8feb93f40c6,
        0x7762b0d439d180e7,
        0x9c7129aed2ff8f6e,
        0xba6f51c5affe2e83,
        0xc8c1e7fb329ec712,
        0xa46a3d448a2b9989,
        0xe7dd98006a1008e5,
        0x941b3003abc046c0,
        0x869398002a904319,
        0x188fc46fc7bd1ecf,
        0xabd1284b83f0bed1,
        0xe5cb6959d3d559b1,
        0x98571c950a20fca8,
        0xa987df0c2de4b4c1,
        0x6a14a8d7d2c01110,
        0xd689428514c521bb,
    ];
    const TEXT: &str = "The quick brown fox jumps over the lazy dog, twice";

    #[test]
    fn every_length_of_tail_hashes_as_in_spacy() {
        for (n, expected) in PREFIXES.iter().enumerate() {
            assert_eq!(
                murmur64a(&TEXT.as_bytes()[..n + 1], 1),
                *expected,
                "{} bytes",
                n + 1
            );
        }
    }

    #[test]
    fn bytes_above_127_are_not_sign_extended() {
        assert_eq!(murmur64a("é".as_bytes(), 1), 0xe19b724b3679f39c);
        assert_eq!(murmur64a("ß€".as_bytes(), 1), 0x00c9bfccd7385755);
        assert_eq!(murmur64a("日本語".as_bytes(), 1), 0x1bbb64a5b6092e04);
        assert_eq!(
            murmur64a("naïve café déjà".as_bytes(), 1),
            0xce95179bd5539051
        );
        assert_eq!(murmur64a("😀👍🏽".as_bytes(), 1), 0x55977d6ec1bd973e);
        assert_eq!(murmur64a("مرحبا".as_bytes(), 1), 0x9a0867c39ff4a6c6);
    }
}
