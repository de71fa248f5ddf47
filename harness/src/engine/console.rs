//! What every job says and hears: on the terminal, by signals, and by its exit code.
//!
//! Nothing gets to the terminal but through this file, which makes it printable: `clippy.toml` sees to it.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place that writes to the terminal"
)]

use crate::screen;
use clap::{ColorChoice, CommandFactory, Parser};
use printable::{Line, Text};
use serde::Serialize;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Why the job came to no conclusion.
pub(crate) enum Failure {
    /// The user asked for something that cannot be done: exit code 2.
    WrongUse(String),
    /// Something of the harness's or the machine's failed: exit code 3.
    Broken(String),
}

/// The exit code of a job that gave a verdict's, or none; then it says why.
pub(crate) fn exit(ended: Result<u8, Failure>) -> ExitCode {
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let (message, code) = match failure {
                Failure::WrongUse(message) => (message, 2),
                Failure::Broken(message) => (message, 3),
            };
            complain(format_args!("harness: {message}"));
            ExitCode::from(code)
        }
    }
}

/// A flag that Ctrl-C, or whoever else ends the process politely, sets. The second time ends it at once.
pub(crate) fn listen_for_signals() -> Result<Arc<AtomicBool>, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // In this order: the first signal finds the flag unset and sets it, the second finds it set.
        signal_hook::flag::register_conditional_shutdown(signal, 3, Arc::clone(&interrupted))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&interrupted)))
            .map_err(|error| Failure::Broken(format!("cannot listen for Ctrl-C: {error}")))?;
    }
    Ok(interrupted)
}

/// The command line. What is wrong with it is said, and the program ends.
pub fn arguments<C: Parser + CommandFactory>() -> C {
    arguments_of(std::env::args_os().collect()).unwrap_or_else(|refused| refused.exit())
}

/// The command line of these words. An error repeats them, so one that could not be printed is that of the same words
/// with escapes in them.
fn arguments_of<C: Parser + CommandFactory>(words: Vec<OsString>) -> Result<C, clap::Error> {
    C::try_parse_from(&words).map_err(|error| match printable::arguments(&words) {
        None => error,
        Some(shown) => match C::try_parse_from(shown) {
            Err(error) => error,
            // Words that are no UTF-8 are wrong, and their escapes are not.
            Ok(_) => C::command().error(error.kind(), printable::block(&error.to_string())),
        },
    })
}

/// Says one line to a person: on standard output, or on standard error where that is kept for JSON.
pub(crate) fn tell(json: bool, line: impl Display) {
    show(json, &Text::of_line(line));
}

/// Says several lines, as [`tell`] says one.
pub(crate) fn show(json: bool, text: &Text) {
    if json {
        to_stderr(&shown(text, &io::stderr()));
    } else {
        print(&shown(text, &io::stdout()));
    }
}

/// Says what is no part of the answer, as [`show`] does: nothing where only that is wanted.
pub(crate) fn remark(json: bool, text: &Text) {
    if !is_quiet() {
        show(json, text);
    }
}

/// When there are colours.
static COLOURS: OnceLock<ColorChoice> = OnceLock::new();

/// Takes what `--color` says; without it a terminal decides, and NO_COLOR (<https://no-color.org>).
pub(crate) fn choose_colours(choice: ColorChoice) {
    let asked = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let choice = match choice {
        ColorChoice::Auto if asked || dumb => ColorChoice::Never,
        choice => choice,
    };
    // The command line is read once.
    let _ = COLOURS.set(choice);
}

/// A text with its colours, where they are wanted and a terminal shows them, and no wider than that.
fn shown(text: &Text, stream: &(impl IsTerminal + AsFd)) -> String {
    let is_terminal = stream.is_terminal();
    let folded = screen::columns_of(stream).map(|columns| text.folded(columns));
    let text = folded.as_ref().unwrap_or(text);
    match COLOURS.get().copied().unwrap_or(ColorChoice::Auto) {
        ColorChoice::Always => text.coloured(),
        ColorChoice::Auto if is_terminal => text.coloured(),
        ColorChoice::Auto | ColorChoice::Never => text.as_str().to_owned(),
    }
}

/// Whether only the answer is to be said.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on there is no word of how far the work is.
pub(crate) fn be_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether only the answer is to be said.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Says one line on standard error.
pub(crate) fn complain(line: impl Display) {
    to_stderr(&shown(&Text::of_line(line), &io::stderr()));
}

/// Whether standard error is a terminal, where a line can be drawn anew.
pub(crate) fn is_live() -> bool {
    io::stderr().is_terminal()
}

/// Whether somebody sits there: input and output are a terminal's.
pub(crate) fn is_conversation() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Draws the last line of a terminal on standard error anew. `ended` leaves it there, and begins another.
pub(crate) fn redraw(line: impl Display, ended: bool) {
    let end = if ended { "\n" } else { "" };
    // To the first column, and what stands there is cleared: the only controls that are ever sent.
    to_stderr(&format!("\r\x1b[2K{}{end}", Line(line)));
}

fn to_stderr(text: &str) {
    let mut err = io::stderr().lock();
    // What cannot be said is no reason to stop.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Prints lines; a reader who has gone away is no reason to panic.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Prints a document, alone on standard output.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::Broken(error.to_string()))?;
    print(&format!("{}\n", printable::json(&json)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Cli;

    #[test]
    fn a_wrong_word_is_repeated_as_one_line() {
        let words = ["harness", "--iters", "1\u{1b}[2J\nReport: passed"];
        let words = words.iter().map(OsString::from).collect();
        let error = arguments_of::<Cli>(words).unwrap_err().to_string();
        assert!(error.contains("'1\\u{1b}[2J\\nReport: passed'"), "{error}");
    }
}
