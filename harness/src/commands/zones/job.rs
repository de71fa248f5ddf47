//! The job: starts the measured process, keeps what it says, concludes and reports.

use super::report;
use super::summary::{Options, SCHEMA_VERSION, StreamRun, ZonesSummary};
use super::{reduce, verdict};
use crate::allocator::Mode;
use crate::child::Task;
use crate::child::zones::orders::{Memory, Orders, Words, ZonesSample};
use crate::commands::epilogue::{self, Reported};
use crate::commands::zones::options::ZonesOptions;
use crate::engine::console::{Failure, listen_for_signals, remark};
use crate::engine::process;
use crate::engine::process::{End, Launch};
use crate::engine::progress::Progress;
use crate::engine::protocol::Message;
use crate::engine::{environment, place};
use crate::files;
use printable::Text;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &ZonesOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |summary| summary.verdict.exit_code)
}

fn try_run(options: &ZonesOptions) -> Result<Reported<ZonesSummary>, Failure> {
    let begun = Instant::now();
    let started_at = environment::now();
    let orders = orders(options);
    let out = place::take(&options.report.place, "zones-", &started_at)?;
    let options_told = told(options, &orders);
    let interrupted = listen_for_signals()?;
    place::make_way(&out)?;
    remark(options.report.json, &announcement(&orders));
    let measured = measure(&orders, &out, &interrupted);
    let Measured {
        subject,
        samples,
        run,
    } = measured?;
    let interrupted = interrupted.load(Ordering::Relaxed);
    let summary = ZonesSummary {
        schema_version: SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        subject,
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        interrupted,
        verdict: verdict::judge(&run, &options_told, interrupted),
        options: options_told,
        run,
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

fn orders(options: &ZonesOptions) -> Orders {
    let threads = options.threads.unwrap_or(environment::cpus() as u64);
    let words_per_round = options.words_per_zone * threads;
    let rounds = options.distinct_words.div_ceil(words_per_round);
    Orders {
        zones: options.zones,
        work: options.work,
        words: Words::Novel,
        words_per_zone: options.words_per_zone,
        threads,
        rounds: options.zones_per_thread.unwrap_or(rounds),
        samples: options.samples,
        memory: Memory::Returned,
        seed: options.pipeline.seed,
        corpus: options.pipeline.corpus.clone(),
        model: options.pipeline.model(),
        inject: options.inject,
    }
}

/// The options in the summary's terms.
fn told(options: &ZonesOptions, orders: &Orders) -> Options {
    Options {
        command: std::env::args().collect(),
        zones: orders.zones,
        work: orders.work,
        distinct_words: orders.rounds * orders.words_per_round(),
        words_per_zone: orders.words_per_zone,
        threads: orders.threads,
        zones_per_thread: orders.rounds,
        max_rss_growth: (options.max_rss_growth * 1024.0 * 1024.0) as u64,
        seed: orders.seed,
        inject: orders.inject.map(|fault| fault.name().to_owned()),
        corpus: place::shown(&orders.corpus),
        model: orders.model.as_ref().map(ToString::to_string),
    }
}

/// What is about to happen.
fn announcement(orders: &Orders) -> Text {
    use harness_model::units::count;
    let fault = match orders.inject {
        Some(fault) => format!(", with the fault {} planted", fault.name()),
        None => String::new(),
    };
    let mut text = Text::of_line(format_args!(
        "{} new words on {} threads, {} new words at a time: {}{fault}.",
        count(orders.rounds * orders.words_per_round()),
        orders.threads,
        count(orders.words_per_zone),
        orders.zones.phrase(),
    ));
    text.line(format_args!("What runs: {}.", orders.work.phrase()));
    text
}

/// What a measured process gave.
pub(crate) struct Measured {
    /// The pipeline's name and version.
    pub(crate) subject: String,
    /// Every sample, in order.
    pub(crate) samples: Vec<ZonesSample>,
    /// The same, reduced.
    pub(crate) run: StreamRun,
}

fn measure(orders: &Orders, out: &Path, interrupted: &AtomicBool) -> Result<Measured, Failure> {
    let progress = Progress::begin(
        "Streaming",
        orders.rounds * orders.words_per_round(),
        "words",
    );
    let path = out.join(place::SAMPLES_FILE);
    let mut file =
        files::begin(&path).map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    let launch = Launch {
        orders: Task::Zones(orders.clone()).orders(),
        mode: Mode::Counting,
        under: Vec::new(),
        environment: Vec::new(),
        timeout: None,
        log: place::tool_file(out, "stream", "err"),
    };
    let mut done = 0;
    let stream = stream(&launch, orders, interrupted, |sample| {
        progress.steps(sample.words - done);
        done = sample.words;
        // Line by line, not buffered: what was measured is on disk when the threads go on.
        let line = format!("{}\n", printable::json(&serde_json::to_string(sample)?));
        file.write_all(line.as_bytes())
    });
    progress.end(match &stream {
        Ok((_, end)) => End::worst([end]),
        Err(_) => "failed",
    });
    Ok(stream?.0)
}

/// Runs one measured process to its end.
pub(crate) fn stream(
    launch: &Launch,
    orders: &Orders,
    interrupted: &AtomicBool,
    mut heard: impl FnMut(&ZonesSample) -> std::io::Result<()>,
) -> Result<(Measured, End), Failure> {
    let mut subject = String::new();
    let mut samples: Vec<ZonesSample> = Vec::new();
    let mut unwritten = None;
    let end = process::run(launch, interrupted, |message| match message {
        Message::Ready { description, .. } => subject = description.subject,
        Message::Sample(sample) => {
            if let Err(error) = heard(&sample) {
                unwritten.get_or_insert(error);
            }
            samples.push(sample);
        }
        Message::Finished { .. } | Message::Refused { .. } => {}
    });
    let end = end.map_err(Failure::Broken)?;
    if let Some(error) = unwritten {
        return Err(Failure::Broken(format!(
            "cannot write the samples: {error}"
        )));
    }
    if let End::Refused(message) = end {
        return Err(Failure::WrongUse(message));
    }
    let words = orders.rounds * orders.words_per_round();
    let zones = orders.zones.has_zones();
    let run = reduce::reduce(&samples, words, orders.threads, zones, &end);
    let Some(run) = run else {
        let how = match &end {
            End::Failed(how) => how,
            _ => "was stopped",
        };
        return Err(Failure::Broken(format!(
            "the measured process {how} before its first zone closed: see {}",
            printable::path(&launch.log)
        )));
    };
    let measured = Measured {
        subject,
        samples,
        run,
    };
    Ok((measured, end))
}
