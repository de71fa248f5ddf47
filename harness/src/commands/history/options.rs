//! The options of `harness history`.

use std::path::PathBuf;

const AFTER_HELP: &str = "\
The file is written by --history FILE of the main job and of harness gate, a
line a run.

Exit codes:
  0  the table is printed and the plots are written
  2  usage error: a file that cannot be read, or holds no run

Example: harness history reports/history.jsonl --out reports";

/// Print and draw the history that runs were added to
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct HistoryOptions {
    /// The history
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Draw this workload alone [default: each by itself]
    #[arg(long, value_name = "NAME")]
    pub workload: Option<String>,

    /// Where the plots go [default: beside the file]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
