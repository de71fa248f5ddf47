//! A workload that is a command: what `harness run` is to do with it, and what it may cost.

use super::all_positive;
use super::given::{Wrong, within};
use crate::commands::run::options::{MOST_ITERS, RunOptions};
use harness_model::program::Resource;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// A command that the gate runs, and what it may cost.
#[derive(Debug)]
pub struct Watched {
    /// What the baseline and the report call it.
    pub name: String,
    /// What is to be run, and how.
    pub options: RunOptions,
    /// The options that decide its figures, with the command.
    pub settings: String,
    /// What it may cost.
    pub budget: CommandBudget,
}

/// What a command may cost, whatever the baseline says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table of what may grow (the time for all runs is `seconds`)"
)]
pub struct CommandBudget {
    /// What may grow of a resource with every iteration: bytes, or how many of descriptors, threads and children.
    #[serde(default)]
    pub growth: BTreeMap<Resource, f64>,
    /// MiB that may be resident at most in any run.
    #[serde(default)]
    pub rss_mib: Option<f64>,
}

/// The options of `harness run` as the file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileCommand {
    pub name: Spanned<String>,
    command: Spanned<Vec<String>>,
    iters: Option<Spanned<Vec<u64>>>,
    seconds: Option<Spanned<f64>>,
    timeout: Option<Spanned<f64>>,
    stdin_lines: Option<Spanned<PathBuf>>,
    #[serde(default)]
    repeat: bool,
    scan: Option<bool>,
    budget: Option<Spanned<CommandBudget>>,
}

/// The most seconds of any time.
const MOST_SECONDS: f64 = 1e7;
/// The least.
const LEAST_SECONDS: f64 = 0.1;
/// Counts that tell a leak from a cache that fills.
const LEAST_COUNTS: usize = 3;

impl FileCommand {
    /// Checks it. Its input is relative to the directory of the file; the command is run where the gate is started.
    pub fn checked(self, directory: &Path) -> Result<Watched, Wrong> {
        let words = self.command.get_ref();
        if words.first().is_none_or(String::is_empty) {
            return Err(Wrong {
                at: self.command.span(),
                message: "command is a list: a program, and its arguments".to_owned(),
            });
        }
        let mut options =
            RunOptions::of_command(words.iter().map(|word| word.clone().into()).collect());
        let mut settings = Vec::new();
        if let Some(iters) = self.iters {
            options.iters = checked_counts(&iters, self.repeat)?;
            let counts: Vec<String> = options.iters.iter().map(u64::to_string).collect();
            settings.push(format!("--iters={}", counts.join(",")));
        }
        if let Some(seconds) = self.seconds {
            options.budget = within("seconds", &seconds, LEAST_SECONDS..=MOST_SECONDS)?;
        }
        if let Some(timeout) = self.timeout {
            options.timeout = within("timeout", &timeout, LEAST_SECONDS..=MOST_SECONDS)?;
        }
        if let Some(lines) = self.stdin_lines {
            if lines.get_ref().as_os_str().is_empty() {
                return Err(Wrong {
                    at: lines.span(),
                    message: "stdin_lines is a path, and not empty".to_owned(),
                });
            }
            settings.push(format!(
                "--stdin-lines={}",
                lines.get_ref().to_string_lossy()
            ));
            options.stdin_lines = Some(directory.join(lines.get_ref()));
        }
        options.repeat = self.repeat;
        if options.repeat {
            settings.push("--repeat".to_owned());
        }
        options.no_scan = self.scan == Some(false);
        if options.no_scan {
            settings.push("--no-scan".to_owned());
        }
        settings.push("--".to_owned());
        settings.extend(words.iter().cloned());
        let budget = match self.budget {
            Some(budget) => {
                let limits = budget.get_ref().growth.values().copied();
                all_positive(budget.span(), limits.chain(budget.get_ref().rss_mib))?;
                budget.into_inner()
            }
            None => CommandBudget::default(),
        };
        Ok(Watched {
            name: self.name.into_inner(),
            options,
            settings: settings.join(" "),
            budget,
        })
    }
}

