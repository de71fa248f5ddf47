//! The main job's options: `harness --iters 1000`.

use crate::options::instrument;
use crate::options::{ExportOptions, PipelineOptions, ReportOptions};
use crate::workload::{Fault, Kind};
use clap::ValueEnum;
use harness_model::Instrument;
use std::path::PathBuf;

/// What the main job can be told.
#[derive(Clone, Debug, clap::Args)]
pub struct MainOptions {
    /// Measured iterations of each loop
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub iters: u64,

    /// Which loops to run: in memory zones, without them, or both, one after the other
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = ZonesChoice::Both)]
    pub zones: ZonesChoice,

    /// What to measure with, separated by commas
    #[arg(long, value_name = "LIST", value_parser = instrument(), value_delimiter = ',', default_values_t = Instrument::ALL)]
    pub probes: Vec<Instrument>,

    /// Instruments without which the run is inconclusive (exit code 3)
    #[arg(long, value_name = "LIST", value_parser = instrument(), value_delimiter = ',')]
    pub require: Vec<Instrument>,

    /// Plant a fault, to see that it is found
    #[arg(long, value_name = "FAULT", value_enum)]
    pub inject: Option<Fault>,

    /// In place of the fault plant its twin, which takes the same memory and frees it
    #[arg(long, requires = "inject")]
    pub twin: bool,

    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportOptions,

    /// What is run again and again
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Kind::Parse, help_heading = "The work")]
    pub workload: Kind,

    /// The pipeline and its texts.
    #[command(flatten)]
    pub pipeline: PipelineOptions,

    /// Texts in one iteration
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1_000_000), help_heading = "The work")]
    pub texts: u64,

    /// The share of words replaced by new ones that no iteration has seen before, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.02, value_parser = share, help_heading = "The work")]
    pub novel_words: f64,

    /// Iterations before the measured ones [default: as many as it takes to see every text once, a quarter of --iters
    /// at most]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=100_000_000), help_heading = "Sizes")]
    pub warmup: Option<u64>,

    /// n for dhat, which runs n and 10n iterations of each loop
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000_000), help_heading = "Sizes")]
    pub dhat_iters: u64,

    /// n for valgrind, which runs n and 10n iterations of each loop
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000_000), help_heading = "Sizes")]
    pub valgrind_iters: u64,

    /// Seconds after which a run under valgrind or dhat is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Sizes")]
    pub tool_timeout: u64,

    /// A further file of valgrind suppressions; can be given again
    #[arg(long, value_name = "FILE", help_heading = "Sizes")]
    pub suppressions: Vec<PathBuf>,

    /// The results for other programs.
    #[command(flatten)]
    pub export: ExportOptions,
}

/// Which loops to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ZonesChoice {
    /// In memory zones
    On,
    /// Without them
    Off,
    /// First without, then with
    Both,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Ok(_) => Err("it is a share, from 0 to 1".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
