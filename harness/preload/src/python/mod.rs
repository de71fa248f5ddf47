//! Python: the frames of the interpreter that runs in the process, beside those of its machine code; what lives before it
//! ends; and who holds it.
//!
//! Nothing is asked of the program: an interpreter is found when its module is first met in a stack, by what it exports
//! (`interpreter.rs`). [`version`] knows where each release keeps what is read, `verify.rs` looks whether that is so,
//! `frames.rs` reads the frames of a thread, `places.rs` puts them among those of machine code, and `codes.rs` gives
//! functions and lines the words that stand in the record. `ending.rs` has the interpreter say when it ends, and
//! `holders.rs` finds out who holds its objects then.

pub mod lines;
pub mod object;
pub mod texts;
pub mod version;

#[cfg(interpose)]
mod api;
#[cfg(interpose)]
mod codes;
#[cfg(interpose)]
mod copy;
#[cfg(interpose)]
mod ending;
#[cfg(interpose)]
pub mod frames;
#[cfg(interpose)]
mod holders;
#[cfg(interpose)]
mod interpreter;
#[cfg(interpose)]
mod places;
#[cfg(interpose)]
mod pointers;
#[cfg(interpose)]
mod samples;
#[cfg(interpose)]
mod verify;

#[cfg(interpose)]
pub use codes::after_fork;
#[cfg(interpose)]
pub use copy::is_copy;
#[cfg(interpose)]
pub use ending::{ending, ending_by_signal, forking, look_soon, new_stack};
#[cfg(interpose)]
pub use interpreter::{Interpreter, forget, interpreter, met, take_for};
#[cfg(interpose)]
pub use places::Places;
