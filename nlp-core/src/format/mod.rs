//! Readers of the files in a pipeline directory: bytes in, plain values out, every claim checked before it is believed.

pub mod array;
pub mod config;
pub mod msgpack;
pub mod thinc_model;
