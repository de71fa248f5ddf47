//! A row for each run, in the terminal and on the page.

use super::Line;
use super::plot::short;
use crate::report::table::{Align, Table};
use harness_model::Outcome;
use harness_model::units::{bytes, count};

/// The columns; what is kept is kept by an iteration.
const COLUMNS: [(&str, Align); 10] = [
    ("at", Align::Left),
    ("commit", Align::Left),
    ("run", Align::Left),
    ("verdict", Align::Left),
    ("kept in zones", Align::Right),
    ("kept without", Align::Right),
    ("live", Align::Right),
    ("resident", Align::Right),
    ("words/s", Align::Right),
    ("sites", Align::Right),
];

/// A row for each run.
pub(super) fn table<'l>(lines: impl Iterator<Item = &'l Line>) -> Table {
    let mut table = Table::new(&COLUMNS);
    for line in lines {
        table.row(cells(line));
    }
    table
}

/// How a run ended.
pub(super) fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Leak => "leak",
        Outcome::Inconclusive => "inconclusive",
    }
}

/// The figures of a run.
fn cells(line: &Line) -> [String; COLUMNS.len()] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "\u{2013}".to_owned());
    let size = |value: Option<u64>| or_dash(value.map(|value| bytes(value as f64)));
    [
        minute(&line.at),
        or_dash(line.commit.as_deref().map(short)),
        line.name.clone(),
        verdict(line.outcome).to_owned(),
        or_dash(line.kept_with_zones.map(bytes)),
        or_dash(line.kept_without_zones.map(bytes)),
        size(line.live_bytes),
        size(line.rss_bytes),
        or_dash(line.words_per_second.map(|speed| count(speed as u64))),
        line.growing_sites.to_string(),
    ]
}

/// A time to the minute: `2026-11-21 14:46`.
fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).replacen('T', " ", 1)
}
