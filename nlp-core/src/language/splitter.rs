//! What splits a pipeline's texts into tokens.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, FormatError};
use crate::files::PipelineFiles;
use crate::format;
use crate::frozen::{Frozen, Walk};
use crate::lang::Lang;
use crate::segment::{self, Segmenter};
use crate::tokenizer::{Bounds, NormId, Piece, Stopped, Tokenizer};
use crate::vocab::{Interner, Vocab};

/// The tokenizers that run, by the names that a pipeline's configuration has for them. Those of [`FOREIGN`], and any other,
/// are refused.
pub(super) const RUNS: &[&str] = &[
    "spacy.Tokenizer.v1",
    "spacy.zh.ChineseTokenizer",
    "spacy.vi.VietnameseTokenizer",
];

/// spaCy's own tokenizers that need software beside spaCy: what it is, and how Python gets it.
const FOREIGN: [(&str, &str); 3] = [
    ("spacy.ja.JapaneseTokenizer", "SudachiPy and its dictionary"),
    (
        "spacy.ko.KoreanTokenizer",
        "mecab-ko, its dictionary and natto-py",
    ),
    ("spacy.th.ThaiTokenizer", "PyThaiNLP"),
];

/// The tokenizer of a pipeline.
pub(super) enum Splitter {
    /// Rules, and the string id of each norm that their special cases give.
    Rules(Box<Tokenizer>, Vec<u64>),
    /// A way to find words where no white space separates them.
    Words(Segmenter),
}

impl Frozen for Splitter {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Splitter::Rules(tokenizer, norms) => {
                tokenizer.visit(walk);
                norms.visit(walk);
            }
            Splitter::Words(segmenter) => segmenter.visit(walk),
        }
    }
}

impl Splitter {
    /// Loads the tokenizer that the block `[nlp]` of the configuration names, and what to know of it.
    pub fn load(
        nlp: &Value,
        config_path: &Path,
        files: &dyn PipelineFiles,
        vocab: &mut Vocab,
    ) -> Result<(Splitter, Option<String>), Error> {
        let named = nlp
            .pointer("/tokenizer/@tokenizers")
            .and_then(Value::as_str);
        let unsupported = |feature: String| Error::Unsupported {
            component: "nlp.tokenizer".into(),
            feature,
            path: config_path.to_path_buf(),
            disabled: false,
        };
        match named.unwrap_or_else(|| default_of(vocab.lang())) {
            "spacy.Tokenizer.v1" => Ok((Splitter::rules(files, vocab)?, None)),
            "spacy.zh.ChineseTokenizer" => {
                let (segmenter, warning) = segment::load_chinese(files)?;
                Ok((Splitter::Words(segmenter), warning))
            }
            "spacy.vi.VietnameseTokenizer" => {
                let path = files.path("tokenizer/cfg");
                let cfg =
                    format::json(&files.read("tokenizer/cfg")?).map_err(|e| e.in_file(&path))?;
                match cfg.get("use_pyvi").and_then(Value::as_bool) {
                    Some(true) => Err(unsupported(
                        "the tokenizer \"spacy.vi.VietnameseTokenizer\" with use_pyvi = true, which needs the Python \
                         package pyvi"
                            .into(),
                    )),
                    _ => Ok((Splitter::Words(Segmenter::Spaces), None)),
                }
            }
            other => match FOREIGN.iter().find(|(name, _)| *name == other) {
                Some((_, software)) => Err(unsupported(format!(
                    "the tokenizer \"{other}\", which needs {software}"
                ))),
                None => Err(unsupported(format!("the tokenizer \"{other}\""))),
            },
        }
    }

    fn rules(files: &dyn PipelineFiles, vocab: &mut Vocab) -> Result<Splitter, Error> {
        let path = files.path("tokenizer");
        let tokenizer =
            Tokenizer::from_bytes(&files.read("tokenizer")?).map_err(|e| e.in_file(&path))?;
        for case in tokenizer.special_cases() {
            let mut start = 0;
            for cut in case.cuts {
                vocab.add_permanent_lexeme(&case.text[start..cut.end as usize]);
                start = cut.end as usize;
            }
        }
        let norms = tokenizer.norms().iter();
        let norms: Result<Vec<u64>, FormatError> =
            norms.map(|norm| vocab.add_label(norm)).collect();
        let norms = norms.map_err(|e| e.in_file(&path))?;
        Ok(Splitter::Rules(Box::new(tokenizer), norms))
    }

    /// Splits `text` into tokens, no further than `bounds` allow: `out` gets them, and loses what it held.
    pub fn split(
        &self,
        text: &str,
        interner: &mut Interner<'_, '_>,
        out: &mut Vec<Piece>,
        bounds: Bounds,
    ) -> Result<(), Stopped> {
        match self {
            Splitter::Rules(tokenizer, _) => tokenizer.tokenize_within(text, interner, out, bounds),
            Splitter::Words(segmenter) => segmenter.tokenize_within(text, out, bounds),
        }
    }

    /// The string id of a norm that a token was given.
    pub fn norm(&self, norm: NormId) -> Option<u64> {
        match self {
            Splitter::Rules(_, norms) => norms.get(norm.index()).copied(),
            Splitter::Words(_) => None,
        }
    }

    /// How many rules there are beside patterns.
    pub fn special_cases(&self) -> usize {
        match self {
            Splitter::Rules(tokenizer, _) => tokenizer.special_cases().count(),
            Splitter::Words(_) => 0,
        }
    }
}

/// The tokenizer of a language where the configuration names none.
fn default_of(lang: &Lang) -> &'static str {
    match lang.code() {
        "ja" => "spacy.ja.JapaneseTokenizer",
        "ko" => "spacy.ko.KoreanTokenizer",
        "th" => "spacy.th.ThaiTokenizer",
        "vi" => "spacy.vi.VietnameseTokenizer",
        "zh" => "spacy.zh.ChineseTokenizer",
        _ => "spacy.Tokenizer.v1",
    }
}
