//! Tables in plain text, for the terminal: columns as wide as their cells, figures to the right.

use crate::screen;
use unicode_width::UnicodeWidthStr;

/// What goes on in a further line stands so much further in.
const FURTHER: usize = 2;
/// No column of words is narrower for want of room.
const NARROWEST: usize = 6;

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// A table that is put together row by row.
#[derive(Debug, Clone)]
pub struct Table {
    head: Vec<String>,
    align: Vec<Align>,
    rows: Vec<Row>,
    total: Option<Vec<String>>,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub(super) enum Row {
    /// A text for each column.
    Cells(Vec<String>),
    /// One text over all columns.
    Heading(String),
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        Table {
            head: columns.iter().map(|(name, _)| printable(name)).collect(),
            align: columns.iter().map(|(_, align)| *align).collect(),
            rows: Vec::new(),
            total: None,
        }
    }

    /// Adds a row. Cells that are missing are empty; those that are too many are dropped.
    pub fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        let cells = self.cells(cells);
        self.rows.push(Row::Cells(cells));
    }

    /// Sets the row that the others add up to, which is the last wherever they go.
    pub fn total<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        self.total = Some(self.cells(cells));
    }

    fn cells<I: IntoIterator<Item = S>, S: Into<String>>(&self, cells: I) -> Vec<String> {
        let mut cells: Vec<String> = cells
            .into_iter()
            .map(|cell| printable(&cell.into()))
            .collect();
        cells.resize(self.head.len(), String::new());
        cells
    }

    /// Adds a row of one text over all columns: what the rows below it have in common.
    pub fn heading(&mut self, text: &str) {
        self.rows.push(Row::Heading(printable(text)));
    }

    /// Names of the columns, and how they stand.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, Align)> {
        let names = self.head.iter().map(String::as_str);
        names.zip(self.align.iter().copied())
    }

    /// The rows, in order.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row that the others add up to.
    pub(super) fn sum(&self) -> Option<&[String]> {
        self.total.as_deref()
    }

    /// All rows of cells, in order.
    fn all_cells(&self) -> impl Iterator<Item = &Vec<String>> {
        let rows = self.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => Some(cells),
            Row::Heading(_) => None,
        });
        rows.chain(&self.total)
    }

    /// No row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How wide each column is: the first has room for the headings too.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|cell| width(cell)).collect();
        for cells in self.all_cells() {
            for (full, cell) in widths.iter_mut().zip(cells) {
                *full = width(cell).max(*full);
            }
        }
        let headings = self.rows.iter().map(|row| match row {
            Row::Cells(_) => 0,
            Row::Heading(heading) => width(heading),
        });
        let headings = headings.max().unwrap_or(0);
        let missing = headings.saturating_sub(inner(&widths));
        if let Some(first) = widths.first_mut() {
            *first += missing;
        }
        widths
    }

    /// The table with box-drawing lines, each line ended by a line feed, as wide as the terminal at most.
    pub fn render(&self) -> String {
        self.within(screen::columns())
    }

    /// The same for a terminal of so many columns, or for any: words are wrapped then, and what figures have no room for
    /// is cut with a mark.
    fn within(&self, columns: Option<usize>) -> String {
        let widths = self.fitted(columns);
        let rule = |left: &str, middle: &str, right: &str| {
            let lines: Vec<String> = widths
                .iter()
                .map(|width| "\u{2500}".repeat(width + 2))
                .collect();
            format!("{left}{}{right}", lines.join(middle))
        };
        let mut lines = vec![rule("\u{250c}", "\u{252c}", "\u{2510}")];
        lines.extend(self.lines_of(&self.head, &widths, 0));
        lines.push(rule("\u{251c}", "\u{253c}", "\u{2524}"));
        for row in &self.rows {
            match row {
                Row::Cells(cells) => lines.extend(self.lines_of(cells, &widths, FURTHER)),
                Row::Heading(heading) => {
                    let room = inner(&widths);
                    lines.extend(wrapped(heading, room, FURTHER).into_iter().map(|heading| {
                        let air = " ".repeat(room.saturating_sub(width(&heading)));
                        format!("\u{2502} {heading}{air} \u{2502}")
                    }));
                }
            }
        }
        if let Some(total) = &self.total {
            lines.extend(self.lines_of(total, &widths, FURTHER));
        }
        lines.push(rule("\u{2514}", "\u{2534}", "\u{2518}"));
        lines
            .iter()
            .map(|line| format!("{}\n", cut(line, columns.unwrap_or(usize::MAX))))
            .collect()
    }

    /// The lines of one row; those that go on stand so much further in.
    fn lines_of(&self, cells: &[String], widths: &[usize], further: usize) -> Vec<String> {
        let cells: Vec<Vec<String>> = cells
            .iter()
            .zip(widths)
            .map(|(cell, &full)| wrapped(cell, full, further))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        let line = |at: usize| {
            let parts: Vec<String> = cells
                .iter()
                .zip(widths)
                .zip(&self.align)
                .map(|((cell, &full), align)| {
                    let cell = cell.get(at).map_or("", String::as_str);
                    let air = " ".repeat(full.saturating_sub(width(cell)));
                    match align {
                        Align::Left => format!(" {cell}{air} "),
                        Align::Right => format!(" {air}{cell} "),
                    }
                })
                .collect();
            format!("\u{2502}{}\u{2502}", parts.join("\u{2502}"))
        };
        (0..height).map(line).collect()
    }

    /// How wide the cells of a column are, and the longest word above them.
    fn figures(&self, at: usize) -> usize {
        let cells = self.all_cells();
        let cells = cells.filter_map(|cells| cells.get(at).map(|cell| width(cell)));
        let words = self.head[at].split(' ').map(width);
        cells.chain(words).max().unwrap_or(0)
    }

    /// How wide each column is in a terminal of so many columns: the widest columns of words give way.
    fn fitted(&self, columns: Option<usize>) -> Vec<usize> {
        let mut widths = self.widths();
        let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(4));
        // Figures are not wrapped; the words above them are.
        let least: Vec<usize> = (0..widths.len())
            .map(|at| match self.align[at] {
                Align::Left => NARROWEST,
                Align::Right => self.figures(at),
            })
            .collect();
        while inner(&widths) > room {
            let wider = (0..widths.len()).filter(|at| widths[*at] > least[*at]);
            let Some(widest) = wider.max_by_key(|at| widths[*at] - least[*at]) else {
                break;
            };
            widths[widest] -= 1;
        }
        widths
    }
}

