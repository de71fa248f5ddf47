//! Cuts a line into fields: at a delimiter, with quotes; at blanks; or at two blanks and more.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use std::borrow::Cow;

/// How lines are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// At a delimiter.
    At(u8),
    /// At blanks.
    Blank,
    /// At two blanks and more, and at tabs: there are blanks in the fields.
    Blanks,
}

impl Cut {
    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Cut::At(b',') => "values separated by commas",
            Cut::At(b';') => "values separated by semicolons",
            Cut::At(b'\t') => "values separated by tabs",
            Cut::At(_) => "values separated by bars",
            Cut::Blank | Cut::Blanks => "a table of blanks",
        }
    }

    /// The fields of a line. None where a quote is not closed.
    pub(super) fn fields<'l>(self, line: &'l [u8], into: &mut Vec<Cow<'l, [u8]>>) -> Option<()> {
        into.clear();
        match self {
            Cut::At(delimiter) if memchr::memchr(b'"', line).is_some() => {
                return quoted(delimiter, line, into);
            }
            Cut::At(delimiter) => {
                let mut from = 0;
                for at in memchr::memchr_iter(delimiter, line) {
                    into.push(Cow::Borrowed(&line[from..at]));
                    from = at + 1;
                }
                into.push(Cow::Borrowed(&line[from..]));
            }
            Cut::Blank => {
                let words = line
                    .split(u8::is_ascii_whitespace)
                    .filter(|word| !word.is_empty());
                for word in words {
                    joined(word, line, into);
                }
            }
            Cut::Blanks => {
                let mut rest = line.trim_ascii();
                while !rest.is_empty() {
                    let ends = rest
                        .windows(2)
                        .position(|pair| pair == b"  ")
                        .into_iter()
                        .chain(memchr::memchr(b'\t', rest))
                        .min()
                        .unwrap_or(rest.len());
                    into.push(Cow::Borrowed(rest[..ends].trim_ascii()));
                    rest = rest[ends..].trim_ascii_start();
                }
            }
        }
        Some(())
    }
}

/// A word of a line: what is a date and a time of day, or a time of day and its half, is one.
fn joined<'l>(word: &'l [u8], line: &'l [u8], into: &mut Vec<Cow<'l, [u8]>>) {
    let is_half = matches!(word, b"AM" | b"PM");
    let is_clock = word.len() >= 5 && word[0].is_ascii_digit() && word.contains(&b':');
    if let Some(Cow::Borrowed(before)) = into.last() {
        let before: &'l [u8] = before;
        let is_date = before.len() >= 8
            && before[0].is_ascii_digit()
            && before
                .iter()
                .filter(|byte| matches!(byte, b'-' | b'/'))
                .count()
                == 2;
        let after_clock = before.contains(&b':') && before[0].is_ascii_digit();
        if (is_half && after_clock) || (is_clock && is_date) {
            let from = before.as_ptr() as usize - line.as_ptr() as usize;
            let to = word.as_ptr() as usize - line.as_ptr() as usize + word.len();
            into.pop();
            into.push(Cow::Borrowed(&line[from..to]));
            return;
        }
    }
    into.push(Cow::Borrowed(word));
}

/// Fields of which some are quoted.
fn quoted<'l>(delimiter: u8, line: &'l [u8], into: &mut Vec<Cow<'l, [u8]>>) -> Option<()> {
    // What opens must close: the reader would take the rest of the file for the field.
    if line.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        return None;
    }
    let mut reader: Reader = ReaderBuilder::new().delimiter(delimiter).build();
    let mut rest = line;
    let mut out = vec![0; line.len() + 1];
    let mut field = Vec::new();
    loop {
        let (result, read, written) = reader.read_field(rest, &mut out);
        field.extend_from_slice(&out[..written]);
        rest = &rest[read..];
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {
                if rest.is_empty() && result == ReadFieldResult::InputEmpty {
                    // Once more with nothing: the end.
                    let (result, _, written) = reader.read_field(&[], &mut out);
                    field.extend_from_slice(&out[..written]);
                    if matches!(result, ReadFieldResult::Field { .. }) {
                        into.push(Cow::Owned(std::mem::take(&mut field)));
                    }
                    return Some(());
                }
            }
            ReadFieldResult::Field { record_end } => {
                into.push(Cow::Owned(std::mem::take(&mut field)));
                if record_end {
                    return Some(());
                }
            }
            ReadFieldResult::End => return Some(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(cut: Cut, line: &str) -> Vec<String> {
        let mut fields = Vec::new();
        if cut.fields(line.as_bytes(), &mut fields).is_none() {
            return vec!["open".to_owned()];
        }
        fields
            .iter()
            .map(|field| String::from_utf8_lossy(field).into_owned())
            .collect()
    }

    #[test]
    fn fields_are_cut_at_delimiters_and_quotes_hold_them_together() {
        assert_eq!(cut(Cut::At(b','), "a,,b"), ["a", "", "b"]);
        assert_eq!(
            cut(Cut::At(b';'), "\"a;b\";c;\"say \"\"x\"\"\""),
            ["a;b", "c", "say \"x\""]
        );
        assert_eq!(cut(Cut::At(b','), "\"a\","), ["a", ""]);
        assert_eq!(cut(Cut::At(b','), "a,\"b"), ["open"]);
        assert_eq!(cut(Cut::At(b','), ""), [""]);
    }

    #[test]
    fn blanks_cut_words_and_two_blanks_cut_names_of_several_words() {
        assert_eq!(cut(Cut::Blank, "  1 22\t3 "), ["1", "22", "3"]);
        assert_eq!(
            cut(Cut::Blank, "10:00:01 AM 0 1234"),
            ["10:00:01 AM", "0", "1234"]
        );
        assert_eq!(
            cut(Cut::Blank, "1 2026-11-30 10:00:00"),
            ["1", "2026-11-30 10:00:00"]
        );
        assert_eq!(
            cut(
                Cut::Blanks,
                "CONTAINER ID   NAME     MEM USAGE / LIMIT   PIDS"
            ),
            ["CONTAINER ID", "NAME", "MEM USAGE / LIMIT", "PIDS"]
        );
    }
}
