//! Readers and writers of texts, and of documents that a pipeline of [`nlp_core`] annotated.
//!
//! ```
//! let nlp = nlp_core::models::english()?;
//! let doc = nlp.parse("Ada Lovelace wrote it.")?;
//! let line = nlp_io::json::of_doc(&doc, &[]);
//! assert!(line.starts_with(r#"{"text": "Ada Lovelace wrote it.", "tokens": [{"text": "Ada""#));
//! # Ok::<(), nlp_core::Error>(())
//! ```

#[cfg(feature = "arrow")]
pub mod columns;
pub mod conllu;
pub mod docbin;
pub mod json;
pub mod texts;
