//! What several processes hold together and each by itself, and what settings did: for the terminal and for the page.

use crate::report::table::{Align, Table};
use harness_model::program::{CountRun, ProgramSummary, Tried, Work};
use harness_model::units::{bytes, count, seconds};

/// Processes that are told one by one.
const MOST: usize = 8;
/// Of a command line, so many letters are told.
const COMMAND: usize = 60;

/// Titles of the columns about processes.
pub(super) const PROCESSES: [(&str, Align); 6] = [
    ("process", Align::Right),
    ("resident at the end", Align::Right),
    ("its share (PSS)", Align::Right),
    ("resident at most", Align::Right),
    ("live heap", Align::Right),
    ("command", Align::Left),
];

/// Titles of the columns about settings.
pub(super) const TRIED: [(&str, Align); 4] = [
    ("setting", Align::Left),
    ("resident at the end", Align::Right),
    ("resident at most", Align::Right),
    ("time", Align::Right),
];

/// The run of the greatest count, if it had several processes.
pub(super) fn of_several(summary: &ProgramSummary) -> Option<&CountRun> {
    let last = summary.counts.iter().max_by_key(|run| run.iterations);
    last.filter(|run| run.process_ends.len() > 1)
}

/// What they hold together.
pub(super) fn together(run: &CountRun, work: Work) -> String {
    let then = match work {
        Work::Iterations => "At their ends",
        Work::Requests => "After these",
    };
    let sum = run.proportional_bytes.map_or_else(
        || "What they hold together is not known.".to_owned(),
        |sum| {
            format!(
                "{then} they held {} together, with shared pages divided among those who share them (PSS).",
                bytes(sum as f64)
            )
        },
    );
    format!(
        "With {} {} there were {}. {sum}",
        count(run.iterations),
        work.several(),
        match run.processes {
            1 => "one process".to_owned(),
            many => format!("{} processes", count(many)),
        },
    )
}

fn size(figure: Option<u64>) -> String {
    figure.map_or_else(|| "\u{2013}".to_owned(), |figure| bytes(figure as f64))
}

/// A row for each of the largest processes.
pub(super) fn processes(run: &CountRun) -> Vec<[String; 6]> {
    let row = |one: &harness_model::program::ProcessEnd| {
        let mut command = printable::Line(one.command.join(" ")).to_string();
        if let Some((cut, _)) = command.char_indices().nth(COMMAND) {
            command.truncate(cut);
            command.push('\u{2026}');
        }
        [
            format!("{} {}", one.process.name(), one.pid),
            size(one.resident_end_bytes),
            size(one.proportional_bytes),
            size(one.resident_peak_bytes),
            size(Some(one.live_bytes)),
            command,
        ]
    };
    run.process_ends.iter().take(MOST).map(row).collect()
}

/// A row for each setting, below one without any.
pub(super) fn tried(all: &[Tried]) -> Vec<[String; 4]> {
    let Some(first) = all.first() else {
        return Vec::new();
    };
    let mut rows = vec![[
        "none".to_owned(),
        size(first.before.resident_end_bytes),
        size(first.before.resident_peak_bytes),
        seconds(first.before.seconds),
    ]];
    rows.extend(all.iter().map(|one| {
        let (before, after) = (one.before, one.after);
        let ended = one.ended.as_ref();
        [
            ended.map_or_else(
                || one.setting.clone(),
                |how| format!("{} ({how})", one.setting),
            ),
            compared(before.resident_end_bytes, after.resident_end_bytes),
            compared(before.resident_peak_bytes, after.resident_peak_bytes),
            format!(
                "{} ({})",
                seconds(after.seconds),
                percent(before.seconds, after.seconds)
            ),
        ]
    }));
    rows
}

/// What was tried, in a sentence.
pub(super) fn about_tried(all: &[Tried], work: Work) -> String {
    let iterations = all.first().map_or(0, |one| one.iterations);
    format!(
        "Tried with {} {}, all processes together:",
        count(iterations),
        work.several()
    )
}

fn compared(before: Option<u64>, after: Option<u64>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => {
            format!(
                "{} ({})",
                bytes(after as f64),
                percent(before as f64, after as f64)
            )
        }
        _ => size(after),
    }
}

/// The difference as a share of what was before: `-40%`.
fn percent(before: f64, after: f64) -> String {
    if before <= 0.0 {
        return "\u{2013}".to_owned();
    }
    let change = (after / before - 1.0) * 100.0;
    match change.round() {
        0.0 => "\u{b1}0%".to_owned(),
        change => format!("{change:+.0}%"),
    }
}

/// The table for the terminal.
pub(super) fn table<const N: usize>(
    titles: &'static [(&'static str, Align); N],
    rows: Vec<[String; N]>,
) -> Table {
    let mut table = Table::new(titles);
    for row in rows {
        table.row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::TriedFigures;

    #[test]
    fn a_setting_is_told_beside_what_was_without_it() {
        let figures = |end, seconds| TriedFigures {
            resident_end_bytes: Some(end),
            resident_peak_bytes: None,
            seconds,
        };
        let tried_one = Tried {
            setting: "MALLOC_ARENA_MAX=2".to_owned(),
            iterations: 100,
            before: figures(10 << 20, 1.0),
            after: figures(6 << 20, 1.1),
            ended: None,
        };
        let rows = tried(&[tried_one]);
        assert_eq!(rows[0][0], "none");
        assert_eq!(rows[1][0], "MALLOC_ARENA_MAX=2");
        assert!(rows[1][1].ends_with("(-40%)"), "{}", rows[1][1]);
        assert_eq!(rows[1][2], "\u{2013}");
        assert!(rows[1][3].ends_with("(+10%)"), "{}", rows[1][3]);
    }

    #[test]
    fn a_small_difference_is_none() {
        assert_eq!(percent(1_000.0, 1_001.0), "\u{b1}0%");
        assert_eq!(percent(0.0, 1.0), "\u{2013}");
    }
}
