//! `harness judge --at N FILE --at M FILE`: what tools wrote down of a program at several counts of iterations, call site by
//! call site, what was taken once cancelled.
//!
//! - [`given`]: which files were given, at which counts, and what stands in them.
//! - [`gather`]: the call sites of all of them, as the judge takes them.
//! - [`job`]: judges them; [`report`] says so.

mod gather;
mod given;
mod job;
mod report;

pub(super) use job::{is_one, run};
