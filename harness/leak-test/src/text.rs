//! Reports as people read them.

use crate::measure::MOST_OF_IT;
use crate::outcome::{Failure, Findings, Note, Report};
use crate::sites::Site;
use harness_model::units::{count, exact, plural, rate};
use harness_model::{Place, Series, Shape};
use std::fmt;

/// Call sites that are told.
const MOST_SITES: usize = 5;
/// Callers that are told of each.
const MOST_CALLERS: usize = 3;

const NOT_COUNTING: &str = "leak test: allocations are not counted here, so nothing can be told.
Add this to the test file (for unit tests to the crate's root, under #[cfg(test)]):

    #[global_allocator]
    static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();

A test binary has one global allocator. If yours sets another, wrap it: leak_test::Counting::over(ThatAllocator).";

const NESTED: &str = "leak test: this one runs within the work of another, on the same thread. Run them one after the other.";

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Growing(findings) => growing(f, findings),
            Failure::Inconclusive(findings) => inconclusive(f, findings),
            Failure::NotCounting => f.write_str(NOT_COUNTING),
            Failure::Nested => f.write_str(NESTED),
            Failure::OthersAllocated { times } => {
                let times = plural(*times as f64, "time");
                write!(
                    f,
                    "leak test: other threads allocated or freed {times} while the whole process was counted, so nothing \
                     can be told.\nPut this test into a test binary of its own (a file in tests/ with this test alone), or \
                     run the tests with `-- --test-threads=1`. Threads that an earlier test left running are others too."
                )
            }
        }
    }
}

fn growing(f: &mut fmt::Formatter<'_>, findings: &Findings) -> fmt::Result {
    let report = &findings.report;
    writeln!(
        f,
        "memory grows: {}",
        amount(report.bytes().slope, report.blocks().slope)
    )?;
    kept(f, findings)?;
    sites(f, findings)?;
    writeln!(
        f,
        "\nIf this is a cache that is still filling: .warmup(n) with as many iterations as fill it."
    )?;
    writeln!(
        f,
        "If it is meant to grow: .expect_growth_in(\"its function\") or .tolerate_bytes(per iteration)."
    )?;
    notes(f, report)?;
    seen(f, report)
}

fn inconclusive(f: &mut fmt::Formatter<'_>, findings: &Findings) -> fmt::Result {
    let report = &findings.report;
    let iterations = report.iterations();
    if report.too_short {
        return write!(
            f,
            "the run is too short to tell whether memory grows: {} of work whose inputs come round every {}.\n\
             At least 4 passes are needed, and 100 iterations are worth their time: .iterations({}).",
            plural(iterations as f64, "iteration"),
            plural(report.cycle as f64, "iteration"),
            (report.cycle * 10).max(100)
        );
    }
    writeln!(
        f,
        "cannot tell whether memory grows: it was kept, but {} are too few to say whether that goes on",
        plural(iterations as f64, "iteration")
    )?;
    kept(f, findings)?;
    sites(f, findings)?;
    writeln!(
        f,
        "\nRun longer, e.g. .iterations({}). If this is a cache that is still filling: .warmup(n) with as many iterations \
         as fill it.",
        iterations * 4
    )?;
    notes(f, report)?;
    seen(f, report)
}

/// `24 B an iteration, in 1 block`.
fn amount(bytes: f64, blocks: f64) -> String {
    let bytes = per_iteration(bytes);
    if blocks <= 0.0 {
        return format!("{bytes}, in blocks that are made larger");
    }
    format!("{bytes}, in {}", plural(blocks, "block"))
}

/// `24 B an iteration`.
fn per_iteration(bytes: f64) -> String {
    format!("{} an iteration", rate(bytes).trim_start_matches('+'))
}

fn kept(f: &mut fmt::Formatter<'_>, findings: &Findings) -> fmt::Result {
    let report = &findings.report;
    let gained = |series: &Series| series.last as f64 - series.first as f64;
    let (bytes, blocks) = (gained(report.bytes()), gained(report.blocks()));
    write!(f, "  kept: {}", exact(bytes))?;
    if blocks > 0.0 {
        write!(f, " in {}", plural(blocks, "block"))?;
    }
    write!(
        f,
        " over {} (the last {} to find where), after a warm-up of {}",
        plural(report.iterations() as f64, "iteration"),
        count(findings.searched),
        count(report.warmup)
    )?;
    match report.bytes().slope_interval {
        Some(rates) if rates.low == rates.high => writeln!(f, "; at the same rate all along"),
        Some(rates) => writeln!(
            f,
            "; from {} to {} in parts of the run",
            rate(rates.low).trim_start_matches('+'),
            per_iteration(rates.high)
        ),
        None => writeln!(f),
    }
}

