//! What differs between languages and is not in the pipeline directory: lexical attributes, stop words, noun chunks.
//!
//! A pipeline's directory names its language by a code and relies on spaCy's Python code for the rest: which words
//! are stop words, what looks like a number, how a word is normalised. That is here, for every language in
//! `spacy/lang`; [`Lang::get`] finds one.

mod case;
pub(crate) mod chars;
mod data;
mod flags;
mod norm;
pub mod noun_chunks;
mod number;
mod registry;
mod shape;
mod url;
mod words;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use crate::attr::Attr;
use data::Data;
use flags::{bit, common_flags};
use norm::{NormRule, base_norm};
use noun_chunks::{Chunker, NoNounChunks, Tree};
use number::NumberRule;

pub use case::lower;
pub(crate) use chars::is_space;
pub use shape::{length, prefix, shape_into, suffix};

/// A language: its lexical attributes and word lists. Immutable, one for the whole process.
pub struct Lang {
    code: &'static str,
    aliases: &'static [&'static str],
    source: &'static str,
    numbers: &'static NumberRule,
    norms: NormRule,
    writing: WritingSystem,
    chunker: Option<Chunker>,
    data: OnceLock<Data>,
}

/// How a language is written (`writing_system` of a language's defaults in spaCy).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WritingSystem {
    /// Whether lines run from right to left.
    pub right_to_left: bool,
    /// Whether letters have upper and lower case.
    pub has_case: bool,
    /// Whether characters are letters, and not signs for words or syllables.
    pub has_letters: bool,
}

impl WritingSystem {
    const CASED: WritingSystem = WritingSystem {
        right_to_left: false,
        has_case: true,
        has_letters: true,
    };
    const CASELESS: WritingSystem = WritingSystem {
        has_case: false,
        ..WritingSystem::CASED
    };
    const CASELESS_FROM_RIGHT: WritingSystem = WritingSystem {
        right_to_left: true,
        ..WritingSystem::CASELESS
    };
    const WITHOUT_LETTERS: WritingSystem = WritingSystem {
        has_letters: false,
        ..WritingSystem::CASELESS
    };
}

