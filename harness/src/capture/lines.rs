//! Lines of a text, as a stream: none is believed to be longer than it may be, and bytes that are no text become U+FFFD.

use std::io::{self, BufRead, BufReader, Read};

/// What is longer is no line of a tool's: the rest of it is passed over.
const MAX_LINE_BYTES: usize = 64 << 10;

/// See the module.
pub(super) struct Lines<R> {
    from: BufReader<R>,
    bytes: Vec<u8>,
    /// The last line had no end.
    pub(super) is_cut: bool,
    /// Why no more can be read.
    pub(super) failed: Option<io::Error>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(from: R) -> Lines<R> {
        Lines {
            from: BufReader::with_capacity(256 << 10, from),
            bytes: Vec::new(),
            is_cut: false,
            failed: None,
        }
    }

    /// The next line without its end, and without a carriage return or the colours of a terminal.
    pub(super) fn next_line(&mut self) -> Option<String> {
        self.bytes.clear();
        loop {
            let buffer = match self.from.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.failed = Some(error);
                    return None;
                }
            };
            if buffer.is_empty() {
                if self.bytes.is_empty() {
                    return None;
                }
                self.is_cut = true;
                break;
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            let room = MAX_LINE_BYTES.saturating_sub(self.bytes.len());
            self.bytes
                .extend_from_slice(&piece[..piece.len().min(room)]);
            let used = piece.len() + usize::from(end.is_some());
            self.from.consume(used);
            if end.is_some() {
                break;
            }
        }
        let line = String::from_utf8_lossy(&self.bytes);
        let line = line.trim_end_matches('\r');
        Some(match line.contains('\u{1b}') {
            true => without_colours(line),
            false => line.to_owned(),
        })
    }
}

/// Drops `ESC [ ... letter`.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let parameters = behind.strip_prefix('[');
        let end = parameters.and_then(|text| text.find(|c: char| c.is_ascii_alphabetic()));
        rest = match (parameters, end) {
            (Some(text), Some(end)) => &text[end + 1..],
            _ => behind,
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_ends_and_their_colours_and_are_never_longer_than_a_line_may_be() {
        let text = format!(
            "one\r\n\x1b[1m\x1b[31mtwo\x1b[0m\n\n{}\nlast",
            "x".repeat(1 << 20)
        );
        let mut lines = Lines::new(text.as_bytes());
        let read: Vec<String> = std::iter::from_fn(|| lines.next_line()).collect();
        assert_eq!(read[..3], ["one", "two", ""]);
        assert_eq!((read[3].len(), read[4].as_str()), (MAX_LINE_BYTES, "last"));
        assert!(lines.is_cut && lines.failed.is_none());
    }
}
