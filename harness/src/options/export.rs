//! The options by which a job's results are written for other programs.

use std::path::PathBuf;

/// Where results go, and in which forms.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "For other programs")]
pub struct FormOptions {
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write what fails as SARIF 2.1.0, for code scanning
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,

    /// Write a summary in Markdown, for a pull request; $GITHUB_STEP_SUMMARY is added to
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Print GitHub's annotations
    #[arg(long)]
    pub annotations: bool,
}

/// The forms of the results, and the file of all runs' figures.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "For other programs")]
pub struct ExportOptions {
    /// The results in their forms.
    #[command(flatten)]
    pub forms: FormOptions,

    /// Add the run's figures to a file, one line of JSON a run (harness history FILE draws it)
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
}
