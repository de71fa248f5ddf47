//! Lemmas by the tables and rules of a language.

use std::borrow::Cow;

use serde_json::Value;

use super::batch::tokens_mut;
use super::component::{Component, Source};
use super::lemmas::{self, Lemmatize, Word};
use crate::doc::{Doc, TokenData};
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Clock, OutOfTime};
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
        // spaCy takes a file that is not there for one without tables.
        let relative = format!("{}/{TABLES}", source.name);
        let (bytes, path) = match source.files.exists(&relative) {
            true => source.file(TABLES)?,
            false => (Vec::new().into(), source.files.path(&relative)),
        };
        match lemmas::load(lang, mode, &bytes) {
            Some(Ok(lemmas)) => Ok(Lemmatizer { lemmas, overwrite }),
            Some(Err(error)) => Err(FormatError::in_file(error, &path)),
            None => {
                Err(source.unsupported(format!("mode = \"{mode}\" for the language \"{lang}\"")))
            }
        }
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

impl Component for Lemmatizer {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        clock: Clock,
    ) -> Result<(), OutOfTime> {
        let mut tokens: Vec<&mut TokenData<'v>> = tokens_mut(docs)
            .filter(|token| self.overwrite || token.lemma.is_none())
            .collect();
        for tokens in tokens.chunks_mut(BLOCK) {
            clock.check()?;
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
