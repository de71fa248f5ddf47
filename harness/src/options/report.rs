//! The options that every job with a report has.

use std::path::PathBuf;

/// Where a job's report goes, and what is printed of it.
#[derive(Clone, Debug, clap::Args)]
pub struct ReportOptions {
    /// Where the report goes, for you alone to read; may be a link to a folder [default: reports/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The report's name under reports/ [default: the job's, with the date and time]
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    pub name: Option<String>,

    /// Print the summary as JSON on standard output, and all else on standard error
    #[arg(long)]
    pub json: bool,
}
