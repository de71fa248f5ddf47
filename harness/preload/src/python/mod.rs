//! Python: the frames of the interpreter that runs in the process, beside those of its machine code; what lives before it
//! ends; and who holds it.
//!
//! Nothing is asked of the program: an interpreter is found when its module is first met in a stack, by what it exports.
//! [`version`] knows where each release keeps what is read.

pub mod object;
pub mod version;

#[cfg(interpose)]
mod api;
#[cfg(interpose)]
mod copy;
#[cfg(interpose)]
mod ending;
#[cfg(interpose)]
mod holders;
#[cfg(interpose)]
mod interpreter;
#[cfg(interpose)]
mod pointers;
#[cfg(interpose)]
mod samples;

#[cfg(interpose)]
pub use copy::is_copy;
#[cfg(interpose)]
pub use ending::{ending, new_stack};
#[cfg(interpose)]
pub use interpreter::{Interpreter, forget, interpreter, met};
