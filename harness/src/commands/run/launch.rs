//! One run of the command, from its start to the end of its last process.

pub(crate) use super::how::{How, how};
use super::leftovers::{self, Left};
use super::log::{Log, Written};
use super::watch::{Seen, Watch};
use crate::files;
use harness_preload::record::{FOLDER_VARIABLE, WISHES_VARIABLE, Wish};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What stands for the count in the arguments.
const PLACEHOLDER: &[u8] = b"{iters}";
/// The variable of the environment that is set to the count.
pub(super) const ITERS_VARIABLE: &str = "HARNESS_ITERS";
/// Where AddressSanitizer's options are.
const SANITIZER_VARIABLE: &str = "ASAN_OPTIONS";
/// How long the command's own process is not looked at.
const TICK: Duration = Duration::from_millis(2);
/// The same at the beginning of a run of which no record will tell: it may be over soon.
const CLOSE: Duration = Duration::from_micros(200);
/// How long that is.
const SOON: Duration = Duration::from_millis(100);
/// How long what it started may go on after it.
const LINGER: Duration = Duration::from_secs(2);
/// How long it gets to end by itself when it is given up.
const GRACE: Duration = Duration::from_secs(1);

/// How the command is to be run.
pub(super) struct Launch<'l> {
    /// The command and its arguments.
    pub command: &'l [OsString],
    /// The count.
    pub iterations: u64,
    /// The file of which it gets as many lines.
    pub stdin_lines: Option<&'l Path>,
    /// The library that is preloaded, where there is one.
    pub library: Option<&'l Path>,
    /// Whether lost is to be told from held.
    pub scan: bool,
    /// The allocation that fails, if one is to.
    pub failing: Option<Failing>,
    /// A variable of the environment that is set too, as `NAME=value`.
    pub setting: Option<&'l str>,
    /// Where the records go.
    pub records: &'l Path,
    /// Where its output goes.
    pub log: PathBuf,
    /// When to give it up.
    pub timeout: Duration,
    /// Resident memory at which to give it up, in bytes.
    pub memory: u64,
}

/// Which allocation of the command's own process fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failing {
    /// Of which site, by its number in the record; 0 for any.
    pub site: u32,
    /// Which of them, counted from 1; 0 for none, where the process is only to be run as if one failed.
    pub number: u64,
    /// In which of the programs that the process becomes, one after the other; the first is 0.
    pub program: u32,
}

impl Launch<'_> {
    /// What the library is to do.
    fn wishes(&self) -> String {
        let mut wishes = Vec::new();
        if self.scan {
            wishes.push(Wish::SCAN.to_owned());
            if self.failing.is_none() {
                wishes.push(Wish::HOLDERS.to_owned());
            }
        }
        if let Some(Failing {
            site,
            number,
            program,
        }) = self.failing
        {
            wishes.push(format!(
                "{}{number}:{site}:{}:{program}",
                Wish::FAIL,
                std::process::id()
            ));
        }
        wishes.join(",")
    }
}

/// How a run went.
#[derive(Debug)]
pub(super) struct Ended {
    /// How the command's own process ended.
    pub how: How,
    /// Its number.
    pub pid: u32,
    /// Seconds until then.
    pub seconds: f64,
    /// Seconds of processor time, of it and of the processes that it waited for.
    pub processor_seconds: f64,
    /// What it wrote.
    pub written: Written,
    /// What was seen of it meanwhile.
    pub seen: Seen,
    /// What it left running, and was ended then.
    pub left: Vec<Left>,
}

