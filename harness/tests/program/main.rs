//! The real program, run as a user runs it.

mod calibrate;
mod doubt;
mod engine;
mod factorial;
mod gate;
mod history;
mod ledger;
mod pipeline;
mod place;
mod suppress;
mod victims;
mod zones;
