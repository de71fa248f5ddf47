//! A pipeline in a directory.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::content::{Content, Spare};
use super::{LARGEST_FILE, PipelineFiles, too_large};
use crate::bytes::Bytes;
use crate::error::Error;

/// Files below this size are read: a mapping of its own would take more than they do.
const SMALLEST_MAPPED: u64 = 64 << 10;

/// A pipeline in a directory, as `spacy train` and `nlp.to_disk` write it.
pub(super) struct Directory {
    path: PathBuf,
    /// What its files are read into.
    spare: Spare,
}

impl Directory {
    /// The pipeline in the directory at `path`.
    pub fn new(path: PathBuf) -> Directory {
        Directory {
            path,
            spare: Spare::default(),
        }
    }
}

impl PipelineFiles for Directory {
    fn read(&self, relative: &str) -> Result<Content<'_>, Error> {
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
        if metadata.len() > LARGEST_FILE {
            return Err(too_large(&path));
        }
        // What a file says of its size is no bound: those of /proc say 0, and some have no end.
        let file = File::open(&path).map_err(error)?;
        let content = self.spare.filled(metadata.len() as usize + 1, |bytes| {
            file.take(LARGEST_FILE + 1).read_to_end(bytes).map(drop)
        });
        let content = content.map_err(error)?;
        match content.len() as u64 > LARGEST_FILE {
            true => Err(too_large(&path)),
            false => Ok(content),
        }
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
        self.path.join(relative)
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
