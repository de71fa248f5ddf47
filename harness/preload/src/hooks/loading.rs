//! Libraries that come and go while the program runs.

use crate::next::next;
use crate::{host, stacks, thread};
use core::ffi::{c_int, c_void};

/// Closes a library: if it is unloaded, its addresses may come to belong to another.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dlclose(library: *mut c_void) -> c_int {
    // SAFETY: the caller's library.
    let result = unsafe { next!(c"dlclose" as fn(*mut c_void) -> c_int)(library) };
    if host::recording() {
        let words = thread::words();
        // SAFETY: this thread's own.
        unsafe { (*words).busy += 1 };
        stacks::forget();
        super::new::forget();
        super::delete::forget();
        // SAFETY: as above.
        unsafe { (*words).busy -= 1 };
    }
    result
}
