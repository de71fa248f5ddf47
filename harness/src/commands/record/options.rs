//! The options of `harness record`.

use crate::options::ReportOptions;
use std::ffi::OsString;
use std::path::PathBuf;

/// Seconds between samples, where nobody said.
const INTERVAL: f64 = 0.1;

const AFTER_HELP: &str = "\
The command runs as it does by itself, and is looked at while it does: nothing of
it is stopped or changed. Ctrl-C ends the recording, and the report is written.

Marks: a line that the program writes to the descriptor HARNESS_MARK_FD says that
something was done; growth is then told by the mark too. In Python:
  os.write(int(os.environ[\"HARNESS_MARK_FD\"]), b\"request\\n\")

Exit codes (the command's own is told in the report):
  0  nothing grows
  1  something grows: the report names it, with its rate
  2  usage error: a command that cannot be run, a process that is not there
  3  inconclusive: too short or too noisy to tell

Examples:
  harness record -- ./server --port 8080
      until it ends, or Ctrl-C
  harness record --pid 4711 --timeout 600
      a process that runs already, for ten minutes
  harness record --no-preload -- ./server
      what the kernel says alone, without the heap by call site
  harness record --chart off -- ./tool < input > output
  harness record --mprof m.dat -- python3 job.py; mprof plot m.dat";

/// Record a program's memory, descriptors and threads over time, and say whether they grow
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct RecordOptions {
    /// A process that runs already, and all that it started [default: the command]
    #[arg(
        long,
        value_name = "PID",
        conflicts_with = "command",
        required_unless_present = "command"
    )]
    pub pid: Option<u32>,

    /// Seconds between samples; where looking takes long there are more
    #[arg(long, value_name = "S", default_value_t = INTERVAL, value_parser = interval)]
    pub interval: f64,

    /// Seconds after which the recording ends, and the command with it [default: when the command ends]
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub timeout: Option<f64>,

    /// Do not preload the library that records the heap by call site
    #[arg(long)]
    pub no_preload: bool,

    /// Draw what is held in the terminal while it runs; the output of the command then goes to a file, and it gets no input.
    /// With auto where input and output are a terminal's
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    pub chart: When,

    /// Write resident memory in mprof's form too, for mprof plot
    #[arg(long, value_name = "FILE")]
    pub mprof: Option<PathBuf>,

    /// The report
    #[command(flatten)]
    pub report: ReportOptions,

    /// The command and its arguments
    #[arg(value_name = "COMMAND", last = true, num_args = 1..)]
    pub command: Vec<OsString>,
}

/// When something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// Where it makes sense.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

fn interval(word: &str) -> Result<f64, String> {
    within(word, 0.005, 3_600.0)
}

fn seconds(word: &str) -> Result<f64, String> {
    within(word, 0.001, 1e8)
}

fn within(word: &str, least: f64, most: f64) -> Result<f64, String> {
    match word.parse::<f64>() {
        Ok(seconds) if (least..=most).contains(&seconds) => Ok(seconds),
        Ok(_) => Err(format!("it is a number of seconds from {least} to {most}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::{Cli, Command};
    use clap::Parser;

    fn parse(words: &str) -> Option<super::RecordOptions> {
        let cli = Cli::try_parse_from(words.split_whitespace()).ok()?;
        match cli.command {
            Some(Command::Record(options)) => Some(options),
            _ => None,
        }
    }

    #[test]
    fn there_is_a_command_or_a_process_and_not_both() {
        let options = parse("harness record --interval 0.5 -- ./work --pid 7").unwrap();
        assert_eq!((options.pid, options.interval), (None, 0.5));
        assert_eq!(options.command, ["./work", "--pid", "7"]);
        assert_eq!(parse("harness record --pid 7").unwrap().pid, Some(7));
        for wrong in [
            "harness record",
            "harness record --pid 7 -- ./work",
            "harness record --interval 0 -- ./work",
            "harness record --timeout NaN -- ./work",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
