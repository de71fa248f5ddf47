//! What a run leaves for people: plots, a page, and a table for the terminal, all from the same [`Summary`].

pub(crate) mod answer;
pub(crate) mod by_site;
pub(crate) mod chart;
pub(crate) mod draw;
pub(crate) mod hover;
pub(crate) mod html;
pub(crate) mod layers;
mod ledger;
pub(crate) mod lines;
pub(crate) mod panels;
mod parts;
pub(crate) mod pen;
pub(crate) mod picture;
mod places;
mod plots;
pub(crate) mod rates;
pub mod table;
mod terminal;
mod ticks;
mod upgrade;

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files;
use crate::files::{Access, named};
use crate::probe::source::SourceTree;
use harness_model::Sample;
use harness_model::program::{PROGRAM_SCHEMA_VERSION, ProgramSummary};
use harness_model::{SCHEMA_VERSION, Summary};

use chart::Chart;
use draw::PICTURE;
pub(crate) use picture::DrawingFailed;
pub use terminal::terminal;
pub(crate) use terminal::{Extent, text};

/// The document that holds the whole run.
pub const SUMMARY_FILE: &str = "summary.json";
/// The page for people.
pub const PAGE_FILE: &str = "report.html";
/// The document of a gate.
pub const GATE_FILE: &str = "gate.json";
/// What dhat saw of the loop that grows most, from the program's own calls on: the one to open first in its viewer.
pub const DHAT_FILE: &str = "dhat-heap.json";

/// Writes summary.json, the plots as SVG and PNG, and report.html into `dir`, which is made if it is missing. Each
/// file appears whole or not at all, and is the user's alone to read (mode 0600).
/// `samples` are those of all runs, in the order they were taken; `tree` is where
/// the page looks for the source lines of the call sites.
///
/// Returns the files in the order they were written.
///
/// # Errors
/// What the system says, with the file's name.
pub fn write(
    summary: &Summary,
    samples: &[Sample],
    dir: &Path,
    tree: &SourceTree,
) -> io::Result<Vec<PathBuf>> {
    let charts = plots::charts(summary, samples);
    let pictures = charts.iter().map(Picture::of);
    write_files(summary, pictures, dir, || {
        html::page(summary, &charts, tree)
    })
}

/// A drawing as files.
pub(crate) struct Picture {
    /// The files' name without its ending.
    pub(crate) name: String,
    /// The document of SVG.
    pub(crate) svg: String,
    /// The file of PNG.
    pub(crate) png: Vec<u8>,
}

impl Picture {
    /// Draws a chart by itself.
    pub(crate) fn of(chart: &Chart) -> Result<Picture, DrawingFailed> {
        Ok(Picture {
            name: chart.name.clone(),
            svg: draw::svg(chart, PICTURE)?,
            png: draw::png(chart)?,
        })
    }
}

/// Writes what every job leaves: the summary, the pictures as SVG and PNG, and the page.
///
/// # Errors
/// What the system says, with the file's name.
pub(crate) fn write_files(
    summary: &impl Serialize,
    pictures: impl IntoIterator<Item = Result<Picture, DrawingFailed>>,
    dir: &Path,
    page: impl FnOnce() -> Result<String, DrawingFailed>,
) -> io::Result<Vec<PathBuf>> {
    files::directory(dir, Access::Private)?;
    let mut written = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| -> io::Result<()> {
        written.push(files::replace(&dir.join(name), bytes, Access::Private)?);
        Ok(())
    };
    // The figures first: a failure further on does not cost them.
    put(SUMMARY_FILE, document(summary)?.as_bytes())?;
    for picture in pictures {
        let Picture { name, svg, png } = picture.map_err(io::Error::other)?;
        put(&format!("{name}.svg"), svg.as_bytes())?;
        put(&format!("{name}.png"), &png)?;
    }
    put(PAGE_FILE, page().map_err(io::Error::other)?.as_bytes())?;
    Ok(written)
}

/// A document as a file of JSON has it, which can be shown on a terminal too.
pub(crate) fn document(document: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string_pretty(document)?;
    Ok(printable::json(&json).into_owned() + "\n")
}

