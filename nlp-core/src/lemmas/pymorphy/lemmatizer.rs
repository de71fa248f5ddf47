//! What spaCy makes of pymorphy's analyses.

use std::borrow::Cow;

use super::super::word::{Lemmatize, Word};
use super::analyzer;
use super::dictionary::{Dictionary, Version};
use super::facts::Facts;
use crate::error::Error;
use crate::files::PipelineFiles;
use crate::frozen::{Frozen, Walk};
use crate::pos::Pos;

/// The modes `pymorphy3`, `pymorphy3_lookup`, and those of version 2, which analyses words in the same way.
pub(crate) struct Pymorphy {
    dictionary: Dictionary,
    facts: Facts,
    /// Whether parts of speech and features count.
    with_features: bool,
}

impl Frozen for Pymorphy {
    fn visit(&self, walk: &mut Walk) {
        let Pymorphy {
            dictionary,
            // Constants of the program, chosen by the language.
            facts: _,
            with_features,
        } = self;
        dictionary.visit(walk);
        with_features.visit(walk);
    }
}

/// A mode of the lemmatizer that needs a dictionary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    lang: &'static str,
    /// The Python package that the dictionary is in.
    pub package: &'static str,
    version: Version,
    with_features: bool,
}

impl Mode {
    /// The mode called `name` of a language; `None` for modes that need no dictionary, or are none.
    pub fn of(lang: &str, name: &str) -> Option<Mode> {
        let (version, with_features) = match name {
            "pymorphy2" => (Version::Two, true),
            "pymorphy2_lookup" => (Version::Two, false),
            "pymorphy3" => (Version::Three, true),
            "pymorphy3_lookup" => (Version::Three, false),
            _ => return None,
        };
        let (lang, package) = match (lang, version) {
            ("ru", Version::Two) => ("ru", "pymorphy2_dicts_ru"),
            ("ru", Version::Three) => ("ru", "pymorphy3_dicts_ru"),
            ("uk", Version::Two) => ("uk", "pymorphy2_dicts_uk"),
            ("uk", Version::Three) => ("uk", "pymorphy3_dicts_uk"),
            _ => return None,
        };
        Some(Mode {
            lang,
            package,
            version,
            with_features,
        })
    }
}

impl Pymorphy {
    /// Reads the dictionary for a mode.
    pub fn load(mode: Mode, files: &dyn PipelineFiles) -> Result<Pymorphy, Error> {
        Ok(Pymorphy {
            dictionary: Dictionary::read(files, mode.version)?,
            facts: Facts::of(mode.lang),
            with_features: mode.with_features,
        })
    }

    /// The first normal form of what the word can be with its part of speech and features, or else lower case.
    fn inflected<'t>(&self, word: Word<'t>) -> Cow<'t, str> {
        let analyses = analyzer::known(&self.dictionary, &self.facts, word.text);
        let mut analyses = analyses.into_iter().filter(|analysis| {
            let tag = self.dictionary.tags.get(analysis.tag);
            tag.is_of(word.pos) && tag.agrees_with(word)
        });
        let first = analyses.next();
        first.map_or_else(|| word.lower(), |analysis| Cow::Owned(analysis.normal_form))
    }

    /// The normal form of all that the word can be, or the word where there are several.
    fn looked_up<'t>(&self, word: Word<'t>) -> Cow<'t, str> {
        let analyses = analyzer::all(&self.dictionary, &self.facts, word.text);
        let mut forms = analyses.iter().map(|analysis| &analysis.normal_form);
        match forms.next() {
            Some(form) if forms.all(|other| other == form) => Cow::Owned(form.clone()),
            _ => Cow::Borrowed(word.text),
        }
    }
}

impl Lemmatize for Pymorphy {
    fn lemma<'t>(&'t self, word: Word<'t>) -> Cow<'t, str> {
        use Pos::*;
        match word.pos {
            _ if !self.with_features => self.looked_up(word),
            Punct => Cow::Borrowed(match word.text {
                "«" | "»" => "\"",
                mark => mark,
            }),
            Adj | Det | Noun | Num | Pron | Propn | Verb => self.inflected(word),
            _ => self.looked_up(word),
        }
    }
}
