//! The options of `harness explain`.

const AFTER_HELP: &str = "\
Exit codes:
  0  the word was explained, or all words were listed
  2  usage error: no such word

Examples:
  harness explain                   all words
  harness explain \"possibly lost\"
  harness explain residual";

/// Say what a word of the reports means
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ExplainOptions {
    /// The word; all are listed without one
    #[arg(value_name = "TERM", num_args = 0..)]
    pub term: Vec<String>,
}
