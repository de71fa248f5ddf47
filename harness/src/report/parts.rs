//! What each part of the pipeline allocates, frees and holds.

use super::table::{Align, Table};
use harness_model::condition::behind;
use harness_model::units::{bytes, count, figure, rate};
use harness_model::{PartGrowth, PartReport, PartRun};

/// A table a loop, the parts that gain most first; parts that did nothing are left out.
pub fn tables(report: &PartReport) -> Vec<Table> {
    let table = |run: &PartRun| {
        let mut table = Table::new(&[
            (
                &format!(
                    "an iteration{}, over {}",
                    behind(&run.condition),
                    count(run.iterations)
                ),
                Align::Left,
            ),
            ("allocated", Align::Right),
            ("freed", Align::Right),
            ("kept", Align::Right),
            ("blocks kept", Align::Right),
        ]);
        for part in ranked(run) {
            table.row(cells(part));
        }
        table
    };
    report.runs.iter().map(table).collect()
}

/// The parts of a loop, those that gain most first.
fn ranked(run: &PartRun) -> Vec<&PartGrowth> {
    let at_work = |part: &&PartGrowth| part.allocated_blocks > 0.0 || part.freed_blocks > 0.0;
    let mut parts: Vec<&PartGrowth> = run.parts.iter().filter(at_work).collect();
    parts.sort_by(|a, b| {
        let gain = |part: &PartGrowth| (part.live_bytes, part.allocated_bytes);
        gain(b)
            .partial_cmp(&gain(a))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    parts
}

/// The part's name and figures.
fn cells(part: &PartGrowth) -> [String; 5] {
    [
        part.part.clone(),
        bytes(part.allocated_bytes),
        bytes(part.freed_bytes),
        rate(part.live_bytes),
        figure(part.live_blocks),
    ]
}