fn checked_counts(iters: &Spanned<Vec<u64>>, repeat: bool) -> Result<Vec<u64>, Wrong> {
    let wrong = |message: String| Wrong {
        at: iters.span(),
        message,
    };
    let counts = iters.get_ref();
    if let Some(count) = counts
        .iter()
        .find(|count| !(1..=MOST_ITERS).contains(*count))
    {
        return Err(wrong(format!(
            "each of iters is a number from 1 to {MOST_ITERS}, not {count}"
        )));
    }
    let mut distinct = counts.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < LEAST_COUNTS && !repeat {
        return Err(wrong(
            "iters are three different counts at least: fewer cannot tell a leak from a cache that fills"
                .to_owned(),
        ));
    }
    Ok(counts.clone())
}

#[cfg(test)]
mod tests {
    use crate::commands::gate::config::Config;
    use harness_model::program::Resource;
    use std::path::Path;

    const WHOLE: &str = r#"
baseline = "leak-baseline.json"

[[workload]]
name = "server"
command = ["./server_once", "{iters}"]
iters = [10, 100, 1000]
seconds = 30
timeout = 20.5
stdin_lines = "requests.txt"

[workload.budget]
growth = { heap = 8, file_descriptor = 0 }
rss_mib = 64

[[workload]]
name = "loop"
iters = 12

[[workload]]
name = "convert"
command = ["./convert"]
repeat = true
iters = [5]
scan = false
"#;

    #[test]
    fn commands_stand_beside_loops_with_the_options_of_their_own_job() {
        let config = Config::parse_in(WHOLE, Path::new("ci")).unwrap();
        assert_eq!(config.workloads.len(), 1);
        let [server, convert] = &config.commands[..] else {
            panic!("two commands")
        };
        let options = &server.options;
        assert_eq!(options.command, ["./server_once", "{iters}"]);
        assert_eq!(options.iters, [10, 100, 1_000]);
        assert_eq!((options.budget, options.timeout), (30.0, 20.5));
        let lines = Path::new("ci/requests.txt");
        assert_eq!(options.stdin_lines.as_deref(), Some(lines));
        assert_eq!(server.budget.growth[&Resource::Heap], 8.0);
        assert_eq!(server.budget.rss_mib, Some(64.0));
        let settings = "--iters=10,100,1000 --stdin-lines=requests.txt -- ./server_once {iters}";
        assert_eq!(server.settings, settings);
        assert!(convert.options.repeat && convert.options.no_scan);
        assert_eq!(
            convert.settings,
            "--iters=5 --repeat --no-scan -- ./convert"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (from, to, line, says) in [
            (
                "[\"./server_once\", \"{iters}\"]",
                "[]",
                6,
                "a program, and its arguments",
            ),
            (
                "[\"./server_once\", \"{iters}\"]",
                "\"./x\"",
                6,
                "expected a sequence",
            ),
            (
                "[10, 100, 1000]",
                "[10, 100, 100]",
                7,
                "three different counts",
            ),
            ("[10, 100, 1000]", "[0, 1, 2]", 7, "not 0"),
            (
                "seconds = 30",
                "seconds = 0",
                8,
                "seconds is a number from 0.1",
            ),
            (
                "timeout = 20.5",
                "zones = \"on\"",
                9,
                "unknown field `zones`",
            ),
            ("\"requests.txt\"", "\"\"", 10, "stdin_lines is a path"),
            ("heap = 8", "heap = -8", 12, "0 or more"),
            ("heap = 8", "heaps = 8", 13, "unknown variant `heaps`"),
            (
                "[workload.budget]\ngrowth",
                "budget = 60\n#",
                12,
                "a table of what may grow",
            ),
            ("name = \"loop\"", "name = \"server\"", 5, "two workloads"),
            (
                "name = \"convert\"",
                "name = \"control\"",
                21,
                "does not begin with",
            ),
            (
                "baseline =",
                "base =",
                2,
                "expected one of `baseline`, `tolerance`, `suppressions`, `workload`",
            ),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let wrong = Config::parse_in(&WHOLE.replace(from, to), Path::new("")).expect_err(to);
            assert!(wrong.contains(says), "{to}: {wrong}");
            assert!(
                wrong.starts_with(&format!("line {line}: ")),
                "{to}: {wrong}"
            );
        }
    }
}
