//! What every job says and hears: on the terminal, by signals, and by its exit code.

use crate::report::PAGE_FILE;
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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
            eprintln!("harness: {message}");
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

/// Says something to a person: on standard output, or on standard error where that is kept for JSON.
pub(crate) fn tell(json: bool, text: &str) {
    if json {
        eprintln!("{text}");
    } else {
        print(text);
    }
}

/// Prints a line; a reader who has gone away is no reason to panic.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a document, alone on standard output.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(document);
    print(&json.map_err(|error| Failure::Broken(error.to_string()))?);
    Ok(())
}

/// Presents a finished job whose report was `written` to `out`: the text for a person, where the page is, and the
/// document itself if JSON was asked for.
pub(crate) fn present<W>(
    written: io::Result<W>,
    json: bool,
    text: &str,
    out: &Path,
    document: &impl Serialize,
) -> Result<(), Failure> {
    written.map_err(|error| Failure::Broken(format!("cannot write the report: {error}")))?;
    tell(json, text);
    let page = out.join(PAGE_FILE);
    tell(json, &format!("Report: {}", page.display()));
    if json {
        print_json(document)?;
    }
    Ok(())
}
