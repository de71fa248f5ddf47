//! Texts out of files: a line each, a field of JSON lines, a column of CSV; plain, in gzip or in zstd; in UTF-8 or UTF-16.
//!
//! ```
//! use nlp_io::texts::{BadUtf8, Lines, Texts, decoded};
//!
//! let bytes = decoded("One text.\r\n\r\nAnother.".as_bytes())?;
//! let mut lines = Lines::new(bytes, None, 1 << 20, BadUtf8::Report);
//! let first = lines.next()?.unwrap();
//! assert_eq!((first.number, first.text.unwrap().as_str()), (1, "One text."));
//! let place = lines.place(); // a reader that begins here goes on with line 3
//! assert_eq!(lines.next()?.unwrap().number, 3);
//! assert_eq!(place.offset, 11);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! - [`decoded`] and [`open_at`]: the bytes of a file, whatever it is packed in.
//! - [`Lines`], [`CsvColumn`]: what is in them. Each is one of [`Texts`], and can begin where another stopped.

mod csv;
mod json;
mod lines;
mod packed;
mod record;
mod source;
mod utf16;
mod zstd;

pub use csv::CsvColumn;
pub use json::{fault_of_json, text_of_json};
pub use lines::Lines;
pub use packed::{Content, content_of};
pub use record::{BadUtf8, Place, Record, Texts, Unreadable};
pub use source::{Counted, decoded, open_at};
