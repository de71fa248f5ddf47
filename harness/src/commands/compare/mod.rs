//! Two reports side by side: which sites are new, gone, grown or shrunk, and what became of stores, memory, speed and
//! verdict.

pub mod options;
mod page;
mod plot;
mod program;
mod terminal;

use crate::commands::compare::options::CompareOptions;
use crate::commands::epilogue::{self, Reported};
use crate::commands::main::tools;
use crate::engine::console::{Failure, show, tell};
use crate::engine::place;
use crate::report;
use crate::report::chart::Chart;
use crate::report::{AnySummary, Picture};
use harness_judge::figures;
use harness_judge::figures::Unit;
use harness_judge::growing;
use harness_judge::growing::Site;
use harness_model::condition::behind;
use harness_model::units::several;
use harness_model::{Outcome, Summary};
use plot::Side;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::ExitCode;

/// The version of the document's form.
const SCHEMA_VERSION: u32 = 2;

/// A comparison of two reports, A and B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The version of this document's form.
    pub schema_version: u32,
    /// How the two runs' work differs; where it does, their figures are not comparable.
    pub differing: Vec<String>,
    /// B leaks more than A.
    pub worse: bool,
    /// 0 B leaks no more, 1 it does, 3 it cannot be told.
    pub exit_code: u8,
    /// The conclusion in a sentence.
    pub sentence: String,
    /// Every site of either run.
    pub sites: Vec<SiteChange>,
    /// Every figure of either run: memory, stores, words per second.
    pub figures: Vec<FigureChange>,
    /// The two verdicts.
    pub verdicts: [String; 2],
}

/// What became of a site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteChange {
    /// What became of it.
    pub change: Change,
    /// What it is known by.
    pub fingerprint: String,
    /// The instrument that saw it.
    pub seen_by: String,
    /// The condition under which it grows.
    pub condition: String,
    /// How its blocks are held.
    pub held: growing::Held,
    /// The function with its file and line.
    pub place: String,
    /// Bytes per iteration in A.
    pub a: f64,
    /// Bytes per iteration in B.
    pub b: f64,
}

/// What became of something from A to B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only B has it.
    New,
    /// B has more of it.
    Grown,
    /// B has less of it.
    Shrunk,
    /// Only A has it.
    Gone,
    /// Both have the same.
    Same,
}

impl Change {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Grown => "grown",
            Change::Shrunk => "shrunk",
            Change::Gone => "gone",
            Change::Same => "same",
        }
    }
}

/// What became of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureChange {
    /// Its name.
    pub name: String,
    /// Its unit: `bytes`, `bytes/iteration`, `words/s`.
    pub unit: String,
    /// Its value in A, where it was measured.
    pub a: Option<f64>,
    /// Its value in B.
    pub b: Option<f64>,
    /// Whether more of it in B is a leak: it is counted exactly, and counts what an iteration keeps.
    pub decides: bool,
}

/// Compares two reports and says how they differ.
pub fn run(options: &CompareOptions) -> ExitCode {
    epilogue::end(try_run(options), options.json, |comparison| {
        comparison.exit_code
    })
}

fn try_run(options: &CompareOptions) -> Result<Reported<Comparison>, Failure> {
    let read = |path| report::read_any(path).map_err(Failure::WrongUse);
    let both = [read(&options.a)?, read(&options.b)?];
    let comparison = match &both {
        [AnySummary::Job(a), AnySummary::Job(b)] => compare(a, b),
        [AnySummary::Program(a), AnySummary::Program(b)] => program::compare(a, b),
        _ => {
            return Err(Failure::WrongUse(
                "one of them is a report of a command (harness run), and the other is one of the main job: they have \
                 nothing in common"
                    .to_owned(),
            ));
        }
    };
    show(options.json, &terminal::terminal(&comparison));
    let mut unwritten = None;
    if let Some(out) = &options.out {
        unwritten = write(options, &both, &comparison, out).err();
        if unwritten.is_none() {
            tell(options.json, "");
            epilogue::tell_page(options.json, &out.join(report::PAGE_FILE));
        }
    }
    Ok(Reported {
        document: comparison,
        unwritten,
    })
}

