//! `harness zones`: streams words that nobody has seen before through memory zones, and says whether memory stays flat.

pub(crate) mod child;
mod job;
pub mod orders;
mod reduce;
mod report;
mod stream;
pub mod summary;
#[cfg(test)]
mod tests;
mod verdict;
mod worker;

pub use job::run;
