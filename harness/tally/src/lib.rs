//! Exact counts of what a process allocates and frees, kept by its global allocator.
//!
//! Nothing here allocates with the allocator that it counts for, takes a lock, or unwinds: it runs inside every
//! allocation of the program.

#![deny(missing_docs)]

pub mod counters;
pub mod sites;
pub mod stack;
pub mod thread;
