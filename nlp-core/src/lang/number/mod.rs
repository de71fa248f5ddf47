//! What looks like a number: the shape that nearly all of spaCy's `like_num` functions share.
//!
//! A sign is dropped, then separators; what is left is all digits, a fraction of digits, a number word, or digits
//! with an ordinal ending. Languages differ in which of these steps they take ([`rules`]), and a few add one of their
//! own ([`odd`]).

mod odd;
pub(crate) mod rules;

use std::borrow::Cow;

use super::case::lower;
use super::chars::{DIGIT, SPACE, all_have, has};
use super::data::Data;
use super::shape::without_last;

/// How a language tells numbers: which steps its `like_num` in `spacy/lang/XX/lex_attrs.py` takes.
pub(crate) struct NumberRule {
    /// White space around the text is dropped and the rest put into lower case before all else.
    trims_and_lowers: bool,
    /// One of `+-±~` in front is dropped.
    sign: bool,
    /// A percent sign at the end is dropped.
    percent: bool,
    /// These are taken out wherever they are.
    separators: &'static [&'static str],
    /// Text of digits alone is a number.
    digits: bool,
    /// Digits, one of these, digits is a number.
    fraction_marks: &'static [char],
    /// How the text is looked up among the number words.
    words: Words,
    /// Endings of ordinals.
    endings: &'static [Ending],
    /// What else is a number, asked last.
    odd: Option<fn(&str, &Data) -> bool>,
}

/// How text is looked up among a language's number words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Not at all.
    Never,
    /// As it is.
    Exact,
    /// In lower case.
    Lower,
    /// Both.
    Either,
}

/// An ordinal: text that, in lower case, ends in one of `suffixes` and is all digits without the last code points, as
/// many as one of `cuts` says.
struct Ending {
    suffixes: &'static [&'static str],
    cuts: &'static [usize],
}

impl NumberRule {
    /// Whether `text` looks like a number; `data` holds the words.
    pub(crate) fn matches(&self, text: &str, data: &Data) -> bool {
        let lowered;
        let mut text = text;
        if self.trims_and_lowers {
            lowered = lower(text.trim_matches(|c| has(c, SPACE)));
            text = &lowered;
        }
        if self.sign {
            text = text.strip_prefix(['+', '-', '±', '~']).unwrap_or(text);
        }
        if self.percent {
            text = text.strip_suffix('%').unwrap_or(text);
        }
        let text = &*without(text, self.separators);
        (self.digits && is_digits(text))
            || self
                .fraction_marks
                .iter()
                .any(|&mark| is_fraction(text, mark))
            || self.is_word(text, data)
            || self.is_ordinal(text)
            || self.odd.is_some_and(|odd| odd(text, data))
    }

    fn is_word(&self, text: &str, data: &Data) -> bool {
        let exact = matches!(self.words, Words::Exact | Words::Either);
        let lowered = matches!(self.words, Words::Lower | Words::Either);
        (exact && data.numbers.contains(text)) || (lowered && data.numbers.contains(&lower(text)))
    }

    fn is_ordinal(&self, text: &str) -> bool {
        if self.endings.is_empty() {
            return false;
        }
        let text = lower(text);
        self.endings.iter().any(|ending| {
            ending.suffixes.iter().any(|suffix| text.ends_with(suffix))
                && ending
                    .cuts
                    .iter()
                    .any(|&cut| is_digits(without_last(&text, cut)))
        })
    }
}

/// `text` with every one of `parts` taken out, one after the other.
fn without<'t>(text: &'t str, parts: &[&str]) -> Cow<'t, str> {
    parts.iter().fold(Cow::Borrowed(text), |text, part| {
        match text.contains(part) {
            true => Cow::Owned(text.replace(part, "")),
            false => text,
        }
    })
}

fn is_digits(text: &str) -> bool {
    all_have(text, DIGIT)
}

fn is_fraction(text: &str, mark: char) -> bool {
    text.split_once(mark)
        .is_some_and(|(over, under)| is_digits(over) && is_digits(under))
}
