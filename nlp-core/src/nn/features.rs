//! What networks read of the tokens of a batch.

use crate::attr::Attr;
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Vectors;

/// What a network reads of a token, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// The value of an attribute.
    Attr(Attr),
    /// Eight bytes of the token: see [`word_bytes`]. The first eight are 0.
    Bytes(usize),
    /// The key of what the attribute says, by which its vector is found: see [`Words`].
    Word(Attr),
}

frozen!(hash Feature);

/// Bytes `8 * i` to `8 * i + 7` of a word, the first the lowest of the number: the word's first byte, its last, its
/// second, its last but one and so on, and 255 after them all (`Doc.to_utf8_array`).
pub fn word_bytes(word: &str, i: usize) -> u64 {
    let word = word.as_bytes();
    let byte = |place: usize| match place {
        _ if place >= word.len() => u8::MAX,
        _ if place.is_multiple_of(2) => word[place / 2],
        _ => word[word.len() - 1 - place / 2],
    };
    u64::from_le_bytes(std::array::from_fn(|at| byte(8 * i + at)))
}

/// The words of a batch and the table of their vectors, for networks that include static vectors.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The table.
    pub vectors: &'a Vectors,
    /// What token `i` of the batch is looked up by: asked only where its key does not tell.
    pub text: &'a dyn Fn(usize) -> &'a str,
}

impl Words<'_> {
    /// Writes the vector of the word with this key, which token `token` is, over `out`; `false` where it has none.
    pub(super) fn put(
        &self,
        key: u64,
        token: usize,
        out: &mut [f32],
        budget: Budget,
    ) -> Result<bool, OutOfTime> {
        self.vectors.put(key, || (self.text)(token), out, budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_from_both_ends_in_turn() {
        let bytes = |word: &str, i| word_bytes(word, i).to_le_bytes();
        assert_eq!(&bytes("jumping", 0)[..4], b"jgun");
        assert_eq!(bytes("jumping", 0), *b"jgunmip\xff");
        assert_eq!(bytes("", 0), [255; 8]);
        assert_eq!(bytes("abcdefghij", 1), *b"ef\xff\xff\xff\xff\xff\xff");
        // Bytes, not characters.
        assert_eq!(bytes("é", 0)[..3], [0xc3, 0xa9, 0xff]);
    }
}
