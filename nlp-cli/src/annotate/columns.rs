//! Files of columns, in a program that was built with them.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use nlp_core::Doc;
use nlp_io::columns::{self, ArrowColumn, ParquetColumn, RecordBatch};
use nlp_io::texts::{BadUtf8, Content, Counted, Place, Texts, content_of, decoded};

use super::options::Options;

/// What is kept of the rows of a range: their columns, and the number of the first row.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    first: u64,
    rows: RecordBatch,
}

impl Kept {
    /// What `texts` has kept since this was asked last.
    pub fn take(texts: &mut dyn Texts) -> io::Result<Option<Kept>> {
        let kept = texts.take_kept()?;
        Ok(kept.map(|(first, rows)| Kept { first, rows }))
    }

    /// As bytes, for another process.
    pub fn to_bytes(&self) -> io::Result<(u64, Vec<u8>)> {
        let bytes = columns::bytes_of_batch(&self.rows).map_err(io::Error::other)?;
        Ok((self.first, bytes))
    }

    /// What [`Kept::to_bytes`] made.
    pub fn from_bytes(first: u64, bytes: &[u8]) -> io::Result<Kept> {
        let rows = columns::batch_of_bytes(bytes).map_err(io::Error::other)?;
        Ok(Kept { first, rows })
    }
}

/// Documents as a batch of rows.
pub struct Rows(columns::Rows);

impl Rows {
    pub fn new() -> Rows {
        Rows(columns::Rows::new())
    }

    pub fn add(&mut self, doc: &Doc<'_>, number: u64) {
        self.0.add(doc, number);
    }

    /// The batch as a piece of a stream. Of no documents there is none.
    pub fn finish(self, kept: Option<&Kept>) -> Vec<u8> {
        let batch = self.0.finish(kept.map(|kept| (kept.first, &kept.rows)));
        let batch = batch.expect(
            "a range has fewer than 2^31 tokens, and its columns fit: the head was made of them",
        );
        match batch.num_rows() {
            0 => Vec::new(),
            _ => columns::piece_of(&batch).expect("writing to memory does not fail"),
        }
    }
}

/// The head of a stream of documents, with the columns that `texts` keeps.
pub fn head(texts: &dyn Texts) -> io::Result<Vec<u8>> {
    let schema = columns::schema_with(texts.kept_schema().as_deref());
    let head = schema.and_then(|schema| columns::head_of_stream(&schema));
    head.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
}

/// What ends a stream.
pub fn end() -> Vec<u8> {
    columns::end_of_stream()
}

/// Makes an Arrow file of a stream without its end.
pub fn arrow_file(pieces: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<()> {
    columns::file_of_pieces(pieces, out)
}

/// Makes a Parquet file of a stream without its end.
pub fn parquet_file(
    pieces: &mut (impl Read + Seek),
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    columns::parquet_of_pieces(pieces, out)
}

/// Opens a stream or a file of Arrow's, which is standard input where `path` is none.
pub fn open_arrow(
    path: Option<&Path>,
    options: &Options,
    place: Place,
    read: Arc<AtomicU64>,
) -> io::Result<Box<dyn Texts>> {
    let (name, keep, limit) = (&options.field, &options.keep, options.max_line);
    let column = match path {
        None => {
            ArrowColumn::of_stream(decoded(Counted::new(io::stdin(), read))?, name, keep, limit)?
        }
        Some(path) => {
            let mut file = File::open(path)?;
            let mut head = Vec::new();
            (&mut file).take(8).read_to_end(&mut head)?;
            file.rewind()?;
            let file = Counted::new(file, read);
            match content_of(&head) {
                Content::ArrowFile => ArrowColumn::of_file(file, name, keep, limit)?,
                _ => ArrowColumn::of_stream(decoded(file)?, name, keep, limit)?,
            }
        }
    };
    Ok(Box::new(column.from_row(place.number)?))
}

/// Opens a Parquet file.
pub fn open_parquet(
    path: &Path,
    options: &Options,
    bad: BadUtf8,
    place: Place,
    read: Arc<AtomicU64>,
) -> io::Result<Box<dyn Texts>> {
    if !options.keep.is_empty() {
        let reason = "columns are kept of Arrow's files and streams, and not of Parquet";
        return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
    }
    let column = ParquetColumn::new(
        File::open(path)?,
        &options.field,
        options.max_line,
        bad,
        read,
    )?;
    Ok(Box::new(column.from_row(place.number)?))
}
