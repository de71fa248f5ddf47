//! What is written down while a service runs: a line an event on standard error, for people or as JSON.

use clap::ValueEnum;
use tracing::Level;

use crate::terminal;

/// How much is written down.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Verbosity {
    /// Nothing
    Off,
    /// What failed
    Error,
    /// What should be looked at, too
    Warn,
    /// Every request, too
    Info,
}

/// How it is written down.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Writes down what happens in this process from now on. Texts are never in it.
pub(super) fn start(verbosity: Verbosity, form: Form) {
    let level = match verbosity {
        Verbosity::Off => return,
        Verbosity::Error => Level::ERROR,
        Verbosity::Warn => Level::WARN,
        Verbosity::Info => Level::INFO,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(terminal::log);
    // A process has one log; where this one has it already, that stays.
    let _ = match form {
        Form::Text => log.with_ansi(false).with_target(false).try_init(),
        Form::Json => log.json().flatten_event(true).with_target(false).try_init(),
    };
}
