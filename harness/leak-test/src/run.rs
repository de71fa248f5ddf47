//! Runs a leak test.

use crate::measure::measure;
use crate::outcome::{Failure, Report};
use crate::settings::LeakTest;
use std::hint::black_box;

impl LeakTest {
    /// Runs the test. What the work returns is dropped within the iteration.
    ///
    /// # Errors
    ///
    /// The work's memory grows, or it cannot be told whether it does. See [`Failure`].
    pub fn run<R>(&self, mut work: impl FnMut() -> R) -> Result<Report, Failure> {
        measure(self, &mut || leak_test_runs_the_work(&mut work))
    }

    /// Runs the test, and fails it where [`run`](LeakTest::run) gives an error.
    ///
    /// # Panics
    ///
    /// With a report, if the work's memory grows or that cannot be told.
    #[track_caller]
    pub fn assert<R>(&self, work: impl FnMut() -> R) -> Report {
        match self.run(work) {
            Ok(report) => report,
            Err(failure) => panic!("{failure}"),
        }
    }
}

/// Stacks are shown up to here: see [`crate::sites`].
#[inline(never)]
fn leak_test_runs_the_work<R>(work: &mut impl FnMut() -> R) {
    drop(black_box(work()));
}
