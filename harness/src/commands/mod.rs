//! The command line: the main job, and a folder for each other command.
//!
//! A command is its folder and a row of [`Command`]: its options, with the help that they print, and `run`.

pub mod calibrate;
pub mod compare;
pub mod completions;
mod epilogue;
pub mod explain;
pub mod factorial;
pub mod gate;
pub mod history;
pub mod init;
pub mod judge;
pub mod main;
pub mod man;
pub mod record;
pub mod run;
pub mod suppress;
pub mod victims;
pub mod zones;

use crate::engine::console;
use crate::probe::source;
use clap::{ColorChoice, Parser, Subcommand};
use main::options::MainOptions;
use std::path::PathBuf;
use std::process::ExitCode;

macro_rules! commands {
    ($($Name:ident($module:ident :: $Options:ident)),* $(,)?) => {
        /// The commands beside the main job. What each is for its options say.
        #[allow(missing_docs)]
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $(
                #[command(max_term_width = 100, args_override_self = true)]
                $Name($module::options::$Options),
            )*
        }

        impl Command {
            fn run(&self) -> ExitCode {
                match self {
                    $(Command::$Name(options) => $module::run(options),)*
                }
            }
        }
    };
}

commands! {
    Run(run::RunOptions),
    Record(record::RecordOptions),
    Judge(judge::JudgeOptions),
    Zones(zones::ZonesOptions),
    Factorial(factorial::FactorialOptions),
    Calibrate(calibrate::CalibrateOptions),
    Init(init::InitOptions),
    Gate(gate::GateOptions),
    Suppress(suppress::SuppressOptions),
    Compare(compare::CompareOptions),
    History(history::HistoryOptions),
    Victims(victims::VictimsOptions),
    Explain(explain::ExplainOptions),
    Completions(completions::CompletionsOptions),
    Man(man::ManOptions),
}

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
    /// Another command than the main job.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The main job's options.
    #[command(flatten)]
    pub main: MainOptions,

    /// When to use colours: auto is on a terminal, where NO_COLOR is not set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,

    /// Say the answer alone: no tables, and nothing of how far the work is
    #[arg(long, short, global = true)]
    pub quiet: bool,

    /// A folder with the source files of what is looked at, beside the one that the harness is started in: their lines are
    /// shown, and calls in them answer for what grows; can be given again
    #[arg(long, global = true, value_name = "DIR", value_parser = folder)]
    pub source: Vec<PathBuf>,
}

impl Cli {
    /// Runs what was asked for.
    pub fn run(&self) -> ExitCode {
        console::choose_colours(self.color);
        console::be_quiet(self.quiet);
        source::look_in(&self.source);
        match &self.command {
            None => main::run(&self.main),
            Some(command) => command.run(),
        }
    }
}

/// A folder that is there.
fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.is_dir() {
        true => Ok(path),
        false => Err("there is no such folder".to_owned()),
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing is lost, and with zones nothing grows
  1  something leaks: the report names it
  2  usage error: an option, a corpus or a model that cannot be used
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
  harness run -- ./server_once {iters}
      any program: what grows with its iterations, with the line
  harness record -- ./server
      memory, descriptors and threads over time, until Ctrl-C
  harness zones
      ten million new words through memory zones
  harness victims
      plant every fault there is: a confusion matrix
  harness factorial
      what zones, new words and the allocator each do to memory
  harness calibrate
      how far the judgement can be trusted, measured
  harness init -- ./server_once {iters}
      a leak gate for a project of your own: its files, and the first baseline
  harness gate
      the checks of its leak-gate.toml, against the baseline";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::child::zones::orders::ZoneMode;
    use crate::options::PipelineOptions;
    use crate::workload::{Fault, Kind};
    use clap::CommandFactory;
    use harness_model::Instrument;
    use main::spec::{LoopSpec, ZonesChoice};
    use victims::catalogue::victims;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_documented_command_asks_for_both_loops_and_every_instrument() {
        let spec = Cli::parse_from(["harness", "--iters", "1000"]).main.spec;
        assert_eq!(spec.iters, 1000);
        assert_eq!(spec.zones, ZonesChoice::Both);
        assert_eq!(spec.probes, Instrument::BY_DEFAULT);
    }

    #[test]
    fn no_word_on_the_command_line_is_the_default_spec() {
        let main = Cli::parse_from(["harness"]).main;
        assert_eq!(main.spec, LoopSpec::default());
    }

    #[test]
    fn options_reach_the_spec() {
        let words = "harness --iters 7 --zones off --probes heap --require dhat --inject mapping \
             --workload words --corpus c --model m --seed 3 --texts 2 --novel-words 0.5 --warmup 0 --dhat-iters 4 \
             --valgrind-iters 6 --tool-timeout 9 --suppressions s";
        let main = Cli::parse_from(words.split_whitespace()).main;
        let spec = LoopSpec {
            workload: Kind::Words,
            texts: 2,
            novel_words: 0.5,
            pipeline: PipelineOptions {
                seed: 3,
                corpus: Some("c".into()),
                model: Some("m".into()),
                ..PipelineOptions::default()
            },
            inject: Some(Fault::Mapping),
            zones: ZonesChoice::Off,
            iters: 7,
            warmup: Some(0),
            probes: vec![Instrument::Heap],
            require: vec![Instrument::Dhat],
            dhat_iters: Some(4),
            valgrind_iters: Some(6),
            tool_timeout: 9,
            suppressions: vec!["s".into()],
            ..LoopSpec::default()
        };
        assert_eq!(main.spec, spec);
    }

    #[test]
    fn the_command_of_a_victim_runs_the_loop_that_it_was_found_in() {
        for (victim, twin) in victims().iter().flat_map(|one| [(one, false), (one, true)]) {
            let command = victim.command(twin);
            let main = Cli::parse_from(command.split_whitespace()).main;
            assert_eq!(main.spec, victim.spec(twin), "{command}");
        }
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
