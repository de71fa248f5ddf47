//! `harness victims`: faults whose truth is known, each with a twin that frees what it takes, and whether the harness
//! tells every one of them apart.
//!
//! The judgement is the harness's own ([`harness_judge::cause`]) and sees what any run sees: the counters, the ledger,
//! the allocator's records, and valgrind where memory grows in no store. What was planted is compared with it only
//! afterwards ([`judge`]).

pub mod catalogue;
mod job;
mod judge;
mod matrix;
pub mod options;
mod picture;
mod report;
pub mod summary;

pub use job::run;
