//! What a vocabulary holds: interned strings and lexemes, read through handles that borrow their owner.

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
