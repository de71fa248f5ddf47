//! spaCy's `DocBin`: many documents in one file, as Python's spaCy 3 writes and opens it.
//!
//! ```
//! use nlp_io::docbin::{self, Columns, Rows};
//!
//! let nlp = nlp_core::models::english()?;
//! let mut rows = Rows::new(Columns::default());
//! rows.add(&nlp.parse("Ada Lovelace wrote it.")?);
//! let file: Vec<u8> = rows.to_docbin()?; // what spaCy's DocBin().from_bytes takes
//!
//! let docs = docbin::read(&file, 1 << 30)?;
//! assert_eq!(docs[0].ent_texts().next(), Some("Ada Lovelace"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It is a map of msgpack, packed with zlib: the attributes of all tokens as one table of numbers, which are the ids of
//! strings for the most part, and beside it the strings, the lengths of the documents, their spaces, categories and groups
//! of spans.

mod assemble;
mod budget;
mod columns;
mod message;
mod read;
mod rows;
mod sections;
mod spans;
mod trees;
mod user_data;

#[cfg(test)]
mod tests;

pub use assemble::assemble;
pub use columns::{Columns, MOST_BYTES};
pub use read::read;
pub use rows::Rows;
