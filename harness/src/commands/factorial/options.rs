//! The options of `harness factorial`.

use crate::child::zones::orders::Work;
use crate::options::{PipelineOptions, ReportOptions};
use crate::workload::Fault;

const AFTER_HELP: &str = "\
Eight runs, each in a process of its own on one thread: with zones and without,
on new words and on the same texts again and again, with free pages given back
to the system after each block of work and with all of them kept.

Exit codes:
  0  with zones live memory is flat to the byte in all four runs; without them,
     the stores account for what grows
  1  memory grows with zones, or what grows is in no store, or a text came back
     wrong
  2  usage error: an option, a corpus or a model that cannot be used
  3  inconclusive: the job was stopped, or a process died

Examples:
  harness factorial  half a minute to a minute
  harness factorial --words 500000 --work mixed --name larger";

/// Zones or none, new words or the same again, memory given back or kept: what each does to memory, in eight runs
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct FactorialOptions {
    /// Words in each of the eight runs that no other text had, or the same ones again
    #[arg(long, value_name = "N", default_value_t = 40_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub words: u64,

    /// Such words in one block of work, which is a batch of sentences and, with zones, one zone
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub words_per_block: u64,

    /// How much of the pipeline runs
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Work::Parse)]
    pub work: Work,

    /// Plant a fault, to see that it is found
    #[arg(long, value_name = "FAULT", value_enum)]
    pub inject: Option<Fault>,

    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportOptions,

    /// The pipeline and its texts.
    #[command(flatten)]
    pub pipeline: PipelineOptions,
}