/// The directory of a report that is named by it or by its summary.
pub(crate) fn directory(report: &Path) -> &Path {
    if report.is_dir() {
        return report;
    }
    match report.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Reads the summary of a report: the directory's, or the file itself.
///
/// # Errors
/// A sentence for the user: there is none, or it is of another version.
pub fn read_summary(report: &Path) -> Result<Summary, String> {
    let (text, path) = summary_text(report)?;
    parse_summary(&text, &path)
}

/// The summary of a report of either kind of run.
pub enum AnySummary {
    /// Of the main job.
    Job(Box<Summary>),
    /// Of a command that was run.
    Program(Box<ProgramSummary>),
}

/// Reads the summary of a report, of the main job or of a command that was run.
///
/// # Errors
/// A sentence for the user: there is none, or it is of another version.
pub fn read_any(report: &Path) -> Result<AnySummary, String> {
    #[derive(serde::Deserialize)]
    struct Kind {
        schema_version: u32,
        // A command has counts, where the job has loops.
        counts: Option<serde::de::IgnoredAny>,
    }
    let (text, path) = summary_text(report)?;
    match serde_json::from_str(&text) {
        Ok(Kind {
            schema_version,
            counts: Some(_),
        }) => {
            let shown = printable::path(&path);
            if schema_version != PROGRAM_SCHEMA_VERSION {
                return Err(format!(
                    "{shown} is of version {schema_version}, and this program reads version {PROGRAM_SCHEMA_VERSION} of \
                     what a command's runs have"
                ));
            }
            let program = serde_json::from_str(&text).map_err(|error| {
                format!(
                    "{shown} is no summary of a command that this version can read: {}",
                    printable::Line(error)
                )
            })?;
            Ok(AnySummary::Program(Box::new(program)))
        }
        _ => Ok(AnySummary::Job(Box::new(parse_summary(&text, &path)?))),
    }
}

/// The text of a report's summary, and the file that it is in.
fn summary_text(report: &Path) -> Result<(String, PathBuf), String> {
    let path = if report.is_dir() {
        report.join(SUMMARY_FILE)
    } else {
        report.to_owned()
    };
    let text = files::read_text(&path)
        .map_err(|error| format!("cannot read the report {}: {error}", printable::path(&path)))?;
    Ok((text, path))
}

/// Reads what a summary.json holds; `path` is the file's, for errors.
fn parse_summary(text: &str, path: &Path) -> Result<Summary, String> {
    let shown = printable::path(path);
    let refused = |error| {
        format!(
            "{shown} is no summary of the main job that this version can read: {}",
            printable::Line(error)
        )
    };
    #[derive(serde::Deserialize)]
    struct Versioned {
        schema_version: u32,
    }
    let Versioned { schema_version } = serde_json::from_str(text).map_err(refused)?;
    match schema_version {
        SCHEMA_VERSION => serde_json::from_str(text).map_err(refused),
        upgrade::FROM_VERSION => {
            let document = serde_json::from_str(text).map_err(refused)?;
            serde_json::from_value(upgrade::summary(document)).map_err(refused)
        }
        other => Err(format!(
            "{shown} is of version {other}, and this program reads versions {} and {SCHEMA_VERSION}",
            upgrade::FROM_VERSION
        )),
    }
}

/// Reads a sample, of this version or of the one before.
fn parse_sample(line: &[u8]) -> serde_json::Result<Sample> {
    serde_json::from_slice(line).or_else(|error| {
        let document = serde_json::from_slice(line).map(upgrade::renamed);
        document.and_then(serde_json::from_value).map_err(|_| error)
    })
}

/// Reads a samples.jsonl. The last line may be cut short, where the run was killed: it is left out.
///
/// # Errors
/// What the system says, or that a line before the last is no sample, with its number.
pub fn read_samples(path: &Path) -> io::Result<Vec<Sample>> {
    let file = files::open(path).map_err(|error| named(&error, path))?;
    parse_samples(BufReader::new(file), &printable::path(path))
}

/// Reads what a samples.jsonl holds; `name` is the file's, for errors. Bytes that are no text make their line no sample.
///
/// # Errors
/// As [`read_samples`].
pub fn parse_samples(from: impl BufRead, name: &str) -> io::Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut wrong: Option<String> = None;
    for (at, line) in from.split(b'\n').enumerate() {
        if let Some(why) = wrong {
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let line =
            line.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        match parse_sample(&line) {
            Ok(sample) => samples.push(sample),
            Err(error) => wrong = Some(format!("line {} of {name} is no sample: {error}", at + 1)),
        }
    }
    Ok(samples)
}

/// What the fuzz target `reports` calls of this module.
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing {
    use super::*;

    pub fn summary(text: &str) -> Result<Summary, String> {
        parse_summary(text, Path::new(SUMMARY_FILE))
    }

    pub fn page(summary: &Summary, samples: &[Sample]) -> String {
        let charts = plots::charts(summary, samples);
        let drawn = html::page(summary, &charts, &SourceTree::open::<&Path>(&[]));
        drawn.unwrap_or_else(|failed| failed.to_string())
    }
}
