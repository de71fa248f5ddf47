//! The options of `harness zones`.

use crate::child::zones::orders::{Work, ZoneMode};
use crate::options::{PipelineOptions, ReportOptions};
use crate::workload::Fault;

const AFTER_HELP: &str = "\
Every word that is counted is made up and comes once; between them stand the
most frequent words of the corpus and its punctuation. Memory is measured while
all threads stand between two zones: live bytes and blocks are exact.

Exit codes:
  0  with zones: live bytes, live blocks and table capacities after the last
     zone are those after the first, nothing permanent was added, every
     document read back as it was given, and the resident set grew by no more
     than its budget. With --zones off: growth is what was asked to be shown.
     The sentence says how much and of what, and that is no failure. Such a run
     ends early where memory runs low, and says so
  1  memory grows with zones, a text came back wrong, a document failed or a
     thread panicked; with --zones off, growth that the stores do not account
     for
  2  usage error: an option, a corpus or a model that cannot be used
  3  inconclusive: the run was stopped, or its process died

Examples:
  harness zones
      ten million new words, a zone for each batch of 500
  harness zones --zones off --distinct-words 500000
      the same without zones: what grows, by how much a word
  harness zones --threads 64 --zones-per-thread 300
      many zones open at once, every text read back
  harness zones --zones per-request --work parse
      as a service runs: zones out of a pool, the whole pipeline
  harness zones --inject unregistered-cache
      plant a cache that no report lists, and see that it is found";

/// Stream words never seen before through memory zones, by the million, and see whether memory stays flat
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ZonesOptions {
    /// How many new words to stream, rounded up to whole zones of every thread
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub distinct_words: u64,

    /// New words in one zone
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub words_per_zone: u64,

    /// What gets a zone of its own
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = ZoneMode::PerBatch)]
    pub zones: ZoneMode,

    /// How many threads, each with words of its own [default: the machine's processors]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,

    /// How many zones each thread runs, in place of --distinct-words
    #[arg(long, value_name = "N", conflicts_with = "distinct_words", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub zones_per_thread: Option<u64>,

    /// How much of the pipeline runs
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Work::Mixed)]
    pub work: Work,

    /// Plant a fault, to see that it is found
    #[arg(long, value_name = "FAULT", value_enum)]
    pub inject: Option<Fault>,

    /// MiB by which the resident set may grow, with zones, after the first hundredth of the run
    #[arg(long, value_name = "MIB", default_value_t = 1.0, value_parser = positive)]
    pub max_rss_growth: f64,

    /// How often memory is measured
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(4..=100_000))]
    pub samples: u64,

    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportOptions,

    /// The pipeline and its texts.
    #[command(flatten)]
    pub pipeline: PipelineOptions,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        Ok(_) => Err("it is a number of MiB, 0 or more".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
