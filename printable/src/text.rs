//! Text that is put together line by line.

use crate::{Line, block, push};
use std::fmt;
use std::ops::Range;
use unicode_width::UnicodeWidthChar;

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
    /// Lines by where they begin, and the column under which the rest of a folded one stands.
    hanging: Vec<(usize, usize)>,
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

    /// Adds one line as [`Text::parts`] does, of which what has no room stands under this column ([`Text::folded`]).
    pub fn hanging(&mut self, column: usize, parts: &[(Option<Style>, &dyn fmt::Display)]) {
        self.hanging.push((self.plain.len(), column));
        self.parts(parts);
    }

    /// Adds the lines of another text.
    pub fn append(&mut self, other: Text) {
        let begins = self.plain.len();
        self.plain.push_str(&other.plain);
        let hanging = other.hanging.into_iter();
        self.hanging
            .extend(hanging.map(|(line, column)| (line + begins, column)));
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

    /// The same for a terminal of so many columns: a line that is longer goes on below, from a space on. What was added
    /// with [`Text::hanging`] goes on under its column, and other lines under their first word. Lines of a table, which
    /// have borders, stay as they are.
    ///
    /// ```
    /// let mut text = printable::Text::new();
    /// text.hanging(6, &[(None, &"next  Bound the cache that holds it.")]);
    /// assert_eq!(text.folded(20).as_str(), "next  Bound the\n      cache that\n      holds it.\n");
    /// ```
    pub fn folded(&self, columns: usize) -> Text {
        let mut folded = Text::new();
        // Where a part of the text began, and where it does now.
        let mut moved: Vec<(usize, usize)> = vec![(0, 0)];
        let mut begins = 0;
        for line in self.plain.split_inclusive('\n') {
            let known = self.hanging.iter().find(|(at, _)| *at == begins);
            let hang = known.map_or_else(
                || line.len() - line.trim_start_matches(' ').len(),
                |known| known.1,
            );
            let mut done = 0;
            for space in breaks(line, columns, hang) {
                folded.plain.push_str(&line[done..space]);
                folded.plain.push('\n');
                folded.plain.extend(std::iter::repeat_n(' ', hang));
                done = space + 1;
                moved.push((begins + done, folded.plain.len()));
            }
            folded.plain.push_str(&line[done..]);
            begins += line.len();
        }
        let now = |at: usize| {
            let (was, is) = moved[moved.partition_point(|(was, _)| *was <= at) - 1];
            is + at - was
        };
        let styles = self.styles.iter();
        folded.styles = styles
            .map(|(range, style)| (now(range.start)..now(range.end), *style))
            .collect();
        folded
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

/// Borders of tables.
const BORDERS: [char; 5] = ['\u{2502}', '\u{250c}', '\u{251c}', '\u{2514}', '\u{2500}'];

/// The spaces of a line at which it is to go on below, under column `hang`, for a terminal of so many columns.
fn breaks(line: &str, columns: usize, hang: usize) -> Vec<usize> {
    let mut breaks = Vec::new();
    if line.starts_with(BORDERS) {
        return breaks;
    }
    let mut column = 0;
    // The last space that can be one of them, and the column behind it.
    let mut space = None;
    for (at, c) in line.trim_end().char_indices() {
        column += c.width().unwrap_or(0);
        // What stands before the column is a label, and keeps the word behind it.
        if c == ' ' {
            space = (column > hang).then_some((at, column)).or(space);
        } else if column > columns
            && let Some((before, behind)) = space.take()
        {
            breaks.push(before);
            column = column - behind + hang;
        }
    }
    breaks
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_at_a_space_under_its_column_and_a_table_stays_whole() {
        let mut text = Text::new();
        text.line("one two three four");
        text.line("  a list of things");
        text.hanging(
            6,
            &[
                (None, &"keeps "),
                (None, &"what cannot_be_cut_anywhere is"),
                (None, &" whole"),
            ],
        );
        text.block("\u{2502} a row that is long enough \u{2502}");
        assert_eq!(
            text.folded(12).as_str(),
            "one two\nthree four\n  a list of\n  things\nkeeps what\n      cannot_be_cut_anywhere\n      is\n      whole\n\
             \u{2502} a row that is long enough \u{2502}\n"
        );
        assert_eq!(text.folded(80).as_str(), text.as_str());
        assert_eq!(Text::new().folded(3).as_str(), "");
    }

    #[test]
    fn colours_stay_on_their_words() {
        let mut text = Text::of_line("first");
        text.hanging(
            6,
            &[
                (Some(Style::Bad), &"LEAK  "),
                (Some(Style::Strong), &"so many bytes"),
                (None, &" each"),
            ],
        );
        text.parts(&[(Some(Style::Good), &"PASS")]);
        let strong = "\u{1b}[1mso many\n      bytes\u{1b}[0m each\n";
        assert_eq!(
            text.folded(18).coloured(),
            format!("first\n\u{1b}[1;31mLEAK  \u{1b}[0m{strong}\u{1b}[1;32mPASS\u{1b}[0m\n")
        );
    }

    #[test]
    fn wide_letters_take_two_columns() {
        let text = Text::of_line("\u{5186}\u{5186} \u{5186}\u{5186} \u{5186}");
        assert_eq!(
            text.folded(9).as_str(),
            "\u{5186}\u{5186} \u{5186}\u{5186}\n\u{5186}\n"
        );
    }
}
