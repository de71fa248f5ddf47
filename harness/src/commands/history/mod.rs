//! A history of runs: one line of JSON a run, a table of them, plots of the trend, and a page.

pub mod options;
mod page;
mod plot;
mod table;

use crate::commands::history::options::HistoryOptions;
use crate::engine::console;
use crate::engine::console::{Failure, show, tell};
use crate::files;
use crate::files::{Access, Named};
use crate::report::Picture;
use crate::workload::Zones;
use harness_judge::growing;
use harness_model::program::{ProgramSummary, Resource};
use harness_model::{Expectation, Outcome, Run, Summary};
use printable::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When it began: UTC, RFC 3339.
    pub at: String,
    /// The commit that was checked out, where git knows it.
    pub commit: Option<String>,
    /// What was run: the gate's name for it, or the workload's.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Measured iterations of each loop.
    pub iterations: u64,
    /// Live bytes that an iteration gains, by the condition of the loop: the figure of the report.
    #[serde(default)]
    pub kept: BTreeMap<String, f64>,
    /// Bytes that an iteration adds to each store, in the first loop that has stores which may grow.
    pub stores: BTreeMap<String, f64>,
    /// Live bytes at the end, of the loop that should be flat if one was run.
    pub live_bytes: Option<u64>,
    /// The most that was resident in any loop after its warm-up.
    pub rss_bytes: Option<u64>,
    /// Words per second, of the same loop.
    pub words_per_second: Option<f64>,
    /// Call sites that grow.
    pub growing_sites: usize,
}

impl Line {
    /// The line of a run that is called `name`.
    pub fn of(summary: &Summary, name: &str, commit: Option<String>) -> Line {
        let measured = || summary.runs.iter().filter(|run| run.iterations > 0);
        let is_flat = |run: &&Run| summary.expects(&run.condition) == Expectation::Flat;
        let main = measured().find(is_flat).or(measured().next());
        let open = measured().find(|run| !is_flat(run));
        let stores = open.map_or(&[][..], |run| &run.stores).iter();
        Line {
            at: summary.started_at.clone(),
            commit,
            name: name.to_owned(),
            outcome: summary.verdict.outcome,
            iterations: summary.options.iterations,
            kept: measured()
                .map(|run| (run.condition.clone(), run.live_bytes.per_iteration))
                .collect(),
            stores: stores
                .map(|store| (store.name.clone(), store.bytes_per_iteration))
                .collect(),
            live_bytes: main.map(|run| run.live_bytes.last),
            rss_bytes: summary
                .runs
                .iter()
                .filter_map(|run| Some(run.rss_bytes.as_ref()?.max))
                .max(),
            words_per_second: main.and_then(Run::words_per_second),
            growing_sites: growing::of(summary).len(),
        }
    }
}

/// What [`growing::condition_of`] calls the heap of a command's own process.
const MAIN_HEAP: &str = "in the heap of the main process";

impl Line {
    /// The line of the runs of a command that is called `name`: what an iteration keeps, by what grows and where.
    pub fn of_program(summary: &ProgramSummary, name: &str) -> Line {
        // Where nothing grows, that is a figure too.
        let mut kept = BTreeMap::from([(MAIN_HEAP.to_owned(), 0.0)]);
        for growth in &summary.verdict.growth {
            *kept.entry(growing::condition_of(growth)).or_default() += growth.bytes_per_iteration;
        }
        let last = summary.counts.iter().max_by_key(|run| run.iterations);
        let heap = last.and_then(|run| {
            let mut totals = run.totals.iter();
            totals.find(|total| total.resource == Resource::Heap)
        });
        let resident = summary
            .counts
            .iter()
            .filter_map(|run| run.resident_peak_bytes);
        Line {
            at: summary.started_at.clone(),
            commit: commit(),
            name: name.to_owned(),
            outcome: summary.verdict.outcome,
            iterations: last.map_or(0, |run| run.iterations),
            kept,
            stores: BTreeMap::new(),
            live_bytes: heap.map(|heap| heap.end_bytes),
            rss_bytes: resident.max(),
            words_per_second: None,
            growing_sites: growing::of_program(summary).len(),
        }
    }
}

/// Adds runs to a history. `out` is where the run's report goes.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn append<'s>(
    path: &Path,
    out: &Path,
    runs: impl IntoIterator<Item = (&'s str, &'s Summary)>,
) -> Result<(), Failure> {
    let commit = commit();
    let lines = runs.into_iter();
    let lines = lines.map(|(name, summary)| Line::of(summary, name, commit.clone()));
    append_lines(path, out, lines)
}

