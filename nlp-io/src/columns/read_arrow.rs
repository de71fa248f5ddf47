//! A column of texts in Arrow's IPC format, a stream or a file.

use std::io::{self, Read, Seek};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};

use crate::texts::{Place, Record, Texts, Unreadable};

/// The texts of a column, one after another. Rows are numbered from 1; one without a text is none, as an empty line is none.
pub struct ArrowColumn {
    batches: Batches,
    name: String,
    /// The columns that are kept.
    kept: Vec<usize>,
    schema: SchemaRef,
    limit: usize,
    /// The batch that is being read, and its next row.
    batch: Option<(RecordBatch, ArrayRef)>,
    row: usize,
    number: u64,
    /// The number of the first row since [`ArrowColumn::take_kept`], and those rows, as far as they are of batches that were
    /// read to their ends.
    since: u64,
    from_row: usize,
    ended: Vec<RecordBatch>,
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

impl ArrowColumn {
    /// The texts in the column `name` of a stream, of at most `limit` bytes each; the columns in `keep` are kept for
    /// [`ArrowColumn::take_kept`].
    ///
    /// # Errors
    /// If the schema cannot be read, or has no such columns.
    pub fn of_stream(
        bytes: impl Read + Send + 'static,
        name: &str,
        keep: &[String],
        limit: usize,
    ) -> io::Result<Self> {
        let reader = StreamReader::try_new(bytes, None).map_err(damaged)?;
        let schema = reader.schema();
        ArrowColumn::new(Box::new(reader), schema, name, keep, limit)
    }

    /// The same of a file.
    ///
    /// # Errors
    /// As of a stream.
    pub fn of_file(
        file: impl Read + Seek + Send + 'static,
        name: &str,
        keep: &[String],
        limit: usize,
    ) -> io::Result<Self> {
        let reader = FileReader::try_new(file, None).map_err(damaged)?;
        let schema = reader.schema();
        ArrowColumn::new(Box::new(reader), schema, name, keep, limit)
    }

    fn new(
        batches: Batches,
        schema: SchemaRef,
        name: &str,
        keep: &[String],
        limit: usize,
    ) -> io::Result<Self> {
        let index = |name: &str| schema.index_of(name).map_err(|_| no_column(&schema, name));
        let column = schema.field(index(name)?);
        if !matches!(
            column.data_type(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ) {
            let reason = format!(
                "its column {name:?} is of type {}, and not of texts",
                column.data_type()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let kept: Vec<usize> = keep
            .iter()
            .map(|name| index(name))
            .collect::<Result<_, _>>()?;
        let kept_schema = schema.project(&kept).map_err(damaged)?;
        Ok(ArrowColumn {
            batches,
            name: name.to_owned(),
            kept,
            schema: kept_schema.into(),
            limit,
            batch: None,
            row: 0,
            number: 0,
            since: 1,
            from_row: 0,
            ended: Vec::new(),
        })
    }

    /// Goes on after row `number`.
    ///
    /// # Errors
    /// If the rows before it cannot be read.
    pub fn from_row(mut self, number: u64) -> io::Result<Self> {
        while self.number < number {
            if !self.advance_batch()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let rows = self.batch.as_ref().map_or(0, |(batch, _)| batch.num_rows());
            let skipped = (number - self.number).min(rows as u64);
            self.row = skipped as usize;
            self.number += skipped;
        }
        self.take_kept()?;
        Ok(self)
    }

    /// The columns that are kept.
    pub fn kept_schema(&self) -> &Schema {
        &self.schema
    }

    /// What is kept of the rows that were read since this was asked last, those without texts among them, and the number of
    /// the first of them.
    ///
    /// # Errors
    /// If their columns cannot be put together.
    pub fn take_kept(&mut self) -> io::Result<(u64, RecordBatch)> {
        self.end_part()?;
        self.from_row = self.row;
        let kept =
            arrow_select::concat::concat_batches(&self.schema, &self.ended).map_err(damaged)?;
        self.ended.clear();
        let since = std::mem::replace(&mut self.since, self.number + 1);
        Ok((since, kept))
    }

    /// Puts away what is kept of the batch that is being read.
    fn end_part(&mut self) -> io::Result<()> {
        if let Some((batch, _)) = &self.batch {
            let part = batch.slice(self.from_row, self.row - self.from_row);
            self.ended.push(part.project(&self.kept).map_err(damaged)?);
        }
        Ok(())
    }

    /// Reads the next batch; false if there is none.
    fn advance_batch(&mut self) -> io::Result<bool> {
        self.end_part()?;
        (self.row, self.from_row) = (0, 0);
        self.batch = None;
        let Some(batch) = self.batches.next() else {
            return Ok(false);
        };
        let batch = batch.map_err(damaged)?;
        let column = batch.column_by_name(&self.name).cloned();
        let column = column.ok_or_else(|| no_column(&batch.schema(), &self.name))?;
        self.batch = Some((batch, column));
        Ok(true)
    }

    /// The text of a row, if it has one.
    fn text(&self, column: &ArrayRef, row: usize) -> Option<Result<String, Unreadable>> {
        if column.is_null(row) {
            return None;
        }
        let text = match column.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value(row),
            DataType::LargeUtf8 => column.as_string::<i64>().value(row),
            _ => column.as_string_view().value(row),
        };
        let limit = self.limit;
        Some(match text.len() <= limit {
            true => Ok(text.to_owned()),
            false => Err(Unreadable::TooLong {
                bytes: text.len() as u64,
                limit,
            }),
        })
    }
}

impl Texts for ArrowColumn {
    fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some((batch, column)) = &self.batch else {
                match self.advance_batch()? {
                    true => continue,
                    false => return Ok(None),
                }
            };
            if self.row == batch.num_rows() {
                match self.advance_batch()? {
                    true => continue,
                    false => return Ok(None),
                }
            }
            let text = self.text(column, self.row);
            self.row += 1;
            self.number += 1;
            if let Some(text) = text {
                return Ok(Some(Record {
                    number: self.number,
                    text,
                }));
            }
        }
    }

    fn place(&self) -> Place {
        Place {
            offset: 0,
            number: self.number,
        }
    }

    fn take_kept(&mut self) -> io::Result<Option<(u64, RecordBatch)>> {
        match self.kept.is_empty() {
            true => Ok(None),
            false => ArrowColumn::take_kept(self).map(Some),
        }
    }

    fn kept_schema(&self) -> Option<SchemaRef> {
        (!self.kept.is_empty()).then(|| SchemaRef::clone(&self.schema))
    }
}

fn no_column(schema: &Schema, name: &str) -> io::Error {
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let reason = format!("has no column {name:?}: it has {}", names.join(", "));
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn damaged(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        error => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
    }
}
