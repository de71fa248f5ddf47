//! Python: the frames of the interpreter that runs in the process, beside those of its machine code.
//!
//! Nothing is asked of the program: an interpreter is found when its module is first met in a stack, by what it exports
//! (`interpreter.rs`). [`version`] knows where each release keeps what is read, `verify.rs` looks whether that is so,
//! `frames.rs` reads the frames of a thread, `places.rs` puts them among those of machine code, and `codes.rs` gives
//! functions and lines the words that stand in the record.

pub mod lines;
pub mod texts;
pub mod version;

#[cfg(interpose)]
mod codes;
#[cfg(interpose)]
pub mod frames;
#[cfg(interpose)]
mod interpreter;
#[cfg(interpose)]
mod places;
#[cfg(interpose)]
mod verify;

#[cfg(interpose)]
pub use codes::after_fork;
#[cfg(interpose)]
pub use interpreter::{Interpreter, forget, interpreter, met, take_for};
