//! Starts a child, listens to it, and sees to it that nothing of it is left.

use super::protocol::{Answers, Heard, Message, PIPE_VARIABLE, SUBCOMMAND};
use crate::allocator::{MODE_VARIABLE, Mode};
use crate::files;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
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
    pub environment: Vec<(&'static str, OsString)>,
    /// When to give it up.
    pub timeout: Option<Duration>,
    /// Where its standard output and its standard error go.
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

/// Runs a child to its end and hands on what it says. Ends it once `interrupted` is set. What it started and left behind
/// is ended too.
///
/// # Errors
///
/// A sentence: the child cannot be started.
pub fn run<S: DeserializeOwned + Send + 'static>(
    launch: &Launch,
    interrupted: &AtomicBool,
    mut heard: impl FnMut(Message<S>),
) -> Result<End, String> {
    let (mut child, mut answers) = start(launch)?;
    let begun = Instant::now();
    let mut refused = None;
    let mut finished = false;
    let mut stopped = None;
    let mut ended = false;
    loop {
        // What a child that has ended said is there.
        let patience = if ended { Duration::ZERO } else { LISTEN };
        match answers.next(patience) {
            Ok(Heard::Message(Message::Refused { message })) => refused = Some(message),
            Ok(Heard::Message(message)) => {
                finished |= matches!(message, Message::Finished { .. });
                heard(message);
            }
            Ok(Heard::Closed) => break,
            // Something that it left behind has the pipe.
            Ok(Heard::Silence) if ended => break,
            Ok(Heard::Silence) => ended = has_ended(&child),
            Err(error) => {
                stopped = Some(End::Failed(format!("cannot be understood: {error}")));
                kill_group(&child);
                break;
            }
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
    // A child that closed the pipe and lives on is waited for like any other.
    let status = wait(
        &mut child,
        launch.timeout.map(|limit| begun + limit),
        interrupted,
    );
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

fn start(launch: &Launch) -> Result<(Child, Answers), String> {
    let program = std::env::current_exe().map_err(|error| {
        format!("cannot find this program's own file to start it again: {error}")
    })?;
    let log = files::begin(&launch.log).map_err(|error| format!("cannot write {error}"))?;
    // Both write where the other ended: a copy of a descriptor has the same place in the file.
    let output = log
        .try_clone()
        .map_err(|error| format!("cannot share a log: {error}"))?;
    let (answers, pipe) =
        std::io::pipe().map_err(|error| format!("cannot make a pipe: {error}"))?;
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
        .env(PIPE_VARIABLE, pipe.as_raw_fd().to_string())
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(log)
        // A group of its own: Ctrl-C at the terminal reaches the parent alone, which then ends the whole group.
        .process_group(0);
    die_with_parent(&mut command);
    hand_down(&mut command, pipe.as_raw_fd());
    // This process's own end of the pipe is closed when this returns: then the child's is the only one.
    match command.spawn() {
        Ok(child) => Ok((child, Answers::new(answers))),
        Err(error) => {
            let program = command.get_program().to_string_lossy().into_owned();
            Err(format!("cannot start {program}: {error}"))
        }
    }
}

/// Has the child keep this descriptor by its number, which no other process that is started meanwhile does: it closes
/// with `exec` everywhere else.
fn hand_down(command: &mut Command, descriptor: RawFd) {
    // SAFETY: the closure makes one system call between fork and exec, which takes numbers alone; it neither allocates nor
    // takes a lock. The descriptor is open in the child, as it is here until the child has been started.
    unsafe {
        command.pre_exec(move || match libc::fcntl(descriptor, libc::F_SETFD, 0) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
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

/// Whether a child has ended. It is not yet waited for, and its number stays its own.
fn has_ended(child: &Child) -> bool {
    // SAFETY: all of zeroes is a value of the structure, which holds numbers and addresses.
    let mut information: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: it writes to the structure alone.
    let asked = unsafe { libc::waitid(libc::P_PID, child.id(), &raw mut information, options) };
    // An error is for the real wait to find.
    asked != 0 || information.si_signo == libc::SIGCHLD
}

/// Waits for a child whose pipe is closed, and ends it at the deadline or when the run is stopped. Then ends what it left
/// behind.
fn wait(
    child: &mut Child,
    deadline: Option<Instant>,
    interrupted: &AtomicBool,
) -> std::io::Result<ExitStatus> {
    loop {
        let late = deadline.is_some_and(|deadline| Instant::now() > deadline);
        if has_ended(child) || late || interrupted.load(Ordering::Relaxed) {
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
