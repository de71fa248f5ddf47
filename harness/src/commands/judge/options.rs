//! The options of `harness judge`.

use crate::options::ReportOptions;
use std::ffi::OsString;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
FILE is the samples.jsonl of harness record, or the folder that it is in; or a file
of memory_profiler's mprof.

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
  harness judge reports/record-2026-11-30T10-00-00Z
  harness judge mprofile_20261130100000.dat
  harness judge samples.jsonl --json > summary.json
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

    /// The report
    #[command(flatten)]
    pub report: ReportOptions,
}
