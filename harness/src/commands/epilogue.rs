//! The end of every command: what it says of its report, what it hands on to other programs, and what it exits with.

use crate::commands::history;
use crate::engine::console::{self, Failure, show, tell};
use crate::export::{Results, export};
use crate::options::ExportOptions;
use crate::report::PAGE_FILE;
use harness_model::Summary;
use printable::Text;
use serde::Serialize;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Ends a command: prints its document where JSON was asked for, and gives its exit code; or says why there is neither.
pub(crate) fn end<D: Serialize>(
    ended: Result<D, Failure>,
    json: bool,
    exit_code: impl FnOnce(&D) -> u8,
) -> ExitCode {
    console::exit(ended.and_then(|document| {
        if json {
            console::print_json(&document)?;
        }
        Ok(exit_code(&document))
    }))
}

/// Presents a report that was `written` to `out`: the text for a person, or its conclusion alone where no more is
/// wanted, and where the page is.
///
/// # Errors
///
/// It could not be written.
pub(crate) fn present<W>(
    written: io::Result<W>,
    conclusion: &str,
    text: &Text,
    out: &Path,
    json: bool,
) -> Result<(), Failure> {
    written.map_err(|error| Failure::Broken(format!("cannot write the report: {error}")))?;
    say(json, conclusion, text);
    tell_page(json, &out.join(PAGE_FILE));
    Ok(())
}

/// Says what a report says, or its conclusion alone where no more is wanted.
pub(crate) fn say(json: bool, conclusion: &str, text: &Text) {
    if console::is_quiet() {
        tell(json, conclusion);
    } else {
        show(json, text);
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
