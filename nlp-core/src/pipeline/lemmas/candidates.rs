//! The words that rules make of a word.

use super::tables::Rule;
use super::words::WordSet;
use crate::lang::is_alpha;

/// One form that a rule makes: the word less its ending, and what comes in its place.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::pipeline) struct Form<'t> {
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
        // Longer than any word of the index: not even put together, however long a text's word is.
        if self.stem.len() + self.ending.len() > index.longest() {
            return false;
        }
        buffer.clear();
        buffer.push_str(self.stem);
        buffer.push_str(self.ending);
        index.contains(buffer)
    }

    /// Whether it is made of letters.
    pub fn is_alpha(self) -> bool {
        match (self.stem, self.ending) {
            ("", text) | (text, "") => is_alpha(text),
            (stem, ending) => is_alpha(stem) && is_alpha(ending),
        }
    }
}

/// The forms that rules make of a word in lower case, in the order of the rules; none is empty.
pub(in crate::pipeline) fn forms<'t>(
    word: &'t str,
    rules: &'t [Rule],
) -> impl Iterator<Item = Form<'t>> {
    let forms = rules.iter().filter_map(move |rule| {
        Some(Form {
            stem: word.strip_suffix(rule.old.as_str())?,
            ending: &rule.new,
        })
    });
    forms.filter(|form| !(form.stem.is_empty() && form.ending.is_empty()))
}
