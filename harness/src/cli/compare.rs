//! The options of `harness compare` and `harness history`.

use std::path::PathBuf;

pub(super) const AFTER_COMPARE: &str = "\
Sites are matched by their function, file and nearest callers, not by lines.
Bytes per iteration are counted exactly: more of them, in a site, a store or a
loop, is a leak. The resident set and the speed are shown, and decide nothing.

Exit codes:
  0  B leaks no more than A
  1  B leaks more than A
  2  wrong use: a report that cannot be read
  3  the two runs did other work, and cannot be compared

Example: harness compare reports/before reports/after --out reports/difference";

/// What `harness compare` can be told.
#[derive(Debug, clap::Args)]
pub struct CompareOptions {
    /// The first report: its directory or its summary.json
    #[arg(value_name = "A")]
    pub a: PathBuf,

    /// The second
    #[arg(value_name = "B")]
    pub b: PathBuf,

    /// Write the comparison there: a page, plots of both runs, and summary.json
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Print the comparison as JSON, and everything else to standard error
    #[arg(long)]
    pub json: bool,
}

pub(super) const AFTER_HISTORY: &str = "\
The file is written by --history FILE of the main job and of harness gate, a
line a run.

Exit codes:
  0  the table is printed and the plots are written
  2  wrong use: a file that cannot be read, or holds no run

Example: harness history reports/history.jsonl --out reports";

/// What `harness history` can be told.
#[derive(Debug, clap::Args)]
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
