//! How a command's own process ended.

/// How the command's own process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By itself.
    Exited(i32),
    /// A signal ended it.
    Killed(i32),
    /// It was given up after so many seconds.
    TimedOut(u64),
    /// It was given up when it took so much memory.
    TooLarge(u64),
    /// Somebody stopped the whole.
    Interrupted,
}

/// How a process ended, by the status that its parent is given.
pub(crate) fn how(status: i32) -> How {
    match libc::WIFSIGNALED(status) {
        true => How::Killed(libc::WTERMSIG(status)),
        false => How::Exited(libc::WEXITSTATUS(status)),
    }
}

impl How {
    /// As a clause: `ended with exit code 0`.
    pub(crate) fn clause(&self) -> String {
        match self {
            How::Exited(code) => format!("ended with exit code {code}"),
            How::Killed(signal) => match signal_name(*signal) {
                Some(name) => format!("was killed by signal {signal} ({name})"),
                None => format!("was killed by signal {signal}"),
            },
            How::TimedOut(seconds) => format!("was given up after {seconds} s (--timeout)"),
            How::TooLarge(bytes) => format!(
                "was given up when it took {}, more than this machine can spare",
                harness_model::units::bytes(*bytes as f64)
            ),
            How::Interrupted => "was stopped".to_owned(),
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGABRT => "SIGABRT: abort",
        libc::SIGSEGV => "SIGSEGV: a wrong address",
        libc::SIGBUS => "SIGBUS: an address behind which nothing is",
        libc::SIGILL => "SIGILL: a wrong instruction",
        libc::SIGFPE => "SIGFPE: wrong arithmetic",
        libc::SIGKILL => "SIGKILL: as processes are when memory runs out",
        libc::SIGTERM => "SIGTERM",
        libc::SIGINT => "SIGINT",
        libc::SIGHUP => "SIGHUP",
        libc::SIGPIPE => "SIGPIPE: nobody reads what it writes",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGXCPU => "SIGXCPU: its processor time is limited",
        libc::SIGXFSZ => "SIGXFSZ: the size of its files is limited",
        libc::SIGSYS => "SIGSYS: a system call that is forbidden",
        _ => return None,
    })
}
