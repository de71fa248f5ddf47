//! The real program, run as a user runs it.

mod engine;
mod factorial;
mod gate;
mod pipeline;
mod place;
mod zones;
