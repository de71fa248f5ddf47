//! The functions of the libc that this library stands before.

pub mod children;
mod delete;
pub mod descriptors;
mod ending;
pub mod filters;
mod heap;
mod loading;
mod locking;
mod mappings;
mod new;
mod replacing;
pub mod shared;
mod signals;
pub mod threads;

use core::ffi::c_int;

unsafe extern "C" {
    fn __errno_location() -> *mut c_int;
}

/// This thread's `errno`.
fn error() -> *mut c_int {
    // SAFETY: it takes nothing, and always answers.
    unsafe { __errno_location() }
}
