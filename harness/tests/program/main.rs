//! The real program, run as a user runs it.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

#[path = "../hostile/mod.rs"]
mod hostile;

mod answer;
mod calibrate;
mod captures;
mod doubt;
mod engine;
mod error_paths;
mod factorial;
mod folder;
mod gate;
mod history;
mod init;
mod judged;
mod ledger;
mod pipeline;
mod place;
mod planted;
mod printable;
mod record;
mod run;
mod second;
mod served;
mod service;
mod shell;
mod suppress;
mod unmeasured;
mod versions;
mod victims;
mod zones;
