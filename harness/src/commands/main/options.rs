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

    /// Print the tables too: what each tool saw of each call site, the parts of the work, where the resident set went
    #[arg(long, conflicts_with = "quiet", help_heading = None::<&'static str>)]
    pub details: bool,

    /// The results for other programs.
    #[command(flatten)]
    pub export: ExportOptions,
}
