//! `harness man DIR`: the manual pages, made of the same words as `--help`.

pub mod options;

use crate::commands::Cli;
use crate::commands::man::options::ManOptions;
use crate::engine::console::{self, Failure, tell};
use crate::engine::environment;
use crate::files::{self, Access};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use roff::{Roff, roman};
use std::io;
use std::process::ExitCode;

/// The variable by which a build says which day its pages have, in seconds after 1970.
const MOMENT_VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// Writes the pages, and says how many.
pub fn run(options: &ManOptions) -> ExitCode {
    console::exit(write(options).map(|pages| {
        let folder = printable::path(&options.folder);
        tell(false, format_args!("Wrote {pages} pages to {folder}."));
        0
    }))
}

fn write(options: &ManOptions) -> Result<usize, Failure> {
    let cannot = |error: io::Error| Failure::WrongUse(format!("cannot write to {error}"));
    files::directory(&options.folder, Access::Shared).map_err(cannot)?;
    let day = day();
    let mut pages = 0;
    for command in commands() {
        let (name, text) =
            page(command, &day).map_err(|error| Failure::Broken(error.to_string()))?;
        files::replace(&options.folder.join(name), &text, Access::Shared).map_err(cannot)?;
        pages += 1;
    }
    Ok(pages)
}

/// The program, and its commands, each as a page of its own has it.
fn commands() -> impl Iterator<Item = Command> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Gives every command its whole name, `harness run`.
    program.build();
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    std::iter::once(program).chain(commands)
}

/// The day that the pages have: the build's, or today.
fn day() -> String {
    let given = std::env::var(MOMENT_VARIABLE).ok();
    let given = given.and_then(|seconds| seconds.parse().ok());
    let moment = given.map_or_else(environment::now, environment::rfc_3339);
    moment.get(..10).unwrap_or_default().to_owned()
}

/// The name of a command's page, and the page.
fn page(command: Command, day: &str) -> io::Result<(String, Vec<u8>)> {
    let notes = command.get_after_help().map(ToString::to_string);
    // Filled like prose the exit codes and examples would run into each other.
    let page = Man::new(command.after_help(None::<&str>))
        .date(day)
        .source(concat!("harness ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut text = Vec::new();
    page.render(&mut text)?;
    if let Some(notes) = notes {
        written(&notes).to_writer(&mut text)?;
    }
    Ok((page.get_filename(), text))
}

/// What stands below the options: prose, and blocks whose lines stay as they are.
fn written(notes: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]);
    for paragraph in notes.split("\n\n") {
        let is_block = paragraph.lines().any(|line| line.starts_with(' '));
        roff.control("PP", []);
        if is_block {
            roff.control("nf", []);
        }
        for line in paragraph.lines() {
            roff.text([roman(line)]);
        }
        if is_block {
            roff.control("fi", []);
        }
    }
    roff
}
