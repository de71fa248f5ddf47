//! How each language finds the lemma of a word: one file for each that has rules of its own, as in `spacy/lang`.
//!
//! spaCy's lemmatizers make lists of candidates, of which the pipeline takes the first; here the first alone is made. They
//! keep what they made in a cache that is never emptied; here there is none: what it would spare is a few look-ups in
//! tables of words, about what a look into the cache would cost.

mod candidates;
mod dutch;
mod french;
mod greek;
mod haitian;
mod irish;
mod italian;
mod lookup;
mod macedonian;
mod polish;
mod pymorphy;
mod rules;
mod spanish;
mod spanish_rules;
mod tables;
#[cfg(test)]
mod tests;
mod word;
mod words;

use crate::error::FormatError;

pub(crate) use pymorphy::{Mode, Pymorphy};
pub use word::{Lemmatize, Word};

/// The mode of a language's lemmatizer where the configuration names none.
pub fn default_mode(lang: &str) -> &'static str {
    match lang {
        "bn" | "ca" | "el" | "en" | "es" | "fa" | "fr" | "ht" | "mk" | "nb" | "nl" | "sv" => "rule",
        "ga" | "it" | "pl" => "pos_lookup",
        "ru" | "uk" => "pymorphy3",
        _ => "lookup",
    }
}

/// Loads a language's lemmatizer from the bytes of its `lookups.bin`; `None` if it has no such mode.
///
/// # Errors
/// If the bytes hold no tables, or one that the mode reads holds what it is not for, or one that it needs is missing.
pub fn load(
    lang: &str,
    mode: &str,
    bytes: &[u8],
) -> Option<Result<Box<dyn Lemmatize>, FormatError>> {
    Some(match (lang, mode) {
        (_, "lookup") => boxed(lookup::ByTable::load(bytes, lang == "nl")),
        ("fr" | "ca", "rule") => boxed(french::French::load(bytes)),
        ("el", "rule") => boxed(greek::Greek::load(bytes)),
        ("es", "rule") => boxed(spanish::Spanish::load(bytes)),
        ("ht", "rule") => boxed(haitian::Haitian::load(bytes)),
        ("mk", "rule") => boxed(macedonian::Macedonian::load(bytes)),
        ("nl", "rule") => boxed(dutch::Dutch::load(bytes)),
        (_, "rule") => boxed(rules::Rules::load(bytes, lang == "en")),
        ("ga", "pos_lookup") => boxed(irish::Irish::load(bytes)),
        ("it", "pos_lookup") => boxed(italian::Italian::load(bytes)),
        ("pl", "pos_lookup") => boxed(polish::Polish::load(bytes)),
        _ => return None,
    })
}

fn boxed(
    loaded: Result<impl Lemmatize + 'static, FormatError>,
) -> Result<Box<dyn Lemmatize>, FormatError> {
    Ok(Box::new(loaded?))
}