impl Lang {
    const fn new(
        code: &'static str,
        aliases: &'static [&'static str],
        source: &'static str,
    ) -> Lang {
        Lang {
            code,
            aliases,
            source,
            numbers: &number::rules::DIGITS,
            norms: NormRule::Lower,
            writing: WritingSystem::CASED,
            chunker: None,
            data: OnceLock::new(),
        }
    }

    const fn numbers(mut self, rule: &'static NumberRule) -> Lang {
        self.numbers = rule;
        self
    }

    const fn norms(mut self, rule: NormRule) -> Lang {
        self.norms = rule;
        self
    }

    const fn writing(mut self, writing: WritingSystem) -> Lang {
        self.writing = writing;
        self
    }

    const fn chunks(mut self, chunker: Chunker) -> Lang {
        self.chunker = Some(chunker);
        self
    }

    /// The code by which spaCy's `Vocab.lang` and the attribute `LANG` name it.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// How it is written.
    pub fn writing_system(&self) -> WritingSystem {
        self.writing
    }

    /// The flags of the word `text`: bit `n` is set if the attribute whose id is `n` holds, as in spaCy's
    /// `LexemeC.flags`. The empty string has none.
    pub fn flags(&self, text: &str) -> u64 {
        self.flags_given_lower(text, &lower(text))
    }

    /// [`Lang::flags`] for a caller who has `lower(text)` already.
    pub(crate) fn flags_given_lower(&self, text: &str, lowered: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        let data = self.data();
        let mut flags = common_flags(text);
        if self.numbers.matches(text, lowered, data) {
            flags |= bit(Attr::LikeNum);
        }
        if data.stop_words.contains(lowered) {
            flags |= bit(Attr::IsStop);
        }
        if data.currencies.contains(text) {
            flags |= bit(Attr::IsCurrency);
        }
        flags
    }

    /// The norm of the word `text`: what `table` says of it, then the norms that all languages share, then the
    /// language's own way, mostly lower case.
    ///
    /// `table` looks the word up in `lexeme_norm` of the pipeline's `vocab/lookups.bin`, and says `None` if the
    /// pipeline has no such table.
    pub fn norm<'t>(
        &self,
        text: &'t str,
        table: impl FnOnce(&str) -> Option<&'t str>,
    ) -> Cow<'t, str> {
        match table(text).or_else(|| base_norm(text)) {
            Some(norm) => Cow::Borrowed(norm),
            None => self.norms.norm(text, self.data()),
        }
    }

    /// The base noun phrases of a parsed document (`Doc.noun_chunks`): for each its first token and the one after its
    /// last. All have the label `NP`.
    ///
    /// The order is that of the text, but for Turkish, which goes from the end to the start. A chunk may hold no token
    /// where the language's way of trimming cuts all of it. spaCy fails on the whole document where a chunk would end
    /// before it starts (as coordination does in Turkish); here that chunk is left out.
    pub fn noun_chunks(&self, tree: &impl Tree) -> Result<Vec<(usize, usize)>, NoNounChunks> {
        match self.chunker {
            Some(chunker) => chunker.chunks(tree),
            None => Err(NoNounChunks::Language { code: self.code }),
        }
    }

    /// Whether it is known what noun chunks are in this language.
    pub fn has_noun_chunks(&self) -> bool {
        self.chunker.is_some()
    }

    fn data(&self) -> &Data {
        self.data.get_or_init(|| Data::parse(self.source))
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lang")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get(code: &str) -> &'static Lang {
        Lang::get(code).unwrap_or_else(|| panic!("{code} is a language"))
    }

    fn is(code: &str, text: &str, attr: Attr) -> bool {
        get(code).flags(text) & bit(attr) != 0
    }

    #[test]
    fn every_language_is_found_by_its_code_and_its_other_codes() {
        assert_eq!(Lang::all().len(), 79);
        for lang in Lang::all() {
            for code in lang.aliases.iter().chain([&lang.code]) {
                assert_eq!(get(code).code(), lang.code(), "{code}");
            }
        }
        assert_eq!(get("fra").code(), "fr");
        assert!(Lang::get("tlh").is_none() && Lang::get("").is_none());
    }

    /// `golden/words.jsonl`: words on which languages differ, each with what spaCy says of it.
    #[test]
    fn words_have_the_flags_and_norms_that_spacy_gives_them() {
        for line in include_str!("golden/words.jsonl").lines() {
            let (code, text, flags, norm): (String, String, Vec<String>, String) =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let expected = flags.iter().fold(0, |all, name| {
                let attr =
                    Attr::from_name(name).unwrap_or_else(|| panic!("{name} is an attribute"));
                all | bit(attr)
            });
            let lang = get(&code);
            assert_eq!(lang.flags(&text), expected, "flags of {line}");
            assert_eq!(lang.norm(&text, |_| None), norm, "norm of {line}");
        }
    }

    #[test]
    fn the_empty_string_has_no_flags() {
        for lang in Lang::all() {
            assert_eq!(lang.flags(""), 0, "{}", lang.code());
        }
    }

    #[test]
    fn stop_words_are_told_in_any_case() {
        assert!(is("en", "The", Attr::IsStop) && is("en", "n't", Attr::IsStop));
        assert!(!is("en", "theory", Attr::IsStop) && !is("xx", "the", Attr::IsStop));
    }

    #[test]
    fn the_pipelines_table_of_norms_comes_first_then_that_of_all_languages() {
        let table = |word: &str| (word == "“").then_some("from the table");
        assert_eq!(get("en").norm("“", table), "from the table");
        assert_eq!(get("en").norm("”", table), "\"");
        assert_eq!(get("en").norm("Word", table), "word");
        assert_eq!(get("hi").norm("€", |_| None), "$");
    }

    #[test]
    fn writing_systems_tell_direction_case_and_letters() {
        assert!(get("he").writing_system().right_to_left && !get("he").writing_system().has_case);
        assert!(!get("zh").writing_system().has_letters);
        assert_eq!(get("de").writing_system(), get("tr").writing_system());
    }

    proptest! {
        #[test]
        fn any_word_has_flags_and_a_norm_in_every_language(text in any::<String>(), odd in "[+~-]?[0-9٣²IVXi一十வ,./%º -]{0,8}") {
            for lang in Lang::all() {
                for text in [&text, &odd] {
                    let flags = lang.flags(text);
                    prop_assert_eq!(flags & bit(Attr::IsAscii) != 0, text.is_ascii() && !text.is_empty());
                    prop_assert!(lang.norm(text, |_| None).len() <= 3 * text.len() + 4);
                }
            }
        }
    }
}
