//! The functions of the libc that this library stands before.

mod ending;
pub mod filters;
mod heap;
mod loading;
