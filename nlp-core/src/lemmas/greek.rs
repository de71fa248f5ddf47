//! Greek (`spacy/lang/el/lemmatizer.py`).

use std::borrow::Cow;

use super::candidates::of_index_or_rules;
use super::tables::{ByPos, Rule, Tables};
use super::word::{Lemmatize, Word};
use super::words::{WordMap, WordSet};
use crate::error::FormatError;
use crate::frozen::frozen;

/// Index, exceptions and rules, and whatever they do not know in lower case.
pub(super) struct Greek {
    rules: ByPos<Vec<Rule>>,
    exceptions: ByPos<WordMap>,
    index: ByPos<WordSet>,
}

frozen!(Greek {
    rules,
    exceptions,
    index
});

impl Greek {
    pub fn load(bytes: &[u8]) -> Result<Greek, FormatError> {
        let wanted = &["lemma_rules", "lemma_exc", "lemma_index"];
        let tables = Tables::read(bytes, wanted, &["lemma_rules"])?;
        Ok(Greek {
            rules: tables.rules,
            exceptions: tables.exceptions,
            index: tables.index,
        })
    }
}

impl Lemmatize for Greek {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        let lower = word.lower();
        if word.is_blank() {
            return lower;
        }
        let index = self.index.get(word.pos);
        let exceptions = self.exceptions.get(word.pos);
        let rules = self.rules.get(word.pos);
        of_index_or_rules(&lower, index, exceptions, rules).unwrap_or(lower)
    }
}
