//! The options of `harness judge`.

use super::read::series::asked::{self, Asked, ColumnAsked};
use crate::options::ReportOptions;
use std::ffi::OsString;
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

With --at: files of a memory tool, each recorded at a known count of iterations, all of
one kind. What each call site gains an iteration is told, and what it took once cancels.
Kinds, known by what stands in a file: valgrind memcheck (XML or log), DHAT (valgrind's
and dhat-rs'), massif.out, LeakSanitizer, heaptrack_print, heap profiles (jemalloc,
gperftools, Go), pprof, smaps.

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
  harness judge samples.jsonl.gz --json > summary.json
  harness judge --at 10 memcheck-10.xml --at 100 memcheck-100.xml
      from valgrind --leak-check=full --show-leak-kinds=all --xml=yes --xml-file=...
  harness judge --at 10 ten/*.log --at 100 hundred/*.log
      several files of one count: one a process
  harness judge --at 10 dhat.out.10 --at 100 dhat.out.100 --at 1000 dhat.out.1000
      three counts tell a cache that fills from a line
  harness judge --at 10 massif-10.out --at 100 massif-100.out
      from valgrind --tool=massif --detailed-freq=1 --threshold=0
  harness judge --at 10 lsan-10.txt --at 100 lsan-100.txt
      whatever a program with -fsanitize=leak or =address wrote to standard error
  harness judge --at 10 heaptrack-10.txt --at 100 heaptrack-100.txt
      from heaptrack_print --print-leaks=1 --peak-limit=1000 heaptrack.NAME.PID.zst
  harness judge --at 1000 heap.1000.pb.gz --at 10000 heap.10000.pb.gz
      Go's and tcmalloc's profiles, and jemalloc's (jeprof.*.heap) as they are
  harness judge memcheck.xml
      one capture alone: a ranked list, and no verdict";

/// Say of what was measured over time whether it grows
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct JudgeOptions {
    /// What was measured
    #[arg(value_name = "FILE", required_unless_present = "at")]
    pub file: Option<PathBuf>,

    /// What a memory tool wrote of N iterations: the count, and its files (may be given several times)
    #[arg(long, value_names = ["N", "FILE"], num_args = 2.., conflicts_with = "file")]
    pub at: Vec<OsString>,

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
