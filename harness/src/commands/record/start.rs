//! Starts a command that is to be recorded, and ends it.

use super::marks::Marks;
use crate::commands::run::{How, Log, how, preloaded, waited, why};
use harness_preload::record::{FOLDER_VARIABLE, WISHES_VARIABLE};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a process gets to end by itself before it is asked to, and again before it is not asked any more.
const GRACE: Duration = Duration::from_secs(2);
/// How long one that was ended by force is waited for.
const FORCED: Duration = Duration::from_secs(2);

/// What of a command is to be recorded, and where its output goes.
pub(super) struct Start<'s> {
    /// The command and its arguments.
    pub command: &'s [OsString],
    /// The library that is preloaded, and the folder of its records.
    pub library: Option<(&'s Path, &'s Path)>,
    /// Where the program can set marks.
    pub marks: &'s Marks,
    /// Where its output goes, if not where the harness's goes. Then it has no input, either: the terminal is the chart's.
    pub log: Option<&'s Path>,
}

/// A command that runs.
pub(super) struct Running {
    /// The number of its process.
    pub pid: u32,
    log: Option<Log>,
    ended: Option<How>,
}

/// Starts it.
///
/// # Errors
///
/// A sentence: it could not be started.
pub(super) fn start(wanted: &Start<'_>) -> Result<Running, String> {
    let mut words = wanted.command.iter();
    let mut command = Command::new(words.next().map_or_else(OsString::new, Clone::clone));
    command.args(words);
    if let Some((library, records)) = wanted.library {
        command
            .env("LD_PRELOAD", preloaded(library))
            .env(FOLDER_VARIABLE, records)
            .env(WISHES_VARIABLE, "");
    }
    let variables = wanted.marks.variables();
    command.envs(variables.map_err(|error| format!("cannot make a file of marks: {error}"))?);
    let descriptor = wanted.marks.descriptor();
    let inherit = move || {
        // SAFETY: fcntl takes numbers, and may be called between fork and exec. The descriptor is open in the child as it is
        // here.
        match unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    };
    // SAFETY: what is called allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(inherit);
    }
    let log = match wanted.log {
        None => None,
        Some(path) => {
            let failed = |error: io::Error| format!("cannot make a pipe: {error}");
            let (reader, writer) = io::pipe().map_err(failed)?;
            let second = writer.try_clone().map_err(failed)?;
            command
                .stdin(Stdio::null())
                .stdout(writer)
                .stderr(second)
                // What comes from the keyboard is the chart's.
                .process_group(0);
            let log = Log::begin(reader, path);
            Some(log.map_err(|error| format!("cannot write {error}"))?)
        }
    };
    let spawned = command.spawn();
    // The command keeps ends of the pipe, and is no command any more when they have to be closed here.
    drop(command);
    match spawned {
        Ok(child) => Ok(Running {
            pid: child.id(),
            log,
            ended: None,
        }),
        Err(error) => {
            if let Some(log) = log {
                log.end();
            }
            Err(format!(
                "cannot run {}: {}",
                printable::Line(wanted.command[0].to_string_lossy()),
                why(&error)
            ))
        }
    }
}

impl Running {
    /// How its own process ended, once it has.
    pub(super) fn ended(&mut self) -> Option<&How> {
        if self.ended.is_none() {
            self.ended = waited(self.pid).map(|(status, _)| how(status));
        }
        self.ended.as_ref()
    }

    /// Ends what of the command still lives: waits a little, then asks, then does not ask. `living` finds those that do.
    pub(super) fn end(&mut self, mut living: impl FnMut() -> Vec<u32>, impatient: bool) {
        let first = if impatient { Duration::ZERO } else { GRACE };
        for (signal, patience) in [(0, first), (libc::SIGTERM, GRACE), (libc::SIGKILL, FORCED)] {
            let begun = Instant::now();
            loop {
                self.ended();
                let left = living();
                if left.is_empty() {
                    return;
                }
                if signal != 0 && begun.elapsed() < Duration::from_millis(20) {
                    for pid in left {
                        // SAFETY: kill takes two numbers. The process was started by the command, as `living` sees to.
                        unsafe {
                            libc::kill(pid as libc::pid_t, signal);
                        }
                    }
                }
                if begun.elapsed() >= patience {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Ends the log of its output.
    pub(super) fn close(&mut self) {
        if let Some(log) = self.log.take() {
            log.end();
        }
    }
}

/// Hears of processes of the command that ended after their parents, so that nothing of them stays.
pub(super) fn reap(ended: impl IntoIterator<Item = u32>, but: u32) {
    for pid in ended.into_iter().filter(|pid| *pid != but) {
        // SAFETY: waitpid is given a null pointer, which it takes for no wish to know.
        unsafe {
            libc::waitpid(pid as libc::pid_t, std::ptr::null_mut(), libc::WNOHANG);
        }
    }
}
