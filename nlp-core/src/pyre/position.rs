//! Conditions on a place in a text.

use super::ast::At;
use super::charset::CharSet;
use super::utf8::{char_at, char_before};

/// Whether a condition holds at `pos`; `word` is the set of what makes words, where that matters.
pub(super) fn holds(at: At, word: Option<&CharSet>, text: &[u8], pos: usize) -> bool {
    match at {
        At::Start => pos == 0,
        At::LineStart => pos == 0 || text[pos - 1] == b'\n',
        At::End => pos == text.len() || &text[pos..] == b"\n",
        At::LineEnd => pos == text.len() || text[pos] == b'\n',
        At::TextEnd => pos == text.len(),
        At::WordBoundary { negative, .. } => {
            let is_word = |c: u32| word.is_some_and(|word| word.contains(c));
            let before = char_before(text, pos).is_some_and(is_word);
            let after = char_at(text, pos).is_some_and(|(c, _)| is_word(c));
            // in an empty text Python 3.11 finds neither
            !text.is_empty() && (before != after) != negative
        }
    }
}
