//! Norms: the spelling under which variants of a word are one.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::case::lower;
use super::data::Data;
use super::shape::{length, without_last};
use super::words::{WordMap, lines, pairs};

/// Norms that all languages share (`spacy/lang/norm_exceptions.py`).
static BASE: LazyLock<WordMap<&str>> =
    LazyLock::new(|| WordMap::new(pairs(lines(include_str!("data/base_norms.txt")))));

/// How a language makes the norm of a word that no table knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NormRule {
    /// Lower case.
    Lower,
    /// The language's own table, then lower case.
    Table,
    /// The word as it is without an ending from its suffix groups, longest first; a group that is as long as the
    /// word is passed over.
    Stem,
    /// As [`NormRule::Stem`], but the first group that is as long as the word ends the search.
    StemUntilLong,
}

/// The norm that all languages have for `text`.
pub(crate) fn base_norm(text: &str) -> Option<&'static str> {
    BASE.get(text).copied()
}

impl NormRule {
    /// The norm of a `text` that is in none of the tables that come first.
    pub(crate) fn norm<'t>(self, text: &'t str, data: &Data) -> Cow<'t, str> {
        match self {
            NormRule::Lower => lower(text),
            NormRule::Table => match data.norms.get(text) {
                Some(norm) => Cow::Borrowed(*norm),
                None => lower(text),
            },
            NormRule::Stem | NormRule::StemUntilLong => Cow::Borrowed(self.stem(text, data)),
        }
    }

    /// `text` without one ending. As many code points are cut as the first ending of the group has, whichever of the
    /// group it is.
    fn stem<'t>(self, text: &'t str, data: &Data) -> &'t str {
        let len = length(text);
        for group in data.suffix_groups.iter().rev() {
            let cut = group.first().map_or(0, |ending| length(ending));
            if len <= cut {
                match self {
                    NormRule::StemUntilLong => break,
                    _ => continue,
                }
            }
            if group.iter().any(|ending| text.ends_with(ending)) {
                return without_last(text, cut);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use crate::lang::Lang;

    fn norm(code: &str, text: &str) -> String {
        Lang::get(code)
            .expect("a language")
            .norm(text, |_| None)
            .into_owned()
    }

    #[test]
    fn quotes_dashes_and_currencies_are_alike_in_all_languages() {
        for (text, expected) in [
            ("“", "\""),
            ("''", "\""),
            ("---", "-"),
            ("€", "$"),
            ("US$", "$"),
            ("…", "..."),
        ] {
            for code in ["en", "hi", "ht", "xx"] {
                assert_eq!(norm(code, text), expected, "{text:?} in {code}");
            }
        }
    }

    #[test]
    fn haitian_short_forms_are_written_out() {
        assert_eq!(norm("ht", "'m"), "mwen");
        assert_eq!(norm("ht", "M"), "Mwen");
        assert_eq!(norm("ht", "Mwen"), "mwen");
    }

    #[test]
    fn hindi_words_lose_their_longest_ending_and_keep_their_case() {
        assert_eq!(norm("hi", "लड़कियाँ"), "लड़क");
        assert_eq!(norm("hi", "ना"), "न");
        assert_eq!(norm("hi", "Word"), "Word");
    }

    #[test]
    fn nepali_cuts_by_the_first_ending_of_a_group() {
        assert_eq!(norm("ne", "छ"), "छ");
        assert_eq!(norm("ne", "काठमाडौंमा"), "काठमाडौ");
    }
}
