//! Runs a program again and again, measures where every byte went, and ends with a verdict.
//!
//! # Why
//!
//! Memory that grows is hard to name. It may be a leak (blocks that nothing can reach), a cache (words seen once and
//! kept), an allocator that keeps what was freed, or something that is made once. A threshold on the resident set tells
//! none of them from another. Exact counters do: after every iteration of the same work, live bytes and blocks are
//! integers, and zero growth is zero.
//!
//! # How
//!
//! `harness --iters 1000` starts itself again as a child for every measurement, because a process has one global
//! allocator and the instruments each want their own ([`allocator`]). A child runs a [`workload`] iteration by iteration
//! and tells its parent what it measures after each, as a line of JSON ([`child`], [`sample`]). The parent ([`job`]) runs
//!
//! 1. the loop without memory zones and with them, under jemalloc and the counters;
//! 2. the same under dhat, and then under valgrind's memcheck, for n and for 10n iterations: what grows with the
//!    iterations is the loop's, and what does not was set-up ([`probe::sites`]);
//!
//! and concludes ([`verdict`]), with an exit code that a gate can trust: 0 pass, 1 leak, 2 usage error, 3 inconclusive.
//! Everything is written to a directory ([`summary`], [`report`]).
//!
//! # What is comparable with what
//!
//! Iterations come in cycles. Iteration i works on the same texts as iteration i + cycle, with other novel words of the
//! same lengths in the same places. The warm-up is one cycle, so that every buffer has met the largest text it will
//! meet; each measured quarter goes through the texts once more. A sample is always taken at the same point: the
//! iteration's documents are dropped and its zone is closed. What is live then is what the program keeps.
//!
//! The runs under a tool have a cycle of n iterations: the run of 10n does ten times exactly what the run of n does.
//! The counters run in those children too, whatever their allocator, so that a tool's growth can be held against the
//! counters' growth in the same process, to the byte.
//!
//! # Limits
//!
//! A run sees what its texts lead to, on one thread, without errors. Memory mapped outside the allocator shows in the
//! resident set alone. Every verdict says what its run could not have seen.

#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        clippy::disallowed_macros,
        reason = "tests write where they like"
    )
)]

pub mod allocator;
pub mod capture;
pub mod child;
pub mod commands;
pub mod engine;
pub mod export;
mod files;
mod glossary;
pub mod load;
pub mod options;
pub mod preloaded;
pub mod probe;
pub mod recording;
pub mod report;
#[cfg(test)]
mod schema;
mod screen;
pub mod suppressions;
pub mod workload;
