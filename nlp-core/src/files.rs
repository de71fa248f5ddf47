//! Where the files of a pipeline come from: a directory, or the program itself.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, FormatError};

mod bytes;

pub use bytes::Bytes;

/// The most bytes that one file of a pipeline may have: far more than any that spaCy writes.
const LARGEST_FILE: u64 = 4 << 30;

/// Files below this size are read: a mapping of its own would take more than they do.
const SMALLEST_MAPPED: u64 = 64 << 10;

/// The files of one pipeline, named relative to its directory, with `/` between parts.
pub(crate) trait PipelineFiles {
    /// The file's content. An error names the file.
    fn read(&self, relative: &str) -> Result<Cow<'_, [u8]>, Error>;

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

/// A pipeline in a directory, as `spacy train` and `nlp.to_disk` write it.
pub(crate) struct Directory<'a>(pub &'a Path);

impl PipelineFiles for Directory<'_> {
    fn read(&self, relative: &str) -> Result<Cow<'_, [u8]>, Error> {
        let path = self.path(relative);
        let error = |source| Error::Read {
            path: path.clone(),
            source,
        };
        let metadata = std::fs::metadata(&path).map_err(error)?;
        if !metadata.is_file() {
            return Err(error(io::Error::new(
                ErrorKind::InvalidInput,
                "is not a regular file",
            )));
        }
        // What a file says of its size is no bound: those of /proc say 0, and some have no end.
        let mut bytes = Vec::new();
        if metadata.len() <= LARGEST_FILE {
            let file = File::open(&path).map_err(error)?;
            let _ = bytes.try_reserve_exact(metadata.len() as usize + 1);
            file.take(LARGEST_FILE + 1)
                .read_to_end(&mut bytes)
                .map_err(error)?;
        }
        if metadata.len().max(bytes.len() as u64) > LARGEST_FILE {
            let reason =
                format!("has over {LARGEST_FILE} bytes; no file of a pipeline has so many");
            return Err(FormatError::new(reason).in_file(&path));
        }
        Ok(Cow::Owned(bytes))
    }

    fn map(&self, relative: &str) -> Result<Bytes, Error> {
        match map_whole(&self.path(relative)) {
            Some(bytes) => Ok(bytes),
            // It is read, or what reading says of it is the error.
            None => Ok(Bytes::from(self.read(relative)?.into_owned())),
        }
    }

    fn exists(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }
}

/// The whole of a file, mapped; `None` for what is no regular file of a size that is worth it, and where the system
/// maps no files.
#[cfg(any(unix, windows))]
fn map_whole(path: &Path) -> Option<Bytes> {
    // Before it is opened: a pipe would wait for somebody to write to it.
    let metadata = std::fs::metadata(path).ok()?;
    let size = metadata.len();
    if !metadata.is_file() || !(SMALLEST_MAPPED..=LARGEST_FILE).contains(&size) {
        return None;
    }
    Bytes::map(&File::open(path).ok()?, 0, usize::try_from(size).ok()?).ok()
}

#[cfg(not(any(unix, windows)))]
fn map_whole(_: &Path) -> Option<Bytes> {
    None
}
