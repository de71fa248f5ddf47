//! The job: measures a command, judges what it keeps, and says so.

use super::counted::count_run;
use super::doubts::doubts;
use super::examine::{Examined, examine};
use super::failing::fail_allocations;
use super::gather::{Gatherer, processes};
use super::launch::ITERS_VARIABLE;
use super::measure::{Measured, Setup, is_told_the_count, measure};
use super::objects;
use super::options::RunOptions;
use super::report;
use super::second::{self, Opinion};
use super::service;
use super::serving::{Serving, serving};
use super::suppressed::suppressions;
use super::trying::try_settings;
use crate::commands::epilogue::{self, Reported};
use crate::commands::history::{Line, append_lines};
use crate::engine::console::{Failure, listen_for_signals, remark, show, tell};
use crate::engine::{environment, place};
use crate::export::{Results, check, check_file, export};
use crate::files::{self, Named};
use crate::report::PAGE_FILE;
use harness_judge::counts::plan::Stop;
use harness_judge::counts::{Evidence, Suppressions, conclude};
use harness_model::program::{
    CountRun, ErrorPaths, PROGRAM_SCHEMA_VERSION, ProcessSeen, ProgramOptions, ProgramSummary,
    ProgramVerdict, Service, Tried,
};
use harness_model::units::count;
use printable::Text;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What valgrind says of a heap that it cannot see.
const NO_MALLOC: &str = "valgrind found no malloc to watch, as in programs that are linked statically: it looked at the descriptors alone.";

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &RunOptions) -> ExitCode {
    let json = options.json_on_stdout();
    epilogue::end(try_run(options), json, |summary| summary.verdict.exit_code)
}

fn try_run(options: &RunOptions) -> Result<Reported<ProgramSummary>, Failure> {
    let started_at = environment::now();
    let json = options.json_on_stdout();
    let examined = can_be_run(options)?;
    check(&options.export)?;
    if let Some(Some(path)) = &options.json {
        check_file("--json", path)?;
    }
    let out = place::take(&options.place, "run-", &started_at)?;
    let interrupted = listen_for_signals()?;
    remark(json, &announcement(options, &examined));
    let concluded = carry_out(options, &examined, &out, &started_at, &interrupted)?;
    let summary = &concluded.document;
    show(json, &report::answer(summary));
    remark(json, &report::details(summary));
    let page = out.join(PAGE_FILE);
    let sites = summary
        .verdict
        .growth
        .iter()
        .flat_map(|growth| &growth.sites);
    epilogue::tell_of_sources(json, sites.filter_map(|site| site.place.file.as_deref()));
    concluded.tell_page(json, &out);
    if let Some(Some(path)) = &options.json {
        let text =
            crate::report::document(summary).map_err(|error| Failure::Broken(error.to_string()))?;
        let written = Named::new(path, Some(&out)).replace(&text);
        written.map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
        tell(json, format_args!("Summary: {}", printable::path(path)));
    }
    if let Some(path) = &options.export.history {
        let line = Line::of_program(summary, &called(options));
        append_lines(path, &out, [line])?;
    }
    export(
        &Results::of_program(summary, &page),
        &options.export.forms,
        &out,
        json,
    )?;
    Ok(concluded)
}

/// What a history calls the runs: by their report's name, or by the command.
fn called(options: &RunOptions) -> String {
    let command = options.command[0].to_string_lossy();
    let name = command.rsplit('/').next().unwrap_or(&command);
    options
        .place
        .name
        .clone()
        .unwrap_or_else(|| name.to_owned())
}

/// Does the job for another job: measures, concludes and writes the report, and prints nothing but its progress.
///
/// # Errors
///
/// The command cannot be run.
pub(crate) fn for_another(
    options: &RunOptions,
    out: &Path,
    interrupted: &AtomicBool,
) -> Result<Reported<ProgramSummary>, Failure> {
    let examined = can_be_run(options)?;
    carry_out(options, &examined, out, &environment::now(), interrupted)
}

/// Looks at the command's file, and whether there is the file of its input.
pub(crate) fn can_be_run(options: &RunOptions) -> Result<Examined, Failure> {
    if options.fail_allocations && options.iters.len() > 1 {
        return Err(Failure::WrongUse(
            "--fail-allocations runs one count of iterations: give --iters one number".to_owned(),
        ));
    }
    let examined = examine(&options.command[0]).map_err(Failure::WrongUse)?;
    if let Some(lines) = &options.stdin_lines {
        let readable = files::open(lines).map(drop);
        readable.map_err(|error| {
            Failure::WrongUse(format!("cannot read {}: {error}", printable::path(lines)))
        })?;
    }
    Ok(examined)
}

