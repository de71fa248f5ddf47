//! A column of texts in a Parquet file.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use crate::texts::{BadUtf8, Place, Record, Texts, Unreadable};

/// Rows that are read at a time.
const ROWS: usize = 1024;

/// The texts of a column, a row group after another; of the other columns nothing is read. Rows are numbered from 1; one
/// without a text is none, as an empty line is none.
pub struct ParquetColumn {
    file: SerializedFileReader<File>,
    column: usize,
    nullable: bool,
    limit: usize,
    bad: BadUtf8,
    /// Bytes of the file up to the row group that is being read.
    read: Arc<AtomicU64>,
    group: usize,
    reader: Option<ColumnReaderImpl<ByteArrayType>>,
    /// Values that were read, the next last.
    ready: Vec<Option<ByteArray>>,
    number: u64,
}

impl ParquetColumn {
    /// The texts in the column `name`, of at most `limit` bytes each. `read` follows how far in the file they are.
    ///
    /// # Errors
    /// If the file is no Parquet file, or has no such column of texts.
    pub fn new(
        file: File,
        name: &str,
        limit: usize,
        bad: BadUtf8,
        read: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        let file = SerializedFileReader::new(file).map_err(damaged)?;
        let schema = file.metadata().file_metadata().schema_descr();
        let (column, nullable) = find(schema, name)?;
        Ok(ParquetColumn {
            file,
            column,
            nullable,
            limit,
            bad,
            read,
            group: 0,
            reader: None,
            ready: Vec::new(),
            number: 0,
        })
    }

    /// Goes on after row `number`. Row groups before it are not read.
    ///
    /// # Errors
    /// If the file has fewer rows, or they cannot be read.
    pub fn from_row(mut self, number: u64) -> io::Result<Self> {
        while let Some(group) = self.file.metadata().row_groups().get(self.group) {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            if self.number + rows > number {
                break;
            }
            self.number += rows;
            self.group += 1;
        }
        while self.number < number {
            if self.ready.is_empty() && !self.fill()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.ready.pop();
            self.number += 1;
        }
        Ok(self)
    }

    /// Reads more values; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        while self.ready.is_empty() {
            let Some(reader) = &mut self.reader else {
                if !self.open_group()? {
                    return Ok(false);
                }
                continue;
            };
            let (mut values, mut levels) = (Vec::new(), Vec::new());
            let read = reader.read_records(ROWS, Some(&mut levels), None, &mut values);
            let (rows, _, _) = read.map_err(damaged)?;
            if rows == 0 {
                self.reader = None;
                continue;
            }
            let mut values = values.into_iter();
            self.ready = match self.nullable {
                true => levels
                    .iter()
                    .map(|&level| if level > 0 { values.next() } else { None })
                    .collect(),
                false => values.map(Some).collect(),
            };
            self.ready.reverse();
        }
        Ok(true)
    }

    /// Opens the column in the next row group; false if there is none.
    fn open_group(&mut self) -> io::Result<bool> {
        if self.group == self.file.metadata().num_row_groups() {
            return Ok(false);
        }
        let group = self.file.metadata().row_group(self.group);
        let bytes = u64::try_from(group.compressed_size()).unwrap_or(0);
        self.read.fetch_add(bytes, Ordering::Relaxed);
        let group = self.file.get_row_group(self.group).map_err(damaged)?;
        self.group += 1;
        match group.get_column_reader(self.column).map_err(damaged)? {
            ColumnReader::ByteArrayColumnReader(reader) => self.reader = Some(reader),
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "its column of texts is none here",
                ));
            }
        }
        Ok(true)
    }

    fn text(&self, value: &ByteArray) -> Result<String, Unreadable> {
        let limit = self.limit;
        match value.len() <= limit {
            true => Unreadable::check(value.data().to_vec(), self.bad),
            false => Err(Unreadable::TooLong {
                bytes: value.len() as u64,
                limit,
            }),
        }
    }
}

impl Texts for ParquetColumn {
    fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            if self.ready.is_empty() && !self.fill()? {
                return Ok(None);
            }
            let value = self.ready.pop().flatten();
            self.number += 1;
            if let Some(value) = value {
                let text = self.text(&value);
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
}

/// The column of texts of this name, and whether there may be none.
fn find(schema: &SchemaDescriptor, name: &str) -> io::Result<(usize, bool)> {
    let top =
        |column: &ColumnDescriptor| column.path().parts().len() == 1 && column.max_rep_level() == 0;
    let names = || schema.columns().iter().map(|column| column.path().string());
    let fault = |reason: String| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    let found = schema
        .columns()
        .iter()
        .position(|column| top(column) && column.name() == name);
    let Some(found) = found else {
        let names: Vec<String> = names().collect();
        return fault(format!(
            "has no column {name:?}: it has {}",
            names.join(", ")
        ));
    };
    let column = schema.column(found);
    let text = column.physical_type() == Physical::BYTE_ARRAY
        && (column.converted_type() == ConvertedType::UTF8
            || matches!(column.logical_type_ref(), Some(LogicalType::String))
            // Old writers do not say that their bytes are text.
            || (column.converted_type() == ConvertedType::NONE && column.logical_type_ref().is_none()));
    match text {
        true => Ok((found, column.max_def_level() > 0)),
        false => fault(format!("its column {name:?} is not of texts")),
    }
}

fn damaged(error: ParquetError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