/// Adds lines to a history. `out` is where the run's report goes.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn append_lines(
    path: &Path,
    out: &Path,
    lines: impl IntoIterator<Item = Line>,
) -> Result<(), Failure> {
    let mut text = String::new();
    for line in lines {
        let json =
            serde_json::to_string(&line).map_err(|error| Failure::Broken(error.to_string()))?;
        text.push_str(&printable::json(&json));
        text.push('\n');
    }
    Named::new(path, Some(out))
        .append(&text)
        .map_err(|error| Failure::Broken(format!("cannot write the history {error}")))
}

/// The commit that is checked out here, as git tells it: 12 digits, and `+` where something is changed.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .is_some_and(|text| !text.is_empty());
    Some(if changed {
        format!("{commit}+")
    } else {
        commit
    })
}

/// Prints a history's table and draws its trend.
pub fn run(options: &HistoryOptions) -> ExitCode {
    console::exit(try_run(options).map(|()| 0))
}

fn try_run(options: &HistoryOptions) -> Result<(), Failure> {
    let shown = printable::path(&options.file);
    let bytes = crate::files::read(&options.file)
        .map_err(|error| Failure::WrongUse(format!("cannot read the history {shown}: {error}")))?;
    // A line that was cut short may end within a letter.
    let (mut lines, unread) = read(&String::from_utf8_lossy(&bytes));
    let note = unread.told(&shown);
    if let Some(note) = &note {
        console::complain(note);
    }
    if lines.is_empty() {
        return Err(Failure::WrongUse(format!(
            "the history {shown} holds no run"
        )));
    }
    if let Some(name) = &options.workload {
        let names = plot::workloads(&lines).join(", ");
        lines.retain(|line| line.name == *name);
        if lines.is_empty() {
            return Err(Failure::WrongUse(format!(
                "the history {shown} holds no run of {name}; it has runs of {names}"
            )));
        }
    }
    let mut text = Text::new();
    text.block(&table::table(&lines).render());
    show(false, &text);
    let out = options
        .out
        .as_deref()
        .or(options.file.parent())
        .unwrap_or(Path::new(""));
    let files = write(&lines, out, note.as_deref())
        .map_err(|error| Failure::Broken(format!("cannot draw the history: {error}")))?;
    for file in files {
        tell(false, format_args!("Written: {}", printable::path(&file)));
    }
    Ok(())
}

/// Writes the plots as SVG and PNG, and the page; gives the files.
fn write(lines: &[Line], out: &Path, note: Option<&str>) -> io::Result<Vec<PathBuf>> {
    let out = if out.as_os_str().is_empty() {
        Path::new(".")
    } else {
        out
    };
    files::directory(out, Access::Private)?;
    let charts = plot::charts(lines);
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| -> io::Result<()> {
        written.push(files::replace(&out.join(name), bytes, Access::Private)?);
        Ok(())
    };
    for chart in &charts {
        let Picture { name, svg, png } = Picture::of(chart).map_err(io::Error::other)?;
        put(&format!("{name}.svg"), svg.as_bytes())?;
        put(&format!("{name}.png"), &png)?;
    }
    let page = page::page(lines, &charts, note).map_err(io::Error::other)?;
    put("history.html", page.as_bytes())?;
    Ok(written)
}

/// The lines of a history that are no runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Unread {
    /// How many, but for the last line.
    within: usize,
    /// The last line is one: the run that wrote it was stopped, or the disk was full.
    last: bool,
}

impl Unread {
    /// What of the file is not there, if anything.
    fn told(self, file: &str) -> Option<String> {
        let within = match self.within {
            0 => None,
            1 => Some("1 line".to_owned()),
            lines => Some(format!("{lines} lines")),
        };
        match (within, self.last) {
            (None, false) => None,
            (None, true) => Some(format!(
                "The last line of {file} is cut short and is left out; the runs before it are here."
            )),
            (Some(lines), false) => Some(format!(
                "{lines} of {file} cannot be read as runs (cut short?) and are left out."
            )),
            (Some(lines), true) => Some(format!(
                "{lines} of {file} and the last one cannot be read as runs (cut short?) and are left out."
            )),
        }
    }
}

