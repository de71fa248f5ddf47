//! What spaCy makes of pymorphy's analyses.

use std::borrow::Cow;

use super::super::word::{Lemmatize, Word};
use super::analyzer;
use super::dictionary::Dictionary;
use super::facts::Facts;
use crate::error::Error;
use crate::files::PipelineFiles;
use crate::frozen::{Frozen, Walk};
use crate::pos::Pos;

/// The modes `pymorphy3` and `pymorphy3_lookup`.
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

/// The Python package that the dictionary of a language is in where a mode of the lemmatizer needs it, and whether the mode
/// looks at parts of speech and features; `None` for other modes.
pub(crate) fn package(lang: &str, mode: &str) -> Option<(&'static str, bool)> {
    Some(match (lang, mode) {
        ("ru", "pymorphy3") => ("pymorphy3_dicts_ru", true),
        ("ru", "pymorphy3_lookup") => ("pymorphy3_dicts_ru", false),
        ("uk", "pymorphy3") => ("pymorphy3_dicts_uk", true),
        ("uk", "pymorphy3_lookup") => ("pymorphy3_dicts_uk", false),
        _ => return None,
    })
}

impl Pymorphy {
    /// Reads the dictionary of a language that has [facts](Facts); `None` for others.
    pub fn load(
        lang: &str,
        with_features: bool,
        files: &dyn PipelineFiles,
    ) -> Option<Result<Pymorphy, Error>> {
        let facts = Facts::of(lang)?;
        Some(Dictionary::read(files).map(|dictionary| Pymorphy {
            dictionary,
            facts,
            with_features,
        }))
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
