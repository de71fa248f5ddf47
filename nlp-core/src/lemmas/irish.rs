//! Irish (`spacy/lang/ga/lemmatizer.py`): a table for each part of speech, of words without what grammar does to their
//! beginnings.

use std::borrow::Cow;

use super::tables::{ByPos, Tables};
use super::word::{Lemmatize, Word};
use super::words::Lookup;
use crate::error::FormatError;
use crate::frozen::frozen;
use crate::lang::lower;
use crate::pos::Pos;

/// The mode `pos_lookup`.
pub(super) struct Irish {
    lookups: ByPos<Lookup>,
}

frozen!(Irish { lookups });

impl Irish {
    pub fn load(bytes: &[u8]) -> Result<Irish, FormatError> {
        let names = &[
            "lemma_lookup_adj",
            "lemma_lookup_adp",
            "lemma_lookup_noun",
            "lemma_lookup_verb",
        ];
        let mut tables = Tables::read(bytes, names, names)?;
        Ok(Irish {
            lookups: tables.take_lookups_by_pos(),
        })
    }
}

impl Lemmatize for Irish {
    /// Of an adposition that the table gives an empty list of lemmas, where spaCy fails on the document, lower case is the
    /// lemma.
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        let string = without_dots(word.text);
        let owned = |text: &str| Cow::Owned(lower(text).into_owned());
        let table = match word.pos {
            Pos::Propn => self.lookups.get(Pos::Noun),
            Pos::Adp | Pos::Adj | Pos::Noun | Pos::Verb => self.lookups.get(word.pos),
            _ => return owned(&string),
        };
        if word.pos == Pos::Noun && (word.has("VerbForm", "Vnoun") || word.has("VerbForm", "Inf")) {
            return owned(&demutate(&string, word.has("Form", "HPref")));
        }
        if word.pos == Pos::Adj && word.has("VerbForm", "Part") {
            return owned(&demutate(&string, false));
        }
        let lemma = if word.pos == Pos::Adp {
            table.first(&string)
        } else {
            let demutated = demutate(&string, false);
            let forms = [&*demutated, without_h(&string)];
            forms.into_iter().find_map(|form| match word.pos {
                Pos::Propn => table.first(form),
                _ => table.first(&lower(form)),
            })
        };
        lemma.map_or_else(|| owned(&string), Cow::Borrowed)
    }
}

/// The word without an h before a vowel; nothing of all others.
fn without_h(word: &str) -> &str {
    let mut chars = word.chars();
    if !matches!(chars.next(), Some('h' | 'H')) {
        return "";
    }
    let rest = chars.as_str();
    match chars.next() {
        Some(c) if is_in(c, UPPER_VOWELS) || is_in(c, LOWER_VOWELS) => rest,
        _ => "",
    }
}

const UPPER_VOWELS: &str = "AÁEÉIÍOÓUÚ";
const LOWER_VOWELS: &str = "aáeéiíoóuú";

fn is_in(c: char, set: &str) -> bool {
    set.contains(c)
}

/// Beginnings in lower case that a mutation has made, and how many characters of them it put there. Of two that fit, the
/// first counts: those before `n` and a vowel, and those after.
const ECLIPSES: [(&str, usize); 7] = [
    ("bhf", 2),
    ("mb", 1),
    ("gc", 1),
    ("nd", 1),
    ("ng", 1),
    ("bp", 1),
    ("dt", 1),
];
const HYPHENED: [(&str, usize); 9] = [
    ("bh-f", 3),
    ("m-b", 2),
    ("g-c", 2),
    ("n-d", 2),
    ("n-g", 2),
    ("b-p", 2),
    ("d-t", 2),
    ("ts", 1),
    ("t-s", 2),
];

/// The word without eclipsis, the t or h before it, and lenition.
fn demutate(word: &str, has_h: bool) -> Cow<'_, str> {
    let lowered = lower(word);
    let starts = |table: &[(&str, usize)]| {
        let found = table.iter().find(|(start, _)| lowered.starts_with(start));
        found.map(|(_, chars)| *chars)
    };
    // Where a word ends, Python's `in` finds the empty rest in any set of vowels.
    let vowel_at = |at: usize, vowels: &str| word.chars().nth(at).is_none_or(|c| is_in(c, vowels));
    let first = word.chars().next();
    let put_there = starts(&ECLIPSES)
        .or_else(|| (first == Some('n') && vowel_at(1, UPPER_VOWELS)).then_some(1))
        .or_else(|| (lowered.starts_with("n-") && vowel_at(2, LOWER_VOWELS)).then_some(2))
        .or_else(|| starts(&HYPHENED))
        .or_else(|| (first == Some('h') && (has_h || vowel_at(1, UPPER_VOWELS))).then_some(1))
        .unwrap_or(0);
    let mut chars = word.chars();
    if put_there > 0 {
        chars.nth(put_there - 1);
    }
    let rest = chars.as_str();
    let mut begins = lowered.chars();
    let lenited =
        begins.next().is_some_and(|c| is_in(c, "bcdfgmpst")) && begins.next() == Some('h');
    if !lenited {
        return Cow::Borrowed(rest);
    }
    let mut chars = rest.chars();
    let first = chars.next();
    chars.next();
    Cow::Owned(first.into_iter().chain(chars).collect())
}

/// The word with an h for each dot over a consonant.
fn without_dots(word: &str) -> Cow<'_, str> {
    const DOTTED: &str = "ḃċḋḟġṁṗṡṫḂĊḊḞĠṀṖṠṪ";
    const PLAIN: &[u8] = b"bcdfgmpstBCDFGMPST";
    if word.is_ascii() || !word.chars().any(|c| is_in(c, DOTTED)) {
        return Cow::Borrowed(word);
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.chars() {
        match DOTTED
            .chars()
            .position(|dotted| dotted == c)
            .map(|at| PLAIN[at])
        {
            Some(letter) => {
                plain.push(char::from(letter));
                plain.push(if letter.is_ascii_uppercase() {
                    'H'
                } else {
                    'h'
                });
            }
            None => plain.push(c),
        }
    }
    Cow::Owned(plain)
}
