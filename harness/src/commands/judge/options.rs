//! The options of `harness judge`.

use super::read::series::asked::{self, Asked, ColumnAsked};
use crate::options::ReportOptions;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
FILE is what somebody measured over time or over iterations:
  CSV, with commas, semicolons or tabs; a table of blanks, as psrecord, pidstat,
  vmstat and docker stats print; JSON, an object a line or an array of them;
  Prometheus' answer to a range query; mprof's .dat; samples.jsonl of harness
  record, or its folder. Packed with gzip or not; - is standard input.

Columns are known by their names (rss_mb, VmRSS, heapUsed, live_bytes, num_fds,
threads, iteration, timestamp ...), with their units; the options name what is
called otherwise. MEASURE is rss, heap, blocks, uss, pss, anonymous, virtual, swap,
shared, mapped, gpu, fds, threads, processes, bytes, other, or skip; UNIT is B, KiB,
MiB, GiB, pages, or how many bytes it has.

Exit codes:
  0  nothing grows
  1  something grows: the report names it, with its rate
  2  usage error: a file that cannot be read, or is of no form that is known
  3  inconclusive: too short or too noisy to tell

Examples:
  harness judge memory.csv
  harness judge memory.csv --column 'Speicher=rss:MiB' --time Zeit --by Host
  harness judge loop.csv --iterations n --warm-up 100 --cycle 20
  harness judge log.jsonl
  harness judge range.json        from curl 'http://prometheus:9090/api/v1/query_range?...'
  harness judge psrecord.txt      from psrecord PID --log psrecord.txt
  pidstat -r -h -p PID 1 600 | harness judge -
  docker stats --no-trunc | head -2000 | harness judge -
  harness judge mprofile_20261130100000.dat
  harness judge reports/record-2026-11-30T10-00-00Z
  harness judge samples.jsonl.gz --json > summary.json";

/// Say of what was measured over time whether it grows
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct JudgeOptions {
    /// What was measured
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// What its columns are
    #[command(flatten)]
    pub columns: ColumnOptions,

    /// The report
    #[command(flatten)]
    pub report: ReportOptions,
}

/// What the columns of a file are.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ColumnOptions {
    /// What a column measures, by its name or number; without MEASURE its growth decides, whatever it is
    #[arg(long = "column", value_name = "NAME[=MEASURE[:UNIT]]", value_parser = asked::column)]
    column: Vec<ColumnAsked>,

    /// The column of the time; UNIT is s, ms, us, ns, min or h
    #[arg(long, value_name = "COLUMN[:UNIT]", value_parser = parse_time)]
    time: Option<TimeAsked>,

    /// The column of the iterations
    #[arg(long, value_name = "COLUMN")]
    iterations: Option<String>,

    /// The columns that tell loops, processes or hosts apart
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    by: Vec<String>,

    /// Iterations, seconds or rows that are warm-up [default: found]
    #[arg(long, value_name = "N", value_parser = parse_length)]
    warm_up: Option<f64>,

    /// Iterations after which the inputs come round again, for exact counts [default: found]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    cycle: Option<u64>,

    /// Groups whose growth is no finding, as a condition under which caches may fill
    #[arg(long, value_name = "GROUP,...", value_delimiter = ',')]
    may_grow: Vec<String>,
}

/// A column of the time, with its unit.
type TimeAsked = (String, Option<super::read::series::asked::Unit>);

fn parse_time(text: &str) -> Result<TimeAsked, String> {
    asked::time(text)
}

fn parse_length(text: &str) -> Result<f64, String> {
    let length: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match (0.0..=1e15).contains(&length) {
        true => Ok(length),
        false => Err("not within 0 and 10^15".to_owned()),
    }
}

impl ColumnOptions {
    /// What was said.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            columns: self.column.clone(),
            time: self.time.clone(),
            iterations: self.iterations.clone(),
            by: self.by.clone(),
            warm_up: self.warm_up,
            cycle: self.cycle,
            may_grow: self.may_grow.clone(),
        }
    }
}
