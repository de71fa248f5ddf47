//! `harness record -- COMMAND`, `harness record --pid PID`: what a program and all that it started hold over time.
//!
//! - [`start`]: starts a command, and ends it; [`marks`] is what it says of itself.
//! - [`tree`]: which processes there are; [`sampler`] looks at them, [`heaps`] at the records of the preloaded library,
//!   each [as often as it may](pace).
//! - [`writer`]: the file of it all, written as it comes about.
//! - [`job`]: the whole, from the start to the report, which is that of `harness judge`.

mod heaps;
mod job;
mod marks;
pub mod options;
mod pace;
mod sampler;
mod start;
mod tree;
mod writer;

pub use job::run;