/// Runs the command, and calls `tick` now and then.
///
/// # Errors
///
/// A sentence: it could not be started.
pub(super) fn run(
    launch: &Launch,
    interrupted: &AtomicBool,
    mut tick: impl FnMut(),
) -> Result<Ended, String> {
    let mut started = start(launch)?;
    let how = loop {
        if let Some(ended) = started.look() {
            break ended;
        }
        tick();
        let given_up = if interrupted.load(Ordering::Relaxed) {
            How::Interrupted
        } else if started.begun.elapsed() > launch.timeout {
            How::TimedOut(launch.timeout.as_secs_f64().ceil() as u64)
        } else if let Some(too_large) = started.too_large() {
            too_large
        } else {
            let is_close = launch.library.is_none() && started.begun.elapsed() < SOON;
            std::thread::sleep(if is_close { CLOSE } else { TICK });
            continue;
        };
        break started.give_up(given_up);
    };
    Ok(started.end(how, interrupted))
}

/// A command that was started.
pub(super) struct Started<'l> {
    launch: &'l Launch<'l>,
    log: Log,
    pid: u32,
    begun: Instant,
    watch: Watch<'l>,
}

/// How the command's own process ended, and its processor time.
pub(super) type EndOf = (How, f64);

/// Starts the command.
///
/// # Errors
///
/// A sentence: it could not be started.
pub(super) fn start<'l>(launch: &'l Launch) -> Result<Started<'l>, String> {
    let failed = |what: &str, error: io::Error| format!("cannot {what}: {error}");
    let (reader, writer) = io::pipe().map_err(|error| failed("make a pipe", error))?;
    let second = writer
        .try_clone()
        .map_err(|error| failed("share a pipe", error))?;
    let mut words = launch
        .command
        .iter()
        .map(|word| with_count(word, launch.iterations));
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .env(ITERS_VARIABLE, launch.iterations.to_string())
        .stdin(if launch.stdin_lines.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(writer)
        .stderr(second)
        // A group of its own: Ctrl-C at the terminal reaches the harness alone, which then ends the whole group.
        .process_group(0);
    if let Some(library) = launch.library {
        command
            .env("LD_PRELOAD", preloaded(library))
            .env(SANITIZER_VARIABLE, as_the_sanitizer_allows())
            .env(FOLDER_VARIABLE, launch.records)
            .env(WISHES_VARIABLE, launch.wishes());
    }
    if let Some((name, value)) = launch.setting.and_then(|one| one.split_once('=')) {
        command.env(name, value);
    }
    let log = Log::begin(reader, &launch.log).map_err(|error| format!("cannot write {error}"))?;
    let spawned = command.spawn();
    // The command keeps ends of the pipe, and is no command any more when they have to be closed here.
    drop(command);
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            log.end();
            return Err(format!(
                "cannot run {}: {}",
                printable::Line(launch.command[0].to_string_lossy()),
                why(&error)
            ));
        }
    };
    if let (Some(path), Some(pipe)) = (launch.stdin_lines, child.stdin.take()) {
        feed(path, launch.iterations, pipe);
    }
    let pid = child.id();
    Ok(Started {
        launch,
        log,
        pid,
        begun: Instant::now(),
        watch: Watch::new(pid, launch.records, launch.library.is_none()),
    })
}

impl Started<'_> {
    /// The number of the command's own process.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Looks at it: how it ended, once it has.
    pub(super) fn look(&mut self) -> Option<EndOf> {
        if let Some((status, processor)) = waited(self.pid) {
            return Some((how(status), processor));
        }
        self.watch.look();
        None
    }

    /// Whether it takes more memory than it may.
    pub(super) fn too_large(&self) -> Option<How> {
        (self.watch.now() > self.launch.memory).then(|| How::TooLarge(self.watch.now()))
    }

    /// Sends a signal to the command's own process.
    pub(super) fn signal(&self, signal: i32) {
        // SAFETY: kill takes two numbers. The process is not yet waited for, so that no other can have its number.
        unsafe {
            libc::kill(self.pid as libc::pid_t, signal);
        }
    }

    /// Ends its whole group, for this reason.
    pub(super) fn give_up(&self, reason: How) -> EndOf {
        (reason, give_up(self.pid))
    }

    /// Sees to it that nothing of it is left, and tells how it went.
    pub(super) fn end(self, (how, processor_seconds): EndOf, interrupted: &AtomicBool) -> Ended {
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = linger(self.pid, self.launch, &self.log, interrupted);
        leftovers::end(self.pid as i32, self.launch.records);
        Ended {
            how,
            pid: self.pid,
            seconds,
            processor_seconds,
            written: self.log.end(),
            seen: self.watch.end(),
            left,
        }
    }
}