/// Measures, concludes and writes the report.
fn carry_out(
    options: &RunOptions,
    examined: &Examined,
    out: &Path,
    started_at: &str,
    interrupted: &AtomicBool,
) -> Result<Reported<ProgramSummary>, Failure> {
    place::make_way(out)?;
    let measured = summary(options, examined, out, started_at, interrupted);
    if let Err(Failure::WrongUse(_)) = &measured {
        place::remove_if_empty(out);
    }
    let summary = measured?;
    let written = report::write(&summary, out);
    Ok(Reported::new(summary, written))
}

/// What is going to be run.
pub(crate) fn announcement(options: &RunOptions, examined: &Examined) -> Text {
    let what = match (options.repeat, options.iters.is_empty()) {
        _ if options.fail_allocations => format!(
            "Runs the command many times, with one allocation that fails in each, for {} s at the most.",
            options.budget
        ),
        _ if options.service.service => service::announcement(options),
        (true, _) => "Runs the command several times: what is lost at its end counts.".to_owned(),
        (false, false) => {
            let counts: Vec<String> = options.iters.iter().map(|one| count(*one)).collect();
            format!("Runs the command with {} iterations.", counts.join(", "))
        }
        (false, true) => format!(
            "Runs the command with 10 iterations, 100 and so on, for {} s at the most.",
            options.budget
        ),
    };
    let mut text = Text::of_line(what);
    if !is_told_the_count(options) {
        text.line(format_args!(
            "There is no {{iters}} in the command: it has to read {ITERS_VARIABLE} from its environment."
        ));
    }
    if let Some(why) = &examined.unseen {
        text.line(format_args!(
            "The library cannot be loaded into it: {why}. What the kernel says of it is left."
        ));
    }
    text
}

/// Measures and concludes.
fn summary(
    options: &RunOptions,
    examined: &Examined,
    out: &Path,
    started_at: &str,
    interrupted: &AtomicBool,
) -> Result<ProgramSummary, Failure> {
    let begun = Instant::now();
    super::leftovers::adopt();
    let setup = Setup::new(options, examined, out, interrupted)?;
    let concluded = match (options.service.service, options.fail_allocations) {
        (true, _) => serving(&setup, options, examined, interrupted)?.into(),
        (_, true) => failing(&setup, options)?,
        _ => counting(&setup, options, examined, interrupted)?,
    };
    let interrupted = interrupted.load(Ordering::Relaxed);
    Ok(ProgramSummary {
        schema_version: PROGRAM_SCHEMA_VERSION,
        tool: environment::tool(),
        environment: environment::environment(),
        options: ProgramOptions {
            command: std::env::args_os()
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            iters: options.iters.clone(),
            budget_seconds: options.budget,
            timeout_seconds: options.timeout,
            stdin_lines: place::shown(&options.stdin_lines),
            repeat: options.repeat,
            scan: !options.no_scan,
            try_settings: options.try_settings,
            fail_allocations: options.fail_allocations,
            service: concluded
                .service
                .as_ref()
                .map(|_| service::options_of(&options.service)),
        },
        command: options
            .command
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        started_at: started_at.to_owned(),
        seconds: begun.elapsed().as_secs_f64(),
        interrupted,
        counts: concluded.counts,
        processes: concluded.processes,
        verdict: concluded.verdict,
        tried: concluded.tried,
        error_paths: concluded.error_paths,
        service: concluded.service,
    })
}

/// What was measured and concluded of a command.
struct Concluded {
    counts: Vec<CountRun>,
    processes: Vec<ProcessSeen>,
    verdict: ProgramVerdict,
    tried: Vec<Tried>,
    error_paths: Option<ErrorPaths>,
    service: Option<Service>,
}

impl From<Serving> for Concluded {
    fn from(served: Serving) -> Concluded {
        Concluded {
            counts: served.marks,
            processes: served.processes,
            verdict: served.verdict,
            tried: served.tried,
            error_paths: None,
            service: Some(served.service),
        }
    }
}

