//! A history of runs: one line of JSON a run, a table of them, and a plot of the trend.

mod plot;

use crate::cli::HistoryOptions;
use crate::compare::words_per_second;
use crate::gate::figures;
use crate::gate::sites;
use crate::job::console::{self, Failure, tell};
use crate::report::table::{Align, Table};
use crate::report::units::{bytes, count, figure};
use crate::summary::{Outcome, Summary, Zones};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
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
    /// Bytes that an iteration keeps with zones, where they were measured.
    pub kept_with_zones: Option<f64>,
    /// Bytes that an iteration keeps without zones.
    pub kept_without_zones: Option<f64>,
    /// The bytes of the latter by store.
    pub stores: BTreeMap<String, f64>,
    /// Live bytes at the end with zones.
    pub live_bytes: Option<u64>,
    /// The most that was resident in any loop after its warm-up.
    pub rss_bytes: Option<u64>,
    /// Words per second, with zones if that loop was run.
    pub words_per_second: Option<f64>,
    /// Call sites that grow.
    pub growing_sites: usize,
}

impl Line {
    /// The line of a run that is called `name`.
    pub fn of(summary: &Summary, name: &str, commit: Option<String>) -> Line {
        let run = |zones| summary.runs.iter().find(|run| run.zones == zones);
        let (on, off) = (run(Zones::On), run(Zones::Off));
        let stores = off.map_or(&[][..], |run| &run.stores).iter();
        Line {
            at: summary.started_at.clone(),
            commit,
            name: name.to_owned(),
            outcome: summary.verdict.outcome,
            iterations: summary.options.iterations,
            kept_with_zones: on.map(|run| figures::growth(&run.live_bytes)),
            kept_without_zones: off.map(|run| run.live_bytes.per_iteration),
            stores: stores
                .map(|store| (store.name.clone(), store.bytes_per_iteration))
                .collect(),
            live_bytes: on.or(off).map(|run| run.live_bytes.last),
            rss_bytes: summary
                .runs
                .iter()
                .filter_map(|run| Some(run.rss_bytes.as_ref()?.max))
                .max(),
            words_per_second: on.or(off).and_then(words_per_second),
            growing_sites: sites::of(summary).len(),
        }
    }
}

/// Adds runs to a history.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn append<'s>(
    path: &Path,
    runs: impl IntoIterator<Item = (&'s str, &'s Summary)>,
) -> Result<(), Failure> {
    let commit = commit();
    let mut text = String::new();
    for (name, summary) in runs {
        let line = Line::of(summary, name, commit.clone());
        let json =
            serde_json::to_string(&line).map_err(|error| Failure::Broken(error.to_string()))?;
        text.push_str(&json);
        text.push('\n');
    }
    let mut write = || -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        // A line that was cut short by a crash ends here, and costs no other.
        if std::fs::read(path).is_ok_and(|before| before.last().is_some_and(|last| *last != b'\n'))
        {
            text.insert(0, '\n');
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|error| {
        Failure::Broken(format!(
            "cannot write the history {}: {error}",
            path.display()
        ))
    })
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
    let shown = options.file.display();
    let text = std::fs::read_to_string(&options.file)
        .map_err(|error| Failure::WrongUse(format!("cannot read the history {shown}: {error}")))?;
    let (mut lines, unread) = read(&text);
    if let Some(name) = &options.workload {
        lines.retain(|line| line.name == *name);
    }
    if unread > 0 {
        eprintln!("{unread} lines of {shown} are no runs (cut short?) and are left out.");
    }
    if lines.is_empty() {
        return Err(Failure::WrongUse(format!(
            "the history {shown} holds no run"
        )));
    }
    tell(false, table(&lines).trim_end());
    let out = options
        .out
        .as_deref()
        .or(options.file.parent())
        .unwrap_or(Path::new(""));
    for file in plot::write(&lines, out).map_err(|error| Failure::Broken(error.to_string()))? {
        tell(false, &format!("Plot: {}", file.display()));
    }
    Ok(())
}

/// The runs of a history, in their order, and how many lines were none.
fn read(text: &str) -> (Vec<Line>, usize) {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut unread = 0;
    let read = lines.filter_map(|line| {
        let line = serde_json::from_str(line).ok();
        unread += usize::from(line.is_none());
        line
    });
    let read = read.collect();
    (read, unread)
}

fn table(lines: &[Line]) -> String {
    let mut table = Table::new(&[
        ("at", Align::Left),
        ("commit", Align::Left),
        ("run", Align::Left),
        ("verdict", Align::Left),
        ("kept with zones", Align::Right),
        ("without zones", Align::Right),
        ("live", Align::Right),
        ("resident at most", Align::Right),
        ("words/s", Align::Right),
        ("sites", Align::Right),
    ]);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "\u{2013}".to_owned());
    let rate =
        |value: Option<f64>| or_dash(value.map(|value| format!("{} B/iteration", figure(value))));
    let size = |value: Option<u64>| or_dash(value.map(|value| bytes(value as f64)));
    for line in lines {
        table.row([
            line.at.clone(),
            or_dash(line.commit.clone()),
            line.name.clone(),
            match line.outcome {
                Outcome::Pass => "pass",
                Outcome::Leak => "leak",
                Outcome::Inconclusive => "inconclusive",
            }
            .to_owned(),
            rate(line.kept_with_zones),
            rate(line.kept_without_zones),
            size(line.live_bytes),
            size(line.rss_bytes),
            or_dash(line.words_per_second.map(|speed| count(speed as u64))),
            line.growing_sites.to_string(),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::testing;

    #[test]
    fn runs_are_added_and_read_back_and_a_line_cut_short_costs_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/history.jsonl");
        let summary = testing::summary("parse");
        append(&path, [("parse", &summary)]).ok().unwrap();
        let mut cut = std::fs::read_to_string(&path).unwrap();
        cut.push_str("{\"at\": \"2026-");
        std::fs::write(&path, cut).unwrap();
        append(&path, [("a", &summary), ("b", &summary)])
            .ok()
            .unwrap();
        let (lines, unread) = read(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(unread, 1);
        let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["parse", "a", "b"]);
        assert_eq!(
            lines[0],
            Line::of(&summary, "parse", lines[0].commit.clone())
        );
    }

    #[test]
    fn the_plots_are_drawn_for_one_run_and_for_many() {
        let directory = tempfile::tempdir().unwrap();
        let line = Line::of(&testing::summary("parse"), "parse", None);
        for count in [1, 2, 40] {
            let lines = vec![line.clone(); count];
            let files = plot::write(&lines, directory.path()).unwrap();
            assert_eq!(files.len(), 4, "kept and memory, as SVG and PNG");
            assert!(
                files
                    .iter()
                    .all(|file| file.metadata().unwrap().len() > 500)
            );
        }
    }
}
