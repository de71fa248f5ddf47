//! Readers of the files in a pipeline directory: bytes in, plain values out, every claim checked before it is believed.

pub mod config;
pub mod msgpack;