/// Lets allocations fail, and concludes.
fn failing(setup: &Setup, options: &RunOptions) -> Result<Concluded, Failure> {
    let outcome = fail_allocations(setup, options, &mut Gatherer::new())?;
    let runs = [outcome.baseline];
    Ok(Concluded {
        counts: runs.iter().map(count_run).collect(),
        processes: processes(&runs),
        verdict: outcome.verdict,
        tried: Vec::new(),
        error_paths: outcome.error_paths,
        service: None,
    })
}

/// Measures with several counts, and concludes.
fn counting(
    setup: &Setup,
    options: &RunOptions,
    examined: &Examined,
    interrupted: &AtomicBool,
) -> Result<Concluded, Failure> {
    let mut gatherer = Gatherer::new();
    // A file that cannot be read is told before anything is run.
    let hidden = suppressions(options)?;
    let measured = measure(setup, &mut gatherer)?;
    let opinion = second::ask(setup, options, examined, &measured.runs)?;
    let stopped = interrupted.load(Ordering::Relaxed);
    let verdict = verdict(
        options,
        examined,
        &measured,
        &opinion,
        (&mut gatherer, hidden),
        stopped,
    );
    let tried = match options.try_settings && !stopped {
        true => try_settings(setup, &measured.runs, &verdict.explained)?,
        false => Vec::new(),
    };
    Ok(Concluded {
        counts: measured.runs.iter().map(count_run).collect(),
        processes: processes(&measured.runs),
        verdict,
        tried,
        error_paths: None,
        service: None,
    })
}

fn verdict(
    options: &RunOptions,
    examined: &Examined,
    measured: &Measured,
    opinion: &Opinion,
    (gatherer, hidden): (&mut Gatherer, Suppressions),
    interrupted: bool,
) -> ProgramVerdict {
    let runs = &measured.runs;
    if runs.is_empty() {
        return ProgramVerdict::not_judged();
    }
    let mut evidence = gatherer.evidence(runs, options.repeat);
    evidence.suppressions = hidden;
    evidence
        .blind_spots
        .extend(examined.blind_spots.iter().cloned());
    for complaint in runs.iter().flat_map(|run| &run.complaints) {
        evidence.blind_spots.push(format!(
            "A record could not be read as a whole: {complaint}."
        ));
    }
    let is_seen_by_valgrind =
        examined.unseen.is_some() && matches!(opinion, Opinion::Seen { heap: true, .. });
    doubts(
        options,
        examined,
        measured,
        interrupted,
        is_seen_by_valgrind,
        &mut evidence,
    );
    evidence.cut_short = measured.stopped == Some(Stop::Time);
    if measured.stopped == Some(Stop::Memory) {
        evidence.blind_spots.push(
            "A greater count was not run: it would have taken more than a quarter of the memory that is free.".to_owned(),
        );
    }
    let mut verdict = with_opinion(evidence, opinion, examined.unseen.is_some());
    let as_given = measured.as_given.as_ref();
    verdict
        .agreement
        .extend(as_given.map(|run| objects::sentence(runs, run)));
    verdict
}

/// What is concluded with what valgrind saw: where the library saw nothing, that is the evidence; elsewhere it is held
/// against it.
fn with_opinion(mut evidence: Evidence, opinion: &Opinion, stands_in: bool) -> ProgramVerdict {
    match opinion {
        Opinion::NotAsked => conclude(&evidence).verdict,
        Opinion::None(why) => {
            evidence.blind_spots.push(why.clone());
            conclude(&evidence).verdict
        }
        Opinion::Seen {
            counts,
            heap,
            evidence: seen,
            ..
        } if stands_in => {
            second::stand_in(&mut evidence, seen);
            if !heap {
                evidence.blind_spots.push(NO_MALLOC.to_owned());
            }
            let mut verdict = conclude(&evidence).verdict;
            verdict
                .agreement
                .insert(0, second::seen_alone(counts, *heap));
            verdict
        }
        Opinion::Seen {
            counts,
            heap,
            verdict: theirs,
            ..
        } => {
            if !heap {
                evidence.blind_spots.push(NO_MALLOC.to_owned());
            }
            let mut verdict = conclude(&evidence).verdict;
            let told = second::compare(&verdict, theirs, counts, *heap);
            verdict.agreement.extend(told);
            verdict
        }
    }
}
