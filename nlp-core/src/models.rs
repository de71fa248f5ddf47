//! Pipelines that are built into the program: not there without the feature `embedded-model`, which is on by default.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::bytes::Bytes;
use crate::error::Error;
use crate::files::{Content, PipelineFiles};
use crate::language::{Language, LoadOptions};

/// The English pipeline `en_ewt_sm`: tags, parts of speech, morphology, dependencies, lemmas and named entities.
/// `models/en_ewt_sm/MODEL.md` says how it was trained, on what, and under which licence.
///
/// # Errors
/// None that a user can cause; the signature is that of [`Language::load`].
pub fn english() -> Result<Language, Error> {
    english_with(&LoadOptions::new())
}

/// [`english`], as far as `options` say.
///
/// # Errors
/// [`Error::Pipes`] if the options contradict each other.
pub fn english_with(options: &LoadOptions) -> Result<Language, Error> {
    Language::from_files(&EN_EWT_SM, options)
}

macro_rules! embedded {
    ($name:literal: $($file:literal)*) => {
        Embedded {
            name: $name,
            files: &[$(($file, include_bytes!(concat!("../models/", $name, "/", $file)))),*],
        }
    };
}

static EN_EWT_SM: Embedded = embedded!("en_ewt_sm":
    "config.cfg" "meta.json" "tokenizer"
    "vocab/strings.json" "vocab/lookups.bin" "vocab/vectors" "vocab/vectors.cfg" "vocab/key2row"
    "tok2vec/cfg" "tok2vec/model"
    "tagger/cfg" "tagger/model"
    "morphologizer/cfg" "morphologizer/model"
    "parser/cfg" "parser/model" "parser/moves"
    "trainable_lemmatizer/cfg" "trainable_lemmatizer/model" "trainable_lemmatizer/trees"
    "ner/cfg" "ner/model" "ner/moves"
);

/// A pipeline that was built into the program.
struct Embedded {
    /// The pipeline's name, for errors.
    name: &'static str,
    /// Its files, by relative name.
    files: &'static [(&'static str, &'static [u8])],
}

impl Embedded {
    fn file(&self, relative: &str) -> Result<&'static [u8], Error> {
        let file = self.files.iter().find(|(name, _)| *name == relative);
        let missing = || Error::Read {
            path: self.path(relative),
            source: ErrorKind::NotFound.into(),
        };
        file.map(|(_, bytes)| *bytes).ok_or_else(missing)
    }
}

impl PipelineFiles for Embedded {
    fn read(&self, relative: &str) -> Result<Content<'_>, Error> {
        self.file(relative).map(Content::Borrowed)
    }

    fn map(&self, relative: &str) -> Result<Bytes, Error> {
        self.file(relative).map(Bytes::from)
    }

    fn exists(&self, relative: &str) -> bool {
        self.files.iter().any(|(name, _)| *name == relative)
    }

    fn path(&self, relative: &str) -> PathBuf {
        Path::new(&format!("{} (built in)", self.name)).join(relative)
    }
}
