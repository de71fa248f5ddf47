//! `harness zones`: streams words that nobody has seen before through memory zones, and says whether memory stays flat.

pub(crate) mod child;
pub(crate) mod job;
pub mod orders;
pub(crate) mod reduce;
mod report;
mod stream;
pub mod summary;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod verdict;
mod worker;

pub use job::run;
