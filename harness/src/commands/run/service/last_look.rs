//! Has processes look at themselves before a signal ends them that they do not handle: past that nobody knows what is lost
//! in them, who holds the objects of Python's, nor what a collector would have freed.
//!
//! A word in the record asks for it. The library sees that when the process takes a connection, and looks; an interpreter of
//! Python does when it next comes to it.

use super::super::options::service::StopSignal;
use super::super::watch::{files_of, pid_of};
use super::kernel;
use super::ready::Sign;
use crate::recording::{self, State};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long it may take until the first has looked, and how long after one has until the next does.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest that a look takes: a copy of the process may be searched.
const LONGEST: Duration = Duration::from_secs(40);
/// Between two connections.
const OFTEN: Duration = Duration::from_millis(10);

/// Asks those of a service that the signal would end, and waits until they have looked, as far as they do.
pub(super) fn ask(pid: u32, records: &Path, sign: &Sign, signal: StopSignal) {
    let ends = |path: &PathBuf| {
        // Its children are ended by the usual one.
        let is_own = |of: u32| of == pid;
        pid_of(path).is_some_and(|of| {
            let signal = if is_own(of) { signal } else { StopSignal::TERM };
            !kernel::handles(of, signal.number)
        })
    };
    let asked = files_of(records).into_iter().filter(ends);
    let mut asked: Vec<PathBuf> = asked
        .filter(|path| recording::ask_to_look(path).unwrap_or(false))
        .collect();
    let (mut since, begun) = (Instant::now(), Instant::now());
    while !asked.is_empty() && since.elapsed() < PATIENCE && begun.elapsed() < LONGEST {
        // An answer comes when the look is over, where one thread does all.
        let _ = sign.look();
        let before = asked.len();
        asked.retain(|path| recording::state_of(path) == Some(State::Running));
        if asked.len() < before {
            since = Instant::now();
        }
        std::thread::sleep(OFTEN);
    }
}
