//! Lines, without believing in their lengths.

use std::io::{self, BufRead};

use super::json::text_of_json;
use super::record::{BadUtf8, Place, Record, Texts, Unreadable};

/// The texts of lines, or of a field in lines of JSON. Lines end with a line feed or with a carriage return and a line
/// feed, the last one also with the file; empty ones are no texts, but count.
pub struct Lines {
    bytes: Box<dyn BufRead + Send>,
    field: Option<String>,
    limit: usize,
    bad: BadUtf8,
    place: Place,
}

/// What was read of a line: of one that is too long nothing is kept.
struct Line {
    kept: Vec<u8>,
    length: u64,
}

impl Lines {
    /// The texts of lines of at most `limit` bytes, line end not counted: whole lines, or what is in `field` of them. `bytes`
    /// is what [`decoded`](super::decoded) gives.
    pub fn new(
        bytes: Box<dyn BufRead + Send>,
        field: Option<String>,
        limit: usize,
        bad: BadUtf8,
    ) -> Lines {
        Lines {
            bytes,
            field,
            limit,
            bad,
            place: Place::default(),
        }
    }

    /// Takes `bytes` for those that come after `place`.
    pub fn from_place(mut self, place: Place) -> Lines {
        self.place = place;
        self
    }

    fn read_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line {
            kept: Vec::new(),
            length: 0,
        };
        let mut last = None;
        let mut any = false;
        loop {
            let buffer = match self.bytes.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() && !any {
                return Ok(None);
            }
            any = true;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            last = piece.last().copied().or(last);
            // One byte over, for the carriage return.
            if line.length == line.kept.len() as u64
                && piece.len() <= self.limit.saturating_add(1) - line.kept.len()
            {
                line.kept.extend_from_slice(piece);
            } else {
                line.kept = Vec::new();
            }
            line.length += piece.len() as u64;
            let ends = end.is_some() || buffer.is_empty();
            let read = piece.len() + usize::from(end.is_some());
            self.bytes.consume(read);
            self.place.offset += read as u64;
            if ends {
                self.place.number += 1;
                if last == Some(b'\r') {
                    line.kept.pop();
                    line.length -= 1;
                }
                return Ok(Some(line));
            }
        }
    }

    fn text(&self, line: Line) -> Result<String, Unreadable> {
        let limit = self.limit;
        if line.length > limit as u64 {
            let bytes = line.length;
            return Err(Unreadable::TooLong { bytes, limit });
        }
        let text = Unreadable::check(line.kept, self.bad)?;
        match &self.field {
            Some(field) => text_of_json(&text, field),
            None => Ok(text),
        }
    }
}

impl Texts for Lines {
    fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(line) = self.read_line()? {
            if line.length > 0 {
                let number = self.place.number;
                let text = self.text(line);
                return Ok(Some(Record { number, text }));
            }
        }
        Ok(None)
    }

    fn place(&self) -> Place {
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn lines_of(bytes: &[u8], buffer: usize, limit: usize) -> Lines {
        let bytes = BufReader::with_capacity(buffer, io::Cursor::new(bytes.to_vec()));
        Lines::new(Box::new(bytes), None, limit, BadUtf8::Report)
    }

    fn read(lines: &mut Lines) -> Vec<(u64, Result<String, Unreadable>)> {
        let next = || lines.next().unwrap();
        std::iter::from_fn(next)
            .map(|record| (record.number, record.text))
            .collect()
    }

    #[test]
    fn lines_end_with_either_end_and_empty_ones_only_count() {
        let bytes = "a\r\n\r\n\n\u{85}b\rc\n \nend\r".as_bytes();
        for buffer in [1, 2, 3, 100] {
            let texts = read(&mut lines_of(bytes, buffer, 100));
            let wanted = [(1, "a"), (4, "\u{85}b\rc"), (5, " "), (6, "end")];
            let wanted = wanted.map(|(number, text)| (number, Ok(text.to_owned())));
            assert_eq!(texts, wanted, "buffer of {buffer}");
        }
    }

    #[test]
    fn a_line_over_the_limit_is_told_with_its_length_and_the_next_is_read() {
        for buffer in [1, 7, 100] {
            let texts = read(&mut lines_of(b"12345\r\n123456\r\n123456\n12", buffer, 5));
            let long = Err(Unreadable::TooLong { bytes: 6, limit: 5 });
            let wanted = [
                (1, Ok("12345".to_owned())),
                (2, long.clone()),
                (3, long),
                (4, Ok("12".to_owned())),
            ];
            assert_eq!(texts, wanted);
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_told_or_replaced() {
        let bytes = || Box::new(io::Cursor::new(b"b\xffd\ngood".to_vec()));
        let mut lines = Lines::new(bytes(), None, 100, BadUtf8::Report);
        let texts = read(&mut lines);
        assert_eq!(texts[0].1, Err(Unreadable::NotUtf8 { at: 1 }));
        assert_eq!(texts[1].1.as_deref(), Ok("good"));
        let mut lines = Lines::new(bytes(), None, 100, BadUtf8::Replace);
        assert_eq!(read(&mut lines)[0].1.as_deref(), Ok("b\u{fffd}d"));
    }

    #[test]
    fn the_field_of_a_json_line_is_its_text() {
        let bytes = b"{\"body\": \"a\\nb\"}\n[]\n{\"body\": 1}\n{}\n{\"body\": \"\"}\n{\n".to_vec();
        let field = Some("body".to_owned());
        let mut lines = Lines::new(Box::new(io::Cursor::new(bytes)), field, 99, BadUtf8::Report);
        let texts = read(&mut lines);
        assert_eq!(texts[0].1.as_deref(), Ok("a\nb"));
        let faults: Vec<String> = texts
            .iter()
            .filter_map(|(_, text)| text.as_ref().err())
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            faults[..3],
            [
                "is not a JSON object",
                "\"body\" is not a string",
                "has no \"body\""
            ]
        );
        assert!(faults[3].starts_with("is not JSON: "));
        assert_eq!(texts[4].1.as_deref(), Ok(""));
    }

    proptest! {
        #[test]
        fn a_reader_that_begins_where_another_stopped_reads_what_that_would_have(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'x'), any::<u8>()], 0..80),
            buffer in 1usize..9,
            stop in 0usize..20,
        ) {
            let whole = read(&mut lines_of(&bytes, buffer, 20));
            let mut first = lines_of(&bytes, buffer, 20);
            let mut texts = Vec::new();
            for _ in 0..stop {
                texts.extend(first.next().unwrap().map(|record| (record.number, record.text)));
            }
            let place = first.place();
            let rest = &bytes[place.offset as usize..];
            texts.extend(read(&mut lines_of(rest, buffer, 20).from_place(place)));
            prop_assert_eq!(texts, whole);
        }
    }
}
