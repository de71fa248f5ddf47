//! `harness record -- COMMAND`, `harness record --pid PID`: what a program and all that it started hold over time.
//!
//! - [`subject`]: what is recorded; [`start`] starts a command, and ends it; [`marks`] is what it says of itself.
//! - [`tree`]: which processes there are; [`sampler`] looks at them, [`heaps`] and
//!   [`sites`] at the records of the preloaded library, each [as often as it may](pace).
//! - [`output`]: where the lines go as they come about: to the [file](writer) of it all, to the live [`chart`], and to
//!   one of [`mprof`]'s.
//! - [`job`]: the whole, from the start to the report, which is that of `harness judge`.

mod chart;
mod heaps;
mod job;
mod marks;
mod mprof;
pub mod options;
mod output;
mod pace;
mod sampler;
mod sites;
mod start;
mod subject;
mod tree;
mod writer;

pub use job::run;
