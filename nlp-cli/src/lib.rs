//! The program `nlp`, as a library: what its commands do, for programs that run them within themselves.

pub mod annotate;
mod cli;
mod info;
mod input;
mod model;
mod parse;
mod parts;
#[cfg(feature = "serve")]
pub mod serve;
mod stop;
mod table;
mod terminal;

use std::io;
use std::process::ExitCode;

use stop::Stop;
use terminal::fail;

/// Runs the program on the arguments of this process, and returns its exit code: 0 all well, 1 some text failed, 2 usage
/// error, or a pipeline or file that cannot be read.
pub fn main() -> ExitCode {
    let result = match terminal::arguments::<cli::Cli>().command {
        cli::Command::Annotate(args) => annotate::run_command(&args),
        cli::Command::Parse(args) => parse::run(&args),
        cli::Command::Info(args) => info::run(&args),
        #[cfg(feature = "serve")]
        cli::Command::Serve(args) => serve::run(&args),
    };
    match result {
        Ok(code) => code,
        // Whoever reads the output has seen enough, as `head` does.
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Stop::Output(error)) => fail(format_args!("cannot write the output: {error}")),
        Err(Stop::Failed(message)) => fail(message),
    }
}

// The book's page about files: its example is a test.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/annotate.md")]
mod book {}
