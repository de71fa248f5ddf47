//! The options of `harness man`.

use std::path::PathBuf;

const AFTER_HELP: &str = "\
The folder is made where it is missing; pages of these names in it are replaced.

Examples:
  harness man man && man -l man/harness-run.1
  harness man ~/.local/share/man/man1";

/// Write the manual pages: one of the program, and one of each of its commands
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ManOptions {
    /// The folder that they go to
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