fn sites(f: &mut fmt::Formatter<'_>, findings: &Findings) -> fmt::Result {
    let sites = &findings.sites;
    if sites.is_empty() {
        return writeln!(
            f,
            "\nNo call site was seen to keep anything in {} more.",
            plural(findings.searched as f64, "iteration")
        );
    }
    writeln!(f, "\nallocated by:")?;
    let slope = findings.report.bytes().slope;
    let found: f64 = sites.iter().map(|site| site.bytes_per_iteration).sum();
    let is_all = (MOST_OF_IT * slope..=slope / MOST_OF_IT).contains(&found);
    for site in sites.iter().take(MOST_SITES) {
        write_site(f, site, (!is_all).then_some(findings.searched))?;
    }
    if found < MOST_OF_IT * slope {
        writeln!(
            f,
            "  The rest was not kept again in these iterations: a vector or table that doubles as it fills does so seldom."
        )?;
    }
    if sites.iter().any(|site| site.prints) {
        writeln!(
            f,
            "  The test runner keeps what a test prints: do not print in the work, or run with `-- --nocapture`."
        )?;
    }
    if sites.len() > MOST_SITES {
        writeln!(f, "  and {} more", sites.len() - MOST_SITES)?;
    }
    if !findings.is_named {
        writeln!(
            f,
            "  (for files and lines, build the tests with debug information: debug = \"line-tables-only\" in the profile)"
        )?;
    }
    Ok(())
}

/// A site with what it keeps an iteration; or, where that does not add up to the growth, in so many iterations.
fn write_site(f: &mut fmt::Formatter<'_>, site: &Site, searched: Option<u64>) -> fmt::Result {
    let kept = match searched {
        None => amount(site.bytes_per_iteration, site.blocks_per_iteration),
        Some(iterations) => format!(
            "{} in {iterations} iterations",
            exact((site.bytes_per_iteration * iterations as f64).round())
        ),
    };
    writeln!(f, "  {}: {kept}", at(&site.place))?;
    for caller in site.callers.iter().take(MOST_CALLERS) {
        writeln!(f, "    called by {}", at(&caller.place))?;
    }
    Ok(())
}

/// `take at src/pool.rs:93`.
fn at(place: &Place) -> String {
    let function = &place.function;
    match (&place.file, place.line) {
        (Some(file), Some(line)) => format!("{function} at {file}:{line}"),
        (Some(file), None) => format!("{function} at {file}"),
        _ => function.clone(),
    }
}

fn notes(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    for note in report.notes() {
        match note {
            Note::Tolerated {
                per_iteration: bytes,
            } => writeln!(
                f,
                "It grows by {}, which is tolerated.",
                per_iteration(*bytes)
            )?,
            Note::Expected {
                per_iteration: bytes,
            } => writeln!(
                f,
                "Besides, {} were kept where growth is expected.",
                per_iteration(*bytes)
            )?,
            Note::HandedOver {
                per_iteration: bytes,
            } => writeln!(
                f,
                "Besides, {} were allocated by this thread and freed by others: what those keep is not \
                 seen without .whole_process().",
                per_iteration(*bytes)
            )?,
        }
    }
    Ok(())
}

/// What the run could see, and what it could not.
fn seen(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    f.write_str("Seen: ")?;
    f.write_str(match report.whole_process {
        true => "what all threads allocate",
        false => "what this thread allocates",
    })?;
    match report.bytes().minimum_detectable_effect {
        Some(slope) if slope < 1.0 => write!(
            f,
            ", down to a byte kept every {} iterations",
            count((1.0 / slope).round() as u64)
        )?,
        Some(slope) => write!(f, ", down to {}", per_iteration(slope))?,
        None => {}
    }
    f.write_str(match report.whole_process {
        true => ".\nNot seen: what fits into room that blocks had to spare, and what is not the global allocator's.",
        false => {
            ".\nNot seen: other threads, what fits into room that blocks had to spare, and what is not the global \
             allocator's."
        }
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes();
        let gained = bytes.last as f64 - bytes.first as f64;
        let tolerated = self.shape() == Shape::Growing || self.shape().is_open();
        write!(
            f,
            "{} in {} after a warm-up of {}",
            if tolerated { "growth" } else { "no growth" },
            plural(self.iterations() as f64, "iteration"),
            count(self.warmup)
        )?;
        match self.shape() {
            Shape::Flat if gained < 0.0 => write!(f, ": {} were freed", exact(-gained))?,
            Shape::Flat => {}
            Shape::OneOff => write!(f, ": {} kept once{}", exact(gained), when(bytes))?,
            Shape::Saturating => write!(f, ": {} kept by what filled up", exact(gained))?,
            Shape::Sawtooth => f.write_str(": what fills is emptied again")?,
            Shape::Growing | Shape::Slowing | Shape::Inconclusive => {
                write!(f, ": {}", amount(bytes.slope, self.blocks().slope))?;
            }
        }
        writeln!(f, ".")?;
        if gained < 0.0 && !self.whole_process {
            writeln!(
                f,
                "If other threads had allocated that, a leak may hide behind it: .whole_process() tells."
            )?;
        }
        if gained > 0.0 && self.notes().is_empty() && self.blocks().last <= self.blocks().first {
            writeln!(
                f,
                "A block was made larger. A vector or table does that more and more seldom as it fills: if nothing ever \
                 empties it, only a longer run shows it."
            )?;
        }
        notes(f, self)?;
        seen(f, self)
    }
}

/// `, at iteration 37`; nothing where there was more than one step.
fn when(series: &Series) -> String {
    match series.steps.as_slice() {
        [step] => format!(", at iteration {}", count(step.iteration)),
        _ => String::new(),
    }
}
