//! Hashes by Austin Appleby: MurmurHash64A, which names strings, and MurmurHash3, which names the rows of floret's
//! tables of vectors.

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
        h = (h ^ last_word(bytes)).wrapping_mul(M);
    }
    h = (h ^ (h >> R)).wrapping_mul(M);
    h ^ (h >> R)
}

/// The bytes after the last whole word of eight, as a little-endian number.
#[inline]
pub(crate) const fn last_word(bytes: &[u8]) -> u64 {
    let count = bytes.len() % 8;
    if count == 0 {
        return 0;
    }
    // Words are short: what is read twice costs less than a loop.
    if let Some(last) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*last) >> (64 - 8 * count);
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let last = u32::from_le_bytes(*last) as u64;
            u32::from_le_bytes(*first) as u64 | last << (8 * (count - 4))
        }
        _ => {
            let middle = bytes[count / 2] as u64;
            let last = bytes[count - 1] as u64;
            bytes[0] as u64 | middle << (count / 2 * 8) | last << (8 * (count - 1))
        }
    }
}

/// MurmurHash3 of `bytes` in 128 bits, the variant for processors of 64 bits, as its two halves.
pub fn murmur3_128(bytes: &[u8], seed: u32) -> (u64, u64) {
    const A: u64 = 0x87c3_7b91_1142_53d5;
    const B: u64 = 0x4cf5_ad43_2745_937f;
    let scramble_a = |k: u64| k.wrapping_mul(A).rotate_left(31).wrapping_mul(B);
    let scramble_b = |k: u64| k.wrapping_mul(B).rotate_left(33).wrapping_mul(A);

    let (mut a, mut b) = (u64::from(seed), u64::from(seed));
    let (blocks, tail) = bytes.as_chunks::<16>();
    for block in blocks {
        let block = u128::from_le_bytes(*block);
        a ^= scramble_a(block as u64);
        a = a.rotate_left(27).wrapping_add(b);
        a = a.wrapping_mul(5).wrapping_add(0x52dc_e729);
        b ^= scramble_b((block >> 64) as u64);
        b = b.rotate_left(31).wrapping_add(a);
        b = b.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let mut last = [0; 16];
    last[..tail.len()].copy_from_slice(tail);
    let last = u128::from_le_bytes(last);
    // What is not there is zero, and changes nothing.
    a ^= scramble_a(last as u64);
    b ^= scramble_b((last >> 64) as u64);

    a ^= bytes.len() as u64;
    b ^= bytes.len() as u64;
    a = a.wrapping_add(b);
    b = b.wrapping_add(a);
    (a, b) = (spread(a), spread(b));
    a = a.wrapping_add(b);
    b = b.wrapping_add(a);
    (a, b)
}

/// Lets every bit change every other.
pub(crate) fn spread(mut h: u64) -> u64 {
    h = (h ^ h >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ h >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ h >> 33
}

#[cfg(test)]
mod tests {
    use super::{last_word, murmur3_128, murmur64a};

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
    fn every_length_of_tail_hashes_as_in_floret() {
        // spacy.vectors.Vectors(mode="floret", hash_count=4, hash_seed=seed, ...)._get_ngram_hashes(text)
        const SEED: u32 = 2_166_136_261;
        let cases = [
            (0, "", [0, 0, 0, 0]),
            (0, "a", [4133058697, 2236962149, 1359907162, 3870636616]),
            (0, "<é>", [441288990, 761484411, 3605061481, 3146355588]),
            (0, "0123456", [637990822, 334208952, 803140430, 3035361097]),
            (SEED, "", [3262466624, 277172068, 371838263, 1319709105]),
            (SEED, "a", [3866313536, 178567642, 3873701348, 1228511562]),
            (
                SEED,
                "01234567",
                [2468307504, 189060624, 4120831527, 239472971],
            ),
            (
                SEED,
                "012345678",
                [3661427009, 740896353, 1066782833, 2657080796],
            ),
            (
                SEED,
                "0123456789abcde",
                [4135083065, 2020642642, 2068957122, 3535880874],
            ),
            (
                SEED,
                "0123456789abcdef",
                [968875587, 2430906874, 1666559244, 1945315753],
            ),
            (
                SEED,
                "0123456789abcdefg",
                [866964237, 316601136, 1239707240, 3926593217],
            ),
            (
                SEED,
                "日本語日本語日本語日本語",
                [1099880428, 71644356, 2788805565, 3368509819],
            ),
        ];
        for (seed, text, hashes) in cases {
            let (a, b) = murmur3_128(text.as_bytes(), seed);
            let found = [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32];
            assert_eq!(found, hashes, "{text} with seed {seed}");
        }
    }

    #[test]
    fn what_is_left_of_a_text_is_its_bytes_in_a_row() {
        let bytes: Vec<u8> = (200..=230).collect();
        for n in 0..bytes.len() {
            let rest = bytes[n - n % 8..n].iter().rev();
            let expected = rest.fold(0, |word, byte| word << 8 | u64::from(*byte));
            assert_eq!(last_word(&bytes[..n]), expected, "{n} bytes");
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
