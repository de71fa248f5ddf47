//! Ends a service well: asks it, asks again, and ends it at last.

use super::super::launch::{EndOf, How, Started};
use super::super::options::service::StopSignal;
use super::kernel;
use std::time::{Duration, Instant};

/// How often it is looked whether it has ended.
const TICK: Duration = Duration::from_millis(5);

/// How a service ended.
pub(super) struct Stopped {
    /// As the system tells it.
    pub end: EndOf,
    /// The signal that was answered to, or the last that was tried.
    pub signal: StopSignal,
    /// It took none of them for its end, and was killed.
    pub killed: bool,
}

/// Ends it. A service that handles SIGINT is asked by that: many that handle both leave by `exit` then, and so can be
/// looked at, but end by SIGTERM itself when they were asked by SIGTERM.
pub(super) fn stop(started: &mut Started, wanted: Option<StopSignal>, patience: Duration) -> Stopped {
    let first = wanted.unwrap_or_else(|| match kernel::handles(started.pid(), libc::SIGINT) {
        true => StopSignal::INT,
        false => StopSignal::TERM,
    });
    let other = match first {
        StopSignal::TERM => StopSignal::INT,
        _ => StopSignal::TERM,
    };
    for signal in [first, other] {
        started.signal(signal.number);
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if let Some(end) = started.look() {
                let killed = false;
                return Stopped { end, signal, killed };
            }
            std::thread::sleep(TICK);
        }
    }
    Stopped {
        end: started.give_up(How::Killed(libc::SIGKILL)),
        signal: other,
        killed: true,
    }
}

impl Stopped {
    /// What happened, in a sentence.
    pub(super) fn sentence(&self) -> String {
        match self.killed {
            true => format!(
                "It did not end by {}, and was killed.",
                self.signal.name
            ),
            false => format!("Asked to end by {}, it {}.", self.signal.name, self.end.0.clause()),
        }
    }
}
