//! What a vocabulary holds: interned strings and lexemes, read through handles that borrow their owner.

use super::Vocab;
use crate::attr::Attr;
use crate::frozen::frozen;

/// A string that is kept once, with its id.
#[derive(Debug)]
pub struct StringEntry<'v> {
    pub(crate) id: u64,
    pub(crate) text: &'v str,
}

frozen!(StringEntry<'_> { id, text });

impl<'v> StringEntry<'v> {
    /// spaCy's id of the string: 0 for the empty string, the number of a reserved symbol, or a 64-bit hash. Other strings
    /// can have the same id, and are easily made: what a string is, its text says alone.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The string.
    pub fn text(&self) -> &'v str {
        self.text
    }

    /// The entry, unless it is that of the empty string, which stands for an attribute that is not set.
    pub(crate) fn non_empty(&self) -> Option<&Self> {
        (!self.text.is_empty()).then_some(self)
    }
}

/// What is known of a word whatever its context: `LexemeC` in spaCy's `structs.pxd`.
#[derive(Debug)]
pub(crate) struct LexemeEntry<'v> {
    pub orth: &'v StringEntry<'v>,
    pub lower: &'v StringEntry<'v>,
    pub norm: &'v StringEntry<'v>,
    pub shape: &'v StringEntry<'v>,
    pub prefix: &'v StringEntry<'v>,
    pub suffix: &'v StringEntry<'v>,
    /// Bit `n` is the boolean attribute whose id is `n`.
    pub flags: u64,
    /// Code points.
    pub length: u32,
}

frozen!(LexemeEntry<'_> {
    orth,
    lower,
    norm,
    shape,
    prefix,
    suffix,
    flags,
    length
});

impl LexemeEntry<'_> {
    pub fn flag(&self, attr: Attr) -> bool {
        (attr as u32) < 64 && self.flags >> (attr as u32) & 1 == 1
    }
}

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