/// Waits a little for what the command started and did not wait for: what still runs then.
fn linger(pid: u32, launch: &Launch, log: &Log, interrupted: &AtomicBool) -> Vec<Left> {
    let begun = Instant::now();
    loop {
        let left = leftovers::left_by(pid as i32, launch.records);
        let patience = begun.elapsed() < LINGER && !interrupted.load(Ordering::Relaxed);
        if left.is_empty() || !patience {
            return left;
        }
        std::thread::sleep(Duration::from_millis(if log.is_closed() { 20 } else { 5 }));
    }
}

/// The library before those that are preloaded already, but behind a sanitizer's, which has to be the first.
pub(crate) fn preloaded(library: &Path) -> OsString {
    let mut all = OsString::new();
    let others = std::env::var_os("LD_PRELOAD").unwrap_or_default();
    let is_sanitizers = others.as_bytes().windows(3).any(|part| part == b"san");
    if is_sanitizers {
        all.push(&others);
        all.push(":");
    }
    all.push(library);
    if !is_sanitizers && !others.is_empty() {
        all.push(":");
        all.push(&others);
    }
    all
}

/// AddressSanitizer ends a program that has a library before its own, unless it is told that this is meant; and it keeps
/// what is freed from use, up to 256 MB, which looks like growth. What the user asks for comes last, and holds.
fn as_the_sanitizer_allows() -> OsString {
    let mut options = OsString::from(
        "verify_asan_link_order=0:quarantine_size_mb=0:thread_local_quarantine_size_kb=0",
    );
    if let Some(others) = std::env::var_os(SANITIZER_VARIABLE) {
        options.push(":");
        options.push(others);
    }
    options
}

/// A word of the command with the count in the place of what stands for it.
pub(super) fn with_count(word: &OsStr, iterations: u64) -> OsString {
    let count = iterations.to_string();
    let (mut bytes, mut rest) = (Vec::new(), word.as_bytes());
    while let Some(at) = rest
        .windows(PLACEHOLDER.len())
        .position(|part| part == PLACEHOLDER)
    {
        bytes.extend_from_slice(&rest[..at]);
        bytes.extend_from_slice(count.as_bytes());
        rest = &rest[at + PLACEHOLDER.len()..];
    }
    bytes.extend_from_slice(rest);
    OsString::from_vec(bytes)
}

/// Whether the count stands in the command.
pub(super) fn has_count(command: &[OsString]) -> bool {
    command.iter().any(|word| {
        word.as_bytes()
            .windows(PLACEHOLDER.len())
            .any(|part| part == PLACEHOLDER)
    })
}

/// Writes lines of a file to the command, in a thread of its own: the command may read them when it likes, or never.
fn feed(path: &Path, lines: u64, mut pipe: impl Write + Send + 'static) {
    let path = path.to_owned();
    std::thread::spawn(move || {
        let mut left = lines;
        while left > 0 {
            let before = left;
            let Ok(file) = files::open(&path) else { return };
            for line in io::BufReader::with_capacity(1 << 16, file).split(b'\n') {
                let Ok(mut line) = line else { return };
                line.push(b'\n');
                // One that reads no more has ended, or closed its input.
                if left == 0 || pipe.write_all(&line).is_err() {
                    return;
                }
                left -= 1;
            }
            if left == before {
                return;
            }
        }
    });
}

/// Waits for a process without waiting: its status and its processor time, once it has ended.
pub(crate) fn waited(pid: u32) -> Option<(i32, f64)> {
    let mut status = 0;
    // SAFETY: all of zeroes is a value of the structure, which holds numbers alone.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: it writes to the two that it is given.
    let got = unsafe {
        libc::wait4(
            pid as libc::pid_t,
            &raw mut status,
            libc::WNOHANG,
            &raw mut usage,
        )
    };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    (got == pid as libc::pid_t).then(|| (status, seconds(usage.ru_utime) + seconds(usage.ru_stime)))
}

