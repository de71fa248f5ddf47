//! Readers of the files in a pipeline directory: bytes in, plain values out, every claim checked before it is believed.

use crate::error::FormatError;

pub mod array;
pub mod config;
pub mod dawg;
pub mod kb;
pub mod key_rows;
pub mod lookups;
pub mod msgpack;
pub mod npy;
pub mod strings;
pub mod thinc_model;
pub mod vectors;

/// Reads JSON: a component's `cfg`, say.
///
/// # Errors
/// If the bytes are no JSON, or nest deeper than 128 levels.
pub fn json(bytes: &[u8]) -> Result<serde_json::Value, FormatError> {
    serde_json::from_slice(bytes).map_err(|e| FormatError::new(format!("this is no JSON: {e}")))
}
