//! Dutch (`spacy/lang/nl/lemmatizer.py`): lemmas are in lower case, and the table of all words counts for more.

use std::borrow::Cow;

use super::candidates::{Form, forms};
use super::tables::{ByPos, Rule, Tables};
use super::word::{Lemmatize, Word};
use super::words::{Lookup, WordMap, WordSet};
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;

/// The mode `rule`.
pub(super) struct Dutch {
    rules: ByPos<Vec<Rule>>,
    exceptions: ByPos<WordMap>,
    index: ByPos<WordSet>,
    lookup: Lookup,
}

frozen!(Dutch {
    rules,
    exceptions,
    index,
    lookup
});

impl Dutch {
    pub fn load(bytes: &[u8]) -> Result<Dutch, FormatError> {
        let names = &["lemma_lookup", "lemma_rules", "lemma_exc", "lemma_index"];
        let mut tables = Tables::read(bytes, names, names)?;
        Ok(Dutch {
            lookup: tables.take_lookup("lemma_lookup"),
            rules: tables.rules,
            exceptions: tables.exceptions,
            index: tables.index,
        })
    }
}

impl Lemmatize for Dutch {
    /// Of a word whose exceptions are an empty list, where spaCy fails on the document, rules make the lemma.
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        use Pos::*;
        let lower = word.lower();
        let inflects = matches!(
            word.pos,
            Noun | Verb | Aux | Adj | Adv | Pron | Det | Adp | Num
        );
        let index = self.index.get(word.pos);
        if !inflects || index.contains(&lower) {
            return lower;
        }
        let exceptions = self.exceptions.get(word.pos);
        let lemma = exceptions
            .get(&lower)
            .and_then(|lemmas| lemmas.first_item());
        if let Some(lemma) = lemma {
            return Cow::Borrowed(lemma);
        }
        let looked_up = self.lookup.first(&lower).filter(|lemma| !lemma.is_empty());
        if let Some(lemma) = looked_up.filter(|lemma| index.contains(lemma)) {
            return Cow::Borrowed(lemma);
        }
        let mut buffer = String::new();
        let made: Vec<Form> = forms(&lower, self.rules.get(word.pos)).collect();
        if let Some(form) = made.iter().find(|form| form.is_in(index, &mut buffer)) {
            return Cow::Owned(form.to_text());
        }
        if let Some(form) = made
            .iter()
            .find(|form| form.has_entry_in(exceptions, &mut buffer))
        {
            return Cow::Owned(form.to_text());
        }
        match (looked_up, made.first()) {
            (Some(lemma), _) => Cow::Borrowed(lemma),
            (None, Some(form)) => Cow::Owned(form.to_text()),
            (None, None) => lower,
        }
    }
}
