//! Files of columns, Arrow and Parquet: texts out of them, and documents into them.
//!
//! ```
//! use nlp_io::columns::Rows;
//!
//! let nlp = nlp_core::models::english()?;
//! let mut rows = Rows::new();
//! rows.add(&nlp.parse("Ada Lovelace wrote it.")?, 1);
//! let batch = rows.finish(None)?;
//! assert_eq!(batch.num_rows(), 1);
//! assert_eq!(batch.schema().field(2).name(), "tokens");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A document is a row: the number of its line or row, its text, and lists of tokens, entities, sentences, categories and
//! spans. Offsets count tokens. Each column is what a table of it would be in any engine: lists of structures, with no
//! dictionaries and no unsigned numbers.

mod parquet_writer;
mod read_arrow;
mod read_parquet;
mod rows;
mod stream;

pub use arrow_array::RecordBatch;
pub use parquet_writer::parquet_of_pieces;
pub use read_arrow::ArrowColumn;
pub use read_parquet::ParquetColumn;
pub use rows::{Rows, schema_with};
pub use stream::{
    batch_of_bytes, bytes_of_batch, end_of_stream, file_of_pieces, head_of_stream, piece_of,
};
