//! The options of `harness victims`.

use crate::options::ReportOptions;
use crate::workload::Fault;

const AFTER_HELP: &str = "\
Exit codes:
  0  every fault is named with its cause, its shape and its function, and every
     twin is clean
  1  a fault or a twin is taken for something else
  2  usage error
  3  inconclusive: a process or a tool failed, or the
     job was stopped

Examples:
  harness victims                          all of them, in a minute or so
  harness victims --only rc-cycle,mapping  two of them";

/// Plant every fault of the catalogue, and its twin that frees what it takes: is each told for what it is?
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct VictimsOptions {
    /// These faults alone, separated by commas
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    pub only: Vec<Fault>,

    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportOptions,
}
