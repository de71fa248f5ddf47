//! `harness judge FILE`: says of anything that was measured over time whether it grows, how fast, and why.
//!
//! - [`read`]: the forms of files that can be read.
//! - [`job`]: judges what was read; [`report`] says so.
//! - [`captures`]: files of memory tools, at counts of iterations.

mod captures;
mod job;
pub mod options;
pub(crate) mod read;
mod report;

pub use job::run;
pub(crate) use job::{present, write};
#[cfg(fuzzing)]
pub use read::fuzzing;
