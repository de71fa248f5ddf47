//! From the pieces of an output to its file, where that is not simply one piece after another.

use std::fs::File;
use std::io;
use std::path::Path;

use super::options::{Format, Options};

/// Whether the pieces of a format are not its file.
pub fn needs_assembly(options: &Options) -> bool {
    match options.format {
        Format::Jsonl { .. } => false,
    }
}

/// Makes the file at `to` of the pieces in `pieces`.
pub fn assemble(options: &Options, _pieces: &mut File, _to: &Path) -> io::Result<()> {
    match options.format {
        Format::Jsonl { .. } => Ok(()),
    }
}

/// What comes after the last piece in a stream.
pub fn end_of_stream(options: &Options) -> Vec<u8> {
    match options.format {
        Format::Jsonl { .. } => Vec::new(),
    }
}
