//! The gate: runs what its configuration asks for, holds it against budgets and a committed baseline, and proves in the
//! same breath that it can still catch a leak.
//!
//! [`judge`] and [`control`] see values alone, so that every way of measuring nothing can be tried on them.

pub mod baseline;
mod bench;
pub mod command;
pub mod conclusion;
pub mod config;
pub mod control;
mod export;
pub mod judge;
pub mod options;
pub mod outcome;
mod page;
mod planted;
mod ratchet;
mod terminal;
#[cfg(test)]
pub(crate) mod testing;

use crate::child::planted::Way;
use crate::commands::epilogue::{self, Reported};
use crate::commands::gate::options::GateOptions;
use crate::commands::main;
use crate::commands::main::spec::LoopSpec;
use crate::commands::main::tools;
use crate::commands::run;
use crate::engine::console;
use crate::engine::console::{Failure, is_quiet, show};
use crate::engine::{environment, place};
use crate::export::{Results, check};
use crate::files;
use crate::files::Access;
use crate::report::{GATE_FILE, PAGE_FILE, document};
use crate::suppressions::entries;
use crate::suppressions::entries::Entry;
use crate::workload::Fault;
use command::Ran;
use conclusion::{conclude, judge_suppressions};
use config::Config;
use config::command::Watched;
use harness_model::Instrument;
use harness_model::Outcome;
use harness_model::program::ProgramSummary;
use judge::Measured;
use outcome::{Check, GateReport, SCHEMA_VERSION, Sensitivity};
use ratchet::{Shown, accept, keep_baseline, known, seen, seen_of_command};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The directories of the control's reports: of the planted leak, and of its twin.
const CONTROLS: [&str; 2] = ["control-leak", "control-twin"];

/// The same of the control of commands.
const COMMAND_CONTROLS: [&str; 2] = ["control-command-leak", "control-command-twin"];

/// Runs the gate and says how it went.
pub fn run(options: &GateOptions) -> ExitCode {
    let json = options.report.json;
    epilogue::end(try_run(options), json, |report| report.exit_code)
}

fn try_run(options: &GateOptions) -> Result<Reported<GateReport>, Failure> {
    let path = options.configuration()?;
    let config = Config::read(&path).map_err(Failure::WrongUse)?;
    carry_out(options, &path, &config)
}

/// Runs what a configuration asks for, and says how it went. `path` is where the configuration stands, or will.
pub(crate) fn carry_out(
    options: &GateOptions,
    path: &Path,
    config: &Config,
) -> Result<Reported<GateReport>, Failure> {
    let begun = Instant::now();
    check(&options.export)?;
    let started_at = environment::now();
    let today = started_at.get(..10).unwrap_or_default().to_owned();
    let mut baseline = known(options, config)?;
    let suppressions = suppressions(config).map_err(Failure::WrongUse)?;
    if options.inject.is_some() && !config.commands.is_empty() {
        let why =
            "a fault is planted in loops of our own, and not in the commands of the configuration";
        return Err(Failure::WrongUse(why.to_owned()));
    }
    let out = place::take(&options.report.place, "gate-", &started_at)?;
    make_way(config, &out)?;
    let interrupted = console::listen_for_signals()?;

    let mut unwritten = None;
    let mut checks = run_control(config, &out, &interrupted, &mut unwritten)?;
    let mut runs = Vec::new();
    for workload in &config.workloads {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        console::complain(format_args!("== {}", workload.name));
        let spec = LoopSpec {
            inject: options.inject,
            ..workload.spec.clone()
        };
        let out = out.join(&workload.name);
        let run = main::summary(&spec, out, &interrupted)?;
        runs.push((workload, kept(run, &mut unwritten)));
    }
    let commands = run_commands(config, &out, &interrupted, &mut unwritten)?;
    let measured: Vec<Measured<'_>> = runs
        .iter()
        .map(|(workload, summary)| Measured { workload, summary })
        .collect();
    let ran: Vec<Ran<'_>> = commands
        .iter()
        .map(|(command, summary)| Ran { command, summary })
        .collect();
    let shown: Vec<Shown<'_>> = measured
        .iter()
        .map(seen)
        .chain(ran.iter().map(seen_of_command))
        .collect();
    let stopped = interrupted.load(Ordering::Relaxed);
    let accepted =
        options.accept && !stopped && accept(options, &shown, &checks, &mut baseline, &today);

    checks.push(judge_suppressions(&suppressions, &today));
    for one in &measured {
        checks.extend(judge::judge(one, config, &baseline));
    }
    for one in &ran {
        checks.extend(command::judge(one, config, &baseline));
    }
    let of_commands = ran
        .iter()
        .filter_map(|one| command::sensitivity(one, config, &baseline));
    let sensitivity: Vec<Sensitivity> = measured
        .iter()
        .flat_map(|one| judge::sensitivity(one, config, &baseline))
        .chain(of_commands)
        .collect();
    let (outcome, sentence) = conclude(&checks, &sensitivity, stopped);
    let mut lower = baseline.clone();
    let sound = outcome != Outcome::Inconclusive;
    let improvements: Vec<String> = shown
        .iter()
        .filter(|_| sound)
        .flat_map(|one| lower.lower(&one.borrow(), &today))
        .collect();
    let report = GateReport {
        schema_version: SCHEMA_VERSION,
        started_at,
        seconds: begun.elapsed().as_secs_f64(),
        outcome,
        exit_code: outcome.exit_code(),
        sentence,
        checks,
        sensitivity,
        improvements,
        reports: reports(config),
    };
    let found = terminal::found(&report.checks, &measured, &ran);
    unwritten = unwritten.or(write(&report, &out).err());
    show(
        options.report.json,
        &terminal::terminal(&report, found, !is_quiet()),
    );
    keep_baseline(
        options,
        config,
        accepted.then_some(&baseline),
        &lower,
        &report,
    )?;
    let reported = Reported {
        document: report,
        unwritten,
    };
    reported.tell_page(options.report.json, &out);
    epilogue::hand_on(
        &Results::of_gate(&reported.document, path),
        measured
            .iter()
            .map(|one| (one.workload.name.as_str(), one.summary)),
        &options.export,
        &out,
        options.report.json,
    )?;
    Ok(reported)
}

