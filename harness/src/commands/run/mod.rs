//! `harness run -- COMMAND`: says of any program whether it leaks, caches or fragments, with the line.
//!
//! The command runs with several counts of iterations, under a library that is preloaded into it and records who took
//! what ([`crate::preloaded`], [`crate::recording`]). What a call site holds grows along a line through the counts, or it
//! does not grow ([`harness_judge::counts`]).
//!
//! - [`examine`]: what kind of file the command is, and what cannot be seen of it.
//! - [`launch`]: one run, from its start to its last process; [`log`] and [`watch`] go along with it.
//! - [`records`]: where its records go.
//! - [`measure`]: which counts are run, one after the other.
//! - [`memory`]: how much of it there is, and how much a run took.
//! - [`objects`]: Python's objects, each as a block.
//! - [`second`]: the same under valgrind, where that is wanted.
//! - [`mod@service`]: a service instead, which is started once and asked again and again; [`serving`] concludes.
//! - [`gather`]: the records of all runs, as the judge takes them.
//! - [`doubts`]: what keeps it from a conclusion.
//! - [`counted`]: a run as the document has it.
//! - [`trying`]: the greatest count again, with the settings that were suggested.
//! - [`report`]: what is said of it; [`export`]: the same for other programs.

mod across;
mod counted;
mod doubts;
mod examine;
mod export;
mod failing;
mod figures;
mod gather;
mod how;
mod job;
mod launch;
mod leftovers;
mod log;
mod measure;
mod memory;
mod objects;
mod one_run;
pub mod options;
mod records;
mod report;
mod runtime;
mod second;
mod service;
mod serving;
mod sight;
mod suppressed;
#[cfg(test)]
mod testing;
mod troubles;
mod trying;
mod watch;

pub(crate) use examine::{Examined, examine};
pub(crate) use export::{gain, with_near_files};
pub(crate) use gather::Gatherer;
pub use job::run;
pub(crate) use job::{announcement, can_be_run, for_another};
pub(crate) use launch::{How, how, preloaded, waited, why};
pub(crate) use leftovers::adopt;
pub(crate) use log::Log;
pub(crate) use memory::free_memory;
pub(crate) use records::Records;
pub(crate) use report::{growth, plot, tell, told};
