//! A row for each cell, what follows from them, and the verdict.

use crate::commands::factorial::summary::{Cell, FactorialSummary, memory, words};
use crate::report::table::{Align, Table};
use crate::workload::Zones;
use harness_model::units::{bytes, count, figure, gain};
use printable::Text;

const COLUMNS: [(&str, Align); 9] = [
    ("zones", Align::Left),
    ("texts", Align::Left),
    ("free pages", Align::Left),
    ("live gained", Align::Right),
    ("bytes a word", Align::Right),
    ("a document", Align::Right),
    ("live at the end", Align::Right),
    ("RSS at the end", Align::Right),
    ("tokens/s", Align::Right),
];

/// The whole of it. There are no colours in it.
pub(crate) fn terminal(summary: &FactorialSummary) -> Text {
    let mut text = Text::new();
    text.block(&table(summary).render());
    for statement in &summary.verdict.statements {
        text.line(statement);
    }
    for check in &summary.verdict.failed {
        text.line(format_args!("FAIL  {}", check.message));
    }
    text.line("");
    text.line(&summary.verdict.sentence);
    text
}

/// A row for each cell.
pub(super) fn table(summary: &FactorialSummary) -> Table {
    let mut table = Table::new(&COLUMNS);
    for cell in &summary.cells {
        table.row(row(cell));
    }
    table
}

/// The figures of a cell, one a column.
fn row(cell: &Cell) -> [String; COLUMNS.len()] {
    let run = &cell.run;
    let growth = &run.growth;
    let speed = run.tokens as f64 / run.seconds.max(1e-9);
    [
        match cell.zones {
            Zones::On => "on",
            Zones::Off => "off",
        }
        .to_owned(),
        words(cell.words).to_owned(),
        memory(cell.memory).to_owned(),
        gain(growth.live_bytes as f64),
        figure(growth.bytes_per_word),
        bytes(growth.bytes_per_document),
        bytes(run.live_bytes.last as f64),
        run.rss
            .map_or_else(|| "\u{2013}".to_owned(), |rss| bytes(rss.last as f64)),
        count(speed as u64),
    ]
}
