//! The real program, run as a user runs it.

mod calibrate;
mod doubt;
mod engine;
mod factorial;
mod gate;
mod ledger;
mod pipeline;
mod place;
mod victims;
mod zones;
