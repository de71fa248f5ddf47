//! Compares every stack with the one that libgcc's unwinder finds: for trying the walk on programs, not for measuring.

use crate::next::{DEFAULT, dlsym};
use crate::stacks;
use crate::sys;
use crate::walk::{End, Frame, Stack};
use core::ffi::{c_char, c_int, c_void};
use core::mem::transmute;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

unsafe extern "C" {
    fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
}

type Step = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;
type Backtrace = unsafe extern "C" fn(Step, *mut c_void) -> c_int;
type AddressOf = unsafe extern "C" fn(*mut c_void, *mut c_int) -> usize;

static WANTED: AtomicBool = AtomicBool::new(false);
static BACKTRACE: AtomicUsize = AtomicUsize::new(0);
static ADDRESS_OF: AtomicUsize = AtomicUsize::new(0);

/// Whether stacks are compared.
#[inline]
pub fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}

/// Opens libgcc's unwinder; without one nothing is compared.
pub fn begin() {
    const NOW: c_int = 2;
    // SAFETY: names are strings; the library has no constructor that matters.
    unsafe {
        let mut library = dlopen(c"libgcc_s.so.1".as_ptr(), NOW);
        if library.is_null() {
            library = DEFAULT;
        }
        BACKTRACE.store(
            dlsym(library, c"_Unwind_Backtrace".as_ptr()) as usize,
            Ordering::Relaxed,
        );
        ADDRESS_OF.store(
            dlsym(library, c"_Unwind_GetIPInfo".as_ptr()) as usize,
            Ordering::Relaxed,
        );
    }
    let both = BACKTRACE.load(Ordering::Relaxed) != 0 && ADDRESS_OF.load(Ordering::Relaxed) != 0;
    WANTED.store(both, Ordering::Relaxed);
}

struct Comparison<'s> {
    frames: &'s [Frame],
    /// Frames that agreed so far; the library's own come before.
    agreed: usize,
    same: bool,
}

/// Compares a stack that was just walked.
///
/// # Safety
///
/// Called from the hook of which it is the stack.
#[cold]
pub unsafe fn compare(stack: &Stack<'_>, end: End) {
    let mut comparison = Comparison {
        frames: stack.frames,
        agreed: 0,
        same: true,
    };
    // SAFETY: looked up by that name; the comparison outlives the call.
    unsafe {
        let backtrace: Backtrace = transmute(BACKTRACE.load(Ordering::Relaxed));
        backtrace(step, (&raw mut comparison).cast());
    }
    let header = stacks::header();
    header.checked.fetch_add(1, Ordering::Relaxed);
    // The outermost frame of libgcc may be one that has no caller but an address of 0.
    let whole = comparison.agreed >= comparison.frames.len() || end == End::TooDeep;
    if !comparison.same || !whole {
        differs();
    }
}

/// Counts a stack that differs.
#[cold]
pub fn differs() {
    let different = &stacks::header().different;
    if different.fetch_add(1, Ordering::Relaxed) == 0 {
        sys::write(2, b"harness: a stack differs from libgcc's\n");
    }
}

unsafe extern "C" fn step(context: *mut c_void, comparison: *mut c_void) -> c_int {
    // SAFETY: given by `compare`.
    let comparison = unsafe { &mut *comparison.cast::<Comparison<'_>>() };
    let mut before = 0;
    // SAFETY: looked up by that name, with the unwinder's own context.
    let address = unsafe {
        let address_of: AddressOf = transmute(ADDRESS_OF.load(Ordering::Relaxed));
        address_of(context, &mut before)
    };
    // An interrupted frame is kept with its address plus one.
    let address = address as u64 + u64::from(before != 0);
    let ours = comparison.frames.iter().rev().nth(comparison.agreed);
    match ours {
        Some(frame) if frame.pc == address => comparison.agreed += 1,
        // The library's own frames come first.
        _ if comparison.agreed == 0 => {}
        None if address <= 1 => {}
        _ => comparison.same = false,
    }
    0
}
