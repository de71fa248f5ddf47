//! The main job's command line: `harness --iters 1000`.

use super::spec::LoopSpec;
use crate::options::{ExportOptions, ReportOptions};

/// What the main job can be told.
#[derive(Clone, Debug, clap::Args)]
pub struct MainOptions {
    /// What to run.
    #[command(flatten)]
    pub spec: LoopSpec,

    /// Where the report goes, with the options of no heading.
    #[command(flatten, next_help_heading = None::<&'static str>)]
    pub report: ReportOptions,

    /// The results for other programs.
    #[command(flatten)]
    pub export: ExportOptions,
}
