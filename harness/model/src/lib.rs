//! The documents of the harness: what was measured, under which condition, and what was concluded.
//!
//! Everything that a program measures, a judge judges, and a report shows is one of these types. They hold figures and
//! say nothing of how they came about: no files, no clock, no command line.
//!
//! ```
//! use harness_model::units;
//!
//! assert_eq!(units::bytes(1_536.0), "1.50 KiB");
//! ```

#![deny(missing_docs)]

mod cause;
pub mod condition;
mod instrument;
mod ledger;
mod sample;
mod summary;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
pub mod units;

pub use cause::{Cause, CauseOfGrowth};
pub use condition::{Condition, Expectation};
pub use instrument::Instrument;
pub use ledger::{Ledger, Row, RowKind};
pub use sample::{JemallocSample, MappingsSample, Sample, StoreSample};
pub use summary::*;
