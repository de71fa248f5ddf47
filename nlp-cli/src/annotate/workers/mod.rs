//! Processes that annotate ranges, each with a pipeline of its own.
//!
//! - [`protocol`]: what is said over the pipes.
//! - [`worker`]: the process.
//! - [`process`]: a process as its parent sees it.
//! - [`hand`]: ranges to processes, which end and are replaced, and what a range does that kills them.
//! - [`memory`]: what their memory does, and whether it was worth replacing them.

mod hand;
mod memory;
mod process;
mod protocol;
mod worker;

pub use hand::Crew;
pub use memory::{MemoryVerdict, WorkerMemory, WorkersSummary};
pub use worker::serve;