/// A line of a history. Lines of before conditions had names keep their figures of the two loops in fields of their own.
fn parse(line: &str) -> Option<Line> {
    #[derive(Deserialize)]
    struct Form {
        #[serde(flatten)]
        line: Line,
        kept_with_zones: Option<f64>,
        kept_without_zones: Option<f64>,
    }
    let Form {
        mut line,
        kept_with_zones,
        kept_without_zones,
    } = serde_json::from_str(line).ok()?;
    for (zones, kept) in [
        (Zones::On, kept_with_zones),
        (Zones::Off, kept_without_zones),
    ] {
        if let Some(kept) = kept {
            line.kept.entry(zones.phrase().to_owned()).or_insert(kept);
        }
    }
    Some(line)
}

/// The conditions of all loops of a history, in the order in which they first come.
fn conditions(lines: &[Line]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in lines.iter().flat_map(|line| line.kept.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// The runs of a history, in their order, and the lines that are none.
fn read(text: &str) -> (Vec<Line>, Unread) {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<Option<Line>> = lines.map(parse).collect();
    let last = lines.last().is_some_and(Option::is_none);
    let unread = Unread {
        within: lines.iter().filter(|line| line.is_none()).count() - usize::from(last),
        last,
    };
    (lines.into_iter().flatten().collect(), unread)
}

/// What the fuzz target `reports` calls of this module.
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing {
    use super::*;

    /// What the terminal and the page say of a history.
    pub fn show(bytes: &[u8]) -> (String, String) {
        let (lines, unread) = read(&String::from_utf8_lossy(bytes));
        let note = unread.told("history.jsonl");
        if lines.is_empty() {
            return (note.unwrap_or_default(), String::new());
        }
        let page = page::page(&lines, &plot::charts(&lines), note.as_deref());
        let page = page.unwrap_or_else(|failed| failed.to_string());
        (table::table(&lines).render(), page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::gate::testing;

    #[test]
    fn runs_are_added_and_read_back_and_a_line_cut_short_costs_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/history.jsonl");
        let summary = testing::summary("parse");
        append(&path, directory.path(), [("parse", &summary)])
            .ok()
            .unwrap();
        let mut cut = std::fs::read_to_string(&path).unwrap();
        cut.push_str("{\"at\": \"2026-");
        std::fs::write(&path, cut).unwrap();
        append(&path, directory.path(), [("a", &summary), ("b", &summary)])
            .ok()
            .unwrap();
        let (lines, unread) = read(&std::fs::read_to_string(&path).unwrap());
        let within = Unread {
            within: 1,
            last: false,
        };
        assert_eq!(unread, within);
        let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["parse", "a", "b"]);
        assert_eq!(
            lines[0],
            Line::of(&summary, "parse", lines[0].commit.clone())
        );
    }

    #[test]
    fn a_last_line_cut_short_anywhere_leaves_the_runs_before_it_and_is_told() {
        let line = Line::of(&testing::summary("p\u{e4}rse"), "p\u{e4}rse", None);
        let json = serde_json::to_string(&line).unwrap();
        for cut in 1..json.len() {
            let mut bytes = format!("{json}\n{json}\n").into_bytes();
            bytes.extend_from_slice(&json.as_bytes()[..cut]);
            let (lines, unread) = read(&String::from_utf8_lossy(&bytes));
            assert_eq!((lines.len(), unread.within, unread.last), (2, 0, true));
        }
        let (lines, unread) = read(&format!("{json}\n{json}"));
        assert_eq!((lines.len(), unread.told("h.jsonl")), (2, None));
        let told = read(&json[..9]).1.told("h.jsonl").unwrap();
        assert!(
            told.starts_with("The last line of h.jsonl is cut short"),
            "{told}"
        );
    }

    #[test]
    fn the_plots_and_the_page_are_written_for_one_run_and_for_many() {
        let directory = tempfile::tempdir().unwrap();
        let mut line = Line::of(&testing::summary("parse"), "parse", None);
        line.name = "<b>parse".to_owned();
        for count in [1, 2, 40] {
            let lines = vec![line.clone(); count];
            let files = write(&lines, directory.path(), Some("One line is cut short.")).unwrap();
            assert_eq!(
                files.len(),
                5,
                "kept and memory, as SVG and PNG, and the page"
            );
            let page = std::fs::read_to_string(files.last().unwrap()).unwrap();
            assert!(page.contains("One line is cut short.") && !page.contains("<b>parse"));
            assert_eq!(page.matches("&lt;b&gt;parse</td>").count(), count);
        }
    }
}
