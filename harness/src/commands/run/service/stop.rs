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

/// The signal to try first. Who leaves by `exit` can be looked at, and who ends by the signal itself cannot: Python leaves so by SIGINT, but
/// by SIGTERM only where somebody sees to it, and uvicorn, which handles that, ends by it all the same.
pub(super) fn first_signal(pid: u32, wanted: Option<StopSignal>) -> StopSignal {
    let handles = |signal: StopSignal| kernel::handles(pid, signal.number);
    let by_int = kernel::is_python(pid) || !handles(StopSignal::TERM);
    wanted.unwrap_or(match by_int && handles(StopSignal::INT) {
        true => StopSignal::INT,
        false => StopSignal::TERM,
    })
}

/// Ends it by a signal, or else by another.
pub(super) fn stop(started: &mut Started, first: StopSignal, patience: Duration) -> Stopped {
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
                return Stopped {
                    end,
                    signal,
                    killed,
                };
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
            true => format!("It did not end by {}, and was killed.", self.signal.name),
            false => format!(
                "Asked to end by {}, it {}.",
                self.signal.name,
                self.end.0.clause()
            ),
        }
    }
}
