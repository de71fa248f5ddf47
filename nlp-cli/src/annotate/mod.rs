//! `nlp annotate`: files of any size through a pipeline, in order, safe from crashes.
//!
//! - [`inputs`]: the files, cut into ranges of texts at line ends.
//! - [`crew`]: hands that work on ranges, in order; [`annotator`] is what a hand does.
//! - [`columns`]: files of columns, Arrow and Parquet, which a feature turns on.
//! - [`piece`]: what is written of a range; [`finish`]: what is made of the pieces.
//! - [`output`] and [`manifest`]: where it goes, and what is known of it after a crash.
//! - [`workers`]: hands that are processes.
//! - [`run`]: all of it together.

mod annotator;
#[cfg(feature = "arrow")]
mod columns;
#[cfg(not(feature = "arrow"))]
#[path = "no_columns.rs"]
mod columns;
mod command;
mod crew;
mod failure;
mod finish;
mod inputs;
mod manifest;
mod options;
mod output;
mod piece;
mod range;
mod rss;
mod run;
mod summary;
mod workers;

pub use command::{AnnotateArgs, run as run_command};
pub use failure::Failure;
pub use options::{BadText, Format, Hands, InputKind, Options, Packing, Workers, Zones};
pub use range::Counts;
pub use run::{Follow, State, annotate};
pub use summary::Summary;
pub use workers::{MemoryVerdict, WorkerMemory, WorkersSummary};
