//! What `nlp` writes to a terminal. Nothing of a pipeline, a text or a path gets there but through this file.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place that writes to the terminal"
)]

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{CommandFactory, Parser};

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

/// Says one line on standard error.
pub fn complain(line: impl Display) {
    // Where nobody reads standard error there is nobody to tell: the exit code still says it.
    let _ = writeln!(io::stderr(), "nlp: {}", printable::Line(line));
}

/// Where the log goes.
#[cfg(feature = "serve")]
pub fn log() -> io::Stderr {
    io::stderr()
}

/// Says why nothing was done.
pub fn fail(why: impl Display) -> ExitCode {
    complain(why);
    ExitCode::from(2)
}

/// Standard output, or whatever stands for it: all that is written to it is printable.
pub struct Output<W> {
    writer: W,
}

/// Standard output.
pub fn output() -> Output<BufWriter<io::StdoutLock<'static>>> {
    Output::new(BufWriter::with_capacity(1 << 16, io::stdout().lock()))
}

impl<W: Write> Output<W> {
    /// Output that goes to `writer`.
    pub fn new(writer: W) -> Output<W> {
        Output { writer }
    }

    /// Writes a JSON document, line feed and all, with the same values.
    pub fn json(&mut self, document: &str) -> io::Result<()> {
        self.writer.write_all(printable::json(document).as_bytes())
    }

    /// Writes lines that were put together of printable ones.
    pub fn lines(&mut self, lines: &str) -> io::Result<()> {
        self.writer.write_all(printable::block(lines).as_bytes())
    }

    /// Sends off what was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Standard output for what is no text, or was made printable by whoever writes it.
pub fn standard_output() -> Box<dyn Write> {
    Box::new(io::stdout())
}

/// A line on standard error that changes, where that is a terminal.
pub struct StatusLine {
    terminal: bool,
    shown: Option<Instant>,
}

impl StatusLine {
    /// Between two changes.
    const PAUSE: Duration = Duration::from_millis(200);

    pub fn new() -> StatusLine {
        StatusLine {
            terminal: io::stderr().is_terminal(),
            shown: None,
        }
    }

    /// Shows a line, if it is time for another.
    pub fn show(&mut self, line: impl FnOnce() -> String) {
        if self.terminal && self.shown.is_none_or(|at| at.elapsed() >= Self::PAUSE) {
            self.shown = Some(Instant::now());
            let _ = write!(io::stderr(), "\r\u{1b}[K{}", printable::line(&line()));
        }
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn refused(words: &[&str]) -> String {
        let words = words.iter().map(OsString::from).collect();
        match arguments_of::<Cli>(words) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("these words are wrong"),
        }
    }

    #[test]
    fn a_wrong_word_is_repeated_as_one_line() {
        let error = refused(&["nlp", "parse", "--\u{1b}[2J\nnlp: all is well"]);
        assert!(
            error.contains("'--\\u{1b}[2J\\nnlp: all is well'"),
            "{error}"
        );
        let error = refused(&["nlp", "parse", "--batch-size", "1\u{202e}"]);
        assert!(error.contains("'1\\u{202e}'"), "{error}");
    }

    #[test]
    fn the_name_that_the_program_was_started_by_is_printable_too() {
        let usage = refused(&["n\u{1b}[2Jlp", "info", "--nothing"]);
        assert!(!usage.contains('\u{1b}'), "{usage:?}");
    }

    #[test]
    fn words_that_are_no_text_are_an_error_that_can_be_printed() {
        use std::os::unix::ffi::OsStringExt;
        let word = OsString::from_vec(b"\xff\x1b".to_vec());
        let words = vec!["nlp".into(), "parse".into(), "--format".into(), word];
        let error = arguments_of::<Cli>(words).err().unwrap().to_string();
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }
}
