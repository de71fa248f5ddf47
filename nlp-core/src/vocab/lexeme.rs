//! Words as users read them.

use super::Vocab;
use super::entry::LexemeEntry;
use crate::attr::Attr;

/// An entry of the vocabulary: a word type, without context. Borrows the vocabulary or zone that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Lexeme<'v> {
    vocab: &'v Vocab,
    entry: &'v LexemeEntry<'v>,
}

impl<'v> Lexeme<'v> {
    pub(crate) fn new(vocab: &'v Vocab, entry: &'v LexemeEntry<'v>) -> Self {
        Lexeme { vocab, entry }
    }

    pub(crate) fn entry(&self) -> &'v LexemeEntry<'v> {
        self.entry
    }

    /// The vocabulary under it.
    pub fn vocab(&self) -> &'v Vocab {
        self.vocab
    }

    /// The word itself.
    pub fn text(&self) -> &'v str {
        self.entry.orth.text
    }

    /// The id of the word in spaCy's string store.
    pub fn orth(&self) -> u64 {
        self.entry.orth.id
    }

    /// The word in lower case.
    pub fn lower(&self) -> &'v str {
        self.entry.lower.text
    }

    /// The norm: a normalised form such as "not" for "n't".
    pub fn norm(&self) -> &'v str {
        self.entry.norm.text
    }

    /// The orthographic shape, such as `Xxxx` or `d,ddd`.
    pub fn shape(&self) -> &'v str {
        self.entry.shape.text
    }

    /// The first code point.
    pub fn prefix(&self) -> &'v str {
        self.entry.prefix.text
    }

    /// The last three code points.
    pub fn suffix(&self) -> &'v str {
        self.entry.suffix.text
    }

    /// The length in code points.
    pub fn len(&self) -> usize {
        self.entry.length as usize
    }

    /// Whether this is the lexeme of the empty string.
    pub fn is_empty(&self) -> bool {
        self.entry.length == 0
    }

    /// A boolean attribute, such as [`Attr::IsAlpha`] or [`Attr::LikeUrl`]; `false` for attributes that are not
    /// boolean.
    pub fn flag(&self, attr: Attr) -> bool {
        self.entry.flag(attr)
    }
}
