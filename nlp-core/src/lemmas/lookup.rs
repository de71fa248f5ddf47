//! Lemmas by a table alone.

use std::borrow::Cow;

use super::tables::Tables;
use super::word::{Lemmatize, Word};
use super::words::Lookup;
use crate::error::FormatError;
use crate::frozen::frozen;

/// `Lemmatizer.lookup_lemmatize` in spaCy's `pipeline/lemmatizer.py`. Of a word that the table gives an empty list of
/// lemmas, where spaCy fails on the document, the word itself is the lemma.
pub(super) struct ByTable {
    lookup: Lookup,
    /// Whether the table knows words in lower case alone, as the Dutch class has it.
    lowers: bool,
}

frozen!(ByTable { lookup, lowers });

impl ByTable {
    pub fn load(bytes: &[u8], lowers: bool) -> Result<ByTable, FormatError> {
        let names = &["lemma_lookup"];
        let mut tables = Tables::read(bytes, names, names)?;
        Ok(ByTable {
            lookup: tables.take_lookup("lemma_lookup"),
            lowers,
        })
    }
}

impl Lemmatize for ByTable {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        let form = match self.lowers {
            true => word.lower(),
            false => Cow::Borrowed(word.text),
        };
        self.lookup.first(&form).map_or(form, Cow::Borrowed)
    }
}

/// The lemma of a noun by a table that knows names as they are spelt: the Polish and the Italian class have it so, for the
/// sake of names that were taken for nouns.
pub(super) fn noun<'t>(table: &'t Lookup, word: Word<'t>) -> Cow<'t, str> {
    let lower = word.lower();
    let lemma = table.first(&lower).or_else(|| table.first(word.text));
    lemma.map_or(lower, Cow::Borrowed)
}
