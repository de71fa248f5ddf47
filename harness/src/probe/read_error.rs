//! Why a tool's file could not be used at all. (A file that was cut short can: see each parser.)

use std::fmt;
use std::io;
use std::path::PathBuf;

/// See the variants. Its text is a sentence that names the file.
#[derive(Debug)]
pub enum ReadError {
    /// It could not be opened.
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is something else than it should be.
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why, as a clause.
        why: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Open { path, source } => {
                write!(
                    f,
                    "{} could not be opened: {source}",
                    printable::path(&path)
                )
            }
            ReadError::Foreign { path, why } => {
                write!(f, "{} could not be read: {why}", printable::path(&path))
            }
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReadError::Open { source, .. } => Some(source),
            ReadError::Foreign { .. } => None,
        }
    }
}
