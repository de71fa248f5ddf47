//! Where the files of a pipeline come from: a directory, an archive, an installed package, or the program itself.

mod archive;
mod content;
mod directory;
mod member;
mod open;
mod package;
mod places;
mod tar;
mod zip;

use std::path::{Path, PathBuf};

use crate::bytes::Bytes;
use crate::error::{Error, FormatError};

pub(crate) use content::Content;
pub(crate) use open::{data_of_package, open, zip_member};

/// The most bytes that one file of a pipeline may have: far more than any that spaCy writes.
const LARGEST_FILE: u64 = 4 << 30;

/// The files of one pipeline, named relative to its directory, with `/` between parts.
pub(crate) trait PipelineFiles {
    /// The file's content. An error names the file.
    fn read(&self, relative: &str) -> Result<Content<'_>, Error>;

    /// The file's content, which is not read before it is looked at where that is possible: for large files of which
    /// little is looked at. An error names the file.
    fn map(&self, relative: &str) -> Result<Bytes, Error> {
        Ok(Bytes::from(self.read(relative)?.into_owned()))
    }

    /// Whether there is such a file.
    fn exists(&self, relative: &str) -> bool;

    /// What to call the file in an error.
    fn path(&self, relative: &str) -> PathBuf;

    /// The file's content as text.
    fn read_text(&self, relative: &str) -> Result<String, Error> {
        let bytes = self.read(relative)?.into_owned();
        String::from_utf8(bytes).map_err(|e| {
            let reason = format!("is not UTF-8 at byte {}", e.utf8_error().valid_up_to());
            FormatError::new(reason).in_file(&self.path(relative))
        })
    }
}

/// The error for a file with more than [`LARGEST_FILE`] bytes.
fn too_large(path: &Path) -> Error {
    let reason = format!("has over {LARGEST_FILE} bytes; no file of a pipeline has so many");
    FormatError::new(reason).in_file(path)
}
