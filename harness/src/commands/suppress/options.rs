//! The options of `harness suppress`.

use std::path::PathBuf;

const AFTER_HELP: &str = "\
An entry hides a stack for good, whatever it loses later:
suppressions/README.md says what may be added. Each has its reason and the last
day on which it holds above it, and harness gate fails when that day is over.
Runs take every suppressions/*.supp where they are started.

Exit codes:
  0  the entries were written, or, without --site, the sites were listed
  2  usage error: no report, no such site, no reason, no day

Examples:
  harness suppress reports/mine  list what valgrind saw grow
  harness suppress reports/mine --site 1 --reason \"glibc bug 12345\" --expires 2027-06-30";

/// Write valgrind suppressions for sites of a report, each with its reason and the day it ends
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct SuppressOptions {
    /// The report's directory
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,

    /// The site, by its number in the list or by its function; can be given again
    #[arg(long, value_name = "N|FUNCTION", requires_all = ["reason", "expires"])]
    pub site: Vec<String>,

    /// Why it may be hidden
    #[arg(long, value_name = "TEXT", requires = "site", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: Option<String>,

    /// The last day on which it is hidden
    #[arg(long, value_name = "YYYY-MM-DD", requires = "site")]
    pub expires: Option<String>,

    /// The file that the entries are added to
    #[arg(long, value_name = "FILE", default_value = "suppressions/known.supp")]
    pub file: PathBuf,
}
