//! A text of a file, and what may be wrong with it.

use std::fmt;
use std::io;

/// A text, and which one of its file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The number of its line, or of its row, from 1.
    pub number: u64,
    /// The text; or why there is none.
    pub text: Result<String, Unreadable>,
}

/// Where a reader stands between two records. A reader that is made to begin there goes on with the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Bytes before it, as they are once unpacked and in UTF-8, without a byte order mark; 0 in files of columns.
    pub offset: u64,
    /// The number of the last line or row before it.
    pub number: u64,
}

/// Texts, one after another.
pub trait Texts: Send {
    /// The next text; `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read on. What is wrong with one text alone is in its record.
    fn next(&mut self) -> io::Result<Option<Record>>;

    /// Where the next record begins.
    fn place(&self) -> Place;

    /// What other columns have for the rows that were read since this was asked last, and the number of the first of them;
    /// `None` where nothing is kept.
    ///
    /// # Errors
    /// If they cannot be put together.
    #[cfg(feature = "arrow")]
    fn take_kept(&mut self) -> io::Result<Option<(u64, arrow_array::RecordBatch)>> {
        Ok(None)
    }

    /// The columns that are kept, if any are.
    #[cfg(feature = "arrow")]
    fn kept_schema(&self) -> Option<arrow_schema::SchemaRef> {
        None
    }
}

/// What becomes of a text with bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadUtf8 {
    /// They become U+FFFD.
    Replace,
    /// The text is [not read](Unreadable::NotUtf8).
    Report,
}

/// Why a record has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// Byte `at` of the line or field, counted from 0, is not UTF-8.
    NotUtf8 {
        /// The byte.
        at: usize,
    },
    /// It has more bytes than a line or row may have.
    TooLong {
        /// The bytes that it has.
        bytes: u64,
        /// The bytes that it may have.
        limit: usize,
    },
    /// It is not what the format asks for: a sentence without its subject, such as `has no "text"`.
    Malformed(String),
}

impl Unreadable {
    /// The text of `bytes`, as `bad` has it.
    ///
    /// # Errors
    /// Where they are not UTF-8, and are not to be replaced.
    pub fn check(bytes: Vec<u8>, bad: BadUtf8) -> Result<String, Unreadable> {
        String::from_utf8(bytes).or_else(|error| match bad {
            BadUtf8::Replace => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
            BadUtf8::Report => Err(Unreadable::NotUtf8 {
                at: error.utf8_error().valid_up_to(),
            }),
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::NotUtf8 { at } => write!(f, "is not UTF-8 at byte {at} of the line"),
            Unreadable::TooLong { bytes, limit } => {
                write!(f, "has {bytes} bytes, and a line may have {limit}")
            }
            Unreadable::Malformed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Unreadable {}
