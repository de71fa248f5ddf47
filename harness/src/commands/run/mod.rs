//! `harness run -- COMMAND`: says of any program whether it leaks, caches or fragments, with the line.
//!
//! The command runs with several counts of iterations, under a library that is preloaded into it and records who took
//! what ([`crate::preloaded`], [`crate::recording`]). What a call site holds grows along a line through the counts, or it
//! does not grow ([`harness_judge::counts`]).
//!
//! - [`examine`]: what kind of file the command is, and what cannot be seen of it.
//! - [`launch`]: one run, from its start to its last process; [`log`] and [`watch`] go along with it.
//! - [`measure`]: which counts are run, one after the other.
//! - [`second`]: the same under valgrind, where that is wanted.
//! - [`gather`]: the records of all runs, as the judge takes them.
//! - [`report`]: what is said of it.

mod examine;
mod gather;
mod job;
mod launch;
mod leftovers;
mod log;
mod measure;
mod one_run;
pub mod options;
mod report;
mod second;
#[cfg(test)]
mod testing;
mod troubles;
mod watch;

pub use job::run;
