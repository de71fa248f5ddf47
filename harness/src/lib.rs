//! Runs a program again and again, measures where every byte went, and ends with a verdict.

pub mod allocator;
pub mod child;
pub mod cli;
pub mod job;
pub mod probe;
pub mod report;
pub mod sample;
#[cfg(test)]
mod schema;
pub mod summary;
pub mod verdict;
pub mod workload;
