//! The functions of the libc that this library stands before.

mod ending;
mod heap;
mod loading;
