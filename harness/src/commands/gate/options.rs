//! The options of `harness gate`.

use crate::engine::console::Failure;
use crate::options::{ExportOptions, ReportOptions};
use crate::workload::Fault;
use std::path::{Path, PathBuf};

/// Where a configuration is, where nobody says: the one that `harness init` writes, and the one beside other files of CI.
pub(crate) const CONFIGURATIONS: [&str; 2] = ["leak-gate.toml", "ci/leak-gate.toml"];

const AFTER_HELP: &str = "\
The configuration names the workloads, with the main job's options or with a
command and those of harness run, their budgets and the baseline. Every run
first plants a leak of 24 bytes an iteration and its twin, which gives the
block back, and has to catch the one and clear the other by every instrument
that the workloads use; else the gate is inconclusive.

The baseline is a ratchet. It holds the sites that are known to grow and the
least that was ever seen of every figure. A run fails if it is above that by
more than the tolerance, or if a site grows that is not known. --update lowers
it; only --accept with a reason raises it.

Exit codes:
  0  every check passes; the sentence says what would have been caught
  1  a leak, a new or grown site, a budget exceeded, or a suppression past its
     day
  2  usage error: a configuration, baseline, corpus, model or suppression that
     cannot be used
  3  inconclusive: the control failed, something was not measured, or the run
     was stopped

Examples:
  harness gate
      what leak-gate.toml asks for, or ci/leak-gate.toml
  harness gate --accept --reason \"the first baseline\"
      take what grows today for known
  harness gate --update
      keep what got better
  harness gate --inject activation-leak
      see that it stops spaCy #3618: exit code 1
  harness gate --junit gate.xml --sarif gate.sarif --annotations";

/// Run what a configuration asks for, and fail on new growth: for continuous integration
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct GateOptions {
    /// The configuration [default: leak-gate.toml or ci/leak-gate.toml, whichever is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Lower the baseline where this run is better
    #[arg(long)]
    pub update: bool,

    /// Take this run for the baseline, be it higher or lower
    #[arg(long, requires = "reason", conflicts_with = "update")]
    pub accept: bool,

    /// Why it may be higher: it is written beside whatever is new or changed
    #[arg(long, value_name = "TEXT", requires = "accept", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: Option<String>,

    /// Plant a fault in every workload, to see that the gate stops it
    #[arg(long, value_name = "FAULT", value_enum, conflicts_with_all = ["update", "accept"])]
    pub inject: Option<Fault>,

    /// Where the reports go.
    #[command(flatten)]
    pub report: ReportOptions,

    /// The results for other programs
    #[command(flatten)]
    pub export: ExportOptions,
}

impl GateOptions {
    /// The configuration that is meant.
    ///
    /// # Errors
    ///
    /// None was given, and there is none by the usual names, or one by each.
    pub(crate) fn configuration(&self) -> Result<PathBuf, Failure> {
        if let Some(given) = &self.config {
            return Ok(given.clone());
        }
        let [own, of_ci] = CONFIGURATIONS;
        match CONFIGURATIONS.map(|name| Path::new(name).exists()) {
            [true, true] => Err(Failure::WrongUse(format!(
                "there are both {own} and {of_ci}: say with --config which is meant"
            ))),
            [true, false] => Ok(own.into()),
            [false, true] => Ok(of_ci.into()),
            [false, false] => Err(Failure::WrongUse(format!(
                "there is no {own} and no {of_ci} here: name one with --config, or write one with harness init -- COMMAND"
            ))),
        }
    }
}
