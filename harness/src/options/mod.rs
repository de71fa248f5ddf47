//! Options that several commands have.

mod bounds;
mod export;
mod named;
mod pipeline;
mod report;

pub use bounds::Bounds;
pub use export::{ExportOptions, FormOptions};
pub use named::{instrument, judge, one_of};
pub use pipeline::PipelineOptions;
pub use report::{PlaceOptions, ReportOptions};
