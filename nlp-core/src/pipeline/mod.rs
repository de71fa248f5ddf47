//! The components of a pipeline: each reads documents and sets some of their annotations.

mod doc_cleaner;
mod edit_trees;
mod entity_recognizer;
mod lemmatizer;
mod morphologizer;
mod parser;
mod senter;
mod tagger;
mod tok2vec;

use std::cell::Cell;
use std::path::PathBuf;

use serde_json::Value;

use crate::attr::Attr;
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::files::PipelineFiles;
use crate::format;
use crate::frozen::Frozen;
use crate::limits::{Clock, OutOfTime};
use crate::nn::{Matrix, ModelSource, Tok2Vec, TokenVectors};
use crate::vocab::{Scope, Vocab};

/// One component, loaded. It never changes: what it needs while it runs, it makes and drops, labels that only the
/// documents of a batch have among it. That it is [`Frozen`] means that nothing in it could be written to.
pub(crate) trait Component: Frozen + Send + Sync {
    /// Annotates a batch of documents, at least one of which has a token if [`Component::needs_tokens`].
    ///
    /// # Errors
    /// If `clock` ran out, which is looked at inside every loop that can be long. The documents are then of no more use.
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        clock: Clock,
    ) -> Result<(), OutOfTime>;

    /// Whether what it says of a document depends on the others in the batch: see [`Tok2Vec::sees_neighbours`].
    fn sees_neighbours(&self) -> bool {
        false
    }

    /// What the component tells apart, as spaCy's `labels`; empty for components without labels.
    fn labels(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether there is nothing to do in a batch without a token.
    fn needs_tokens(&self) -> bool {
        true
    }

    /// Whether documents have no tensor afterwards.
    fn drops_tensor(&self) -> bool {
        false
    }

    /// What whoever loads the pipeline should know: a sentence each.
    fn warnings(&self) -> &[String] {
        &[]
    }
}

/// What a component is loaded from.
pub(crate) struct Source<'a> {
    /// The component's name in the pipeline.
    pub name: &'a str,
    /// Its block of the configuration.
    pub config: &'a Value,
    /// Where its files are.
    pub files: &'a dyn PipelineFiles,
    /// The vocabulary that its labels are added to.
    pub vocab: &'a mut Vocab,
    /// The bytes of its files that have been read.
    pub bytes: Cell<u64>,
}

impl Source<'_> {
    /// The component's file `name`, and its path.
    pub fn file(&self, name: &str) -> Result<(std::borrow::Cow<'_, [u8]>, PathBuf), Error> {
        let relative = format!("{}/{name}", self.name);
        let content = self.files.read(&relative)?;
        self.bytes.set(self.bytes.get() + content.len() as u64);
        Ok((content, self.files.path(&relative)))
    }

    /// The component's network, from the file `model` and its block of the configuration.
    pub fn load_model<M>(
        &self,
        load: impl FnOnce(ModelSource) -> Result<M, Error>,
    ) -> Result<M, Error> {
        let (bytes, path) = self.file("model")?;
        let config_path = self.config_path();
        let config = self.model_config()?;
        load(ModelSource {
            component: self.name,
            config,
            config_path: &config_path,
            bytes: &bytes,
            path: &path,
        })
    }

    /// The component's `cfg` file: a JSON object, empty where there is no such file.
    pub fn cfg(&self) -> Result<(Value, PathBuf), Error> {
        let relative = format!("{}/cfg", self.name);
        if !self.files.exists(&relative) {
            return Ok((
                Value::Object(Default::default()),
                self.files.path(&relative),
            ));
        }
        let (bytes, path) = self.file("cfg")?;
        let cfg = format::json(&bytes).map_err(|e| e.in_file(&path))?;
        match cfg {
            Value::Object(_) => Ok((cfg, path)),
            _ => Err(FormatError::new("holds no JSON object").in_file(&path)),
        }
    }

    /// A yes-or-no setting: from `cfg` if it is there, else from the configuration, else `default`.
    pub fn flag(&self, cfg: &Value, key: &str, default: bool) -> bool {
        let setting = cfg.get(key).or_else(|| self.config.get(key));
        setting.and_then(Value::as_bool).unwrap_or(default)
    }

    /// Whether the component reads the tensor that an earlier one left.
    pub fn listens(&self) -> bool {
        self.config
            .pointer("/model/tok2vec/@architectures")
            .is_some_and(|architecture| architecture == "spacy.Tok2VecListener.v1")
    }

    /// The model's block of the configuration.
    fn model_config(&self) -> Result<&Value, Error> {
        self.config.get("model").ok_or_else(|| {
            FormatError::new(format!(
                "component \"{}\" has no [components.{}.model]",
                self.name, self.name
            ))
            .in_file(&self.config_path())
        })
    }

    /// The path of the configuration, for errors.
    pub fn config_path(&self) -> PathBuf {
        self.files.path("config.cfg")
    }

    /// The error for a setting that nlp-core does not run.
    pub fn unsupported(&self, feature: impl Into<String>) -> Error {
        Error::Unsupported {
            component: self.name.to_owned(),
            feature: feature.into(),
            path: self.config_path(),
        }
    }
}

