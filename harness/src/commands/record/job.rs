//! The job: starts a command or finds a process, looks at it until it ends, and has what was seen judged.

use super::chart::{self, Chart};
use super::mprof::Mprof;
use super::options::{RecordOptions, When};
use super::output::Output;
use super::sampler::Sampler;
use super::subject::{Subject, attach, launch};
use super::writer::Writer;
use crate::commands::epilogue::{self, Reported};
use crate::commands::judge::read::series::asked::Asked;
use crate::commands::judge::{self, read};
use crate::commands::run::{Examined, How, examine};
use crate::engine::console::{self, Failure, complain, listen_for_signals, tell};
use crate::engine::{environment, place};
use harness_model::record::{RECORD_VERSION, RecordBegin, RecordEnd, RecordLine, RecordSummary};
use harness_model::units::plural;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long nothing is looked at, at the most: marks are read as often, and the command's end is seen as soon.
const TICK: Duration = Duration::from_millis(20);

/// Does the job and says how it went; the exit code is the verdict's.
pub fn run(options: &RecordOptions) -> ExitCode {
    let recorded = try_run(options);
    epilogue::end(recorded, options.report.json, |summary| {
        summary.verdict.exit_code
    })
}

fn try_run(options: &RecordOptions) -> Result<Reported<RecordSummary>, Failure> {
    let started_at = environment::now();
    let json = options.report.json;
    let out = place::take(&options.report.place, "record-", &started_at)?;
    let examined = match options.command.first() {
        Some(command) => Some(examine(command).map_err(Failure::WrongUse)?),
        None => None,
    };
    let interrupted = listen_for_signals()?;
    place::make_way(&out)?;
    let recorded = record(options, examined.as_ref(), &out, &started_at, &interrupted);
    recorded?;
    let samples = out.join(place::SAMPLES_FILE);
    let reading = read::read(&samples, &Asked::default()).map_err(Failure::Broken)?;
    Ok(judge::present(judge::write(reading, &out), &out, json))
}

/// Records, until there is nothing more to record.
fn record(
    options: &RecordOptions,
    examined: Option<&Examined>,
    out: &Path,
    started_at: &str,
    interrupted: &AtomicBool,
) -> Result<(), Failure> {
    let draws = match options.chart {
        When::Auto => !options.report.json && console::is_conversation(),
        When::On => true,
        When::Off => false,
    };
    let log = draws.then(|| place::tool_file(out, "command", "log"));
    let mut notes = Vec::new();
    let mut subject = match (options.pid, examined) {
        (Some(pid), _) => attach(pid)?,
        (None, Some(examined)) => launch(options, examined, out, log.as_deref(), &mut notes)?,
        (None, None) => return Err(Failure::WrongUse("there is nothing to record".to_owned())),
    };
    let begin = begin(options, &subject, started_at);
    let path = out.join(place::SAMPLES_FILE);
    let writer =
        Writer::begin(&path).map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    let interval = Duration::from_secs_f64(options.interval);
    let mut sampler = subject.sampler(interval);
    let mut output = Output {
        writer,
        chart: None,
        mprof: options.mprof.is_some().then(|| Mprof::begin(&begin)),
    };
    if draws {
        let note = match (&subject, &log) {
            (Subject::Command { .. }, Some(log)) => format!("Output: {}", printable::path(log)),
            _ => String::new(),
        };
        match Chart::begin(begin.command.join(" "), note.clone()) {
            Ok(chart) => output.chart = Some(chart),
            Err(error) => complain(format_args!(
                "There is no live chart, since there is no terminal to draw it on ({error}). {note}"
            )),
        }
    } else {
        tell(
            options.report.json,
            format_args!("Recording into {}: Ctrl-C ends it.", printable::path(&path)),
        );
    }
    output.take(&RecordLine::Begin(begin));
    for text in notes {
        output.note(text);
    }
    let end = follow(
        options,
        &mut subject,
        &mut sampler,
        &mut output,
        interrupted,
    );
    let (sites, note) = sampler.sites();
    for line in sites {
        output.take(&line);
    }
    if let Some(text) = note {
        output.note(text);
    }
    output.take(&RecordLine::End(end));
    subject.close();
    if let (Some(path), Some(mprof)) = (&options.mprof, &output.mprof) {
        mprof
            .write(path, out)
            .map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    }
    match output.writer.failed() {
        Some(error) => Err(Failure::Broken(format!(
            "cannot write {}: {error}",
            printable::path(&path)
        ))),
        None => Ok(()),
    }
}

fn begin(options: &RecordOptions, subject: &Subject, started_at: &str) -> RecordBegin {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    RecordBegin {
        version: RECORD_VERSION,
        tool: environment::tool(),
        command: subject.command(&options.command),
        pid: subject.pid(),
        attached: matches!(subject, Subject::Process { .. }),
        preloaded: subject.is_preloaded(),
        started_at: started_at.to_owned(),
        unix_seconds: since_1970.map_or(0.0, |time| time.as_secs_f64()),
        interval_seconds: options.interval,
    }
}

/// Looks again and again, until the last process has ended, or somebody stops it.
fn follow(
    options: &RecordOptions,
    subject: &mut Subject,
    sampler: &mut Sampler,
    output: &mut Output,
    interrupted: &AtomicBool,
) -> RecordEnd {
    let begun = Instant::now();
    let mut goes_on_without_it = false;
    let stopped = loop {
        let is_over = options
            .timeout
            .is_some_and(|timeout| begun.elapsed().as_secs_f64() >= timeout);
        if is_over || interrupted.load(Ordering::Relaxed) {
            break true;
        }
        output.marks(subject.read_marks(sampler.seconds()));
        if sampler.is_due() {
            for line in sampler.sample(subject.marks()) {
                output.take(&line);
            }
        }
        if let Some(chart) = &mut output.chart
            && chart.show(sampler.seconds(), || sampler.gaining(chart::SITES))
        {
            interrupted.store(true, Ordering::Relaxed);
        }
        let left = subject.left(sampler);
        if left == Some(0) {
            break false;
        }
        if let Some(left) = left.filter(|_| !std::mem::replace(&mut goes_on_without_it, true))
            && output.chart.is_none()
        {
            complain(format_args!(
                "The command has ended, and {} that it started goes on: Ctrl-C ends the recording.",
                plural(left as f64, "process")
            ));
        }
        std::thread::sleep(sampler.wait().min(TICK));
    };
    // From here on Ctrl-C is a signal again, and what the command says is nobody's to draw over.
    let had_chart = output.chart.take().is_some();
    let seconds = sampler.seconds();
    // Ctrl-C has reached the command too, unless the chart took it.
    let has_heard = interrupted.load(Ordering::Relaxed) && !had_chart;
    let how = subject.end(sampler, stopped, !has_heard);
    output.marks(subject.read_marks(seconds));
    RecordEnd {
        seconds,
        how: match &how {
            Some(how) => how.clause(),
            None if stopped => "goes on".to_owned(),
            // Nobody but its parent is told how it ended.
            None => "ended".to_owned(),
        },
        exit_code: match how {
            Some(How::Exited(code)) => Some(code),
            _ => None,
        },
        signal: match how {
            Some(How::Killed(signal)) => Some(signal),
            _ => None,
        },
        interrupted: stopped,
    }
}