/// What was concluded of a run; that its report could not be written is said at the end.
fn kept<D>(run: Reported<D>, unwritten: &mut Option<Failure>) -> D {
    *unwritten = unwritten.take().or(run.unwritten);
    run.document
}

/// The suppressions that the runs under valgrind will use.
fn suppressions(config: &Config) -> Result<Vec<Entry>, String> {
    let mut files = tools::suppressions_of_the_repository();
    for workload in &config.workloads {
        for file in &workload.spec.suppressions {
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
    }
    let read: Result<Vec<Vec<Entry>>, String> =
        files.iter().map(|file| entries::read(file)).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The directories of the reports, relative to the gate's: of the controls, and of the workloads.
fn directories(config: &Config) -> impl Iterator<Item = &str> {
    let loops = CONTROLS
        .into_iter()
        .filter(|_| !config.workloads.is_empty());
    let commands = COMMAND_CONTROLS
        .into_iter()
        .filter(|_| !config.commands.is_empty());
    let workloads = config.workloads.iter().map(|one| one.name.as_str());
    let watched = config.commands.iter().map(|one| one.name.as_str());
    loops.chain(commands).chain(workloads).chain(watched)
}

/// The directories of the reports, none of which is a link, and no report of an earlier run.
fn make_way(config: &Config, out: &Path) -> Result<(), Failure> {
    place::make_way(out)?;
    place::make_way_within(out, directories(config))
}

/// The planted leaks and their twins, each in children of its own: of loops and of commands, as far as there are any.
fn run_control(
    config: &Config,
    out: &Path,
    interrupted: &AtomicBool,
    unwritten: &mut Option<Failure>,
) -> Result<Vec<Check>, Failure> {
    let mut checks = Vec::new();
    if !config.workloads.is_empty() {
        let mut run = |fault: Fault, directory: &str| {
            console::complain(format_args!("== control: {}", fault.name()));
            let spec = control::spec(fault, &config.workloads);
            main::summary(&spec, out.join(directory), interrupted)
                .map(|run| kept(run, unwritten))
                .map_err(|failure| control_not_run(fault.name(), failure))
        };
        let leak = run(Fault::LostBlock, CONTROLS[0])?;
        let twin = run(Fault::FreedBlock, CONTROLS[1])?;
        let instruments = config.instruments();
        checks.extend(control::judge(&leak, &twin, &instruments));
        if instruments.contains(&Instrument::Rss) {
            checks.extend(control::judge_resident(control::touch_pages()));
        }
    }
    if !config.commands.is_empty() {
        let mut run = |way: Way, directory: &str| {
            console::complain(format_args!("== control of commands: {}", way.name()));
            let options = planted::options(way)
                .map_err(|error| Failure::Broken(format!("this program is not found: {error}")));
            options
                .and_then(|options| run::for_another(&options, &out.join(directory), interrupted))
                .map(|run| kept(run, unwritten))
                .map_err(|failure| control_not_run(way.name(), failure))
        };
        let leak = run(Way::Lost, COMMAND_CONTROLS[0])?;
        let twin = run(Way::GivenBack, COMMAND_CONTROLS[1])?;
        checks.extend(planted::judge(&leak, &twin));
    }
    Ok(checks)
}

fn control_not_run(name: &str, failure: Failure) -> Failure {
    let (Failure::WrongUse(why) | Failure::Broken(why)) = failure;
    Failure::Broken(format!("the control {name} could not be run: {why}"))
}

/// Runs the commands, as far as nobody stops it.
fn run_commands<'c>(
    config: &'c Config,
    out: &Path,
    interrupted: &AtomicBool,
    unwritten: &mut Option<Failure>,
) -> Result<Vec<(&'c Watched, ProgramSummary)>, Failure> {
    let mut runs = Vec::new();
    for watched in &config.commands {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        console::complain(format_args!("== {}", watched.name));
        let run = run::for_another(&watched.options, &out.join(&watched.name), interrupted)?;
        runs.push((watched, run::with_near_files(kept(run, unwritten))));
    }
    Ok(runs)
}

fn reports(config: &Config) -> Vec<String> {
    directories(config)
        .map(|name| format!("{name}/{PAGE_FILE}"))
        .collect()
}

fn write(report: &GateReport, out: &Path) -> Result<(), Failure> {
    let broken =
        |error: String| Failure::Broken(format!("cannot write the gate's report: {error}"));
    let json = document(report).map_err(|error| broken(error.to_string()))?;
    let page = page::page(report);
    [(GATE_FILE, json), (PAGE_FILE, page)]
        .into_iter()
        .try_for_each(|(name, text)| {
            files::replace(&out.join(name), text.as_bytes(), Access::Private).map(drop)
        })
        .map_err(|error| broken(error.to_string()))
}

#[cfg(test)]
mod tests;
