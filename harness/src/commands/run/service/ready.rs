//! Waits until a service is ready.

use super::super::launch::{EndOf, Started};
use crate::load::{self, Address, Failure, Url};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often it is asked.
const OFTEN: Duration = Duration::from_millis(50);
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a service tells that it is ready.
pub(super) enum Sign {
    /// It answers with 2xx.
    Answers(Url),
    /// It listens.
    Listens(Address),
}

/// Why it is not ready.
pub(super) enum NotReady {
    /// It ended.
    Ended(EndOf),
    /// It did not become so in time: what was seen of it last, as a clause.
    InTime(String),
    /// Somebody stopped the whole.
    Interrupted,
}

impl Sign {
    /// Whether it is there now; or else what there is, as a clause.
    pub(super) fn look(&self) -> Result<(), String> {
        match self {
            Sign::Listens(address) => match load::listens(address, PATIENCE) {
                true => Ok(()),
                false => Err(format!("nobody listened at {address}")),
            },
            Sign::Answers(url) => match load::ask_once(url, PATIENCE) {
                Ok(200..300) => Ok(()),
                Ok(status) => Err(format!("{url} answered {status}")),
                Err(Failure::Refused) => Err(format!("nobody listened at {}", url.address)),
                Err(Failure::TimedOut) => Err(format!("{url} did not answer")),
                Err(Failure::Reset) => {
                    Err(format!("{url} closed the connection without an answer"))
                }
                Err(Failure::NoAnswer | Failure::Other) => {
                    Err(format!("{url} gave no answer of HTTP"))
                }
            },
        }
    }

    /// The address that has to be free before the service is started.
    fn address(&self) -> &Address {
        match self {
            Sign::Answers(url) => &url.address,
            Sign::Listens(address) => address,
        }
    }

    /// Whether another service is there already.
    pub(super) fn is_taken(&self) -> Option<String> {
        let address = self.address();
        load::listens(address, PATIENCE).then(|| {
            format!("another program listens at {address} already: end it, or give the service another port")
        })
    }

    /// Waits for it: seconds that it took.
    pub(super) fn wait(
        &self,
        started: &mut Started,
        timeout: Duration,
        interrupted: &AtomicBool,
        mut tick: impl FnMut(),
    ) -> Result<f64, NotReady> {
        let begun = Instant::now();
        loop {
            if let Some(ended) = started.look() {
                return Err(NotReady::Ended(ended));
            }
            let seen = match self.look() {
                Ok(()) => return Ok(begun.elapsed().as_secs_f64()),
                Err(seen) => seen,
            };
            if interrupted.load(Ordering::Relaxed) {
                return Err(NotReady::Interrupted);
            }
            if begun.elapsed() > timeout {
                return Err(NotReady::InTime(seen));
            }
            tick();
            std::thread::sleep(OFTEN);
        }
    }
}
