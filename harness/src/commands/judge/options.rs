//! The options of `harness judge`.

use crate::options::ReportOptions;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
FILE is the samples.jsonl of harness record, or the folder that it is in; or a file
of memory_profiler's mprof.

Exit codes:
  0  nothing grows
  1  something grows: the report names it, with its rate
  2  usage error: a file that cannot be read, or is of no form that is known
  3  inconclusive: too short or too noisy to tell

Examples:
  harness judge reports/record-2026-11-30T10-00-00Z
  harness judge mprofile_20261130100000.dat
  harness judge samples.jsonl --json > summary.json";

/// Say of what was measured over time whether it grows
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct JudgeOptions {
    /// What was measured
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The report
    #[command(flatten)]
    pub report: ReportOptions,
}
