//! The options of `harness calibrate`.

use crate::options::ReportOptions;
use crate::options::judge;
use harness_judge::simulation::judges::Judge;

const AFTER_HELP: &str = "\
Series of healthy programs are judged as the main job judges its own: simulated
ones of many kinds, from noise and sawtooth caches to tables that doubled and
drifts that stopped, early in the run or late, and the counters and resident
sets of real runs. Then leaks of many kinds are judged, and others of known
rates are planted, and it is measured which are found. It takes two or three
minutes, with --quick a fraction of one.

Exit codes:
  0  healthy programs are called growing no more often, and leaks found no less
     often, than is promised; no real run is called growing
  1  a promise that was not kept, or a real run that was called growing
  2  usage error: an option that cannot be used
  3  inconclusive: it was stopped, or a real run died

Examples:
  harness calibrate
      the figures of this machine
  harness calibrate --quick --json
      for a gate
  harness calibrate --seed 7
      other programs of the same kinds
  harness calibrate --quick --judge threshold
      a judge that calls growing what ends higher: it fails";

/// Judge healthy programs and planted leaks: how rare false alarms are, and how small a leak is found
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct CalibrateOptions {
    /// Simulated healthy programs [default: 56000, with --quick 2800]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub simulated: Option<u64>,

    /// Real runs of healthy programs [default: 50, with --quick 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=100_000))]
    pub real: Option<u64>,

    /// Fewer of everything, for a gate
    #[arg(long)]
    pub quick: bool,

    /// Who judges
    #[arg(long, value_name = "WHO", value_parser = judge(), default_value_t = Judge::Shipped)]
    pub judge: Judge,

    /// The seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportOptions,
}
