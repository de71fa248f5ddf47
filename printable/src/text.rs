//! Text that is put together line by line.

use crate::{Line, block, push};
use std::fmt;

/// Lines for a person to read, each of which is printable.
///
/// ```
/// let mut text = printable::Text::new();
/// text.line(format_args!("A: {}", "pass\nB: pass"));
/// text.line("");
/// text.block("two\nlines\n");
/// assert_eq!(text.as_str(), "A: pass\\nB: pass\n\ntwo\nlines\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// No line.
    pub fn new() -> Text {
        Text::default()
    }

    /// A text of one line.
    pub fn of_line(line: impl fmt::Display) -> Text {
        let mut text = Text::new();
        text.line(line);
        text
    }

    /// Adds one line, whatever line feeds it has: they are escapes in it. It is ended here.
    pub fn line(&mut self, line: impl fmt::Display) {
        push(&mut self.0, format_args!("{}\n", Line(line)));
    }

    /// Adds lines that were put together elsewhere, of parts that are printable lines themselves. What the last one
    /// lacks of a line feed is added.
    pub fn block(&mut self, lines: &str) {
        self.0.push_str(&block(lines));
        if !lines.is_empty() && !lines.ends_with('\n') {
            self.0.push('\n');
        }
    }

    /// The lines, each ended by a line feed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
