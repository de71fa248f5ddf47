//! `harness zones`: streams words that nobody has seen before through memory zones, and says whether memory stays flat.

pub(crate) mod job;
pub mod options;
pub(crate) mod reduce;
mod report;
pub mod summary;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod verdict;

pub use job::run;