/// Writes the comparison, its plots and its page.
fn write(
    options: &CompareOptions,
    both: &[AnySummary; 2],
    comparison: &Comparison,
    out: &Path,
) -> Result<(), Failure> {
    let folders = [&options.a, &options.b].map(|report| report::directory(report));
    let same = |one: &Path| one.canonicalize().ok() == out.canonicalize().ok();
    if out.exists() && folders.iter().any(|report| same(report)) {
        return Err(Failure::WrongUse(format!(
            "{} has one of the reports that are compared, which would be lost: name another directory with --out",
            printable::path(&out)
        )));
    }
    let line = |started: [&str; 2]| {
        format!(
            "A is {} of {}, B is {} of {}",
            printable::path(&options.a),
            started[0],
            printable::path(&options.b),
            started[1]
        )
    };
    let (charts, line) = match both {
        [AnySummary::Job(a), AnySummary::Job(b)] => (
            drawn([a, b], folders, options.json),
            line([&a.started_at, &b.started_at]),
        ),
        [AnySummary::Program(a), AnySummary::Program(b)] => {
            (Vec::new(), line([&a.started_at, &b.started_at]))
        }
        // These are not compared.
        _ => return Ok(()),
    };
    let pictures = charts.iter().map(Picture::of);
    report::write_files(comparison, pictures, out, || {
        page::page(comparison, &line, &charts)
    })
    .map_err(|error| Failure::Broken(format!("cannot write the comparison: {error}")))?;
    Ok(())
}

/// The memory of two runs of the main job. One whose samples cannot be read is not drawn, and that is said.
fn drawn([a, b]: [&Summary; 2], folders: [&Path; 2], json: bool) -> Vec<Chart> {
    let samples = folders.map(|report| {
        report::read_samples(&report.join(place::SAMPLES_FILE)).unwrap_or_else(|error| {
            tell(json, "");
            tell(json, format_args!("Its memory is not drawn: {error}"));
            Vec::new()
        })
    });
    let side = |name, summary, samples| Side {
        name,
        summary,
        samples,
    };
    plot::charts(&[side("A", a, &samples[0]), side("B", b, &samples[1])])
}

/// Compares B with A.
pub fn compare(a: &Summary, b: &Summary) -> Comparison {
    let differing = differing(a, b);
    let sites = site_changes(&growing::of(a), &growing::of(b), is_more);
    let figures = figure_changes([a, b].map(figures_of));
    let verdicts = [a, b].map(|summary| summary.verdict.sentence.clone());
    concluded(differing, sites, figures, verdicts, is_more)
}

/// Whether the second of two figures is more than the first.
type IsMore = fn(f64, f64) -> bool;

/// The conclusion from what changed.
fn concluded(
    differing: Vec<String>,
    sites: Vec<SiteChange>,
    figures: Vec<FigureChange>,
    verdicts: [String; 2],
    is_more: IsMore,
) -> Comparison {
    let more_sites = sites.iter().filter(|site| is_more(site.a, site.b)).count();
    let more: Vec<&FigureChange> = figures
        .iter()
        .filter(|figure| figure.decides)
        .filter(|figure| matches!((figure.a, figure.b), (Some(a), Some(b)) if is_more(a, b)))
        .collect();
    let worse = more_sites > 0 || !more.is_empty();
    let (outcome, sentence) = if !differing.is_empty() {
        let sentence = format!("The runs cannot be compared: {}.", differing.join("; "));
        (Outcome::Inconclusive, sentence)
    } else if worse {
        let names: Vec<&str> = more.iter().map(|figure| figure.name.as_str()).collect();
        let mut what = Vec::new();
        if more_sites > 0 {
            what.push(match more_sites {
                1 => "1 site gains more".to_owned(),
                many => format!("{many} sites gain more"),
            });
        }
        if !names.is_empty() {
            what.push(format!("higher: {}", names.join("; ")));
        }
        let sentence = format!("B leaks more than A: {}.", what.join("; "));
        (Outcome::Leak, sentence)
    } else {
        (Outcome::Pass, "B leaks no more than A.".to_owned())
    };
    Comparison {
        schema_version: SCHEMA_VERSION,
        differing,
        worse,
        exit_code: outcome.exit_code(),
        sentence,
        sites,
        figures,
        verdicts,
    }
}

/// More by more than what fractions lose when they are written down.
fn is_more(a: f64, b: f64) -> bool {
    b > a + 1e-9 * a.abs().max(b.abs())
}

/// What decides the figures and is not the same.
fn differing(a: &Summary, b: &Summary) -> Vec<String> {
    let mut differing = Vec::new();
    let mut check = |name: &str, a: String, b: String| {
        if a != b {
            differing.push(format!("{name} is {a} in A and {b} in B"));
        }
    };
    let shown =
        |path: &Option<String>| path.clone().unwrap_or_else(|| "the shipped one".to_owned());
    check(
        "the workload",
        a.workload.name.clone(),
        b.workload.name.clone(),
    );
    let texts = |s: &Summary| s.workload.texts_per_iteration.to_string();
    check("texts per iteration", texts(a), texts(b));
    check(
        "the cycle of texts",
        a.workload.cycle.to_string(),
        b.workload.cycle.to_string(),
    );
    let (of_a, of_b) = (&a.options, &b.options);
    check(
        "the number of iterations",
        of_a.iterations.to_string(),
        of_b.iterations.to_string(),
    );
    check(
        "the warm-up",
        of_a.warmup.to_string(),
        of_b.warmup.to_string(),
    );
    check("the loops", loops(a), loops(b));
    check("--seed", of_a.seed.to_string(), of_b.seed.to_string());
    check(
        "the share of novel words",
        of_a.novel_words.to_string(),
        of_b.novel_words.to_string(),
    );
    check("the corpus", shown(&of_a.corpus), shown(&of_b.corpus));
    for (instrument, _) in tools::STACKS {
        let iterations = |summary: &Summary| match summary.pairs(instrument).first() {
            Some(pair) => format!("run for {}", several(pair.long.iterations, "iteration")),
            None => "not run".to_owned(),
        };
        check(instrument.name(), iterations(a), iterations(b));
    }
    differing
}

