//! What is recorded: a command of the harness's own, or a process that was running already.

use super::marks::Marks;
use super::options::RecordOptions;
use super::sampler::Sampler;
use super::start::{Running, Start, reap, start};
use super::tree::Root;
use crate::commands::run::{Examined, How, Records, adopt, free_memory};
use crate::engine::console::Failure;
use crate::engine::place;
use crate::preloaded;
use crate::probe::process;
use harness_model::record::RecordMark;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is being recorded.
pub(super) enum Subject {
    /// A command of the harness's own.
    Command {
        /// Its process.
        running: Running,
        /// What it says of itself.
        marks: Marks,
        /// What the library recorded, where it was loaded. They go away with this.
        records: Option<Records>,
    },
    /// A process that was running already.
    Process {
        /// Its number.
        pid: u32,
        /// When it began.
        begun: u64,
    },
}

/// Starts the command, with the library where that can be loaded. `log` is where its output goes, if not where the
/// harness's goes.
///
/// # Errors
///
/// It cannot be started, or the report's folder cannot be written.
pub(super) fn launch(
    options: &RecordOptions,
    examined: &Examined,
    out: &Path,
    log: Option<&Path>,
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
        log,
    })
    .map_err(Failure::WrongUse)?;
    Ok(Subject::Command {
        running,
        marks,
        records: loaded.map(|(_, records)| records),
    })
}

/// Finds a process that runs already.
///
/// # Errors
///
/// There is none of this number.
pub(super) fn attach(pid: u32) -> Result<Subject, Failure> {
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

impl Subject {
    /// The number of its process.
    pub(super) fn pid(&self) -> u32 {
        match self {
            Subject::Command { running, .. } => running.pid,
            Subject::Process { pid, .. } => *pid,
        }
    }

    /// Its command: the words that were given, or those of the process.
    pub(super) fn command(&self, given: &[OsString]) -> Vec<String> {
        match self {
            Subject::Command { .. } => {
                let words = given.iter();
                words
                    .map(|word| word.to_string_lossy().into_owned())
                    .collect()
            }
            Subject::Process { pid, .. } => process::command_line(*pid),
        }
    }

    /// Whether its heap is recorded by call site.
    pub(super) fn is_preloaded(&self) -> bool {
        matches!(
            self,
            Subject::Command {
                records: Some(_),
                ..
            }
        )
    }

    /// What looks at it.
    pub(super) fn sampler(&self, interval: Duration) -> Sampler {
        match self {
            Subject::Command { records, .. } => {
                let records = records.as_ref().map(Records::path);
                Sampler::new(Root::ChildrenOf(std::process::id()), interval, records)
            }
            Subject::Process { pid, .. } => Sampler::new(Root::Process(*pid), interval, None),
        }
    }

    /// Marks so far.
    pub(super) fn marks(&self) -> u64 {
        match self {
            Subject::Command { marks, .. } => marks.count(),
            Subject::Process { .. } => 0,
        }
    }

    /// Marks that were set since the last call.
    pub(super) fn read_marks(&mut self, seconds: f64) -> Vec<RecordMark> {
        match self {
            Subject::Command { marks, .. } => marks.read(seconds),
            Subject::Process { .. } => Vec::new(),
        }
    }

    /// How many processes of it are left once its own has ended; `None` before. Of a process that was running already the
    /// recording ends with it: what becomes of the others is not its own.
    pub(super) fn left(&mut self, sampler: &mut Sampler) -> Option<usize> {
        match self {
            Subject::Process { pid, begun } => {
                let seen = process::stat(*pid);
                let lives = seen.is_some_and(|seen| !seen.has_ended() && seen.begun == *begun);
                (!lives).then_some(0)
            }
            Subject::Command { running, .. } => {
                reap(sampler.take_ended(), running.pid);
                running.ended()?;
                let left = sampler.left();
                reap(sampler.take_ended(), running.pid);
                Some(left)
            }
        }
    }

    /// Ends the command, where the recording was stopped before its end: it gets time to do so by itself, as it does after
    /// Ctrl-C, unless `impatient`. How it ended, where that is known.
    pub(super) fn end(
        &mut self,
        sampler: &mut Sampler,
        stopped: bool,
        impatient: bool,
    ) -> Option<How> {
        let Subject::Command { running, .. } = self else {
            return None;
        };
        if stopped {
            let pid = running.pid;
            let living = || {
                let living = sampler.living();
                reap(sampler.take_ended(), pid);
                living
            };
            running.end(living, impatient);
        }
        Some(running.ended().cloned().unwrap_or(How::Interrupted))
    }

    /// Ends the log of its output.
    pub(super) fn close(&mut self) {
        if let Subject::Command { running, .. } = self {
            running.close();
        }
    }
}
