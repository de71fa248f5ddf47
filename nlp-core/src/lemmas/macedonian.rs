//! Macedonian (`spacy/lang/mk/lemmatizer.py`).

use std::borrow::Cow;

use super::candidates::{forms, last_new};
use super::tables::{ByPos, Rule, Tables};
use super::word::{Lemmatize, Word};
use super::words::{WordMap, WordSet};
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;

/// The ending of adverbs that are made of verbs.
const GERUND: &str = "јќи";

/// Rules without a last resort: a form that the index does not have counts only if it is more than letters.
pub(super) struct Macedonian {
    rules: ByPos<Vec<Rule>>,
    exceptions: ByPos<WordMap>,
    index: ByPos<WordSet>,
}

frozen!(Macedonian {
    rules,
    exceptions,
    index
});

impl Macedonian {
    pub fn load(bytes: &[u8]) -> Result<Macedonian, FormatError> {
        let wanted = &["lemma_rules", "lemma_exc", "lemma_index"];
        let tables = Tables::read(bytes, wanted, &["lemma_rules"])?;
        Ok(Macedonian {
            rules: tables.rules,
            exceptions: tables.exceptions,
            index: tables.index,
        })
    }
}

impl Lemmatize for Macedonian {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        if word.is_blank() {
            return word.lower();
        }
        let word = match word.text.strip_suffix(GERUND) {
            Some(text) => Word {
                text,
                pos: Pos::Verb,
                ..word
            },
            None => word,
        };
        let rules = self.rules.get(word.pos);
        let exceptions = self.exceptions.get(word.pos);
        let index = self.index.get(word.pos);
        if rules.is_empty() && exceptions.is_empty() && index.is_empty() {
            return word.lower_unless_name();
        }
        let lower = word.lower();
        let mut buffer = String::new();
        let made: Vec<_> = forms(&lower, rules)
            .filter(|form| form.is_in(index, &mut buffer) || !form.is_alpha())
            .collect();
        match (last_new(exceptions.get(&lower), made.iter()), made.first()) {
            (Some(lemma), _) => Cow::Borrowed(lemma),
            (None, Some(form)) => Cow::Owned(form.to_text()),
            (None, None) => Cow::Borrowed(word.text),
        }
    }
}