/// The loops of a run, by their conditions.
fn loops(summary: &Summary) -> String {
    let names = summary
        .conditions
        .iter()
        .map(|condition| condition.name.as_str());
    names.collect::<Vec<_>>().join(" and ")
}

fn site_changes(a: &[Site], b: &[Site], is_more: IsMore) -> Vec<SiteChange> {
    let mut changes: Vec<SiteChange> = Vec::new();
    for site in b {
        let before = a.iter().find(|before| before.key == site.key);
        let (from, to) = (
            before.map(|site| site.bytes_per_iteration),
            site.bytes_per_iteration,
        );
        let change = match from {
            None => Change::New,
            Some(from) if is_more(from, to) => Change::Grown,
            Some(from) if is_more(to, from) => Change::Shrunk,
            Some(_) => Change::Same,
        };
        changes.push(changed(site, change, from.unwrap_or(0.0), to));
    }
    for site in a {
        if !b.iter().any(|after| after.key == site.key) {
            changes.push(changed(site, Change::Gone, site.bytes_per_iteration, 0.0));
        }
    }
    changes.sort_by(|x, y| {
        x.change
            .cmp(&y.change)
            .then(y.b.max(y.a).total_cmp(&x.b.max(x.a)))
    });
    changes
}

fn changed(site: &Site, change: Change, a: f64, b: f64) -> SiteChange {
    SiteChange {
        change,
        fingerprint: site.key.fingerprint.clone(),
        seen_by: site.key.seen_by.clone(),
        condition: site.key.condition.clone(),
        held: site.key.held,
        place: site.place.to_string(),
        a,
        b,
    }
}

/// A figure of a run: its name, its unit, its value, and whether more of it is a leak.
type Figured = (String, &'static str, f64, bool);

/// A figure as the judge has it.
fn figured(figure: figures::Figure) -> Figured {
    let unit = match figure.unit {
        Unit::Rate | Unit::ResidentRate => "bytes/iteration",
        Unit::Count => "1/iteration",
        Unit::Live | Unit::Resident => "bytes",
    };
    (figure.name, unit, figure.value, figure.unit == Unit::Rate)
}

fn figures_of(summary: &Summary) -> Vec<Figured> {
    let mut figures: Vec<Figured> = figures::of(summary).into_iter().map(figured).collect();
    for run in &summary.runs {
        if let Some(speed) = run.words_per_second() {
            figures.push((
                format!("words{}", behind(&run.condition)),
                "words/s",
                speed,
                false,
            ));
        }
    }
    figures
}

fn figure_changes([of_a, of_b]: [Vec<Figured>; 2]) -> Vec<FigureChange> {
    let mut changes: Vec<FigureChange> = Vec::new();
    for (name, unit, _, decides) in of_a.iter().chain(&of_b) {
        if changes.iter().any(|change| change.name == *name) {
            continue;
        }
        let value = |figures: &[Figured]| {
            figures
                .iter()
                .find(|figure| figure.0 == *name)
                .map(|figure| figure.2)
        };
        changes.push(FigureChange {
            name: name.clone(),
            unit: (*unit).to_owned(),
            a: value(&of_a),
            b: value(&of_b),
            decides: *decides,
        });
    }
    changes
}

/// What the fuzz target `reports` calls of this module.
#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing {
    use super::*;

    /// What the terminal and the page say of two runs.
    pub fn show(a: &Summary, b: &Summary, samples: &[harness_model::Sample]) -> (String, String) {
        let comparison = compare(a, b);
        let side = |name, summary| Side {
            name,
            summary,
            samples,
        };
        let charts = plot::charts(&[side("A", a), side("B", b)]);
        let page = page::page(&comparison, "A and B", &charts);
        let page = page.unwrap_or_else(|failed| failed.to_string());
        (terminal::terminal(&comparison).to_string(), page)
    }
}

#[cfg(test)]
mod tests;
