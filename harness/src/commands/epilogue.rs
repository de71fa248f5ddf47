//! The end of every command: what it says of its report, what it hands on to other programs, and what it exits with.

use crate::commands::history;
use crate::engine::console::{self, Failure, show, tell};
use crate::export::{Results, export};
use crate::options::ExportOptions;
use crate::probe::source::SourceTree;
use crate::report::{PAGE_FILE, answer};
use harness_model::{Outcome, Summary};
use printable::Text;
use serde::Serialize;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// What a command concluded. Where its report could not be written, as on a full disk, what is known is said all the same,
/// and then why there is no report.
pub(crate) struct Reported<D> {
    /// What was concluded.
    pub(crate) document: D,
    /// Why the report, or a part of it, could not be written.
    pub(crate) unwritten: Option<Failure>,
}

impl<D> Reported<D> {
    /// What was concluded, and whether its report was `written`.
    pub(crate) fn new<W>(document: D, written: io::Result<W>) -> Reported<D> {
        Reported {
            document,
            unwritten: written.err().map(no_report),
        }
    }

    /// Says where the page is, if it is there.
    pub(crate) fn tell_page(&self, json: bool, out: &Path) {
        if self.unwritten.is_none() {
            tell_page(json, &out.join(PAGE_FILE));
        }
    }

    /// What was concluded, if its report is there too.
    ///
    /// # Errors
    ///
    /// The report could not be written.
    pub(crate) fn whole(self) -> Result<D, Failure> {
        match self.unwritten {
            Some(failure) => Err(failure),
            None => Ok(self.document),
        }
    }
}

fn no_report(error: io::Error) -> Failure {
    Failure::Broken(format!("cannot write the report: {error}"))
}

/// Ends a command: prints its document where JSON was asked for, and gives its exit code; or says why there is neither.
pub(crate) fn end<D: Serialize>(
    ended: Result<Reported<D>, Failure>,
    json: bool,
    exit_code: impl FnOnce(&D) -> u8,
) -> ExitCode {
    console::exit(ended.and_then(|concluded| {
        let Reported {
            document,
            unwritten,
        } = concluded;
        if json {
            console::print_json(&document)?;
        }
        match unwritten {
            Some(failure) => Err(failure),
            None => Ok(exit_code(&document)),
        }
    }))
}

/// Presents a report that was `written` to `out`: the text for a person, or its conclusion alone where no more is
/// wanted, and where the page is, if it is there.
pub(crate) fn present<D, W>(
    document: D,
    written: io::Result<W>,
    conclusion: impl FnOnce(&D) -> (Outcome, &str),
    text: &Text,
    out: &Path,
    json: bool,
) -> Reported<D> {
    say(json, conclusion(&document), text);
    let reported = Reported::new(document, written);
    reported.tell_page(json, out);
    reported
}

/// Says what a report says, or its conclusion alone where no more is wanted.
pub(crate) fn say(json: bool, (outcome, sentence): (Outcome, &str), text: &Text) {
    if console::is_quiet() {
        let mut alone = Text::new();
        answer::conclude(&mut alone, outcome, sentence);
        show(json, &alone);
    } else {
        show(json, text);
    }
}

/// Says so where the source of nothing that grows was found. `files` are those of its call sites.
pub(crate) fn tell_of_sources<'f>(json: bool, files: impl Iterator<Item = &'f str>) {
    let mut files = files.peekable();
    if files.peek().is_some()
        && let Some(why) = SourceTree::of_the_user().missing(files)
    {
        console::remark(json, &Text::of_line(why));
    }
}

/// Says where the page is.
pub(crate) fn tell_page(json: bool, page: &Path) {
    tell(json, format_args!("Report: {}", printable::path(page)));
}

/// Hands what was concluded on to other programs, as far as that was asked for: the runs to the history, the results in
/// their forms. `out` is where the report went.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn hand_on<'s>(
    results: &Results,
    runs: impl IntoIterator<Item = (&'s str, &'s Summary)>,
    options: &ExportOptions,
    out: &Path,
    json: bool,
) -> Result<(), Failure> {
    if let Some(path) = &options.history {
        history::append(path, out, runs)?;
    }
    export(results, &options.forms, out, json)
}
