//! Judges captures, writes the report, and says so.

use super::gather::gather;
use super::given::{self, At, Read};
use super::report;
use crate::capture::{self, Kind, StackTable};
use crate::commands::epilogue::{self, Reported};
use crate::engine::console::Failure;
use crate::engine::{environment, place};
use crate::options::ReportOptions;
use crate::probe::source::SourceTree;
use harness_judge::counts::{
    Amount, Course, Evidence, Figures, SiteHistory, Trust, conclude, site_course,
};
use harness_model::captures::{
    CAPTURES_SCHEMA_VERSION, Capture, CaptureFile, CapturedSite, CapturesSummary, Held, SiteCourse,
};
use harness_model::program::Resource;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Call sites that the document has.
const MOST_SITES: usize = 100;

/// Whether a file that was given alone is one of a tool's.
pub(in crate::commands::judge) fn is_one(file: &Path) -> bool {
    capture::head(file).is_ok_and(|head| capture::is_capture(&head))
}

/// Does the job and says how it went; the exit code is the verdict's. `words` are those behind `--at`; `alone` is a file that
/// was given without a count.
pub(in crate::commands::judge) fn run(
    words: &[OsString],
    alone: Option<&Path>,
    options: &ReportOptions,
) -> ExitCode {
    let judged = try_run(words, alone, options);
    epilogue::end(judged, options.json, |summary| summary.verdict.exit_code)
}

fn try_run(
    words: &[OsString],
    alone: Option<&Path>,
    options: &ReportOptions,
) -> Result<Reported<CapturesSummary>, Failure> {
    let given = match alone {
        Some(file) => vec![At {
            iterations: None,
            files: vec![file.to_owned()],
        }],
        None => given::sort(words).map_err(Failure::WrongUse)?,
    };
    let mut table = StackTable::default();
    let files: Vec<PathBuf> = given.iter().flat_map(|at| at.files.clone()).collect();
    let (kind, read) = given::read(given, &mut table).map_err(Failure::WrongUse)?;
    // The program is not the harness, whose own sources say nothing of it.
    let tree = SourceTree::of_anybody();
    let evidence = gather(&read, &table, &tree);
    let summary = summary(kind, &read, &evidence);
    let now = &summary.judged_at;
    let out = place::take(&options.place, "judge-", now)?;
    place::make_way_beside(&out, &files)?;
    let written = report::write(&summary, &tree, &out);
    let text = report::terminal(&summary);
    Ok(epilogue::present(
        summary,
        written,
        |summary| (summary.verdict.outcome, &summary.verdict.sentence),
        &text,
        &out,
        options.json,
    ))
}

fn summary(kind: Kind, read: &[Read], evidence: &Evidence) -> CapturesSummary {
    let verdict = conclude(evidence).verdict;
    let counts_blocks = !evidence.bytes_only;
    let mut sites: Vec<(&SiteHistory, Course)> = evidence
        .sites
        .iter()
        .map(|site| (site, site_course(evidence, &site.figures)))
        .collect();
    let rate = |course: &Course| match course {
        Course::Grows(growth) => growth.rate.bytes,
        _ => -1.0,
    };
    let most = |site: &SiteHistory| site.figures.iter().map(|one| one.end.bytes).max();
    sites.sort_by(|(a, course_of_a), (b, course_of_b)| {
        let by_rate = rate(course_of_b).total_cmp(&rate(course_of_a));
        by_rate.then_with(|| most(b).cmp(&most(a)))
    });
    let sites_seen = sites.len() as u64;
    CapturesSummary {
        schema_version: CAPTURES_SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        command_line: std::env::args_os()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        judged_at: environment::now(),
        kind: kind.name().to_owned(),
        counts_blocks,
        captures: read
            .iter()
            .enumerate()
            .map(|(at, one)| capture_of(one, at, evidence))
            .collect(),
        sites: sites
            .into_iter()
            .take(MOST_SITES)
            .map(|(site, course)| site_of(site, &course, evidence))
            .collect(),
        sites_seen,
        verdict,
    }
}

/// What one count has.
fn capture_of(read: &Read, at: usize, evidence: &Evidence) -> Capture {
    let sum = |of: fn(&Figures) -> Amount| {
        let heap = evidence
            .sites
            .iter()
            .filter(|site| site.resource == Resource::Heap);
        let amounts = heap.filter_map(|site| site.figures.get(at)).map(of);
        amounts.fold(Default::default(), Amount::plus)
    };
    Capture {
        iterations: read.iterations,
        files: read
            .captures
            .iter()
            .map(|(path, capture)| CaptureFile {
                path: path.to_string_lossy().into_owned(),
                tool: capture.tool.clone(),
                truncated: capture.truncated.clone(),
            })
            .collect(),
        processes: read
            .captures
            .iter()
            .map(|(_, capture)| capture.processes.len() as u64)
            .sum(),
        held: held(sum(|one| one.end), evidence),
        lost: tells_lost(evidence).then(|| held(sum(|one| one.lost), evidence)),
    }
}

/// Whether what is lost is told from what is held.
fn tells_lost(evidence: &Evidence) -> bool {
    let figures = evidence.processes.iter().flat_map(|one| &one.figures);
    evidence
        .sites
        .iter()
        .any(|site| site.figures.iter().any(|one| one.lost.bytes > 0))
        || figures.into_iter().any(|one| one.trust != Trust::Unknown)
}

fn held(amount: Amount, evidence: &Evidence) -> Held {
    Held {
        bytes: amount.bytes,
        blocks: (!evidence.bytes_only).then_some(amount.blocks),
    }
}

fn site_of(site: &SiteHistory, course: &Course, evidence: &Evidence) -> CapturedSite {
    let rate = match course {
        Course::Grows(growth) => Some(growth.rate),
        _ => None,
    };
    let all = |of: fn(&Figures) -> Amount| {
        let figures = site.figures.iter().map(of);
        figures.map(|amount| held(amount, evidence)).collect()
    };
    CapturedSite {
        place: site.place.clone(),
        resource: site.resource,
        process: evidence.processes[site.process].role,
        course: match course {
            _ if evidence.counts().len() < 2 => SiteCourse::Unknown,
            Course::Grows(_) | Course::Hidden { .. } => SiteCourse::Grows,
            Course::Unsure { .. } | Course::Waits { .. } => SiteCourse::Unsure,
            Course::OneOff { .. } => SiteCourse::OneOff,
            Course::Bounded { .. } => SiteCourse::Bounded,
            Course::HighWater { .. } => SiteCourse::HighWater,
            Course::Sawtooth { .. } => SiteCourse::Sawtooth,
            Course::Nothing => SiteCourse::Nothing,
        },
        held: all(|one| one.end),
        lost: match tells_lost(evidence) {
            true => all(|one| one.lost),
            false => Vec::new(),
        },
        bytes_per_iteration: rate.map(|rate| rate.bytes),
        blocks_per_iteration: rate
            .filter(|_| !evidence.bytes_only)
            .map(|rate| rate.blocks),
        stack: site.stack.clone(),
    }
}
