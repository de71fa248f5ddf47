//! The words that rules make of a word.

use std::borrow::Cow;

use super::tables::Rule;
use super::words::{Lemmas, WordMap, WordSet};
use crate::lang::chars::{ALPHA, all_have};

/// One form that a rule makes: the word less its ending, and what comes in its place.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Form<'t> {
    stem: &'t str,
    ending: &'t str,
}

impl<'t> Form<'t> {
    pub fn to_text(self) -> String {
        [self.stem, self.ending].concat()
    }

    /// Whether this is that text.
    pub fn is(self, text: &str) -> bool {
        text.strip_prefix(self.stem) == Some(self.ending)
    }

    /// Whether the index has it; `buffer` is for the text.
    pub fn is_in(self, index: &WordSet, buffer: &mut String) -> bool {
        self.written(index.longest(), buffer)
            .is_some_and(|form| index.contains(form))
    }

    /// Whether the map has it; `buffer` is for the text.
    pub fn has_entry_in(self, map: &WordMap, buffer: &mut String) -> bool {
        self.written(map.longest(), buffer)
            .is_some_and(|form| map.contains(form))
    }

    /// Its text, unless that is longer than `longest` bytes: however long a text's words are, no more than that is written.
    fn written(self, longest: usize, buffer: &mut String) -> Option<&str> {
        if self.stem.len() + self.ending.len() > longest {
            return None;
        }
        buffer.clear();
        buffer.push_str(self.stem);
        buffer.push_str(self.ending);
        Some(buffer)
    }

    /// Whether it is made of letters.
    pub fn is_alpha(self) -> bool {
        match (self.stem, self.ending) {
            ("", text) | (text, "") => all_have(text, ALPHA),
            (stem, ending) => all_have(stem, ALPHA) && all_have(ending, ALPHA),
        }
    }
}

/// The forms that rules make of a word in lower case, in the order of the rules; none is empty.
pub(crate) fn forms<'t>(word: &'t str, rules: &'t [Rule]) -> impl Iterator<Item = Form<'t>> {
    let forms = rules.iter().filter_map(move |rule| {
        Some(Form {
            stem: word.strip_suffix(rule.old.as_str())?,
            ending: &rule.new,
        })
    });
    forms.filter(|form| !(form.stem.is_empty() && form.ending.is_empty()))
}

/// The last of an exception's lemmas that rules have not made, which is where spaCy's classes put each such lemma at the
/// front.
pub(crate) fn last_new<'t, 'f>(
    lemmas: Option<Lemmas<'t>>,
    made: impl Iterator<Item = &'f Form<'f>> + Clone,
) -> Option<&'t str> {
    let mut new: Vec<&str> = Vec::new();
    for lemma in lemmas.into_iter().flat_map(|lemmas| lemmas.items()) {
        if !new.contains(&lemma) && !made.clone().any(|form| form.is(lemma)) {
            new.push(lemma);
        }
    }
    new.last().copied()
}

/// The lemma of a word in lower case that is in the index itself, or else has an exception, or else one by rules: the first
/// that the index has or that is more than letters, or else the first. This is what the French and the Greek class share.
pub(crate) fn of_index_or_rules<'t>(
    word: &str,
    index: &WordSet,
    exceptions: &'t WordMap,
    rules: &[Rule],
) -> Option<Cow<'t, str>> {
    if index.contains(word) {
        return Some(Cow::Owned(word.to_owned()));
    }
    let exceptions = exceptions.get(word);
    if let Some(lemma) = exceptions.and_then(|lemmas| lemmas.first_item()) {
        return Some(Cow::Borrowed(lemma));
    }
    let mut buffer = String::new();
    let mut known = |form: &Form| form.is_in(index, &mut buffer) || !form.is_alpha();
    let form = forms(word, rules)
        .find(&mut known)
        .or_else(|| forms(word, rules).next())?;
    Some(Cow::Owned(form.to_text()))
}
