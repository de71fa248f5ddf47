//! What a component is, and what it is loaded from.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bytes::Bytes;
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::files::{Content, PipelineFiles};
use crate::format;
use crate::frozen::Frozen;
use crate::limits::{Budget, OutOfTime};
use crate::nn::ModelSource;
use crate::vocab::{Scope, Vocab};

/// One component, loaded. It never changes: what it needs while it runs, it makes and drops, labels that only the
/// documents of a batch have among it. That it is [`Frozen`] means that nothing in it could be written to.
pub(crate) trait Component: Frozen + Send + Sync {
    /// Annotates a batch of documents, at least one of which has a token if [`Component::needs_tokens`].
    ///
    /// # Errors
    /// If the time is up, which is looked at inside every loop that can be long. The documents are then of no more use.
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        scope: Scope<'v>,
        budget: Budget,
    ) -> Result<(), OutOfTime>;

    /// Whether what it says of a document depends on the others in the batch: see [`Tok2Vec::sees_neighbours`](crate::nn::Tok2Vec::sees_neighbours).
    fn sees_neighbours(&self) -> bool {
        false
    }

    /// What the component tells apart, as spaCy's `labels`; empty for components without labels.
    fn labels(&self) -> Vec<String> {
        Vec::new()
    }

    /// How many rules it goes by, if users write these: what they take is then reported under the component's own name.
    fn rules(&self) -> Option<usize> {
        None
    }

    /// Whether there is nothing to do in a batch without a token.
    fn needs_tokens(&self) -> bool {
        true
    }

    /// The width of the tensor that documents have afterwards, if it makes one.
    fn tensor_width(&self) -> Option<usize> {
        None
    }

    /// Whether documents have no tensor afterwards.
    fn drops_tensor(&self) -> bool {
        false
    }

    /// Whether it may change where tokens begin and end, though others of its kind do not: see
    /// [`Factory::only_annotates`](super::Factory::only_annotates).
    fn changes_tokens(&self) -> bool {
        false
    }

    /// What whoever loads the pipeline should know: a sentence each.
    fn warnings(&self) -> &[String] {
        &[]
    }
}

/// The part of a pipeline that stands before a component, which patterns that are texts are read with.
pub(crate) trait Earlier {
    /// How many texts make a batch: `[nlp] batch_size`.
    fn batch_size(&self) -> usize;

    /// Whether components before may have changed where tokens begin and end, or what is known of their words alone.
    fn changes_tokens(&self) -> bool;

    /// Shows `each` the document of each text of a batch, with the annotations of the components before if `annotate`.
    /// What the documents add to `vocab` goes when they go.
    ///
    /// # Errors
    /// What `each` returns.
    #[allow(clippy::type_complexity)]
    fn docs(
        &self,
        vocab: &Vocab,
        texts: &[&str],
        annotate: bool,
        each: &mut dyn FnMut(usize, Result<&Doc<'_>, Error>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError>;
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
    /// What stands before it in the pipeline.
    pub earlier: &'a dyn Earlier,
    /// The bytes of its files that have been read.
    pub bytes: Cell<u64>,
}

impl<'a> Source<'a> {
    /// The component's file `name`, and its path.
    pub fn file(&self, name: &str) -> Result<(Content<'a>, PathBuf), Error> {
        let relative = format!("{}/{name}", self.name);
        let content = self.files.read(&relative)?;
        self.bytes.set(self.bytes.get() + content.len() as u64);
        Ok((content, self.files.path(&relative)))
    }

    /// The file that stands beside the components' folders under the component's name, with this extension; and its
    /// path.
    pub fn file_beside(&self, extension: &str) -> Result<(Content<'a>, PathBuf), Error> {
        let relative = format!("{}.{extension}", self.name);
        let content = self.files.read(&relative)?;
        self.bytes.set(self.bytes.get() + content.len() as u64);
        Ok((content, self.files.path(&relative)))
    }

    /// The component's file `name`, looked at only where it is read, and its path.
    pub fn map(&self, name: &str) -> Result<(Bytes, PathBuf), Error> {
        let relative = format!("{}/{name}", self.name);
        let content = self.files.map(&relative)?;
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
            vectors: self.vocab.vectors(),
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

    /// A setting: from `cfg` if it is there, else from the configuration; `None` where it is missing or null.
    pub fn setting<'s>(&'s self, cfg: &'s Value, key: &str) -> Option<&'s Value> {
        let setting = cfg.get(key).or_else(|| self.config.get(key));
        setting.filter(|value| !value.is_null())
    }

    /// The key that a component puts its spans under.
    pub fn spans_key(&self, cfg: &Value, path: &Path) -> Result<String, Error> {
        let key = self.setting(cfg, "spans_key").and_then(Value::as_str);
        let key = key.ok_or_else(|| FormatError::new("\"spans_key\" is not text").in_file(path));
        key.map(str::to_owned)
    }

    /// The widths of the tensor of an earlier component that its listeners read, which may lie deep in an ensemble.
    pub fn listens(&self) -> Vec<usize> {
        let mut widths = Vec::new();
        let mut blocks: Vec<&Value> = self.config.get("model").into_iter().collect();
        while let Some(block) = blocks.pop() {
            let architecture = block.get("@architectures").and_then(Value::as_str);
            if architecture == Some("spacy.Tok2VecListener.v1") {
                let width = block.get("width").and_then(Value::as_u64);
                widths.extend(width.and_then(|width| usize::try_from(width).ok()));
            }
            let inner = block.as_object().into_iter();
            blocks.extend(inner.flat_map(|block| block.values()));
        }
        widths
    }

    /// The component's labels, a list of strings in its `cfg`, of which there must be one at least.
    pub fn labels(&self, cfg: &Value, path: &Path) -> Result<Vec<String>, Error> {
        let labels = cfg.get("labels").and_then(Value::as_array);
        let labels = labels.and_then(|labels| {
            let label = |label: &Value| label.as_str().map(str::to_owned);
            labels.iter().map(label).collect::<Option<Vec<_>>>()
        });
        let labels = labels
            .ok_or_else(|| FormatError::new("has no list of strings \"labels\"").in_file(path))?;
        if labels.is_empty() {
            let name = self.name;
            let reason = format!("component \"{name}\" has no labels: it was not trained");
            return Err(FormatError::new(reason).in_file(path));
        }
        Ok(labels)
    }

    /// Adds labels to the vocabulary, and returns their ids.
    pub fn add_labels(&mut self, labels: &[String], path: &Path) -> Result<Vec<u64>, Error> {
        let ids: Result<Vec<u64>, FormatError> = labels
            .iter()
            .map(|label| self.vocab.add_label(label))
            .collect();
        ids.map_err(|e| e.in_file(path))
    }

    /// The error for a network that does not score the component's labels, but `found` others.
    pub fn label_mismatch(&self, found: usize, labels: usize) -> Error {
        let reason = format!(
            "scores {found} labels, where component \"{}\" has {labels}",
            self.name
        );
        FormatError::new(reason).in_file(&self.files.path(&format!("{}/model", self.name)))
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
            disabled: false,
        }
    }
}
