//! A row for each run, in the terminal and on the page.

use super::plot::short;
use super::{Line, conditions};
use crate::report::table::{Align, Table};
use harness_model::Outcome;
use harness_model::condition::behind;
use harness_model::units::{bytes, count};

/// A row for each run; what is kept is kept by an iteration.
pub(super) fn table(lines: &[Line]) -> Table {
    rows(lines, &conditions(lines))
}

/// The rows of some runs of a history that has loops under these conditions.
pub(super) fn rows<'l>(lines: impl IntoIterator<Item = &'l Line>, conditions: &[&str]) -> Table {
    let kept: Vec<String> = conditions
        .iter()
        .map(|condition| format!("kept{}", behind(condition)))
        .collect();
    let mut columns = vec![
        ("at", Align::Left),
        ("commit", Align::Left),
        ("run", Align::Left),
        ("verdict", Align::Left),
    ];
    columns.extend(kept.iter().map(|name| (name.as_str(), Align::Right)));
    columns.extend(["live", "resident", "words/s", "sites"].map(|name| (name, Align::Right)));
    let mut table = Table::new(&columns);
    for line in lines {
        table.row(cells(line, conditions));
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
fn cells(line: &Line, conditions: &[&str]) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "\u{2013}".to_owned());
    let size = |value: Option<u64>| or_dash(value.map(|value| bytes(value as f64)));
    let mut cells = vec![
        minute(&line.at),
        or_dash(line.commit.as_deref().map(short)),
        line.name.clone(),
        verdict(line.outcome).to_owned(),
    ];
    let kept = conditions.iter().map(|name| line.kept.get(*name));
    cells.extend(kept.map(|kept| or_dash(kept.map(|kept| bytes(*kept)))));
    cells.extend([
        size(line.live_bytes),
        size(line.rss_bytes),
        or_dash(line.words_per_second.map(|speed| count(speed as u64))),
        line.growing_sites.to_string(),
    ]);
    cells
}

/// A time to the minute: `2026-11-21 14:46`.
fn minute(at: &str) -> String {
    at.get(..16).unwrap_or(at).replacen('T', " ", 1)
}
