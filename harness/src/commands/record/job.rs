//! The job: starts a command or finds a process, looks at it until it ends, and has what was seen judged.

use super::marks::Marks;
use super::options::RecordOptions;
use super::sampler::Sampler;
use super::start::{Running, Start, reap, start};
use super::tree::Root;
use super::writer::Writer;
use crate::commands::epilogue;
use crate::commands::judge::{self, read};
use crate::commands::run::{Examined, How, Records, adopt, examine, free_memory};
use crate::engine::console::{Failure, complain, listen_for_signals, tell};
use crate::engine::{environment, place};
use crate::preloaded;
use crate::probe::process;
use harness_model::record::{
    RECORD_VERSION, RecordBegin, RecordEnd, RecordLine, RecordNote, RecordSummary,
};
use harness_model::units::plural;
use std::path::{Path, PathBuf};
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

fn try_run(options: &RecordOptions) -> Result<RecordSummary, Failure> {
    let started_at = environment::now();
    let json = options.report.json;
    let out = place::choose(&options.report, "record-", &started_at);
    let examined = match options.command.first() {
        Some(command) => Some(examine(command).map_err(Failure::WrongUse)?),
        None => None,
    };
    let interrupted = listen_for_signals()?;
    place::make_way(&out, &[])?;
    let recorded = record(options, examined.as_ref(), &out, &started_at, &interrupted);
    if let Err(Failure::WrongUse(_)) = &recorded {
        place::remove_if_empty(&out);
    }
    recorded?;
    let reading = read::read(&out.join(place::SAMPLES_FILE)).map_err(Failure::Broken)?;
    let summary = judge::write(reading, &out)?;
    judge::present(&summary, &out, json);
    Ok(summary)
}

/// What is being recorded.
enum Subject {
    /// A command of the harness's own.
    Command {
        running: Running,
        marks: Marks,
        /// They go away with this.
        records: Option<Records>,
    },
    /// A process that was running already, and when it began.
    Process { pid: u32, begun: u64 },
}

/// Records, until there is nothing more to record.
fn record(
    options: &RecordOptions,
    examined: Option<&Examined>,
    out: &Path,
    started_at: &str,
    interrupted: &AtomicBool,
) -> Result<(), Failure> {
    let mut notes = Vec::new();
    let mut subject = match (options.pid, examined) {
        (Some(pid), _) => attach(pid)?,
        (None, Some(examined)) => launch(options, examined, out, &mut notes)?,
        (None, None) => return Err(Failure::WrongUse("there is nothing to record".to_owned())),
    };
    let path = out.join(place::SAMPLES_FILE);
    let mut writer =
        Writer::begin(&path).map_err(|error| Failure::Broken(format!("cannot write {error}")))?;
    writer.write(&RecordLine::Begin(begin(options, &subject, started_at)));
    for text in notes {
        writer.write(&RecordLine::Note(RecordNote { text }));
    }
    let interval = Duration::from_secs_f64(options.interval);
    let mut sampler = match &subject {
        Subject::Command { records, .. } => {
            let records = records.as_ref().map(Records::path);
            Sampler::new(Root::ChildrenOf(std::process::id()), interval, records)
        }
        Subject::Process { pid, .. } => Sampler::new(Root::Process(*pid), interval, None),
    };
    tell(
        options.report.json,
        format_args!("Recording into {}: Ctrl-C ends it.", printable::path(&path)),
    );
    let end = follow(
        options,
        &mut subject,
        &mut sampler,
        &mut writer,
        interrupted,
    );
    writer.write(&RecordLine::End(end));
    if let Subject::Command { running, .. } = &mut subject {
        running.close();
    }
    match writer.failed() {
        Some(error) => Err(Failure::Broken(format!(
            "cannot write {}: {error}",
            printable::path(&path)
        ))),
        None => Ok(()),
    }
}

/// Starts the command, with the library where that can be loaded.
fn launch(
    options: &RecordOptions,
    examined: &Examined,
    out: &Path,
    notes: &mut Vec<String>,
) -> Result<Subject, Failure> {
    adopt();
    let broken = |error: std::io::Error| Failure::Broken(format!("cannot write {error}"));
    let tools = out.join(place::TOOLS);
    let wanted = !options.no_preload && preloaded::is_supported();
    let loaded: Option<(PathBuf, Records)> = match (&examined.unseen, wanted) {
        (None, true) => Some((
            std::path::absolute(preloaded::write_into(&tools).map_err(broken)?).map_err(broken)?,
            Records::new(free_memory(), &tools, "records").map_err(broken)?,
        )),
        (Some(why), true) => {
            notes.push(format!(
                "The library cannot be loaded into the command: {why}. Its heap was not seen, only what the kernel says."
            ));
            None
        }
        _ => None,
    };
    let marks = Marks::new()
        .map_err(|error| Failure::Broken(format!("cannot make a file of marks: {error}")))?;
    let library = loaded
        .as_ref()
        .map(|(library, records)| (library.as_path(), records.path()));
    let running = start(&Start {
        command: &options.command,
        library,
        marks: &marks,
        log: None,
    })
    .map_err(Failure::WrongUse)?;
    Ok(Subject::Command {
        running,
        marks,
        records: loaded.map(|(_, records)| records),
    })
}

