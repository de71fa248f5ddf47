//! What a component's network is loaded from, and how its architecture is read from the configuration.

use crate::error::{Error, FormatError};
use crate::vocab::Vectors;
use serde_json::{Map, Value};
use std::path::Path;

/// A component's model: its block of the configuration and its file.
#[derive(Debug, Clone, Copy)]
pub struct ModelSource<'a> {
    /// The component's name in the pipeline, for messages.
    pub component: &'a str,
    /// The block `[components.NAME.model]`.
    pub config: &'a Value,
    /// The file that the block comes from.
    pub config_path: &'a Path,
    /// The content of the component's `model` file.
    pub bytes: &'a [u8],
    /// Where that file lies.
    pub path: &'a Path,
    /// The word vectors of the pipeline.
    pub vectors: &'a Vectors,
}

impl<'a> ModelSource<'a> {
    /// The architecture block of the whole model.
    pub(super) fn block(self) -> Result<Block<'a>, Error> {
        Block::new(self, "model".into(), Some(self.config))
    }

    /// The error for something the configuration asks for that is not supported.
    pub(super) fn unsupported(self, feature: impl Into<String>) -> Error {
        Error::Unsupported {
            component: self.component.to_string(),
            feature: feature.into(),
            path: self.config_path.to_path_buf(),
            disabled: false,
        }
    }

    /// Makes a fault in the model's file an error that names the file and the component.
    pub(super) fn in_model<T>(self, result: Result<T, FormatError>) -> Result<T, Error> {
        result.map_err(|e| e.in_file(self.path))
    }
}

/// A block of the configuration with an `@architectures` key: a function's name and its arguments.
pub(super) struct Block<'a> {
    source: ModelSource<'a>,
    /// The path below the component: `model.tok2vec.embed`.
    path: String,
    /// The name of the architecture, as `spacy.` spells it, also where the legacy package is named.
    pub name: String,
    map: &'a Map<String, Value>,
}

impl<'a> Block<'a> {
    fn new(source: ModelSource<'a>, path: String, value: Option<&'a Value>) -> Result<Self, Error> {
        Block::registered(source, path, value, "@architectures")
    }

    /// A block that names a function of the registry `registry`.
    fn registered(
        source: ModelSource<'a>,
        path: String,
        value: Option<&'a Value>,
        registry: &str,
    ) -> Result<Self, Error> {
        let fault = |what: &str| {
            let reason = format!("[components.{}.{path}] {what}", source.component);
            FormatError::new(reason).in_file(source.config_path)
        };
        let map = value
            .and_then(Value::as_object)
            .ok_or_else(|| fault("is missing"))?;
        let name = match map.get(registry).and_then(Value::as_str) {
            Some(name) => match name.strip_prefix("spacy-legacy.") {
                Some(rest) => format!("spacy.{rest}"),
                None => name.to_string(),
            },
            None => {
                // A layer of thinc, say, made by a registered function of another kind.
                return Err(match map.iter().find(|(key, _)| key.starts_with('@')) {
                    Some((key, value)) => source.unsupported(format!("{key} = {value} in {path}")),
                    None => fault(&format!("names no {registry}")),
                });
            }
        };
        Ok(Block {
            source,
            path,
            name,
            map,
        })
    }

    /// The block that is the argument `key`.
    pub fn block(&self, key: &str) -> Result<Block<'a>, Error> {
        let path = format!("{}.{key}", self.path);
        Block::new(self.source, path, self.map.get(key))
    }

    /// The block that is the argument `key`, which names one of thinc's or spaCy's layers (`@layers`).
    pub fn layer(&self, key: &str) -> Result<Block<'a>, Error> {
        let path = format!("{}.{key}", self.path);
        Block::registered(self.source, path, self.map.get(key), "@layers")
    }

    /// The layers that are the arguments of a function that takes any number of them: the block `*`.
    pub fn layers(&self) -> Result<Vec<Block<'a>>, Error> {
        let Some(layers) = self.value("*") else {
            return Ok(Vec::new());
        };
        let layers = layers
            .as_object()
            .ok_or_else(|| self.fault("*", "a block of layers"))?;
        let layer = |(key, value): (&String, &'a Value)| {
            let path = format!("{}.*.{key}", self.path);
            Block::registered(self.source, path, Some(value), "@layers")
        };
        layers.iter().map(layer).collect()
    }

    /// The argument `key`; `None` where it is missing or null.
    pub fn value(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// The argument `key`, a whole number of at least `least`.
    pub fn number(&self, key: &str, least: usize) -> Result<usize, Error> {
        self.number_up_to(key, least, MAX_SIZE)
    }

    /// The argument `key`, a whole number from `least` to `most`.
    pub fn number_up_to(&self, key: &str, least: usize, most: usize) -> Result<usize, Error> {
        self.value(key)
            .and_then(Value::as_u64)
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| (least..=most).contains(n))
            .ok_or_else(|| self.fault(key, &format!("a whole number from {least} to {most}")))
    }

    /// The argument `key`, true or false; missing or null counts as `default`.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, Error> {
        match self.value(key) {
            None => Ok(default),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| self.fault(key, "true or false")),
        }
    }

    /// The argument `key`, true or false.
    pub fn required_flag(&self, key: &str) -> Result<bool, Error> {
        match self.value(key) {
            None => Err(self.fault(key, "true or false")),
            Some(_) => self.flag(key, false),
        }
    }

    /// The argument `key`, text.
    pub fn text(&self, key: &str) -> Result<&'a str, Error> {
        self.value(key)
            .and_then(Value::as_str)
            .ok_or_else(|| self.fault(key, "text"))
    }

    /// The argument `key`, a list.
    pub fn list(&self, key: &str) -> Result<&'a [Value], Error> {
        self.value(key)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .ok_or_else(|| self.fault(key, "a list"))
    }

    /// The error for an argument that is not what it should be.
    pub fn fault(&self, key: &str, expected: &str) -> Error {
        let found = self.map.get(key).map_or("missing".into(), Value::to_string);
        FormatError::new(format!(
            "[components.{}.{}] {key} should be {expected}, and is {found}",
            self.source.component, self.path
        ))
        .in_file(self.source.config_path)
    }

    /// The error for an architecture, or a way to use it, that is not supported.
    pub fn unsupported(&self, setting: Option<&str>) -> Error {
        let setting = setting.map_or(String::new(), |setting| format!(" with {setting}"));
        let kind = match self.map.contains_key("@layers") {
            true => "layer",
            false => "architecture",
        };
        self.source
            .unsupported(format!("the {kind} {}{setting}", self.name))
    }
}

/// No width, depth or number of rows in a configuration is believed beyond this, so that products of three of them fit
/// a `usize`. Real ones stay far below.
pub(super) const MAX_SIZE: usize = 1_000_000;

/// No maxout layer is believed to choose between more candidates: what is worked out for each token grows with them,
/// and the file need not, where vectors are narrow. Real ones have two or three.
pub(super) const MAX_PIECES: usize = 256;
