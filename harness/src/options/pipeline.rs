//! The options that every job over a pipeline has.

use crate::workload::SEED;
use std::path::PathBuf;

/// The pipeline, its texts, and the seed of what is random about them.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The work")]
pub struct PipelineOptions {
    /// A file of texts, one a line, in place of the English sentences that ship with the harness
    #[arg(long, value_name = "FILE")]
    pub corpus: Option<PathBuf>,

    /// The directory of a pipeline that spaCy v3 trained, in place of the English one that ships with the harness
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// The seed of everything random: the order of the texts, the new words
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub seed: u64,
}
