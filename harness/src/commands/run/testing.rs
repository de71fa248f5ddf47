//! Runs for tests.

use super::launch::{Ended, How};
use super::log::Written;
use super::one_run::OneRun;
use super::watch::Seen;

/// A run that went well and was seen by nobody.
pub(super) fn run(iterations: u64, seconds: f64) -> OneRun {
    OneRun {
        iterations,
        ended: Ended {
            how: How::Exited(0),
            pid: 1,
            seconds,
            processor_seconds: seconds,
            written: Written::default(),
            seen: Seen::default(),
            left: Vec::new(),
        },
        recordings: Vec::new(),
        complaints: Vec::new(),
    }
}
