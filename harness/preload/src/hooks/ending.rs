//! The ways in which a program ends: the last snapshot is taken before any of them begins.

use crate::next::next;
use crate::{leaving, python};
use core::ffi::{c_char, c_int, c_void};
use core::mem::transmute;
use core::sync::atomic::{AtomicUsize, Ordering};

type Main = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;

static MAIN: AtomicUsize = AtomicUsize::new(0);

/// Starts the program. The libc calls `exit` by itself when `main` returns, past every hook: so `main` is wrapped.
///
/// # Safety
///
/// As the C function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __libc_start_main(
    main: Main,
    count: c_int,
    arguments: *mut *mut c_char,
    begin: *mut c_void,
    end: *mut c_void,
    loader_end: *mut c_void,
    stack_end: *mut c_void,
) -> c_int {
    MAIN.store(main as usize, Ordering::Relaxed);
    let start = next!(
        c"__libc_start_main"
            as fn(
                Main,
                c_int,
                *mut *mut c_char,
                *mut c_void,
                *mut c_void,
                *mut c_void,
                *mut c_void,
            ) -> c_int
    );
    // SAFETY: the caller's arguments, but for `main`.
    unsafe {
        start(
            wrapped_main,
            count,
            arguments,
            begin,
            end,
            loader_end,
            stack_end,
        )
    }
}

unsafe extern "C" fn wrapped_main(
    count: c_int,
    arguments: *mut *mut c_char,
    environment: *mut *mut c_char,
) -> c_int {
    // SAFETY: kept when the program was started.
    let main = unsafe { transmute::<usize, Main>(MAIN.load(Ordering::Relaxed)) };
    // SAFETY: the libc's arguments.
    let code = unsafe { main(count, arguments, environment) };
    python::ending();
    leaving::leaving(code);
    code
}

macro_rules! ending {
    ($(#[$doc:meta])* $name:ident, $text:literal) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// As the C function.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(code: c_int) -> ! {
            python::ending();
            leaving::leaving(code);
            // SAFETY: the caller's code.
            unsafe { next!($text as fn(c_int) -> c_int)(code) };
            crate::sys::end(code)
        }
    };
}

ending!(/// Ends the program with its handlers.
    exit, c"exit");
ending!(/// Ends the program at once.
    _exit, c"_exit");
ending!(/// Ends the program at once.
    _Exit, c"_Exit");
ending!(/// Ends the program with the handlers for quick ends.
    quick_exit, c"quick_exit");