/// Loads the component that `factory` makes.
pub(crate) fn load(factory: &str, source: &mut Source<'_>) -> Result<Box<dyn Component>, Error> {
    Ok(match factory {
        "tok2vec" => Box::new(tok2vec::Tok2VecComponent::load(source)?),
        "tagger" => Box::new(tagger::Tagger::load(source)?),
        "morphologizer" => Box::new(morphologizer::Morphologizer::load(source)?),
        "senter" => Box::new(senter::Senter::load(source)?),
        "parser" => Box::new(parser::DependencyParser::load(source)?),
        "ner" => Box::new(entity_recognizer::EntityRecognizer::load(source)?),
        "trainable_lemmatizer" => Box::new(lemmatizer::EditTreeLemmatizer::load(source)?),
        "doc_cleaner" => Box::new(doc_cleaner::DocCleaner::load(source)?),
        other => return Err(source.unsupported(format!("the factory \"{other}\""))),
    })
}

/// The token vectors of a batch, all documents' tokens one after another, from a component's own embedding or from the
/// tensors that an earlier component left.
fn token_vectors(
    vectors: &TokenVectors,
    docs: &[Doc<'_>],
    clock: Clock,
) -> Result<Matrix, OutOfTime> {
    match vectors {
        TokenVectors::Own(tok2vec) => embed(tok2vec, docs, clock),
        TokenVectors::Listener { width, .. } => {
            // A document that has had no tensor yet counts as all zeros: see `Tok2VecListener` in spaCy's
            // `pipeline/tok2vec.py`. Where the tensor was dropped, spaCy fails: no such pipeline is loaded.
            let mut data = Vec::with_capacity(docs.iter().map(Doc::len).sum::<usize>() * width);
            for doc in docs {
                let end = data.len() + doc.len() * width;
                if doc.tensor.cols() == *width {
                    data.extend_from_slice(doc.tensor.data());
                }
                data.resize(end, 0.0);
            }
            Ok(Matrix::from_vec(data.len() / width.max(&1), *width, data))
        }
    }
}

/// Tokens whose attributes are read before the clock is looked at again.
const TOKENS_A_LOOK: usize = 4096;

/// Runs an embedding over a batch.
fn embed(tok2vec: &Tok2Vec, docs: &[Doc<'_>], clock: Clock) -> Result<Matrix, OutOfTime> {
    let attrs: &[Attr] = tok2vec.attrs();
    let lengths: Vec<usize> = docs.iter().map(Doc::len).collect();
    let mut features = Vec::with_capacity(lengths.iter().sum::<usize>() * attrs.len());
    for doc in docs {
        for i in 0..doc.len() {
            if i % TOKENS_A_LOOK == 0 {
                clock.check()?;
            }
            features.extend(attrs.iter().map(|&attr| doc.attr(i, attr)));
        }
    }
    tok2vec.predict_within(&features, &lengths, clock)
}

/// The tokens of a batch in order, to set what was predicted for each.
fn tokens_mut<'a, 'v>(
    docs: &'a mut [Doc<'v>],
) -> impl Iterator<Item = &'a mut crate::doc::TokenData<'v>> {
    docs.iter_mut().flat_map(|doc| doc.tokens.iter_mut())
}
