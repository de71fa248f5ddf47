//! Cuts a text where white space begins and ends.

use crate::pyre::is_space;

/// A run of white space, or of anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Its first byte in the text.
    pub(super) start: usize,
    /// The byte after its last.
    pub(super) end: usize,
    /// Whether it is followed by a space, which then belongs to it: a run of white space after it starts one later.
    pub(super) space: bool,
}

/// The chunks of a text, as spaCy's tokenizer forms them (`_tokenize_affixes` in `spacy/tokenizer.pyx`).
#[derive(Debug, Clone)]
pub(super) struct Chunks<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Chunks<'t> {
    /// The chunks of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        Chunks { text, at: 0 }
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    #[inline]
    fn next(&mut self) -> Option<Chunk> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let (first, mut at) = space_at(self.text, start)?;
        loop {
            match space_at(self.text, at) {
                Some((is, after)) if is == first => at = after,
                _ => break,
            }
        }
        let space = !first && bytes.get(at) == Some(&b' ');
        self.at = at + usize::from(space);
        Some(Chunk {
            start,
            end: at,
            space,
        })
    }
}

/// Whether the character at `at` is white space, and where it ends; `None` at the end of the text.
#[inline]
fn space_at(text: &str, at: usize) -> Option<(bool, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if byte < 0x80 {
        return Some((is_space(char::from(byte)), at + 1));
    }
    let c = text[at..].chars().next()?;
    Some((is_space(c), at + c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(text: &str) -> Vec<(&str, bool)> {
        Chunks::new(text)
            .map(|c| (&text[c.start..c.end], c.space))
            .collect()
    }

    #[test]
    fn one_space_belongs_to_what_is_before_it_and_more_are_a_chunk() {
        assert_eq!(
            chunks("a b  c   "),
            [
                ("a", true),
                ("b", true),
                (" ", false),
                ("c", true),
                ("  ", false)
            ]
        );
    }

    #[test]
    fn a_space_at_the_start_is_a_chunk() {
        assert_eq!(chunks(" a "), [(" ", false), ("a", true)]);
        assert_eq!(chunks(" "), [(" ", false)]);
        assert_eq!(chunks(""), []);
    }

    #[test]
    fn other_white_space_belongs_to_no_word() {
        assert_eq!(
            chunks("a\nb \u{a0}c\u{1c}\u{85} d"),
            [
                ("a", false),
                ("\n", false),
                ("b", true),
                ("\u{a0}", false),
                ("c", false),
                ("\u{1c}\u{85} ", false),
                ("d", false)
            ]
        );
    }
}
