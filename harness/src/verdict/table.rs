//! The figures of a run as a table for a terminal.

use super::findings::number;
use crate::summary::{Probe, Run, Series, SiteReport, Summary, Zones};

/// The table, with what was found below it.
pub fn table(summary: &Summary) -> String {
    let mut rows = vec![
        ["", "at the start", "at the end", "an iteration"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for run in &summary.runs {
        rows.push(vec![heading(run)]);
        rows.push(series("live bytes", &run.live_bytes));
        rows.push(series("live blocks", &run.live_blocks));
        if let Some(rss) = &run.rss_bytes {
            rows.push(series("resident bytes", rss));
        }
        if run.zones == Zones::Off {
            for store in run
                .stores
                .iter()
                .filter(|store| store.bytes_last > store.bytes_first)
            {
                rows.push(row(
                    &format!("  {}", store.name),
                    store.bytes_first,
                    store.bytes_last,
                    store.bytes_per_iteration,
                ));
            }
            rows.push(series("  in no store", &run.unaccounted));
        }
    }
    let mut text = aligned(&rows);
    for (name, probe) in [("dhat", &summary.dhat), ("valgrind", &summary.valgrind)] {
        text.push_str(&format!("{name}: {}\n", describe(probe)));
    }
    for finding in &summary.verdict.findings {
        let mark = if finding.fails { "LEAK" } else { "note" };
        text.push_str(&format!("{mark}: {}\n", finding.message));
    }
    text
}

fn heading(run: &Run) -> String {
    let speed = run.words as f64 / run.seconds.max(f64::MIN_POSITIVE);
    format!(
        "{} ({} iterations, {} words, {} words/s)",
        run.zones.phrase(),
        number(run.iterations as f64),
        number(run.words as f64),
        number(speed.round())
    )
}

fn series(name: &str, series: &Series) -> Vec<String> {
    row(name, series.first, series.last, series.per_iteration)
}

fn row(name: &str, first: u64, last: u64, each: f64) -> Vec<String> {
    vec![
        format!("  {name}"),
        number(first as f64),
        number(last as f64),
        number(each),
    ]
}

/// The first column to the left, the others to the right. A row of one cell is a heading.
fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths = [0; 4];
    for row in rows.iter().filter(|row| row.len() > 1) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let line: String = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            })
            .collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn describe(probe: &Probe<SiteReport>) -> String {
    match probe {
        Probe::NotRun { reason, .. } => format!("not run ({reason})"),
        Probe::Failed { reason, .. } => format!("failed: {reason}"),
        Probe::Ran(report) => {
            let pairs: Vec<String> = report
                .pairs
                .iter()
                .map(|pair| {
                    format!(
                        "{} of {} and {} iterations {} grow",
                        pair.growing.len(),
                        pair.short.iterations,
                        pair.long.iterations,
                        pair.zones.phrase()
                    )
                })
                .collect();
            format!("stacks that grow: {}", pairs.join(", "))
        }
    }
}
