//! What can go wrong, said so that a person knows which file or text, why, and what to do.
//!
//! Every error is one [printable] line, whatever the pipeline's files have in them: it can be logged as it is.

use printable::Line;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A fault in bytes or text that a reader was given, before it is known which file they came from.
///
/// Readers of a format return this; the loader adds the path with [`FormatError::in_file`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// What was wrong, and where inside the data: a sentence without a final stop.
    pub reason: String,
}

impl FormatError {
    /// A fault described by a sentence without a final stop, such as `"map of 7 entries ends after 3"`.
    pub fn new(reason: impl Into<String>) -> Self {
        FormatError {
            reason: reason.into(),
        }
    }

    /// The same fault with what was being read put in front: `"row table: map ends early"`.
    pub fn within(self, what: impl fmt::Display) -> Self {
        FormatError {
            reason: format!("{what}: {}", self.reason),
        }
    }

    /// The error a user sees: this fault, in the file at `path`.
    pub fn in_file(self, path: &Path) -> Error {
        Error::Format {
            path: path.to_path_buf(),
            reason: self.reason,
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Line(&self.reason).fmt(f)
    }
}

impl std::error::Error for FormatError {}

/// Why a text could not be split into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenizeError {
    /// The text is too long for offsets of 32 bits.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The patterns take more time than is allowed, a few seconds, on a part of the text without a space.
    TooHard {
        /// The first byte of that part.
        start: usize,
        /// How many characters it has.
        chars: usize,
    },
}

impl fmt::Display for TokenizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenizeError::TooLong { bytes } => {
                write!(f, "text of {bytes} bytes is longer than 4 GiB: split it")
            }
            TokenizeError::TooHard { start, chars } => write!(
                f,
                "the tokenizer's patterns take more time than the limit on time allows on the {chars} characters without \
                 a space from byte {start} on: split them"
            ),
        }
    }
}

impl std::error::Error for TokenizeError {}

