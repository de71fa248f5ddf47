//! `nlp annotate`, run as users run it: with files of every kind, killed, stopped, without room, and over what was changed.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

mod inputs;
mod outputs;
mod place;
mod survives;
mod workers;
