//! Judges what was read, writes the report, and says so.

use super::captures;
use super::options::JudgeOptions;
use super::read::{self, Reading};
use super::report;
use crate::commands::epilogue::{self, Reported};
use crate::engine::console::Failure;
use crate::engine::{environment, place};
use harness_judge::over_time::{Apart, conclude_apart};
use harness_model::record::{
    FileRead, MarkCount, PieceRead, ProcessOverTime, RECORD_SCHEMA_VERSION, RecordSummary,
};
use std::path::Path;
use std::process::ExitCode;

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &JudgeOptions) -> ExitCode {
    let file = match &options.file {
        Some(file) if !captures::is_one(file) => file,
        alone => return captures::run(&options.at, alone.as_deref(), &options.report),
    };
    let judged = try_run(file, options);
    epilogue::end(judged, options.report.json, |summary| {
        summary.verdict.exit_code
    })
}

fn try_run(file: &Path, options: &JudgeOptions) -> Result<Reported<RecordSummary>, Failure> {
    let asked = options.columns.asked();
    let reading = read::read(file, &asked).map_err(Failure::WrongUse)?;
    let out = place::take(&options.report.place, "judge-", &environment::now())?;
    place::make_way_beside(&out, [file])?;
    Ok(present(write(reading, &out), &out, options.report.json))
}

/// Judges what was read, and writes the report.
pub(crate) fn write(reading: Reading, out: &Path) -> Reported<RecordSummary> {
    let apart = conclude_apart(&reading.parts);
    let file = file(&reading, &apart);
    let conclusion = apart.conclusion;
    let tracks = reading
        .parts
        .iter()
        .flat_map(|part| &part.evidence.processes);
    let judged = tracks.zip(&conclusion.processes);
    let processes = reading.processes.iter().map(|process| {
        let mut judged = judged.clone();
        let judged = judged.find(|(track, _)| track.pid == process.pid);
        let judged = judged.and_then(|(_, judged)| judged.as_ref());
        ProcessOverTime {
            shape: judged.map(|judged| judged.shape),
            bytes_per_second: judged.map(|judged| judged.slope),
            ..process.clone()
        }
    });
    let marks = reading.parts.iter().flat_map(|part| &part.evidence.marks);
    let marks = marks.map(|marks| MarkCount {
        text: marks.text.clone(),
        count: marks.count(),
    });
    let summary = RecordSummary {
        schema_version: RECORD_SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        command_line: std::env::args_os()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        recorded: reading.recorded.clone(),
        axis: reading.axis,
        file,
        processes: processes.collect(),
        marks: marks.collect(),
        series: conclusion.series,
        sites: conclusion.sites,
        verdict: conclusion.verdict,
    };
    let written = report::write(&summary, &reading, out);
    Reported::new(summary, written)
}

/// How the file was understood, with the stretches that it was judged in.
fn file(reading: &Reading, apart: &Apart) -> Option<FileRead> {
    let parts = reading.parts.iter().zip(&reading.lines).zip(&apart.decides);
    let pieces = parts.map(|((part, line), decides)| PieceRead {
        group: part.group.clone(),
        piece: part.piece.unwrap_or(1),
        from_line: *line,
        rows: part.rows,
        decides: *decides,
    });
    Some(FileRead {
        pieces: pieces.collect(),
        ..reading.file.clone()?
    })
}

/// Says what was concluded, and where the page is.
pub(crate) fn present(
    reported: Reported<RecordSummary>,
    out: &Path,
    json: bool,
) -> Reported<RecordSummary> {
    let summary = &reported.document;
    let verdict = &summary.verdict;
    epilogue::say(
        json,
        (verdict.outcome, &verdict.sentence),
        &report::terminal(summary),
    );
    reported.tell_page(json, out);
    reported
}