/// Ends the command's group, with a chance to end by itself. Its processor time.
fn give_up(pid: u32) -> f64 {
    for (signal, patience) in [(libc::SIGTERM, GRACE), (libc::SIGKILL, 5 * GRACE)] {
        // SAFETY: kill takes two numbers. The group is the command's own, whose leader is not yet waited for, so that no
        // other process can have the number.
        unsafe {
            libc::kill(-(pid as libc::pid_t), signal);
        }
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if let Some((_, processor)) = waited(pid) {
                return processor;
            }
            std::thread::sleep(TICK);
        }
    }
    0.0
}

/// Why a program could not be started, as a clause.
pub(crate) fn why(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENOEXEC) => {
            "it is no program that this machine can run (a script needs a line #!interpreter)"
                .to_owned()
        }
        Some(libc::ENOENT) => "it, or its interpreter, is not there".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_run(words: &[&str], iterations: u64, timeout: f64) -> (Result<Ended, String>, String) {
        let folder = tempfile::tempdir().unwrap();
        let command: Vec<OsString> = words.iter().map(OsString::from).collect();
        let lines = folder.path().join("lines");
        std::fs::write(&lines, "a\nb\nc\n").unwrap();
        let launch = Launch {
            command: &command,
            iterations,
            stdin_lines: Some(&lines),
            library: None,
            scan: false,
            failing: None,
            setting: None,
            records: folder.path(),
            log: folder.path().join("log"),
            timeout: Duration::from_secs_f64(timeout),
            memory: u64::MAX,
        };
        let ended = run(&launch, &AtomicBool::new(false), || ());
        (
            ended,
            std::fs::read_to_string(folder.path().join("log")).unwrap_or_default(),
        )
    }

    fn sh(script: &str, iterations: u64, timeout: f64) -> (Ended, String) {
        let (ended, log) = try_run(&["sh", "-c", script], iterations, timeout);
        (ended.unwrap(), log)
    }

    #[test]
    fn the_count_stands_in_the_arguments_in_the_environment_and_in_the_lines_of_the_input() {
        let (ended, log) = sh("echo {iters} x{iters} $HARNESS_ITERS; cat; exit 3", 5, 20.0);
        assert_eq!(ended.how, How::Exited(3));
        assert_eq!(log, "5 x5 5\na\nb\nc\na\nb\n");
        assert_eq!(ended.written.bytes, log.len() as u64);
    }

    #[test]
    fn signals_hangs_and_what_cannot_be_started_are_told_apart() {
        assert_eq!(
            sh("kill -SEGV $$", 1, 20.0).0.how,
            How::Killed(libc::SIGSEGV)
        );
        let (hung, log) = sh("echo before; sleep 100", 1, 0.3);
        assert_eq!((hung.how, log.as_str()), (How::TimedOut(1), "before\n"));
        assert!(hung.seconds < 10.0);
        let (missing, _) = try_run(&["/no/such/file"], 1, 1.0);
        assert_eq!(
            missing.unwrap_err(),
            "cannot run /no/such/file: it, or its interpreter, is not there"
        );
    }

    #[test]
    fn a_daemon_that_forks_away_is_seen_and_ended() {
        let (ended, _) = sh("sleep 321 & exit 0", 1, 20.0);
        assert_eq!(ended.how, How::Exited(0));
        assert_eq!(ended.left.len(), 1, "{:?}", ended.left);
        assert!(!Path::new(&format!("/proc/{}/exe", ended.left[0].pid)).exists());
    }

    #[test]
    fn a_command_without_the_placeholder_is_known() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert!(has_count(&words("./work -n{iters}")));
        assert!(!has_count(&words("./work {iter}")));
        assert_eq!(with_count(OsStr::new("{iters}/{iters}"), 7), "7/7");
    }
}
