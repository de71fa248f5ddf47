//! Reads what valgrind's dhat and dhat-rs wrote.

use super::{Capture, Kind, Process, Record, StackTable};
use crate::probe::dhat_json::DhatReport;
use harness_judge::counts::Amount;
use harness_model::units::{bytes, count};
use std::io::{BufReader, Read};

/// Reads such a file.
pub(super) fn read(input: &mut dyn Read, table: &mut StackTable) -> Result<Capture, String> {
    let report = DhatReport::parse(BufReader::new(input))?;
    let mut capture = Capture::new(Kind::Dhat);
    capture.truncated = report.truncated.clone();
    if report.mode == "rust-heap" {
        capture.tool = "dhat-rs".to_owned();
    }
    let mut process = Process {
        pid: report.pid,
        command: report
            .command
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        ..Process::default()
    };
    for point in &report.points {
        let frames: Vec<_> = report
            .calls(point)
            .map(|frame| table.frame(frame.clone()))
            .collect();
        process.records.push(Record {
            taken: Some(point.total_blocks),
            peak: Some(Amount {
                bytes: point.max_bytes,
                blocks: point.max_blocks,
            }),
            ..Record::of_heap(table.stack(&frames), point.end_bytes, point.end_blocks)
        });
    }
    if report.live_at_end() == (0, 0) && !report.points.is_empty() {
        let sum = |of: fn(&crate::probe::dhat_json::ProgramPoint) -> u64| {
            report.points.iter().map(of).fold(0, u64::saturating_add)
        };
        capture.note(format!(
            "At the end nothing was live any more; at the most (t-gmax) it was {} in {} blocks, and what each call site held at \
             its most is compared.",
            bytes(sum(|point| point.peak_bytes) as f64),
            count(sum(|point| point.peak_blocks))
        ));
    }
    capture.processes.push(process);
    Ok(capture)
}
