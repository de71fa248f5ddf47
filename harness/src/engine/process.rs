//! Starts a child, listens to it, and sees to it that nothing of it is left.

use super::protocol::{Message, SUBCOMMAND};
use crate::allocator::{MODE_VARIABLE, Mode};
use crate::files;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How a child is to be run.
pub struct Launch {
    /// What it does: a document that the child reads.
    pub orders: String,
    /// Its allocator.
    pub mode: Mode,
    /// A program and its arguments to run it under: valgrind.
    pub under: Vec<OsString>,
    /// Environment variables of its own.
    pub environment: Vec<(&'static str, &'static str)>,
    /// When to give it up.
    pub timeout: Option<Duration>,
    /// Where its standard error goes.
    pub log: PathBuf,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It did what it was told.
    Done,
    /// It could not do what it was told: a sentence for the user.
    Refused(String),
    /// Somebody stopped the whole run.
    Interrupted,
    /// Anything else, as a clause: "was killed by signal 9".
    Failed(String),
}

impl End {
    /// The worst of some ends, in a word for the progress line.
    pub fn worst<'e>(ends: impl IntoIterator<Item = &'e End>) -> &'static str {
        let badness = |end: &End| match end {
            End::Done => (0, "done"),
            End::Refused(_) | End::Failed(_) => (1, "failed"),
            End::Interrupted => (2, "stopped"),
        };
        ends.into_iter()
            .map(badness)
            .max()
            .map_or("done", |(_, word)| word)
    }
}

/// How often the flag is looked at while nothing is heard of a child.
const LISTEN: Duration = Duration::from_millis(100);

/// Runs a child to its end and hands on what it says. Ends it, and whatever it started, once `interrupted` is set.
///
/// # Errors
///
/// A sentence: the child cannot be started.
pub fn run<S: DeserializeOwned + Send + 'static>(
    launch: &Launch,
    interrupted: &AtomicBool,
    mut heard: impl FnMut(Message<S>),
) -> Result<End, String> {
    let mut child = start(launch)?;
    let begun = Instant::now();
    let output = child.stdout.take().expect("standard output is piped");
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            // Lines of other forms are not the child's: a library may print what it likes.
            if let Ok(message) = serde_json::from_str(&line)
                && sender.send(message).is_err()
            {
                break;
            }
        }
    });
    let mut refused = None;
    let mut finished = false;
    let mut stopped = None;
    loop {
        match receiver.recv_timeout(LISTEN) {
            Ok(Message::Refused { message }) => refused = Some(message),
            Ok(message) => {
                finished |= matches!(message, Message::Finished { .. });
                heard(message);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stopped.is_some() {
            continue;
        }
        if interrupted.load(Ordering::Relaxed) {
            stopped = Some(End::Interrupted);
        } else if launch.timeout.is_some_and(|limit| begun.elapsed() > limit) {
            let seconds = launch.timeout.unwrap_or_default().as_secs();
            stopped = Some(End::Failed(format!("was given up after {seconds} s")));
        }
        if stopped.is_some() {
            kill_group(&child);
        }
    }
    // Its output is closed. A child that closed it and lives on is waited for like any other.
    let status = wait(
        &mut child,
        launch.timeout.map(|limit| begun + limit),
        interrupted,
    );
    let _ = reader.join();
    // What said nothing needs no file.
    files::remove_if_empty(&launch.log);
    let status = status.map_err(|error| format!("cannot wait for a child process: {error}"))?;
    Ok(match (stopped, refused) {
        (Some(stopped), _) => stopped,
        (None, Some(message)) => End::Refused(message),
        (None, None) if status.success() && finished => End::Done,
        (None, None) if interrupted.load(Ordering::Relaxed) => End::Interrupted,
        (None, None) => End::Failed(ending(status)),
    })
}

fn start(launch: &Launch) -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|error| {
        format!("cannot find this program's own file to start it again: {error}")
    })?;
    let log = files::begin(&launch.log).map_err(|error| format!("cannot write {error}"))?;
    let mut words = launch.under.iter().cloned();
    let first = words.next();
    let mut command = Command::new(first.as_ref().unwrap_or(&program.clone().into_os_string()));
    command.args(words);
    if first.is_some() {
        command.arg(&program);
    }
    command
        .arg(SUBCOMMAND)
        .arg(&launch.orders)
        .env(MODE_VARIABLE, launch.mode.name())
        .envs(launch.environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        // A group of its own: Ctrl-C at the terminal reaches the parent alone, which then ends the whole group.
        .process_group(0);
    die_with_parent(&mut command);
    command.spawn().map_err(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        format!("cannot start {program}: {error}")
    })
}

/// Has the kernel end the child should this process die without a chance to.
#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    let parent = std::process::id() as libc::pid_t;
    let ask = move || {
        // SAFETY: both calls take and give numbers alone, and are safe between fork and exec.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            if libc::getppid() != parent {
                // The parent died before the kernel was asked.
                libc::_exit(3);
            }
        }
        Ok(())
    };
    // SAFETY: the closure makes system calls only; it neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(ask);
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_: &mut Command) {}

fn kill_group(child: &Child) {
    // SAFETY: kill takes two numbers. The group is the child's own: it was made its leader, and it is not yet waited
    // for, so no other process can have the number.
    unsafe {
        libc::kill(-(child.id() as libc::pid_t), libc::SIGKILL);
    }
}

/// Waits for a child whose output is closed, and ends it at the deadline or when the run is stopped.
fn wait(
    child: &mut Child,
    deadline: Option<Instant>,
    interrupted: &AtomicBool,
) -> std::io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let late = deadline.is_some_and(|deadline| Instant::now() > deadline);
        if late || interrupted.load(Ordering::Relaxed) {
            kill_group(child);
            return child.wait();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How a process ended, as a clause.
fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "ended before its loop did".to_owned(),
        (Some(code), _) => format!("ended with exit code {code}"),
        // Nothing in the program sends it: the kernel does where memory has run out, and so does whoever limits it.
        (None, Some(libc::SIGKILL)) => {
            "was killed by signal 9, as processes are when memory runs out".to_owned()
        }
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}
