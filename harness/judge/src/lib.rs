//! Says of a series of measurements whether it grows, and of a measured loop why.
//!
//! Pure functions: what they are given is all they know. There are no files here, no clock, no process and no command
//! line, so that whoever has a series can have it judged: the harness, a test, a reader of recordings.
//!
//! ```
//! use harness_judge::shape::{Kind, judge};
//! use harness_model::Shape;
//!
//! // Exact counts of live bytes, one after each pass over the same work.
//! let leak: Vec<u64> = (0..100).map(|pass| 1_000 + 24 * pass).collect();
//! let cache: Vec<u64> = (0..100).map(|pass| 1_000 + 24 * pass.min(10)).collect();
//! let kind = Kind::Exact { cycle: 1 };
//! assert_eq!(judge(&leak, kind).shape, Shape::Growing);
//! assert_ne!(judge(&cache, kind).shape, Shape::Growing);
//! ```

#![deny(missing_docs)]

mod agreement;
pub mod attribution;
pub mod cause;
pub mod counts;
pub mod evidence;
pub mod figures;
mod findings;
pub mod growing;
pub mod ledger;
pub mod over_time;
pub mod root_causes;
pub mod sentence;
pub mod series;
pub mod shape;
pub mod simulation;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unmeasured;
pub mod verdict;

pub use findings::amount;
