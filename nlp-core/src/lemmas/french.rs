//! French, and Catalan, whose class is a copy of it (`spacy/lang/fr/lemmatizer.py`, `spacy/lang/ca/lemmatizer.py`).

use std::borrow::Cow;

use super::candidates::of_index_or_rules;
use super::tables::{ByPos, Rule, Tables};
use super::word::{Lemmatize, Word};
use super::words::{Lookup, WordMap, WordSet};
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;

/// Index, exceptions and rules for some parts of speech, and a table for all others and what is left.
pub(super) struct French {
    rules: ByPos<Vec<Rule>>,
    exceptions: ByPos<WordMap>,
    index: ByPos<WordSet>,
    lookup: Lookup,
}

frozen!(French {
    rules,
    exceptions,
    index,
    lookup
});

impl French {
    pub fn load(bytes: &[u8]) -> Result<French, FormatError> {
        let names = &["lemma_lookup", "lemma_rules", "lemma_exc", "lemma_index"];
        let mut tables = Tables::read(bytes, names, names)?;
        Ok(French {
            lookup: tables.take_lookup("lemma_lookup"),
            rules: tables.rules,
            exceptions: tables.exceptions,
            index: tables.index,
        })
    }
}

impl Lemmatize for French {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        use Pos::*;
        if word.is_blank() {
            return word.lower();
        }
        let by_rules = matches!(
            word.pos,
            Noun | Verb | Adj | Adp | Adv | Aux | Cconj | Det | Pron | Punct | Sconj
        );
        if !by_rules {
            let lemma = self.lookup.first(word.text);
            return Cow::Borrowed(lemma.unwrap_or(word.text));
        }
        let lower = word.lower();
        let index = self.index.get(word.pos);
        let exceptions = self.exceptions.get(word.pos);
        let rules = self.rules.get(word.pos);
        if let Some(lemma) = of_index_or_rules(&lower, index, exceptions, rules) {
            return lemma;
        }
        let lemma = self.lookup.get(&lower);
        match lemma.and_then(|lemma| lemma.first_item()) {
            Some(lemma) => Cow::Borrowed(lemma),
            None => lower,
        }
    }
}
