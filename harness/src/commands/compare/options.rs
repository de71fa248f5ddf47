//! The options of `harness compare`.

use std::path::PathBuf;

const AFTER_HELP: &str = "\
Sites are matched by their function, file and nearest callers, not by lines.
Bytes per iteration are counted exactly: more of them, in a site, a store or a
loop, is a leak. The resident set and the speed are shown, and decide nothing.

Exit codes:
  0  B leaks no more than A
  1  B leaks more than A
  2  usage error: a report that cannot be read
  3  the two runs did other work, and cannot be compared

Example: harness compare reports/before reports/after --out reports/difference";

/// Hold one report against another: what is new, gone, grown and shrunk
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
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
