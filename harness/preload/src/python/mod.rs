//! Python: the frames of the interpreter that runs in the process, beside those of its machine code.
//!
//! Nothing is asked of the program: an interpreter is found when its module is first met in a stack, by what it exports.
//! [`version`] knows where each release keeps what is read.

pub mod version;

#[cfg(interpose)]
mod interpreter;
#[cfg(interpose)]
pub use interpreter::{Interpreter, forget, interpreter, met};
