//! A pipeline in a directory.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use super::{LARGEST_FILE, PipelineFiles, too_large};
use crate::error::Error;

/// A pipeline in a directory, as `spacy train` and `nlp.to_disk` write it.
pub(super) struct Directory(pub PathBuf);

impl PipelineFiles for Directory {
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
            return Err(too_large(&path));
        }
        Ok(Cow::Owned(bytes))
    }

    fn exists(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }
}