/// Finds a process that runs already.
fn attach(pid: u32) -> Result<Subject, Failure> {
    match process::stat(pid) {
        Some(seen) if !seen.has_ended() => Ok(Subject::Process {
            pid,
            begun: seen.begun,
        }),
        _ => Err(Failure::WrongUse(format!(
            "there is no process {pid} (--pid): it has ended, or belongs to another namespace"
        ))),
    }
}

fn begin(options: &RecordOptions, subject: &Subject, started_at: &str) -> RecordBegin {
    let (pid, attached, preloaded) = match subject {
        Subject::Command {
            running, records, ..
        } => (running.pid, false, records.is_some()),
        Subject::Process { pid, .. } => (*pid, true, false),
    };
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    RecordBegin {
        version: RECORD_VERSION,
        tool: environment::tool(),
        command: match attached {
            true => process::command_line(pid),
            false => {
                let words = options.command.iter();
                words
                    .map(|word| word.to_string_lossy().into_owned())
                    .collect()
            }
        },
        pid,
        attached,
        preloaded,
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
    writer: &mut Writer,
    interrupted: &AtomicBool,
) -> RecordEnd {
    let begun = Instant::now();
    let mut told = false;
    let mut stopped = false;
    loop {
        if interrupted.load(Ordering::Relaxed) {
            stopped = true;
            break;
        }
        let is_over = options
            .timeout
            .is_some_and(|timeout| begun.elapsed().as_secs_f64() >= timeout);
        if is_over {
            stopped = true;
            break;
        }
        read_marks(subject, sampler, writer);
        if sampler.is_due() {
            for line in sampler.sample(marks_of(subject)) {
                writer.write(&line);
            }
        }
        if has_ended(subject, sampler, &mut told) {
            break;
        }
        std::thread::sleep(sampler.wait().min(TICK));
    }
    let seconds = sampler.seconds();
    let how = match subject {
        Subject::Command { running, .. } => {
            let by_the_user = interrupted.load(Ordering::Relaxed);
            if stopped {
                let pid = running.pid;
                running.end(
                    || {
                        let living = sampler.living();
                        reap(sampler.take_ended(), pid);
                        living
                    },
                    !by_the_user,
                );
            }
            match running.ended() {
                Some(how) => how.clone(),
                None => How::Interrupted,
            }
        }
        Subject::Process { .. } if stopped => How::Interrupted,
        // Nobody but its parent is told how it ended.
        Subject::Process { .. } => {
            return RecordEnd {
                seconds,
                how: "ended".to_owned(),
                exit_code: None,
                signal: None,
                interrupted: false,
            };
        }
    };
    read_marks(subject, sampler, writer);
    RecordEnd {
        seconds,
        how: match (&subject, &how) {
            (Subject::Process { .. }, _) => "goes on".to_owned(),
            _ => how.clause(),
        },
        exit_code: match how {
            How::Exited(code) => Some(code),
            _ => None,
        },
        signal: match how {
            How::Killed(signal) => Some(signal),
            _ => None,
        },
        interrupted: stopped,
    }
}

fn marks_of(subject: &Subject) -> u64 {
    match subject {
        Subject::Command { marks, .. } => marks.count(),
        Subject::Process { .. } => 0,
    }
}

fn read_marks(subject: &mut Subject, sampler: &Sampler, writer: &mut Writer) {
    if let Subject::Command { marks, .. } = subject {
        for mark in marks.read(sampler.seconds()) {
            writer.write(&RecordLine::Mark(mark));
        }
    }
}

/// Whether no process of it lives any more. Of a process that was running already the others end with it: what becomes
/// of them is not its own.
fn has_ended(subject: &mut Subject, sampler: &mut Sampler, told: &mut bool) -> bool {
    match subject {
        Subject::Process { pid, begun } => {
            let seen = process::stat(*pid);
            seen.is_none_or(|seen| seen.has_ended() || seen.begun != *begun)
        }
        Subject::Command { running, .. } => {
            let pid = running.pid;
            reap(sampler.take_ended(), pid);
            if running.ended().is_none() {
                return false;
            }
            let living = sampler.living();
            reap(sampler.take_ended(), pid);
            if !living.is_empty() && !std::mem::replace(told, true) {
                complain(format_args!(
                    "The command has ended, and {} that it started goes on: Ctrl-C ends the recording.",
                    plural(living.len() as f64, "process")
                ));
            }
            living.is_empty()
        }
    }
}
