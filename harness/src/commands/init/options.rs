//! The options of `harness init`.

use crate::commands::run::options::{BUDGET, MOST_ITERS, TIMEOUT, seconds};
use clap::builder::NonEmptyStringValueParser;
use std::ffi::OsString;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Writes leak-gate.toml, leak-baseline.json and .github/workflows/leak-gate.yml,
and overwrites nothing: all three are written or, where the command cannot be
measured, none. It is run twice: once to see whether it leaks and with which
counts, and once as harness gate --accept runs it, with the control.

A command that leaks already gets a baseline only with --reason. What it loses
today may then shrink and not grow, and new growth fails.

Without a command nothing is run: leak-gate.toml has one to fill in, and the
baseline is left to harness gate --accept --reason TEXT.

Exit codes:
  0  the files are written
  1  the command leaks, and there is no --reason: nothing is written
  2  usage error: a file is there already, a command cannot be run, an option
     cannot be used
  3  inconclusive: the command failed, the runs do not tell, or the run was
     stopped: nothing is written

Examples:
  harness init -- ./server_once {iters}
  harness init --iters 10,100,1000 --name parser -- python3 parse.py {iters}
  harness init --reason \"the cache of words, until it is bounded\" -- ./work {iters}";

/// Set up the leak gate in a project: its configuration, the first baseline and a workflow
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct InitOptions {
    /// The project's folder: the files go there, and the command is run there
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,

    /// What the gate calls the command [default: its program's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Why what grows today may stay: it is written into the baseline
    #[arg(long, value_name = "TEXT", requires = "command", value_parser = NonEmptyStringValueParser::new())]
    pub reason: Option<String>,

    /// The counts to run, at least three [default: those that the first run chooses, from 10 up by tens]
    #[arg(long, value_name = "N,N,N", value_delimiter = ',', num_args = 1, value_parser = clap::value_parser!(u64).range(1..=MOST_ITERS))]
    pub iters: Vec<u64>,

    /// Seconds for the first run, where the counts are chosen
    #[arg(long, value_name = "S", default_value_t = BUDGET, value_parser = seconds)]
    pub budget: f64,

    /// Seconds after which one run is given up
    #[arg(long, value_name = "S", default_value_t = TIMEOUT, value_parser = seconds)]
    pub timeout: f64,

    /// Give the command as many lines of this file on standard input as there are iterations; from the project's folder
    #[arg(long, value_name = "FILE")]
    pub stdin_lines: Option<PathBuf>,

    /// The command itself is one iteration: what is lost at its end counts
    #[arg(long)]
    pub repeat: bool,

    /// Do not look whether what grows is lost or held
    #[arg(long)]
    pub no_scan: bool,

    /// Write no workflow
    #[arg(long)]
    pub no_workflow: bool,

    /// The action that the workflow uses [default: that of the repository which released this program]
    #[arg(long, value_name = "OWNER/REPO@REF", conflicts_with = "no_workflow", value_parser = action)]
    pub action: Option<String>,

    /// Where the reports go, for you alone to read [default: reports/init, with the date and time, in the project's folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The command and its arguments
    #[arg(value_name = "COMMAND", last = true, num_args = 1..)]
    pub command: Vec<OsString>,
}

/// An action of a repository, at a tag or a commit.
fn action(word: &str) -> Result<String, String> {
    let is_name = |part: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        !part.is_empty() && part.chars().all(fits)
    };
    let parts = word.split_once('@');
    match parts.and_then(|(name, at)| Some((name.split_once('/')?, at))) {
        Some(((owner, name), at)) if [owner, name, at].into_iter().all(is_name) => {
            Ok(word.to_owned())
        }
        _ => Err("it is a repository and its tag or commit, such as owner/name@v1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::action;

    #[test]
    fn an_action_is_a_repository_at_a_tag_and_nothing_that_yaml_would_read_otherwise() {
        for right in ["a/b@v1", "owner/name/folder@0123abc", "o-1/n_2.x@v0.1.0"] {
            assert_eq!(action(right).as_deref(), Ok(right));
        }
        for wrong in [
            "",
            "a/b",
            "a@v1",
            "/b@v1",
            "a/@v1",
            "a/b@",
            "a/b@v 1",
            "a/b@v1\nrun: x",
            "a/b@v1 # x",
        ] {
            assert!(action(wrong).is_err(), "{wrong}");
        }
    }
}
