//! Texts from a stream, one a line, without reading ahead and without believing in its lines' lengths.

use std::io::{self, BufRead, BufReader, Read};

use nlp_io::texts::text_of_json;

use crate::cli::Input;

/// A text and the number of its line, from 1; or why the line holds no text.
pub type Numbered = (u64, Result<String, String>);

/// The texts of a stream.
pub struct Texts<R> {
    reader: BufReader<R>,
    input: Input,
    line: u64,
    max_length: usize,
}

impl<R: Read> Texts<R> {
    /// Reads texts of at most `max_length` characters from `reader`. Longer lines fail, and are not held in memory.
    pub fn new(reader: R, input: Input, max_length: usize) -> Self {
        let reader = BufReader::with_capacity(1 << 16, reader);
        Texts {
            reader,
            input,
            line: 0,
            max_length,
        }
    }

    /// The next line that is not empty; `None` at the end of the stream.
    pub fn next(&mut self) -> io::Result<Option<Numbered>> {
        loop {
            let Some(bytes) = self.read_line()? else {
                return Ok(None);
            };
            self.line += 1;
            if !matches!(&bytes, Ok(bytes) if bytes.is_empty()) {
                return Ok(Some((self.line, bytes.and_then(|b| self.text(b)))));
            }
        }
    }

    /// Whether a whole line has been read from the stream already, so that [`Texts::next`] will not wait.
    pub fn ready(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }

    /// The bytes up to the next U+000A or the end. What goes beyond any text that would be accepted is skipped.
    fn read_line(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        // A character has at most four bytes; in JSON, at most two escapes of six.
        let limit = match self.input {
            Input::Lines => self.max_length.saturating_mul(4),
            Input::Jsonl => self.max_length.saturating_mul(12).saturating_add(4096),
        };
        let mut line = Vec::new();
        let mut length = 0usize;
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() && length == 0 {
                return Ok(None);
            }
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            if line.len() + piece.len() <= limit && length == line.len() {
                line.extend_from_slice(piece);
            } else {
                line = Vec::new();
            }
            length += piece.len();
            let (read, last) = (
                piece.len() + usize::from(end.is_some()),
                end.is_some() || buffer.is_empty(),
            );
            self.reader.consume(read);
            if last {
                let too_long = || {
                    format!(
                        "text of {length} bytes is longer than the limit of {} characters: split it, or raise the limit with --max-length",
                        self.max_length
                    )
                };
                return Ok(Some(if length == line.len() {
                    Ok(line)
                } else {
                    Err(too_long())
                }));
            }
        }
    }

    fn text(&self, bytes: Vec<u8>) -> Result<String, String> {
        let line = String::from_utf8(bytes).map_err(|error| {
            format!(
                "is not UTF-8 at byte {} of the line",
                error.utf8_error().valid_up_to()
            )
        })?;
        if self.input == Input::Lines {
            return Ok(line);
        }
        text_of_json(&line, "text").map_err(|reason| reason.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], input: Input, max_length: usize) -> Vec<Numbered> {
        let mut texts = Texts::new(bytes, input, max_length);
        std::iter::from_fn(|| texts.next().unwrap()).collect()
    }

    fn ok(line: u64, text: &str) -> Numbered {
        (line, Ok(text.to_owned()))
    }

    #[test]
    fn lines_end_at_newlines_only_and_empty_ones_are_skipped() {
        let texts = read(
            "a\r\n\n\u{85}b\u{2028}c\rd\n \n\nend".as_bytes(),
            Input::Lines,
            100,
        );
        assert_eq!(
            texts,
            [
                ok(1, "a\r"),
                ok(3, "\u{85}b\u{2028}c\rd"),
                ok(4, " "),
                ok(6, "end")
            ]
        );
    }

    #[test]
    fn a_line_that_is_not_utf8_fails_and_the_next_does_not() {
        let texts = read(b"good\nb\xffd\ngood again\n", Input::Lines, 100);
        assert_eq!(
            (&texts[0], &texts[2]),
            (&ok(1, "good"), &ok(3, "good again"))
        );
        assert_eq!(
            texts[1].1.as_ref().unwrap_err(),
            "is not UTF-8 at byte 1 of the line"
        );
    }

    #[test]
    fn a_line_beyond_the_limit_is_skipped_and_counted() {
        let mut bytes = vec![b'x'; 300_000];
        bytes.extend_from_slice(b"\nshort");
        let texts = read(&bytes, Input::Lines, 1000);
        assert!(
            texts[0]
                .1
                .as_ref()
                .unwrap_err()
                .starts_with("text of 300000 bytes is longer")
        );
        assert_eq!(texts[1], ok(2, "short"));
        assert_eq!(read("é€😀".as_bytes(), Input::Lines, 3).len(), 1);
    }

    #[test]
    fn json_lines_give_their_text() {
        let texts = read(
            b"{\"id\": 1, \"text\": \"a\\nb\"}\n[]\n{\"text\": 1}\n{}\n{\"text\": \"\"}\n",
            Input::Jsonl,
            100,
        );
        assert_eq!(texts[0], ok(1, "a\nb"));
        assert!(texts[1..4].iter().all(|text| text.1.is_err()));
        assert_eq!(texts[4], ok(5, ""));
    }

    #[test]
    fn a_lone_surrogate_is_told_from_what_is_no_json() {
        for lone in [
            r"\ud800",
            r"\udc00",
            r"\ud800\ud800",
            r"\udc00\ud800",
            r"\ud800x",
            r"\ud83d\n",
        ] {
            let texts = read(
                format!("{{\"text\": \"{lone}\"}}").as_bytes(),
                Input::Jsonl,
                100,
            );
            let error = texts[0].1.as_ref().unwrap_err();
            assert!(
                error.starts_with("holds a lone surrogate at character "),
                "{lone}: {error}"
            );
        }
        for no_json in [
            r#"{"text": "\ud8"}"#,
            r#"{"text": "\ud8zz"}"#,
            r#"{"text": "\u"#,
            "{",
        ] {
            let texts = read(no_json.as_bytes(), Input::Jsonl, 100);
            let error = texts[0].1.as_ref().unwrap_err();
            assert!(error.starts_with("is not JSON: "), "{no_json}: {error}");
        }
        let pair = read(br#"{"text": "\ud83d\ude00"}"#, Input::Jsonl, 100);
        assert_eq!(pair[0], ok(1, "\u{1f600}"));
    }

    #[test]
    fn a_line_is_ready_only_when_it_is_whole() {
        let mut texts = Texts::new("one\ntwo\nthree".as_bytes(), Input::Lines, 100);
        assert!(!texts.ready());
        texts.next().unwrap();
        assert!(texts.ready());
        texts.next().unwrap();
        assert!(!texts.ready());
    }
}
