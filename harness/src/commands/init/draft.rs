//! What is written: the configuration of the gate, and the workflow.

use super::options::InitOptions;
use crate::commands::gate::config::Config;
use crate::commands::run::options::TIMEOUT;
use crate::engine::console::Failure;
use std::ffi::OsString;
use std::path::Path;
use toml::Value;

/// The baseline, beside the configuration.
pub(super) const BASELINE: &str = "leak-baseline.json";
/// The workflow, from the project's folder.
pub(super) const WORKFLOW: &str = ".github/workflows/leak-gate.yml";
/// What stands for the action's repository where it is not known.
pub(super) const UNKNOWN_OWNER: &str = "OWNER/REPO";
/// What stands for a command where none is given.
const TO_FILL_IN: [&str; 2] = ["./your_program", "{iters}"];

/// The configuration that is to be written.
pub(super) struct Draft<'o> {
    options: &'o InitOptions,
    name: String,
    words: Vec<String>,
}

impl<'o> Draft<'o> {
    /// What these options ask for.
    ///
    /// # Errors
    ///
    /// A word of the command, or a path, is no UTF-8, which a configuration is.
    pub(super) fn new(options: &'o InitOptions) -> Result<Draft<'o>, Failure> {
        let words = match options.command.is_empty() {
            true => TO_FILL_IN.map(str::to_owned).to_vec(),
            false => options.command.iter().map(utf8).collect::<Result<_, _>>()?,
        };
        let name = options.name.clone().unwrap_or_else(|| called(&words[0]));
        Ok(Draft {
            options,
            name,
            words,
        })
    }

    /// The file's text, with these counts, or without any.
    pub(super) fn text(&self, iters: &[u64]) -> Result<String, Failure> {
        let options = self.options;
        let mut text = String::from(
            "# What `harness gate` runs, and what it allows. `harness gate --help` tells of the baseline and the exit codes.\n",
        );
        let mut line = |key: &str, value: Value| {
            text.push_str(&format!("{key} = {value}\n"));
        };
        line("baseline", BASELINE.into());
        text.push_str("\n[[workload]]\n");
        let mut line = |key: &str, value: Value| {
            text.push_str(&format!("{key} = {value}\n"));
        };
        line("name", self.name.as_str().into());
        line("command", self.words.clone().into());
        if !iters.is_empty() {
            // At most 10^12 each, which the options see to.
            let iters: Vec<i64> = iters.iter().map(|&count| count as i64).collect();
            line("iters", iters.into());
        }
        if options.timeout != TIMEOUT {
            line("timeout", options.timeout.into());
        }
        if let Some(file) = &options.stdin_lines {
            line("stdin_lines", utf8(&file.clone().into_os_string())?.into());
        }
        if options.repeat {
            line("repeat", true.into());
        }
        if options.no_scan {
            line("scan", false.into());
        }
        Ok(text)
    }

    /// The configuration as the gate reads this text.
    pub(super) fn config(&self, text: &str) -> Result<Config, Failure> {
        Config::parse_in(text, Path::new("")).map_err(|wrong| {
            // The line is of a file that nobody has seen.
            let why = wrong
                .split_once(": ")
                .map_or(wrong.as_str(), |(_, why)| why);
            Failure::WrongUse(why.to_owned())
        })
    }
}

/// The workflow's text, and whether somebody has to fill in whose action it uses.
pub(super) fn workflow(options: &InitOptions) -> (String, bool) {
    let released_by = option_env!("HARNESS_REPOSITORY").filter(|name| !name.is_empty());
    let action = options.action.clone().unwrap_or_else(|| {
        let owner = released_by.unwrap_or(UNKNOWN_OWNER);
        format!("{owner}@v{}", env!("CARGO_PKG_VERSION"))
    });
    let text = include_str!("workflow.yml").replace("ACTION", &action);
    (text, action.starts_with(UNKNOWN_OWNER))
}

fn utf8(word: &OsString) -> Result<String, Failure> {
    word.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::WrongUse(format!(
            "{} is no UTF-8, and a configuration is: give it another name",
            printable::path(word)
        ))
    })
}

/// A name for a program, of characters that a workload's may have.
fn called(program: &str) -> String {
    let file = program.rsplit('/').next().unwrap_or(program);
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name: String = file
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    match name.as_str() {
        "" => "command".to_owned(),
        // The names of the gate's own runs.
        name if name.starts_with("control") => format!("the-{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{Cli, Command};
    use clap::Parser;

    fn options(words: &[&str]) -> InitOptions {
        let cli = Cli::parse_from(["harness", "init"].iter().chain(words));
        let Some(Command::Init(options)) = cli.command else {
            panic!("init")
        };
        options
    }

    #[test]
    fn the_gate_reads_back_what_was_asked_for_whatever_the_words_have_in_them() {
        let words = ["./a\"b\\c", "{iters}", "tab\there", "'''", "\u{7f}é\n"];
        let mut all = vec![
            "--stdin-lines",
            "in \"1\".txt",
            "--timeout",
            "7",
            "--no-scan",
            "--",
        ];
        all.extend(words);
        let options = options(&all);
        let draft = Draft::new(&options).unwrap_or_else(|_| panic!("a draft"));
        let Ok(text) = draft.text(&[10, 100, 1_000]) else {
            panic!("a text")
        };
        let config = Config::parse_in(&text, Path::new("")).expect(&text);
        let [command] = &config.commands[..] else {
            panic!("one command")
        };
        assert_eq!(command.options.command, words);
        assert_eq!(command.options.iters, [10, 100, 1_000]);
        assert_eq!(command.options.timeout, 7.0);
        assert!(command.options.no_scan && !command.options.repeat);
        let lines = Path::new("in \"1\".txt");
        assert_eq!(command.options.stdin_lines.as_deref(), Some(lines));
        assert_eq!(config.baseline, Path::new(BASELINE));
    }

    #[test]
    fn a_program_names_its_workload_and_any_name_is_one_that_the_gate_takes() {
        for (program, name) in [
            ("./server_once", "server_once"),
            ("/usr/bin/python3.11", "python3-11"),
            ("control", "the-control"),
            ("a/", "command"),
            ("é", "-"),
        ] {
            assert_eq!(called(program), name);
            let options = options(&["--", program]);
            let draft = Draft::new(&options).unwrap_or_else(|_| panic!("a draft"));
            let text = draft.text(&[]).unwrap_or_else(|_| panic!("a text"));
            assert!(draft.config(&text).is_ok(), "{program}");
        }
    }

    #[test]
    fn the_workflow_uses_the_action_that_is_named() {
        let (text, unknown) = workflow(&options(&["--action", "me/gate@v7", "--", "x"]));
        assert!(text.contains("      - uses: me/gate@v7\n"), "{text}");
        assert!(!unknown && !text.contains("ACTION"));
    }
}
