//! A hash with a key that the process draws when it starts, for every table whose keys come from texts.
//!
//! spaCy's ids are no hash to build a table on: their seed is known, and each step of MurmurHash64A can be undone, so that
//! whoever writes a text can choose the ids of its words, and with them the places in a table. Here SipHash, whose key
//! nobody outside knows, stands between the ids and the tables.
//!
//! It is SipHash-1-3, as the standard library has it, over whole words. The library's takes a text in pieces of any
//! length, and spends more time on that than on the hash of a word.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use crate::hash::last_word;

/// Drawn by the standard library; what it makes of two numbers is the key here.
static KEY: LazyLock<(u64, u64)> = LazyLock::new(|| {
    let drawn = RandomState::new();
    (drawn.hash_one(0), drawn.hash_one(1))
});

/// The hash of an id.
#[inline]
pub(crate) fn id(id: u64) -> u64 {
    let mut sip = Sip::new(*KEY);
    sip.word(id);
    sip.finish(8 << 56)
}

/// The hash of a text.
#[inline]
pub(crate) fn text(text: &str) -> u64 {
    bytes(*KEY, text.as_bytes())
}

/// The hash of a row of ids and other numbers.
#[inline]
pub(crate) fn row(row: &[u64]) -> u64 {
    let mut sip = Sip::new(*KEY);
    row.iter().for_each(|&word| sip.word(word));
    sip.finish((size_of_val(row) as u64) << 56)
}

fn bytes(key: (u64, u64), bytes: &[u8]) -> u64 {
    let mut sip = Sip::new(key);
    let (words, _) = bytes.as_chunks::<8>();
    words
        .iter()
        .for_each(|word| sip.word(u64::from_le_bytes(*word)));
    sip.finish(last_word(bytes) | (bytes.len() as u64) << 56)
}

/// SipHash-1-3 of Jean-Philippe Aumasson and Daniel J. Bernstein: one round a word, three at the end.
struct Sip([u64; 4]);

impl Sip {
    #[inline]
    fn new((a, b): (u64, u64)) -> Sip {
        Sip([
            a ^ 0x736f_6d65_7073_6575,
            b ^ 0x646f_7261_6e64_6f6d,
            a ^ 0x6c79_6765_6e65_7261,
            b ^ 0x7465_6462_7974_6573,
        ])
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.0[0] ^= word;
    }

    /// `last` holds the bytes that make no word, and the lowest byte of the length in its highest.
    #[inline]
    fn finish(mut self, last: u64) -> u64 {
        self.word(last);
        self.0[2] ^= 0xff;
        (0..3).for_each(|_| self.round());
        self.0.into_iter().fold(0, |hash, part| hash ^ part)
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{DefaultHasher, Hasher};

    /// The standard library's SipHash-1-3, whose key is zero where none is drawn.
    fn expected(bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        hasher.finish()
    }

    #[test]
    fn texts_of_every_length_hash_as_in_the_standard_library() {
        let text: Vec<u8> = (0..600_u32).map(|i| (i * 7) as u8).collect();
        for n in 0..text.len() {
            assert_eq!(bytes((0, 0), &text[..n]), expected(&text[..n]), "{n} bytes");
        }
    }

    #[test]
    fn ids_and_rows_hash_as_their_bytes() {
        for word in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(id(word), bytes(*KEY, &word.to_le_bytes()));
        }
        let words: Vec<u64> = (0..40).map(|i| u64::MAX / 41 * i).collect();
        for n in 0..words.len() {
            let flat: Vec<u8> = words[..n].iter().flat_map(|w| w.to_le_bytes()).collect();
            assert_eq!(row(&words[..n]), bytes(*KEY, &flat));
        }
    }

    #[test]
    fn the_key_counts() {
        let hashes = [(0, 0), (1, 0), (0, 1)].map(|key| bytes(key, b"word"));
        assert!(hashes[0] != hashes[1] && hashes[0] != hashes[2] && hashes[1] != hashes[2]);
    }
}
