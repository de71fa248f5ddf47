//! The command line: the main job's options, and a subcommand for each other job.

mod calibrate;
mod compare;
mod export;
mod factorial;
mod gate;
mod main_job;
mod pipeline_options;
mod report_options;
mod suppress;
mod victims;
mod zones;

pub use calibrate::CalibrateOptions;
pub use compare::{CompareOptions, HistoryOptions};
pub use export::ExportOptions;
pub use factorial::FactorialOptions;
pub use gate::GateOptions;
pub use main_job::{Instrument, MainOptions, ZonesChoice};
pub use pipeline_options::PipelineOptions;
pub use report_options::ReportOptions;
pub use suppress::SuppressOptions;
pub use victims::VictimsOptions;
pub use zones::ZonesOptions;

use clap::{Parser, Subcommand};

/// Says whether a program leaks, caches or fragments: where, and how many bytes an iteration.
///
/// Without a subcommand: runs a loop of real work in a child process, without and with memory zones, and counts every
/// live byte and block after each iteration. Then runs the same loop for n and for 10n iterations under dhat and under
/// valgrind: what grows with the iterations is named with its function, file and line.
#[derive(Debug, Parser)]
#[command(
    name = "harness",
    version,
    max_term_width = 100,
    args_override_self = true,
    args_conflicts_with_subcommands = true,
    after_help = EXIT_CODES
)]
pub struct Cli {
    /// Another job than the main one.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The main job's options.
    #[command(flatten)]
    pub main: MainOptions,
}

/// The jobs beside the main one.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Stream words never seen before through memory zones, by the million, and see whether memory stays flat
    #[command(max_term_width = 100, args_override_self = true, after_help = zones::AFTER_HELP)]
    Zones(ZonesOptions),
    /// Zones or none, new words or the same again, memory given back or kept: what each does to memory, in eight runs
    #[command(max_term_width = 100, args_override_self = true, after_help = factorial::AFTER_HELP)]
    Factorial(FactorialOptions),
    /// Judge healthy programs and planted leaks: how rare false alarms are, and how small a leak is found
    #[command(max_term_width = 100, args_override_self = true, after_help = calibrate::AFTER_HELP)]
    Calibrate(CalibrateOptions),
    /// Run what a configuration asks for, and fail on new growth: for continuous integration
    #[command(max_term_width = 100, args_override_self = true, after_help = gate::AFTER_HELP)]
    Gate(GateOptions),
    /// Write valgrind suppressions for sites of a report, each with its reason and the day it ends
    #[command(max_term_width = 100, args_override_self = true, after_help = suppress::AFTER_HELP)]
    Suppress(SuppressOptions),
    /// Hold one report against another: what is new, gone, grown and shrunk
    #[command(max_term_width = 100, args_override_self = true, after_help = compare::AFTER_COMPARE)]
    Compare(CompareOptions),
    /// Print and draw the history that runs were added to
    #[command(max_term_width = 100, args_override_self = true, after_help = compare::AFTER_HISTORY)]
    History(HistoryOptions),
    /// Plant every fault of the catalogue, and its twin that frees what it takes: is each told for what it is?
    #[command(max_term_width = 100, args_override_self = true, after_help = victims::AFTER_HELP)]
    Victims(VictimsOptions),
}

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing is lost, and with zones nothing grows
  1  something leaks: the report names it
  2  wrong use: an option, a corpus or a model that cannot be used
  3  inconclusive: a tool failed, something required is missing, or the run was
     stopped

Examples:
  harness --iters 1000
      the whole of it, in a minute or so
  harness --iters 100 --probes heap,rss
      the loops alone, in seconds
  harness --inject activation-leak
      plant a leak, and see that it is found: exit code 1
  harness --corpus mine.txt --model my_pipeline --zones on --require valgrind --json > summary.json
  harness zones
      ten million new words through memory zones
  harness victims
      plant every fault there is: a confusion matrix
  harness factorial
      what zones, new words and the allocator each do to memory
  harness calibrate
      how far the judgement can be trusted, measured
  harness gate
      the checks of ci/leak-gate.toml, against its baseline";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zones::orders::ZoneMode;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_command_asks_for_both_loops_and_every_instrument() {
        let main = Cli::parse_from(["harness", "--iters", "1000"]).main;
        assert_eq!(main.iters, 1000);
        assert_eq!(main.zones, ZonesChoice::Both);
        assert_eq!(main.probes, Instrument::ALL);
    }

    #[test]
    fn a_subcommand_has_options_of_its_own() {
        let cli = Cli::parse_from(["harness", "zones", "--zones", "off", "--threads", "3"]);
        let Some(Command::Zones(zones)) = cli.command else {
            panic!("zones")
        };
        assert_eq!((zones.zones, zones.threads), (ZoneMode::Off, Some(3)));
        assert!(Cli::try_parse_from(["harness", "--iters", "5", "zones"]).is_err());
    }

    #[test]
    fn a_share_outside_0_to_1_is_refused() {
        for wrong in ["-0.1", "1.5", "NaN", "many"] {
            let option = format!("--novel-words={wrong}");
            assert!(
                Cli::try_parse_from(["harness", &option]).is_err(),
                "{wrong}"
            );
        }
    }
}
