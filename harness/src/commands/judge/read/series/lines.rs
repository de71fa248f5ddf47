//! Lines of a file of any size, one at a time, in memory that no file can fill.

use std::io::{self, BufRead};

/// A longer line is none of a table.
const LONGEST: usize = 1 << 20;

/// A line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number, counted from 1.
    pub number: u64,
    /// What stands in it; the beginning, where it is too long.
    pub bytes: &'a [u8],
    /// Whether it has its end: the last line of a file that is being written has none.
    pub has_end: bool,
    /// Whether it is longer than any line of a table.
    pub is_too_long: bool,
}

/// The lines of a file.
pub(super) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Lines<R> {
        Lines {
            source,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The next line.
    ///
    /// # Errors
    ///
    /// What the system, or what unpacks the file, says.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let mut is_too_long = false;
        let mut has_end = false;
        let mut any = false;
        loop {
            let ready = match self.source.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                ready => ready?,
            };
            if ready.is_empty() {
                break;
            }
            any = true;
            let end = memchr::memchr(b'\n', ready);
            let part = &ready[..end.unwrap_or(ready.len())];
            let room = LONGEST.saturating_sub(self.buffer.len());
            is_too_long |= part.len() > room;
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                has_end = true;
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(Line {
            number: self.number,
            bytes: &self.buffer,
            has_end,
            is_too_long,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_one_letter_or_two_and_the_last_perhaps_with_none() {
        let mut lines = Lines::new(&b"a\r\n\nb"[..]);
        let mut read = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            read.push((line.number, line.bytes.to_vec(), line.has_end));
        }
        assert_eq!(
            read,
            [
                (1, b"a".to_vec(), true),
                (2, Vec::new(), true),
                (3, b"b".to_vec(), false)
            ]
        );
    }

    #[test]
    fn a_line_of_any_length_takes_no_more_memory_than_the_longest_of_a_table() {
        let long = vec![b'x'; 3 * LONGEST];
        let mut lines = Lines::new(long.as_slice());
        let line = lines.next().unwrap().unwrap();
        assert!(line.is_too_long && line.bytes.len() == LONGEST);
        assert_eq!(lines.next().unwrap(), None);
    }
}
