//! Sets attributes of documents to fixed values: by default it drops the tensor, which listeners no longer need.

mod attrs;

use serde_json::{Map, Value};

use self::attrs::{Clean, Setting, setting};
use super::component::{Component, Source};
use crate::doc::Doc;
use crate::error::{Error, FormatError};
use crate::frozen::frozen;
use crate::limits::{Budget, OutOfTime};
use crate::vocab::Scope;

/// spaCy's `doc_cleaner` component (`pipeline/functions.py`).
pub(super) struct DocCleaner {
    cleans: Vec<Clean>,
    warnings: Vec<String>,
}

frozen!(DocCleaner { cleans, warnings });

/// What is cleaned whatever the configuration says, unless it sets these to something else (`pipeline/factories.py`).
const DEFAULT: [&str; 2] = ["tensor", "_.trf_data"];

impl DocCleaner {
    /// Reads what is to be cleaned from `cfg`, where spaCy saves it, or else from the configuration.
    pub fn load(source: &mut Source<'_>) -> Result<Self, Error> {
        let (cfg, cfg_path) = source.cfg()?;
        let (given, path) = match cfg.get("attrs") {
            Some(attrs) => (Some(attrs), cfg_path),
            None => (source.config.get("attrs"), source.config_path()),
        };
        let mut attrs = Map::new();
        if cfg.get("attrs").is_none() {
            attrs.extend(DEFAULT.map(|attr| (attr.to_owned(), Value::Null)));
        }
        match given {
            Some(Value::Object(given)) => {
                attrs.extend(given.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
            None => {}
            Some(_) => return Err(FormatError::new("\"attrs\" is no object").in_file(&path)),
        }
        let silent = source.flag(&cfg, "silent", true);

        let mut cleaner = DocCleaner {
            cleans: Vec::new(),
            warnings: Vec::new(),
        };
        for (attr, value) in &attrs {
            match setting(attr, value) {
                Setting::Clean(clean) => cleaner.cleans.push(clean),
                Setting::NoEffect => {}
                Setting::Unknown if silent => {}
                Setting::Unknown => cleaner.warnings.push(format!(
                    "component \"{}\" cannot clean \"{attr}\", which documents do not have: it is skipped (\"silent\" \
                     set to true says nothing of it)",
                    source.name
                )),
                Setting::Fails(reason) => {
                    let reason = format!(
                        "component \"{}\" cannot set \"{attr}\" of documents to {value}: {reason}",
                        source.name
                    );
                    return Err(FormatError::new(reason).in_file(&path));
                }
                Setting::Unsupported => {
                    return Err(
                        source.unsupported(format!("the attribute \"{attr}\" set to {value}"))
                    );
                }
            }
        }
        Ok(cleaner)
    }
}

impl Component for DocCleaner {
    fn annotate<'v>(
        &self,
        docs: &mut [Doc<'v>],
        _scope: Scope<'v>,
        _clock: Budget,
    ) -> Result<(), OutOfTime> {
        for doc in docs {
            for clean in &self.cleans {
                match clean {
                    Clean::Tensor => doc.clear_tensor(),
                    Clean::UserData(data) => doc.user_data = data.clone().into_iter().collect(),
                    Clean::Ents => doc.set_ents(&[]),
                    Clean::Cats => doc.clear_cats(),
                }
            }
        }
        Ok(())
    }

    fn needs_tokens(&self) -> bool {
        false
    }

    fn drops_tensor(&self) -> bool {
        self.cleans
            .iter()
            .any(|clean| matches!(clean, Clean::Tensor))
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
