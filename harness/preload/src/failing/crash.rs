//! Where a program crashes: the signals that end it by default are looked at on their way.

use crate::record::Kind;
use crate::{host, stacks, sys, tally, thread};
use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, Ordering};

/// The libc's `struct sigaction`.
#[repr(C)]
struct Action {
    handler: usize,
    mask: [u64; 16],
    flags: c_int,
    restorer: usize,
}

/// The libc's `stack_t`.
#[repr(C)]
struct Stack {
    start: *mut c_void,
    flags: c_int,
    bytes: usize,
}

unsafe extern "C" {
    /// The libc's own, whose signal frames have the unwind tables that a walk goes by.
    fn sigaction(signal: c_int, new: *const Action, old: *mut Action) -> c_int;
    fn sigaltstack(new: *const Stack, old: *mut Stack) -> c_int;
    fn raise(signal: c_int) -> c_int;
}

const ABORT: c_int = 6;
/// Illegal instruction, bus error, arithmetic, segmentation fault, and `abort`.
const SIGNALS: [c_int; 5] = [4, ABORT, 7, 8, 11];

const SIGINFO: c_int = 4;
const ON_STACK: c_int = 0x0800_0000;
/// The handler is gone once it runs: what happens in it, or after it, ends the program as by default.
const ONCE: c_int = 0x8000_0000_u32 as c_int;
const STACK_BYTES: usize = 64 << 10;

/// Whether a crash was met.
static MET: AtomicBool = AtomicBool::new(false);

/// Looks at the signals for which nobody has a handler. What the program sets later comes in its place.
pub fn watch() {
    if let Some(start) = sys::reserve(STACK_BYTES) {
        let own = Stack {
            start: start.cast(),
            flags: 0,
            bytes: STACK_BYTES,
        };
        // SAFETY: the memory is this stack's for ever. (An overflow of the stack is a crash too.)
        unsafe { sigaltstack(&own, core::ptr::null_mut()) };
    }
    for signal in SIGNALS {
        let mut old = Action {
            handler: 0,
            mask: [0; 16],
            flags: 0,
            restorer: 0,
        };
        // SAFETY: both are in memory.
        let known = unsafe { sigaction(signal, core::ptr::null(), &mut old) } == 0;
        if known && old.handler == 0 {
            let new = Action {
                handler: entry as *const () as usize,
                flags: SIGINFO | ON_STACK | ONCE,
                ..old
            };
            // SAFETY: the handler takes what such a handler is given.
            unsafe { sigaction(signal, &new, core::ptr::null_mut()) };
        }
    }
}

#[unsafe(naked)]
unsafe extern "C" fn entry() {
    naked_asm!(
        "mov rcx, rsp",
        "mov r8, rbp",
        "jmp {hook}",
        hook = sym crashed,
    )
}

/// Notes the stack, and returns to what ends the program: to the instruction that crashes, or to `abort`.
unsafe extern "C" fn crashed(
    signal: c_int,
    info: *const c_int,
    _context: *mut c_void,
    slot: usize,
    bp: usize,
) {
    let words = thread::words();
    if host::recording() && !MET.swap(true, Ordering::Relaxed) {
        // SAFETY: this thread's own words; the frame of the signal is live.
        unsafe {
            (*words).busy += 1;
            let site = tally::site_of(words, slot, bp, Kind::HEAP);
            (*words).busy -= 1;
            let header = stacks::header();
            header.crash_site.store(site, Ordering::Relaxed);
            header.crash_signal.store(signal as u32, Ordering::Relaxed);
        }
    }
    // SAFETY: what the kernel gives to such a handler; its third word says who sent the signal, 0 and below a process.
    let is_sent = unsafe { *info.add(2) } <= 0;
    if is_sent && signal != ABORT {
        // SAFETY: the handler is gone: this ends the program when the signal is let through again.
        unsafe { raise(signal) };
    }
}
