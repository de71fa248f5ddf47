//! Haitian Creole (`spacy/lang/ht/lemmatizer.py`).

use std::borrow::Cow;

use super::tables::Tables;
use super::word::{Lemmatize, Word};
use crate::error::FormatError;
use crate::frozen::frozen;

/// Lower case. The class wants tables and reads none of them.
#[derive(Hash)]
pub(super) struct Haitian;

frozen!(hash Haitian);

impl Haitian {
    pub fn load(bytes: &[u8]) -> Result<Haitian, FormatError> {
        let required = &["lemma_lookup", "lemma_rules", "lemma_exc", "lemma_index"];
        Tables::read(bytes, &[], required)?;
        Ok(Haitian)
    }
}

impl Lemmatize for Haitian {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        word.lower()
    }
}
