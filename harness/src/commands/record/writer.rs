//! Writes the lines of a recording as they come about.

use crate::files;
use harness_model::record::RecordLine;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The file of a recording. Each line is written whole and at once: what was recorded before the harness was killed is
/// there.
pub(super) struct Writer {
    file: File,
    failed: Option<io::Error>,
}

impl Writer {
    /// Begins the file, in place of what has its name.
    ///
    /// # Errors
    ///
    /// What the system says, with the file's name.
    pub(super) fn begin(path: &Path) -> io::Result<Writer> {
        Ok(Writer {
            file: files::begin(path)?,
            failed: None,
        })
    }

    /// Writes a line. One that cannot be written is no reason to end the program that is recorded: the first error is kept.
    pub(super) fn write(&mut self, line: &RecordLine) {
        if self.failed.is_some() {
            return;
        }
        let written = serde_json::to_string(line).map_err(io::Error::other);
        let written = written.and_then(|json| {
            let mut text = printable::json(&json).into_owned();
            text.push('\n');
            self.file.write_all(text.as_bytes())
        });
        self.failed = written.err();
    }

    /// Why nothing was written any more, if that is so.
    pub(super) fn failed(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }
}
