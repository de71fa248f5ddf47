//! A process that ends itself by a signal: servers that clean up after a signal often send it to themselves again, with its
//! default handling. Of Python that is the last moment to look; other programs do so within a handler, where nothing can
//! be looked at.

use crate::scan::kernel;
use crate::{python, sys};
use core::ffi::c_int;

/// Signals that end a process which does not handle them, and that ask for its end.
const ENDING: [c_int; 4] = [1, 2, 3, 15];

/// Whether this process ends by a signal that it sends itself.
fn ends_by(signal: c_int) -> bool {
    const DEFAULT: usize = 0;
    // SAFETY: nothing is put in the place of the handler.
    let action = || unsafe { kernel::action(signal as usize, None) };
    ENDING.contains(&signal) && action().is_some_and(|action| action.handler == DEFAULT)
}

/// What the libc's functions answer.
fn answer(result: isize) -> c_int {
    if result >= 0 {
        return result as c_int;
    }
    // SAFETY: this thread's own.
    unsafe { *super::error() = -result as c_int };
    -1
}

/// Sends this thread a signal.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn raise(signal: c_int) -> c_int {
    if ends_by(signal) {
        python::ending_by_signal();
    }
    // Without the libc's own: to look it up takes locks, and handlers may call this.
    answer(kernel::signal_thread(sys::thread(), signal as usize))
}

/// Sends a process a signal.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kill(process: c_int, signal: c_int) -> c_int {
    if process > 0 && process as u32 == sys::process() && ends_by(signal) {
        python::ending_by_signal();
    }
    answer(kernel::signal_process(process as isize, signal as usize))
}
