//! Lemmas by the tables and rules of a language.

use std::borrow::Cow;
use std::path::PathBuf;

use serde_json::Value;

use super::batch::tokens_mut;
use super::component::{Component, Source};
use crate::doc::{Doc, TokenData};
use crate::error::Error;
use crate::files::{self, Content, PipelineFiles};
use crate::frozen::frozen;
use crate::lemmas::{self, Lemmatize, Mode, Pymorphy, Word};
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// spaCy's `lemmatizer` component (`pipeline/lemmatizer.py`).
pub(super) struct Lemmatizer {
    lemmas: Box<dyn Lemmatize>,
    overwrite: bool,
}

frozen!(Lemmatizer { lemmas, overwrite });

/// Where its tables are.
const TABLES: &str = "lookups/lookups.bin";

/// Tokens between two looks at the clock, whose lemmas are added to the vocabulary at once.
const BLOCK: usize = 256;

impl Lemmatizer {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let lang = source.vocab.lang().code();
        let mode = match source.config.get("mode") {
            None => lemmas::default_mode(lang),
            Some(Value::String(mode)) => mode,
            Some(mode) => return Err(source.unsupported(format!("mode = {mode}"))),
        };
        let overwrite = source.flag(&Value::Null, "overwrite", false);
        let lemmas: Box<dyn Lemmatize> = match Mode::of(lang, mode) {
            Some(with_dictionary) => {
                let package = with_dictionary.package;
                let files = installed(package).map_err(|places| {
                    source.unsupported(format!(
                        "mode = \"{mode}\" without the Python package {package}, which is not installed in {places}: \
                         install it"
                    ))
                })?;
                Box::new(Pymorphy::load(with_dictionary, &*files)?)
            }
            None => {
                let (bytes, path) = tables(source)?;
                let lemmas = lemmas::load(lang, mode, &bytes).ok_or_else(|| {
                    source.unsupported(format!("mode = \"{mode}\" for the language \"{lang}\""))
                })?;
                lemmas.map_err(|error| error.in_file(&path))?
            }
        };
        Ok(Lemmatizer { lemmas, overwrite })
    }

    fn lemma<'t>(&'t self, token: &TokenData<'t>) -> Cow<'t, str> {
        self.lemmas.lemma(Word {
            text: token.lexeme.orth.text(),
            pos: token.pos,
            morph: token.morph.map(|morph| morph.text()),
            starts_sentence: token.sent_start == 1,
        })
    }
}

/// The bytes of the component's tables and the path. spaCy takes a file that is not there for one without tables.
fn tables<'s>(source: &Source<'s>) -> Result<(Content<'s>, PathBuf), Error> {
    let relative = format!("{}/{TABLES}", source.name);
    match source.files.exists(&relative) {
        true => source.file(TABLES),
        false => Ok((Content::Borrowed(&[]), source.files.path(&relative))),
    }
}

/// The dictionary of pymorphy that is in a Python package, or that the environment names; or else where it is not.
fn installed(package: &str) -> Result<Box<dyn PipelineFiles>, String> {
    let named = std::env::var_os("PYMORPHY2_DICT_PATH");
    let named = named.filter(|path| !path.is_empty()).map(PathBuf::from);
    files::data_of_package(package, "data", named).map_err(|places| {
        let places: Vec<_> = places
            .iter()
            .map(|place| place.display().to_string())
            .collect();
        match places.is_empty() {
            true => "any place known to hold Python packages".to_owned(),
            false => places.join(", "),
        }
    })
}

impl Component for Lemmatizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime> {
        let mut tokens: Vec<&mut TokenData<'v>> = tokens_mut(docs)
            .filter(|token| self.overwrite || token.lemma.is_none())
            .collect();
        for tokens in tokens.chunks_mut(BLOCK) {
            budget.check()?;
            // Made without the vocabulary's lock.
            let lemmas: Vec<Cow<'_, str>> = tokens.iter().map(|token| self.lemma(token)).collect();
            scope.with(|interner| {
                for (token, lemma) in tokens.iter_mut().zip(lemmas) {
                    token.lemma = interner.string(&lemma).non_empty();
                }
            });
        }
        Ok(())
    }
}
