//! Text that is put together line by line.

use crate::{Line, block, push};
use std::fmt;
use std::ops::Range;

/// How a part of a line stands out, where colours are shown. What is said never hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// All is well: green.
    Good,
    /// Something is wrong: red.
    Bad,
    /// It cannot be said: yellow.
    Doubtful,
    /// What the eye should find: bold.
    Strong,
    /// What can be passed over: dim.
    Faint,
}

impl Style {
    /// What begins it on a terminal (ECMA-48, Select Graphic Rendition).
    fn begins(self) -> &'static str {
        match self {
            Style::Good => "\x1b[1;32m",
            Style::Bad => "\x1b[1;31m",
            Style::Doubtful => "\x1b[1;33m",
            Style::Strong => "\x1b[1m",
            Style::Faint => "\x1b[2m",
        }
    }
}

/// What ends any style.
const PLAIN: &str = "\x1b[0m";

/// Lines for a person to read, each of which is printable.
///
/// ```
/// let mut text = printable::Text::new();
/// text.line(format_args!("A: {}", "pass\nB: pass"));
/// text.line("");
/// text.block("two\nlines\n");
/// assert_eq!(text.as_str(), "A: pass\\nB: pass\n\ntwo\nlines\n");
/// ```
///
/// Parts of a line may have a [`Style`], which shows in [`Text::coloured`] alone.
///
/// ```
/// use printable::{Style, Text};
/// let mut text = Text::new();
/// text.parts(&[(Some(Style::Bad), &"LEAK"), (None, &"  in push\u{1b}[2J")]);
/// assert_eq!(text.as_str(), "LEAK  in push\\u{1b}[2J\n");
/// assert_eq!(text.coloured(), "\u{1b}[1;31mLEAK\u{1b}[0m  in push\\u{1b}[2J\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    plain: String,
    /// Where the parts are that have a style, in order.
    styles: Vec<(Range<usize>, Style)>,
}

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
        push(&mut self.plain, format_args!("{}\n", Line(line)));
    }

    /// Adds one line of several parts, some of which have a style.
    pub fn parts(&mut self, parts: &[(Option<Style>, &dyn fmt::Display)]) {
        for (style, part) in parts {
            let begins = self.plain.len();
            push(&mut self.plain, format_args!("{}", Line(part)));
            let styled = style.map(|style| (begins..self.plain.len(), style));
            self.styles.extend(styled);
        }
        self.plain.push('\n');
    }

    /// Adds the lines of another text.
    pub fn append(&mut self, other: Text) {
        let begins = self.plain.len();
        self.plain.push_str(&other.plain);
        let moved = other.styles.into_iter();
        self.styles
            .extend(moved.map(|(range, style)| (range.start + begins..range.end + begins, style)));
    }

    /// Adds lines that were put together elsewhere, of parts that are printable lines themselves. What the last one
    /// lacks of a line feed is added.
    pub fn block(&mut self, lines: &str) {
        self.plain.push_str(&block(lines));
        if !lines.is_empty() && !lines.ends_with('\n') {
            self.plain.push('\n');
        }
    }

    /// The lines, each ended by a line feed.
    pub fn as_str(&self) -> &str {
        &self.plain
    }

    /// The same for a terminal that shows colours.
    pub fn coloured(&self) -> String {
        let mut text = String::new();
        let mut done = 0;
        for (range, style) in &self.styles {
            text.push_str(&self.plain[done..range.start]);
            text.push_str(style.begins());
            text.push_str(&self.plain[range.clone()]);
            text.push_str(PLAIN);
            done = range.end;
        }
        text.push_str(&self.plain[done..]);
        text
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.plain
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain)
    }
}
