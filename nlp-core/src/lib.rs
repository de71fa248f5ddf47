//! Runs pipelines that spaCy v3 trained.
#![deny(missing_docs)]

pub mod attr;
pub mod error;
#[cfg(feature = "faults")]
pub mod faults;
pub mod format;
pub mod hash;
pub mod lang;
pub mod nn;
pub mod pos;
pub mod symbols;
pub mod tokenizer;
pub mod transition;

pub use error::{Error, FormatError};
