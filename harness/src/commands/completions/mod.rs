//! `harness completions SHELL`: what a shell completes of this command line.

pub mod options;

use crate::commands::Cli;
use crate::commands::completions::options::CompletionsOptions;
use crate::engine::console::{self, Failure, show};
use clap::CommandFactory;
use printable::Text;
use std::process::ExitCode;

/// Prints the script.
pub fn run(options: &CompletionsOptions) -> ExitCode {
    console::exit(script(options).map(|script| {
        show(false, &script);
        0
    }))
}

fn script(options: &CompletionsOptions) -> Result<Text, Failure> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    clap_complete::generate(options.shell, &mut command, "harness", &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::Broken(error.to_string()))?;
    let mut text = Text::new();
    text.block(&script);
    Ok(text)
}
