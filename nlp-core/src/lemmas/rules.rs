//! Lemmas by rules for endings, an index of lemmas and exceptions: what most languages do.

use std::borrow::Cow;

use super::candidates::{Form, forms, last_new};
use super::tables::{ByPos, Rule, Tables};
use super::word::{Lemmatize, Word};
use super::words::{WordMap, WordSet};
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::pos::Pos;

/// `Lemmatizer.rule_lemmatize` in spaCy's `pipeline/lemmatizer.py`.
pub(super) struct Rules {
    rules: ByPos<Vec<Rule>>,
    exceptions: ByPos<WordMap>,
    index: ByPos<WordSet>,
    /// Whether the features say of some words that they are lemmas already: `is_base_form` of the English class.
    english: bool,
}

frozen!(Rules {
    rules,
    exceptions,
    index,
    english
});

impl Rules {
    pub fn load(bytes: &[u8], english: bool) -> Result<Rules, FormatError> {
        let wanted = &["lemma_rules", "lemma_exc", "lemma_index"];
        let Tables {
            rules,
            exceptions,
            index,
            ..
        } = Tables::read(bytes, wanted, &["lemma_rules"])?;
        Ok(Rules {
            rules,
            exceptions,
            index,
            english,
        })
    }
}

impl Lemmatize for Rules {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        if word.is_blank() || self.english && is_base_form(word) {
            return word.lower();
        }
        let rules = self.rules.get(word.pos);
        let exceptions = self.exceptions.get(word.pos);
        let index = self.index.get(word.pos);
        if rules.is_empty() && exceptions.is_empty() && index.is_empty() {
            return word.lower_unless_name();
        }
        let lower = word.lower();
        let mut buffer = String::new();
        // Of what the index has, the last comes first; then what is no word for an index, in the order of the rules.
        let (mut known, mut other, mut unknown) = (Vec::<Form>::new(), Vec::<Form>::new(), None);
        for form in forms(&lower, rules) {
            if form.is_in(index, &mut buffer) {
                known.push(form);
            } else if !form.is_alpha() {
                other.push(form);
            } else {
                unknown = unknown.or(Some(form));
            }
        }
        let mut made = known.iter().chain(&other);
        if let Some(lemma) = last_new(exceptions.get(&lower), made.clone()) {
            return Cow::Borrowed(lemma);
        }
        match known.last().or(made.next()).copied().or(unknown) {
            Some(form) => Cow::Owned(form.to_text()),
            None => Cow::Borrowed(word.text),
        }
    }
}

/// Whether the features say that the word is its own lemma (`is_base_form` in spaCy's `lang/en/lemmatizer.py`).
fn is_base_form(word: Word<'_>) -> bool {
    let is = |field, value| word.feature(field) == Some(value);
    let inflected = match word.pos {
        Pos::Noun => !is("Number", "Sing"),
        Pos::Verb => {
            !is("VerbForm", "Fin") || !is("Tense", "Pres") || word.feature("Number").is_some()
        }
        _ => true,
    };
    !inflected || is("VerbForm", "Inf") || is("VerbForm", "None") || is("Degree", "Pos")
}