/// Everything that loading a pipeline or annotating a text can fail with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file of the pipeline could not be opened or read.
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no directory, archive or installed package of this name.
    NotFound {
        /// The name.
        name: PathBuf,
        /// The directories in which a package of that name was looked for.
        looked: Vec<PathBuf>,
    },
    /// A file was read, but it does not hold what spaCy writes there.
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The pipeline uses something that nlp-core does not run.
    Unsupported {
        /// The component's name in the pipeline, or the part of the configuration: `"parser"`, `"nlp.tokenizer"`.
        component: String,
        /// What it asks for: an architecture, a factory or a setting, as the configuration spells it.
        feature: String,
        /// The file that asks for it.
        path: PathBuf,
        /// Whether it is a component that is disabled, which is loaded all the same: only what is
        /// [excluded](crate::LoadOptions::exclude) is not.
        disabled: bool,
    },
    /// Components were asked to be left out, disabled or enabled that cannot be.
    Pipes {
        /// Which, and why not.
        reason: String,
    },
    /// A text cannot be split into tokens.
    Tokenize(TokenizeError),
    /// A text is longer than the pipeline or the zone was told to accept.
    TextTooLong {
        /// Code points in the text.
        chars: usize,
        /// The most that is accepted: see [`Limits::chars`](crate::Limits::chars).
        limit: usize,
    },
    /// A text has more tokens than the pipeline or the zone was told to accept.
    TooManyTokens {
        /// The most that are accepted: see [`Limits::tokens`](crate::Limits::tokens).
        limit: usize,
    },
    /// A text took longer than the pipeline or the zone was told to give it.
    OutOfTime {
        /// The longest that a text may take: see [`Limits::time`](crate::Limits::time).
        limit: Duration,
        /// The [part](crate::Part) that was at work when the time was up.
        part: String,
    },
    /// A part of the pipeline panicked on a text: a fault of this library, or of an observer. The other texts of the batch
    /// are not harmed, and the zone is not used again.
    Panicked {
        /// The [part](crate::Part) that was at work.
        part: String,
        /// What the panic said.
        message: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Read { path, source } => {
                let path = printable::path(path);
                write!(f, "cannot read {path}: {}", Line(source))
            }
            Error::NotFound { name, looked } => {
                let name = printable::path(name);
                write!(
                    f,
                    "no pipeline \"{name}\": there is no such directory or archive, "
                )?;
                if looked.is_empty() {
                    return f.write_str("and no Python environment in which to look for a package");
                }
                f.write_str("and no such package in")?;
                for (i, place) in looked.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    write!(f, "{comma} {}", printable::path(place))?;
                }
                Ok(())
            }
            Error::Format { path, reason } => {
                write!(f, "{}: {}", printable::path(path), Line(reason))
            }
            Error::Unsupported {
                component,
                feature,
                path,
                disabled,
            } => {
                write!(
                    f,
                    "{}: component \"{}\" uses {}, which nlp-core does not run",
                    printable::path(path),
                    Line(component),
                    Line(feature)
                )?;
                if *disabled {
                    write!(
                        f,
                        "; a component that is disabled is loaded: exclude it instead (--exclude {})",
                        Line(component)
                    )?;
                }
                Ok(())
            }
            Error::Pipes { reason } => Line(reason).fmt(f),
            Error::Tokenize(error) => error.fmt(f),
            Error::TextTooLong { chars, limit } => write!(
                f,
                "text of {chars} characters is longer than the limit of {limit}: split it, or raise the limit"
            ),
            Error::TooManyTokens { limit } => write!(
                f,
                "text has more tokens than the limit of {limit}: split it, or raise the limit"
            ),
            Error::OutOfTime { limit, part } => write!(
                f,
                "text took longer than the limit of {limit:?}, and was in \"{}\" then: split it, or raise the limit",
                Line(part)
            ),
            Error::Panicked { part, message } => write!(
                f,
                "\"{}\" panicked on the text: {}; please report it with the text",
                Line(part),
                Line(message)
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Read { source, .. } => Some(source),
            Error::Tokenize(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begins a line, clears the screen, and runs from right to left.
    const HOSTILE: &str = "a\nb\u{1b}[2J\u{9b}K\u{202e}c";

    #[test]
    fn an_error_is_one_line_whatever_the_files_hold() {
        let path = Path::new(HOSTILE);
        let errors = [
            FormatError::new(HOSTILE).within(HOSTILE).in_file(path),
            Error::Read {
                path: path.to_owned(),
                source: std::io::Error::other(HOSTILE),
            },
            Error::NotFound {
                name: path.to_owned(),
                looked: vec![path.to_owned()],
            },
            Error::Unsupported {
                component: HOSTILE.to_owned(),
                feature: HOSTILE.to_owned(),
                path: path.to_owned(),
                disabled: true,
            },
            Error::Pipes {
                reason: HOSTILE.to_owned(),
            },
            Error::Tokenize(TokenizeError::TooLong { bytes: 5 }),
            Error::Tokenize(TokenizeError::TooHard { start: 0, chars: 5 }),
            Error::TextTooLong { chars: 2, limit: 1 },
            Error::TooManyTokens { limit: 1 },
            Error::OutOfTime {
                limit: Duration::ZERO,
                part: HOSTILE.to_owned(),
            },
            Error::Panicked {
                part: HOSTILE.to_owned(),
                message: HOSTILE.to_owned(),
            },
        ];
        let shown = errors.iter().map(Error::to_string);
        for shown in shown.chain([FormatError::new(HOSTILE).to_string()]) {
            assert!(!shown.contains(printable::is_hidden), "{shown:?}");
        }
    }

    #[test]
    fn what_was_wrong_can_still_be_read() {
        let error = FormatError::new("no \"vectors\"").in_file(Path::new("é/vocab"));
        assert_eq!(error.to_string(), "é/vocab: no \"vectors\"");
        let error = FormatError::new("a\nb").in_file(Path::new("x\u{7}"));
        assert_eq!(error.to_string(), "x\\u{7}: a\\nb");
    }
}
