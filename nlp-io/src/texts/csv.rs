//! A column of CSV, without believing in quotes that never end.

use std::io::{self, BufRead};

use csv_core::{ReadFieldResult, Reader};

use super::record::{BadUtf8, Place, Record, Texts, Unreadable};

/// The texts of a column of CSV (RFC 4180, with any line end) whose first row has the names of the columns. Fields in
/// quotes may hold commas, line ends and doubled quotes. Records are numbered as rows, that of the names being 1.
pub struct CsvColumn {
    bytes: Box<dyn BufRead + Send>,
    reader: Reader,
    column: usize,
    limit: usize,
    bad: BadUtf8,
    place: Place,
}

/// A row: the field that is asked for, if the row has so many.
struct Row {
    field: Option<Vec<u8>>,
    fields: usize,
    length: u64,
}

impl CsvColumn {
    /// The texts of the column named `name`, from rows of at most `limit` bytes. `bytes` is what
    /// [`decoded`](super::decoded) gives.
    ///
    /// # Errors
    /// If no column is named so (the error lists those that there are), or the first row cannot be read.
    pub fn new(
        bytes: Box<dyn BufRead + Send>,
        name: &str,
        limit: usize,
        bad: BadUtf8,
    ) -> io::Result<CsvColumn> {
        let mut rows = CsvColumn {
            bytes,
            reader: Reader::new(),
            column: 0,
            limit,
            bad,
            place: Place::default(),
        };
        rows.column = rows.find(name)?;
        Ok(rows)
    }

    /// Reads on from `bytes`, which come after `place`, once the names have been read from the beginning of the file.
    pub fn from_place(mut self, bytes: Box<dyn BufRead + Send>, place: Place) -> CsvColumn {
        // A file that ended at its names is at its end still.
        if place.offset > self.place.offset {
            self.reader = Reader::new();
            self.bytes = bytes;
            self.place = place;
        }
        self
    }

    /// The position of a column. Its name is a field of the first row.
    fn find(&mut self, name: &str) -> io::Result<usize> {
        let mut names = Vec::new();
        let row =
            self.read_row(|_, field| names.push(String::from_utf8_lossy(field).into_owned()))?;
        let fault = |reason| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        if row.is_none() {
            return fault("has no row with the names of its columns".to_owned());
        }
        match names.iter().position(|known| known == name) {
            Some(column) => Ok(column),
            None => fault(format!(
                "has no column {name:?}: it has {}",
                names.join(", ")
            )),
        }
    }

    /// Reads a row, and hands each of its fields to `see`. Fields of rows that are too long are cut short.
    fn read_row(&mut self, mut see: impl FnMut(usize, &[u8])) -> io::Result<Option<Row>> {
        let mut row = Row {
            field: None,
            fields: 0,
            length: 0,
        };
        let mut field = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let input = match self.bytes.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                input => input?,
            };
            let (result, read, written) = self.reader.read_field(input, &mut piece);
            self.bytes.consume(read);
            self.place.offset += read as u64;
            row.length += read as u64;
            let room = self.limit.saturating_add(1).saturating_sub(field.len());
            field.extend_from_slice(&piece[..written.min(room)]);
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::End => return Ok(None),
                ReadFieldResult::Field { record_end } => {
                    see(row.fields, &field);
                    if row.fields == self.column {
                        row.field = Some(std::mem::take(&mut field));
                    }
                    field.clear();
                    row.fields += 1;
                    if record_end {
                        self.place.number += 1;
                        return Ok(Some(row));
                    }
                }
            }
        }
    }

    fn text(&self, row: Row) -> Result<String, Unreadable> {
        let limit = self.limit;
        match row.field {
            _ if row.length > limit as u64 => {
                let bytes = row.length;
                Err(Unreadable::TooLong { bytes, limit })
            }
            Some(field) => Unreadable::check(field, self.bad),
            None => Err(Unreadable::Malformed(format!(
                "has {} fields, and the text is in field {}",
                row.fields,
                self.column + 1
            ))),
        }
    }
}

impl Texts for CsvColumn {
    fn next(&mut self) -> io::Result<Option<Record>> {
        let Some(row) = self.read_row(|_, _| {})? else {
            return Ok(None);
        };
        let number = self.place.number;
        let text = self.text(row);
        Ok(Some(Record { number, text }))
    }

    fn place(&self) -> Place {
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{BufReader, Cursor};

    const FILE: &str = "id,\"the text\"\r\n1,plain\r\n2,\"a, \"\"b\"\"\r\nc\"\n\n3\n4,last";

    fn bytes(text: &str, buffer: usize) -> Box<dyn BufRead + Send> {
        Box::new(BufReader::with_capacity(
            buffer,
            Cursor::new(text.as_bytes().to_vec()),
        ))
    }

    fn read(rows: &mut CsvColumn) -> Vec<(u64, Result<String, Unreadable>)> {
        let next = || rows.next().unwrap();
        std::iter::from_fn(next)
            .map(|record| (record.number, record.text))
            .collect()
    }

    fn open(text: &str, buffer: usize, limit: usize) -> CsvColumn {
        CsvColumn::new(bytes(text, buffer), "the text", limit, BadUtf8::Report).unwrap()
    }

    #[test]
    fn a_column_is_read_by_its_name_with_quotes_and_line_ends_in_it() {
        for buffer in [1, 2, 5, 100] {
            let texts = read(&mut open(FILE, buffer, 100));
            let short =
                Unreadable::Malformed("has 1 fields, and the text is in field 2".to_owned());
            let wanted = [
                (2, Ok("plain".to_owned())),
                (3, Ok("a, \"b\"\r\nc".to_owned())),
                (4, Err(short)),
                (5, Ok("last".to_owned())),
            ];
            assert_eq!(texts, wanted);
        }
    }

    #[test]
    fn a_column_that_is_not_there_is_told_with_those_that_are() {
        let error = CsvColumn::new(bytes(FILE, 9), "body", 100, BadUtf8::Report)
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "has no column \"body\": it has id, the text"
        );
        assert!(CsvColumn::new(bytes("", 9), "body", 100, BadUtf8::Report).is_err());
    }

    #[test]
    fn a_quote_without_end_takes_no_more_memory_than_a_row_may() {
        let text = format!("the text\n\"{}", "x".repeat(100_000));
        let texts = read(&mut open(&text, 64, 1000));
        assert_eq!(
            texts[0].1,
            Err(Unreadable::TooLong {
                bytes: 100_001,
                limit: 1000
            })
        );
    }

    proptest! {
        #[test]
        fn a_reader_that_begins_where_another_stopped_reads_what_that_would_have(
            body in "[a,\"\r\n]{0,40}",
            buffer in 1usize..9,
            stop in 0usize..9,
        ) {
            let text = format!("x,the text\n{body}");
            let whole = read(&mut open(&text, buffer, 100));
            let mut first = open(&text, buffer, 100);
            let mut texts = Vec::new();
            for _ in 0..stop {
                texts.extend(first.next().unwrap().map(|record| (record.number, record.text)));
            }
            let place = first.place();
            let rest = bytes(&text[place.offset as usize..], buffer);
            texts.extend(read(&mut open(&text, buffer, 100).from_place(rest, place)));
            prop_assert_eq!(texts, whole);
        }
    }
}
