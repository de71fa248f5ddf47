//! Pipelines that are built into the program.

use crate::error::Error;
use crate::files::Embedded;
use crate::language::Language;

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

/// The English pipeline `en_ewt_sm`: tags, parts of speech, morphology, dependencies, lemmas and named entities.
/// `models/en_ewt_sm/MODEL.md` says how it was trained, on what, and under which licence.
///
/// # Errors
/// None that a user can cause; the signature is that of [`Language::load`].
pub fn english() -> Result<Language, Error> {
    Language::from_files(&EN_EWT_SM)
}
