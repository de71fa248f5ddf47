//! Tables in plain text, for the terminal: columns as wide as their cells, figures to the right.

use unicode_width::UnicodeWidthStr;

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
        }
    }

    /// Adds a row. Cells that are missing are empty; those that are too many are dropped.
    pub fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) {
        let mut cells: Vec<String> = cells
            .into_iter()
            .map(|cell| printable(&cell.into()))
            .collect();
        cells.resize(self.head.len(), String::new());
        self.rows.push(Row::Cells(cells));
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

    /// No row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How wide each column is: the first has room for the headings too.
    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|cell| width(cell)).collect();
        let mut headings = 0;
        for row in &self.rows {
            match row {
                Row::Cells(cells) => {
                    for (full, cell) in widths.iter_mut().zip(cells) {
                        *full = width(cell).max(*full);
                    }
                }
                Row::Heading(heading) => headings = width(heading).max(headings),
            }
        }
        let missing = headings.saturating_sub(inner(&widths));
        if let Some(first) = widths.first_mut() {
            *first += missing;
        }
        widths
    }

    /// The table with box-drawing lines, each line ended by a line feed.
    pub fn render(&self) -> String {
        let widths = self.widths();
        let rule = |left: &str, middle: &str, right: &str| {
            let lines: Vec<String> = widths
                .iter()
                .map(|width| "\u{2500}".repeat(width + 2))
                .collect();
            format!("{left}{}{right}\n", lines.join(middle))
        };
        let line = |row: &[String]| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .zip(&self.align)
                .map(|((cell, &full), align)| {
                    let air = " ".repeat(full - width(cell));
                    match align {
                        Align::Left => format!(" {cell}{air} "),
                        Align::Right => format!(" {air}{cell} "),
                    }
                })
                .collect();
            format!("\u{2502}{}\u{2502}\n", cells.join("\u{2502}"))
        };
        let mut text = rule("\u{250c}", "\u{252c}", "\u{2510}");
        text.push_str(&line(&self.head));
        text.push_str(&rule("\u{251c}", "\u{253c}", "\u{2524}"));
        for row in &self.rows {
            match row {
                Row::Cells(cells) => text.push_str(&line(cells)),
                Row::Heading(heading) => {
                    let air = " ".repeat(inner(&widths) - width(heading));
                    text.push_str(&format!("\u{2502} {heading}{air} \u{2502}\n"));
                }
            }
        }
        text.push_str(&rule("\u{2514}", "\u{2534}", "\u{2518}"));
        text
    }
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
