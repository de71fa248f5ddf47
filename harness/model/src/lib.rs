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

pub mod captures;
mod cause;
pub mod condition;
mod frame;
mod instrument;
mod ledger;
mod parts;
mod place;
mod probe;
pub mod program;
pub mod record;
mod run;
mod sample;
mod series;
mod sites;
mod summary;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
pub mod units;
mod verdict;

pub use cause::{Cause, CauseOfGrowth};
pub use condition::{Condition, Expectation};
pub use frame::{Frame, Linked};
pub use instrument::Instrument;
pub use ledger::{Ledger, Row, RowKind};
pub use parts::{Account, PartGrowth, PartReport, PartRun};
pub use place::Place;
pub use probe::Probe;
pub use run::{JemallocSeries, ResidentParts, Run, StoreGrowth};
pub use sample::{JemallocSample, MappingsSample, Sample, StoreSample};
pub use series::{Basis, Interval, Sawtooth, Series, Shape, Step, per_iteration};
pub use sites::{
    GrowingSite, HeldAt, Hidden, LeakKind, Proof, SitePair, SiteReport, SiteRun, Stacks,
};
pub use summary::{Environment, Options, SCHEMA_VERSION, Summary, Tool, Workload};
pub use verdict::{Finding, FindingKind, Outcome, Verdict};