/// A text in lines of so many columns at most, where it can be: at blanks, and behind what separates the parts of paths
/// and names. A line that goes on stands as far in as the first, and so much further.
fn wrapped(text: &str, room: usize, further: usize) -> Vec<String> {
    if width(text) <= room {
        return vec![text.to_owned()];
    }
    let indent = text.len() - text.trim_start_matches(' ').len();
    let further = " ".repeat((indent + further).min(room / 2));
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut is_blank = true;
    for piece in text.split_inclusive([' ', '/', ':', ',', '_']) {
        if !is_blank && width(&line) + width(piece.trim_end()) > room {
            lines.push(std::mem::replace(&mut line, further.clone()));
            is_blank = true;
        }
        line.push_str(piece);
        is_blank &= piece.trim().is_empty();
    }
    lines.push(line);
    lines
        .iter()
        .map(|line| cut(line.trim_end(), room))
        .collect()
}

/// As much of a text as so many columns have room for, with a mark where there is more.
fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept) >= room {
            kept.pop();
            break;
        }
    }
    kept.push('\u{2026}');
    kept
}

/// Columns of the terminal between the outer lines, without the air beside them.
fn inner(widths: &[usize]) -> usize {
    (widths.iter().sum::<usize>() + 3 * widths.len()).saturating_sub(3)
}

/// Columns of the terminal that a text takes.
fn width(text: &str) -> usize {
    text.width()
}

/// A cell comes from outside too (a function's name): whatever it holds, it stays in its row.
fn printable(cell: &str) -> String {
    printable::line(cell).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_where_the_terminal_is_narrow_and_borders_stay_whole() {
        let mut table = Table::new(&[("what grows", Align::Left), ("bytes", Align::Right)]);
        table.heading("resize_activations (nlp-core/src/transition/activations.rs:67-71)");
        table.row(["  definitely lost, without zones", "16,200"]);
        for columns in [40, 60, 200] {
            let text = table.within(Some(columns));
            let widths: Vec<usize> = text.lines().map(width).collect();
            assert!(
                widths
                    .iter()
                    .all(|one| *one == widths[0] && *one <= columns),
                "{text}"
            );
            assert!(text.contains("16,200"), "{text}");
        }
        let narrow = table.within(Some(40));
        let pieces: String = narrow
            .split_whitespace()
            .filter(|word| *word != "\u{2502}")
            .collect();
        assert!(
            pieces.contains("nlp-core/src/transition/activations.rs:67-71"),
            "{narrow}"
        );
    }

    #[test]
    fn what_figures_have_no_room_for_is_cut_with_a_mark() {
        let mut table = Table::new(&[("a", Align::Left), ("b", Align::Right), ("c", Align::Right)]);
        table.row(["x", "1,234,567,890", "1,234,567,890"]);
        let text = table.within(Some(24));
        assert!(
            text.lines()
                .all(|line| width(line) == 24 && line.ends_with('\u{2026}')),
            "{text}"
        );
        assert_eq!(cut("\u{8a9e}\u{8a9e}\u{8a9e}", 4), "\u{8a9e}\u{2026}");
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_and_figures_stand_right() {
        let mut table = Table::new(&[("loop", Align::Left), ("gained", Align::Right)]);
        table.row(["without zones", "+412 B"]);
        table.row(["with zones", "0 B"]);
        table.row(["\u{8a9e}e\u{301}"]);
        let expected = "\
\u{250c}───────────────┬────────┐
│ loop          │ gained │
├───────────────┼────────┤
│ without zones │ +412 B │
│ with zones    │    0 B │
│ \u{8a9e}e\u{301}           │        │
└───────────────┴────────┘
";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn a_heading_takes_the_whole_row_and_makes_the_table_as_wide_as_it_is() {
        let mut table = Table::new(&[("by", Align::Left), ("bytes", Align::Right)]);
        table.heading("resize (layer.rs:9)");
        table.row(["dhat", "24"]);
        let expected = "\
\u{250c}─────────────┬───────┐
│ by          │ bytes │
├─────────────┼───────┤
│ resize (layer.rs:9) │
│ dhat        │    24 │
└─────────────┴───────┘
";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn no_control_character_reaches_the_terminal() {
        let mut table = Table::new(&[("function", Align::Left)]);
        table.row(["\u{1b}[31mred\n\u{202e}"]);
        table.heading("\u{1b}[31mred\n\u{202e}");
        let expected = "\
\u{250c}─────────────────────────┐
│ function                │
├─────────────────────────┤
│ \\u{1b}[31mred\\n\\u{202e} │
│ \\u{1b}[31mred\\n\\u{202e} │
└─────────────────────────┘
";
        assert_eq!(table.render(), expected);
    }
}
