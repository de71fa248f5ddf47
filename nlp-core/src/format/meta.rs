//! `meta.json`: what a pipeline says of itself.

use crate::error::FormatError;
use serde_json::Value;

/// What a pipeline says of itself; fields that are missing are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meta {
    /// The language's code, such as `"en"`.
    pub lang: String,
    /// The name without the language: `"core_web_sm"`.
    pub name: String,
    /// The version of the pipeline.
    pub version: String,
    /// The versions of spaCy that it fits, such as `">=3.8.0,<3.9.0"`.
    pub spacy_version: String,
    /// A sentence on what it is.
    pub description: String,
    /// The licence.
    pub license: String,
    /// All that the file says.
    pub all: Value,
}

impl Meta {
    /// Reads `meta.json`.
    ///
    /// # Errors
    /// If the bytes are no JSON object, or one of the fields above is there and no text.
    pub fn read(bytes: &[u8]) -> Result<Meta, FormatError> {
        let all = super::json(bytes)?;
        if !all.is_object() {
            return Err(FormatError::new("a JSON object was expected"));
        }
        let text = |key: &str| match all.get(key) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(FormatError::new(format!("\"{key}\" is {other}, not text"))),
        };
        Ok(Meta {
            lang: text("lang")?,
            name: text("name")?,
            version: text("version")?,
            spacy_version: text("spacy_version")?,
            description: text("description")?,
            license: text("license")?,
            all,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_pipeline_are_read() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/en_ewt_sm/meta.json");
        let meta = Meta::read(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!((meta.lang.as_str(), meta.name.as_str()), ("en", "ewt_sm"));
        assert_eq!(meta.spacy_version, ">=3.8.18,<3.9.0");
        assert_eq!(meta.all["components"][0], "tok2vec");
    }

    #[test]
    fn missing_fields_are_empty_and_wrong_ones_are_named() {
        assert_eq!(Meta::read(b"{\"lang\": \"xx\"}").unwrap().name, "");
        assert!(
            Meta::read(b"{\"lang\": 3}")
                .unwrap_err()
                .reason
                .contains("\"lang\" is 3")
        );
        assert!(Meta::read(b"[]").is_err());
    }
}
