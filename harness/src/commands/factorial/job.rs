//! The job: the eight cells, one after the other.

use super::report;
use super::summary::{Cell, FactorialSummary, Options, SCHEMA_VERSION};
use super::verdict;
use crate::allocator::Mode;
use crate::child::Task;
use crate::child::zones::orders::{Memory, Orders, Words, ZoneMode, ZonesSample};
use crate::commands::epilogue::{self, Reported};
use crate::commands::factorial::options::FactorialOptions;
use crate::commands::zones::job::{Measured, stream};
use crate::engine::console::{Failure, listen_for_signals, remark};
use crate::engine::process::{End, Launch};
use crate::engine::progress::Progress;
use crate::engine::{environment, place};
use crate::files;
use crate::workload::Zones;
use harness_model::units::count;
use printable::Text;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &FactorialOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |summary| summary.verdict.exit_code)
}

fn try_run(options: &FactorialOptions) -> Result<Reported<FactorialSummary>, Failure> {
    let begun = Instant::now();
    let started_at = environment::now();
    let out = place::take(&options.report.place, "factorial-", &started_at)?;
    let interrupted = listen_for_signals()?;
    place::make_way(&out)?;
    let mut announcement = Text::of_line(format_args!(
        "Eight runs of {} words, {} at a time: with zones and without, on new words and on the same again, with free \
         pages given back and kept.",
        count(options.words),
        count(options.words_per_block),
    ));
    announcement.line(format_args!("What runs: {}.", options.work.phrase()));
    remark(options.report.json, &announcement);
    let measured = measure(options, &out, &interrupted);
    let All {
        subject,
        cells,
        samples,
    } = measured?;
    let interrupted = interrupted.load(Ordering::Relaxed);
    let summary = FactorialSummary {
        schema_version: SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        options: told(options),
        subject,
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        interrupted,
        verdict: verdict::judge(&cells, interrupted),
        cells,
    };
    let written = report::write(&summary, &samples, &out);
    let text = report::terminal(&summary);
    Ok(epilogue::present(
        summary,
        written,
        |summary| (summary.verdict.outcome, &summary.verdict.sentence),
        &text,
        &out,
        options.report.json,
    ))
}

/// The options in the summary's terms.
fn told(options: &FactorialOptions) -> Options {
    Options {
        command: std::env::args().collect(),
        words: options.words,
        words_per_block: options.words_per_block,
        work: options.work,
        seed: options.pipeline.seed,
        inject: options.inject.map(|fault| fault.name().to_owned()),
        corpus: place::shown(&options.pipeline.corpus),
        model: options.pipeline.model().map(|model| model.to_string()),
    }
}

/// What all cells gave; `samples` has those of each cell, in the same order.
struct All {
    subject: String,
    cells: Vec<Cell>,
    samples: Vec<Vec<ZonesSample>>,
}

/// The settings of the eight cells, those without zones beside those with.
fn settings() -> impl Iterator<Item = (Words, Memory, Zones)> {
    let words = [Words::Novel, Words::Repeated].into_iter();
    let memory = [Memory::Kept, Memory::Returned];
    let zones = [Zones::Off, Zones::On];
    words.flat_map(move |words| {
        memory
            .into_iter()
            .flat_map(move |memory| zones.into_iter().map(move |zones| (words, memory, zones)))
    })
}

fn measure(
    options: &FactorialOptions,
    out: &Path,
    interrupted: &AtomicBool,
) -> Result<All, Failure> {
    let mut all = All {
        subject: String::new(),
        cells: Vec::new(),
        samples: Vec::new(),
    };
    let rounds = options.words.div_ceil(options.words_per_block);
    let progress = Progress::begin("Eight runs", 8 * rounds, "blocks of work");
    let mut worst = End::Done;
    for (words, memory, zones) in settings() {
        let orders = orders(options, rounds, words, memory, zones);
        let (measured, end) = cell(&orders, out, interrupted, &progress)?;
        let Measured {
            subject,
            samples,
            mut run,
        } = measured;
        run.samples_file = samples_file(&orders);
        all.subject = subject;
        all.samples.push(samples);
        all.cells.push(Cell {
            zones,
            words,
            memory,
            run,
        });
        if end == End::Interrupted {
            worst = end;
            break;
        }
    }
    progress.end(End::worst([&worst]));
    Ok(all)
}

fn orders(
    options: &FactorialOptions,
    rounds: u64,
    words: Words,
    memory: Memory,
    zones: Zones,
) -> Orders {
    Orders {
        zones: match zones {
            Zones::On => ZoneMode::PerBatch,
            Zones::Off => ZoneMode::Off,
        },
        work: options.work,
        words,
        words_per_zone: options.words_per_block,
        threads: 1,
        rounds,
        // After each block, within reason.
        samples: rounds.min(200),
        memory,
        seed: options.pipeline.seed,
        corpus: options.pipeline.corpus.clone(),
        model: options.pipeline.model(),
        inject: options.inject,
    }
}

/// A cell's name, for its files: `off-novel-kept`.
fn stem(orders: &Orders) -> String {
    let zones = if orders.zones.has_zones() {
        "on"
    } else {
        "off"
    };
    let words = match orders.words {
        Words::Novel => "novel",
        Words::Repeated => "repeated",
    };
    let memory = match orders.memory {
        Memory::Kept => "kept",
        Memory::Returned => "returned",
    };
    format!("{zones}-{words}-{memory}")
}

/// The file of a cell's samples, relative to the report's directory.
fn samples_file(orders: &Orders) -> String {
    format!("{}/{}.jsonl", place::TOOLS, stem(orders))
}

fn cell(
    orders: &Orders,
    out: &Path,
    interrupted: &AtomicBool,
    progress: &Progress,
) -> Result<(Measured, End), Failure> {
    let path = out.join(samples_file(orders));
    let mut file =
        files::begin(&path).map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    let launch = Launch {
        orders: Task::Zones(orders.clone()).orders(),
        mode: Mode::Counting,
        under: Vec::new(),
        environment: orders.memory.environment(),
        timeout: None,
        log: place::tool_file(out, &stem(orders), "err"),
    };
    let mut done = 0;
    let result = stream(&launch, orders, interrupted, |sample| {
        progress.steps(sample.round - done);
        done = sample.round;
        let line = format!("{}\n", printable::json(&serde_json::to_string(sample)?));
        file.write_all(line.as_bytes())
    });
    if matches!(result, Err(Failure::WrongUse(_))) {
        // Nothing was measured: nothing is left behind.
        let _ = files::remove(&path);
    }
    result
}
