//! Sets attributes of documents to fixed values: by default it drops the tensor, which listeners no longer need.

use serde_json::Value;

use super::{Component, Source};
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::frozen::{Frozen, Walk, frozen};
use crate::nn::Matrix;
use crate::vocab::Scope;

/// An attribute of a document that a cleaner can set.
enum Clean {
    Tensor,
    UserData(Value),
}

impl Frozen for Clean {
    fn visit(&self, walk: &mut Walk) {
        match self {
            Clean::Tensor => walk.word(0),
            Clean::UserData(value) => value.visit(walk),
        }
    }
}

/// spaCy's `doc_cleaner` component (`pipeline/functions.py`).
pub(super) struct DocCleaner {
    cleans: Vec<Clean>,
}

frozen!(DocCleaner { cleans });

/// Attributes of spaCy's `Doc` that documents here do not have: setting them changes nothing that can be read.
const NOT_KEPT: [&str; 7] = [
    "cats",
    "sentiment",
    "spans",
    "user_hooks",
    "user_token_hooks",
    "user_span_hooks",
    "has_unknown_spaces",
];

impl DocCleaner {
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, path) = source.cfg()?;
        let attrs = cfg.get("attrs").or_else(|| source.config.get("attrs"));
        let mut cleans = Vec::new();
        let Some(attrs) = attrs else {
            return Ok(DocCleaner {
                cleans: vec![Clean::Tensor],
            });
        };
        let attrs = attrs
            .as_object()
            .ok_or_else(|| FormatError::new("\"attrs\" is no object").in_file(&path))?;
        for (attr, value) in attrs {
            match (attr.as_str(), value) {
                ("tensor", Value::Null) => cleans.push(Clean::Tensor),
                ("user_data", value) => cleans.push(Clean::UserData(value.clone())),
                // Extension attributes are registered in Python, so that none exists here: spaCy skips those that do
                // not exist, and warns unless it is told to be silent.
                (attr, _) if attr.starts_with("_.") || NOT_KEPT.contains(&attr) => {}
                (attr, value) => {
                    return Err(
                        source.unsupported(format!("the attribute \"{attr}\" set to {value}"))
                    );
                }
            }
        }
        Ok(DocCleaner { cleans })
    }
}

impl Component for DocCleaner {
    fn annotate<'v>(&self, docs: &mut [Doc<'v>], _scope: Scope<'v>) {
        for doc in docs {
            for clean in &self.cleans {
                match clean {
                    Clean::Tensor => doc.tensor = Matrix::default(),
                    Clean::UserData(Value::Object(data)) => {
                        doc.user_data = data
                            .iter()
                            .map(|(key, value)| (key.clone(), value.clone()))
                            .collect();
                    }
                    Clean::UserData(_) => doc.user_data.clear(),
                }
            }
        }
    }
}
