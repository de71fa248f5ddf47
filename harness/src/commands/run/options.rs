//! The options of `harness run`.

pub mod service;

use crate::options::{ExportOptions, PlaceOptions};
use service::ServiceArgs;
use std::ffi::OsString;
use std::path::PathBuf;

/// Seconds for all runs together, where nobody said.
pub(crate) const BUDGET: f64 = 60.0;
/// Seconds for one run, where nobody said.
pub(crate) const TIMEOUT: f64 = 300.0;
/// The most iterations that a run can be asked for.
pub const MOST_ITERS: u64 = 1_000_000_000_000;

const AFTER_HELP: &str = "\
{iters} in the arguments is replaced by the count of iterations, and HARNESS_ITERS
is set to it in the environment. The command is run with at least three counts:
what a call site holds grows along a line through them, or it does not grow. The
program is not changed, and needs no recompiling; debug information gives lines.

Exit codes:
  0  nothing grows with the iterations
  1  something grows: the report names it, with the line that takes it
  2  usage error: a command that cannot be run, an option that cannot be used
  3  inconclusive: the command failed, ignored the count, could not be looked
     into, or the runs do not tell

Examples:
  harness run -- ./server_once {iters}
      counts are chosen: from 10 up, by tens, for a minute at the most
  harness run --iters 10,100,1000 -- python3 job.py --repeat {iters}
  harness run --stdin-lines requests.txt -- ./filter
      as many lines on standard input as there are iterations
  harness run --repeat -- ./convert a.png b.jpg
      the command itself is one iteration: what is lost at its end counts
  harness run --fail-allocations -- ./work {iters}
      error paths: each allocation of two iterations fails in turn
  harness run --service --ready-url http://localhost:8000/ --request requests.http -- ./server
      starts the service, sends it requests, and judges what it keeps for each
  harness run --json -- ./work {iters} > summary.json
  harness run --junit leak.xml --sarif leak.sarif -- ./work {iters}
      what grows, for a CI system; harness gate holds it against a baseline";

/// Say of any program whether it leaks: run a command with several counts of iterations
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct RunOptions {
    /// The counts to run, at least three [default: chosen, from 10 up by tens]
    #[arg(long, value_name = "N,N,N", value_delimiter = ',', num_args = 1, value_parser = clap::value_parser!(u64).range(1..=MOST_ITERS))]
    pub iters: Vec<u64>,

    /// Seconds for all runs together, where the counts are chosen
    #[arg(long, value_name = "S", default_value_t = BUDGET, value_parser = seconds)]
    pub budget: f64,

    /// Seconds after which one run is given up
    #[arg(long, value_name = "S", default_value_t = TIMEOUT, value_parser = seconds)]
    pub timeout: f64,

    /// Give the command as many lines of this file on standard input as there are iterations, from the beginning again
    /// where it ends
    #[arg(long, value_name = "FILE")]
    pub stdin_lines: Option<PathBuf>,

    /// The command itself is one iteration: what is lost at its end counts. Runs it 3 times, or as often as --iters says
    #[arg(long)]
    pub repeat: bool,

    /// Do not look whether what grows is lost or held: no pause at the end of the program
    #[arg(long)]
    pub no_scan: bool,

    /// Run the greatest count again with each setting that the report suggests for memory that the allocator keeps, and
    /// tell what it does to memory and time
    #[arg(long = "try")]
    pub try_settings: bool,

    /// Run the smaller counts under valgrind too, for a second opinion. It is asked by itself, where it is installed, of a
    /// program into which the library cannot be loaded
    #[arg(long)]
    pub valgrind: bool,

    /// Look at the error paths: let one allocation fail in each of many runs, every one in turn where --budget allows it,
    /// else some of each call stack, and tell what is lost then, not closed, or where it crashes
    #[arg(long, conflicts_with_all = ["repeat", "try_settings", "valgrind"])]
    pub fail_allocations: bool,

    /// A further file of suppressions, beside those of suppressions/ here; can be given again
    #[arg(long, value_name = "FILE")]
    pub suppressions: Vec<PathBuf>,

    /// The report's folder.
    #[command(flatten)]
    pub place: PlaceOptions,

    /// Write the summary as JSON: to a file, or on standard output, and then all else on standard error
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub json: Option<Option<PathBuf>>,

    /// The results for other programs, and the file of all runs' figures
    #[command(flatten)]
    pub export: ExportOptions,

    /// What is asked of a service
    #[command(flatten)]
    pub service: ServiceArgs,

    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, last = true, num_args = 1..)]
    pub command: Vec<OsString>,
}

impl RunOptions {
    /// What is asked for where a command is given, and nothing else.
    pub fn of_command(command: Vec<OsString>) -> RunOptions {
        RunOptions {
            iters: Vec::new(),
            budget: BUDGET,
            timeout: TIMEOUT,
            stdin_lines: None,
            repeat: false,
            no_scan: false,
            try_settings: false,
            valgrind: false,
            fail_allocations: false,
            suppressions: Vec::new(),
            place: PlaceOptions::default(),
            json: None,
            export: ExportOptions::default(),
            service: ServiceArgs::default(),
            command,
        }
    }

    /// Whether standard output is kept for JSON.
    pub fn json_on_stdout(&self) -> bool {
        matches!(self.json, Some(None))
    }
}

/// Reads a time in seconds.
pub(crate) fn seconds(word: &str) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e7 => Ok(seconds),
        Ok(_) => Err("it is a number of seconds above 0".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::{Cli, Command};
    use clap::Parser;
    use std::path::PathBuf;

    fn parse(words: &str) -> Option<super::RunOptions> {
        let cli = Cli::try_parse_from(words.split_whitespace()).ok()?;
        match cli.command {
            Some(Command::Run(options)) => Some(options),
            _ => None,
        }
    }

    #[test]
    fn the_commands_own_options_are_its_own() {
        let options =
            parse("harness run --iters 10,100,1000 -- ./work --json {iters} --out x").unwrap();
        assert_eq!(options.iters, [10, 100, 1_000]);
        assert_eq!(
            options.command,
            ["./work", "--json", "{iters}", "--out", "x"]
        );
        assert_eq!((options.json, options.place.out), (None, None));
        assert!(!options.try_settings);
        assert!(parse("harness run --try -- ./work").unwrap().try_settings);
    }

    #[test]
    fn json_goes_to_standard_output_or_to_a_file() {
        assert!(
            parse("harness run --json -- ./work")
                .unwrap()
                .json_on_stdout()
        );
        let options = parse("harness run --json a.json -- ./work").unwrap();
        assert_eq!(options.json, Some(Some(PathBuf::from("a.json"))));
    }

    #[test]
    fn a_command_alone_is_asked_for_as_by_the_command_line() {
        let parsed = parse("harness run -- ./work {iters}").unwrap();
        let plain = super::RunOptions::of_command(vec!["./work".into(), "{iters}".into()]);
        assert_eq!(format!("{parsed:?}"), format!("{plain:?}"));
    }

    #[test]
    fn a_command_has_to_be_given_and_times_are_above_zero() {
        for wrong in [
            "harness run",
            "harness run --",
            "harness run --budget 0 -- a",
            "harness run --iters 0 -- a",
            "harness run --timeout -1 -- a",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
