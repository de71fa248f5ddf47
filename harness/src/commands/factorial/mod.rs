//! `harness factorial`: what zones, new words, and giving memory back each do to memory, in eight runs that differ in
//! one of the three at a time.
//!
//! Each cell is a process of its own, the one that `harness zones` measures in, on one thread: whatever a cell finds, it
//! did not inherit from another.

mod job;
pub mod options;
mod report;
pub mod summary;
mod verdict;

pub use job::run;
