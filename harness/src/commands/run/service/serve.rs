//! A service from its start to its end.

use super::super::launch::{self, How, Launch};
use super::super::measure::Setup;
use super::super::objects;
use super::super::one_run::OneRun;
use super::super::options::RunOptions;
use super::drive::{Drive, Halt};
use super::last_look;
use super::loader::Loader;
use super::marks::MOST;
use super::ready::{NotReady, Sign};
use super::snapshot::View;
use super::stop;
use super::told::{self, Served};
use crate::engine::console::Failure;
use crate::engine::place;
use crate::engine::progress::Progress;
use crate::load::{self, Request, Url};
use crate::recording;
use harness_model::units::count;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Lines of its output that are told where it does not become ready.
const LINES: usize = 5;

/// What a service is driven for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Purpose<'p> {
    /// To be judged.
    Judge,
    /// To see what a variable of the environment does to it, or what it does without one; with a number of its own.
    Try(Option<&'p str>, usize),
}

/// Starts the service, drives it, and ends it.
pub(in super::super) fn serve(
    setup: &Setup,
    options: &RunOptions,
    purpose: Purpose,
    interrupted: &AtomicBool,
) -> Result<Served, Failure> {
    let args = &options.service;
    let plan = told::plan_of(args);
    let requests = plan.requests().map_err(Failure::WrongUse)?;
    let sign = sign(options, &requests)?;
    for request in &requests {
        load::resolve(&request.address)
            .map_err(|why| Failure::WrongUse(format!("cannot ask {}: {why}", request.name)))?;
    }
    if let Some(why) = sign.is_taken() {
        return Err(Failure::WrongUse(why));
    }
    let name = match purpose {
        Purpose::Judge => "service".to_owned(),
        Purpose::Try(_, number) => format!("tried-{number}"),
    };
    let records = setup.records(&format!("records-{name}"))?;
    let launch = Launch {
        command: &options.command,
        iterations: args.requests.unwrap_or(MOST),
        stdin_lines: None,
        library: setup.library(),
        scan: !options.no_scan && purpose == Purpose::Judge,
        failing: None,
        setting: match purpose {
            // Who is no Python does not look at it.
            Purpose::Judge => objects::are_ours_to_show().then_some(objects::SETTING),
            Purpose::Try(setting, _) => setting,
        },
        records: records.path(),
        log: place::tool_file(setup.out(), &name, "log"),
        timeout: Duration::from_secs_f64(options.timeout),
        memory: setup.memory(),
    };
    let mut started = launch::start(&launch).map_err(Failure::WrongUse)?;
    let progress = Progress::begin("Serving", options.budget.ceil() as u64, "s");
    let mut told = Instant::now();
    let mut tick = || {
        if told.elapsed() >= Duration::from_secs(1) {
            told += Duration::from_secs(1);
            progress.step();
        }
    };
    let patience = Duration::from_secs_f64(args.ready_timeout);
    let ready = sign.wait(&mut started, patience, interrupted, &mut tick);
    let view = View {
        pid: started.pid(),
        records: records.path(),
        restless: 0,
    };
    let mut drive = Drive::new(
        options,
        view,
        interrupted,
        &requests,
        purpose == Purpose::Judge,
    );
    let mut doubts = Vec::new();
    let mut ready_seconds = 0.0;
    let halt = match ready {
        Ok(seconds) => {
            ready_seconds = seconds;
            drive.begin();
            match Loader::start(&plan) {
                Ok(mut loader) => drive.all(&mut started, &mut loader, &mut tick),
                Err(error) => Halt::Loader(error.to_string()),
            }
        }
        Err(NotReady::Ended(end)) => {
            doubts.push(format!(
                "It {} before it was ready{}",
                end.0.clause(),
                last_lines(&launch.log)
            ));
            Halt::Ended(end)
        }
        Err(NotReady::Interrupted) => Halt::GivenUp(How::Interrupted),
        Err(NotReady::InTime(seen)) => {
            doubts.push(format!(
                "It was not ready after {} s (--ready-timeout): {seen}{}",
                args.ready_timeout,
                last_lines(&launch.log)
            ));
            Halt::Enough
        }
    };
    let (end, sentence) = match halt {
        Halt::Ended(end) => {
            if doubts.is_empty() {
                doubts.push(format!(
                    "It {} after {} requests, before it was asked to{}",
                    end.0.clause(),
                    count(drive.sent()),
                    last_lines(&launch.log)
                ));
            }
            let sentence = format!("It {} by itself.", end.0.clause());
            (end, sentence)
        }
        Halt::Enough | Halt::Loader(_) | Halt::GivenUp(_) => {
            if let Halt::GivenUp(how) = &halt {
                doubts.push(format!(
                    "It {} after {} requests.",
                    how.clause(),
                    count(drive.sent())
                ));
            }
            if let Halt::Loader(why) = &halt {
                doubts.push(format!("The process that sends requests failed: {why}."));
            }
            let signal = stop::first_signal(started.pid(), args.stop_signal);
            if matches!(halt, Halt::Enough) && doubts.is_empty() && launch.scan {
                last_look::ask(started.pid(), records.path(), &sign, signal);
            }
            let patience = Duration::from_secs_f64(args.stop_timeout);
            let stopped = stop::stop(&mut started, signal, patience);
            let sentence = stopped.sentence();
            (stopped.end, sentence)
        }
    };
    let ended = started.end(end, interrupted);
    progress.end(if interrupted.load(Ordering::Relaxed) {
        "stopped"
    } else {
        "done"
    });
    let (recordings, complaints) = recording::read_folder(records.path());
    let end = OneRun {
        iterations: drive.sent(),
        ended,
        recordings,
        complaints,
    };
    Ok(drive.served(end, doubts, ready_seconds, sentence))
}

/// By what it is seen that it is ready.
fn sign(options: &RunOptions, requests: &[Request]) -> Result<Sign, Failure> {
    if let Some(url) = &options.service.ready_url {
        let parsed = Url::parse(url)
            .and_then(|parsed| load::resolve(&parsed.address).map(|_| parsed))
            .map_err(|why| {
                Failure::WrongUse(format!(
                    "--ready-url {} cannot be asked: {why}",
                    printable::Line(url)
                ))
            })?;
        return Ok(Sign::Answers(parsed));
    }
    match requests.first() {
        Some(first) => Ok(Sign::Listens(first.address.clone())),
        None => Err(Failure::WrongUse(
            "a service needs --ready-url, or --request with a file that names its host".to_owned(),
        )),
    }
}

/// The last lines of what it wrote, behind a colon; or a full stop.
fn last_lines(log: &Path) -> String {
    let text = crate::files::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match &lines[lines.len().saturating_sub(LINES)..] {
        [] => ". It wrote nothing.".to_owned(),
        last => format!(". It wrote last: {}", printable::Line(last.join(" | "))),
    }
}
