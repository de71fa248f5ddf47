//! Why a run ended before its end.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a run ended before its end: a sentence for people, one printable line.
#[derive(Debug)]
pub struct Failure {
    reason: String,
    hung_up: bool,
}

impl Failure {
    /// Ended because of `reason`.
    pub fn new(reason: impl fmt::Display) -> Failure {
        Failure {
            reason: printable::line(&reason.to_string()).into_owned(),
            hung_up: false,
        }
    }

    /// `path` could not be read.
    pub fn reading(path: &Path, error: &io::Error) -> Failure {
        Failure::new(format_args!(
            "cannot read {}: {error}",
            printable::path(path)
        ))
    }

    /// `path` could not be written.
    pub fn writing(path: &Path, error: &io::Error) -> Failure {
        Failure::new(format_args!(
            "cannot write {}: {error}",
            printable::path(path)
        ))
    }

    /// Standard output could not be written.
    pub fn output(error: &io::Error) -> Failure {
        Failure {
            hung_up: error.kind() == io::ErrorKind::BrokenPipe,
            ..Failure::new(format_args!("cannot write the output: {error}"))
        }
    }

    /// Whether whoever reads the output has seen enough, as `head` does.
    pub fn is_hung_up(&self) -> bool {
        self.hung_up
    }

    /// The same failure, with more to say.
    pub fn and(self, more: impl fmt::Display) -> Failure {
        Failure {
            reason: format!("{}; {more}", self.reason),
            ..self
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Failure {}
