//! What each thread has for itself: two words in its static storage, and behind one of them its remembered stack.

use crate::lock::Lock;
use crate::walk::Memory;
use crate::{python, sys};
use core::arch::{asm, global_asm};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};

// Initial-exec storage, which costs one load and never allocates; Rust has no stable way to ask for it.
global_asm!(
    ".pushsection .tbss,\"awT\",@nobits",
    ".p2align 4",
    ".globl harness_preload_thread",
    ".hidden harness_preload_thread",
    ".type harness_preload_thread,@object",
    ".size harness_preload_thread,16",
    "harness_preload_thread:",
    ".zero 16",
    ".popsection",
);

/// The words in the thread's static storage.
#[repr(C)]
pub struct Words {
    /// What the thread has for itself; null before it first needs it.
    pub own: *mut Thread,
    /// Not 0 while the library works in this thread: what is called meanwhile, by the library itself or by a signal's
    /// handler, is passed through.
    pub busy: u32,
    /// See [`STARTING`] and [`ENDED`].
    pub stage: u16,
    /// Not 0 while a child that `vfork` made runs in this thread's place: its memory is this process's, and its descriptors
    /// and children are not. At 14 bytes, as `vfork` knows.
    pub lent: u16,
}

/// A bit of [`Words::stage`]: the thread is starting another one.
pub const STARTING: u16 = 1;
/// A bit of [`Words::stage`]: the thread has come to its end.
pub const ENDED: u16 = 2;

/// This thread's words.
#[inline(always)]
pub fn words() -> *mut Words {
    let at: *mut Words;
    // SAFETY: it reads the thread pointer and a constant that the loader filled in.
    unsafe {
        asm!(
            "mov {0}, qword ptr [rip + harness_preload_thread@GOTTPOFF]",
            "add {0}, qword ptr fs:[0]",
            out(reg) at,
            options(pure, nomem, nostack),
        );
    }
    at
}

/// The thread pointer: the control block of the thread, which the libc puts at the top of the stacks it makes.
#[inline]
pub fn pointer() -> usize {
    let at: usize;
    // SAFETY: the first word of the control block is its own address.
    unsafe { asm!("mov {0}, qword ptr fs:[0]", out(reg) at, options(pure, nomem, nostack)) };
    at
}

/// What a thread has for itself.
#[repr(C)]
pub struct Thread {
    /// The remembered stack.
    pub memory: Memory,
    /// The remembered frames of Python.
    pub python: python::frames::Memory,
    /// Which part of a site that many threads use it counts in: see [`crate::record::Site::part`].
    pub part: u32,
    /// The next one that waits for a thread.
    next: *mut Thread,
}

struct Waiting {
    lock: Lock,
    first: core::cell::UnsafeCell<*mut Thread>,
}

// SAFETY: the list is touched under its lock.
unsafe impl Sync for Waiting {}

/// Those of ended threads.
static WAITING: Waiting = Waiting {
    lock: Lock::new(),
    first: core::cell::UnsafeCell::new(null_mut()),
};

/// Memory for a new thread, perhaps of one that ended; null without room.
#[cold]
pub fn acquire() -> *mut Thread {
    {
        let _held = WAITING.lock.hold();
        // SAFETY: under the lock, and what is in the list is whole and used by nobody.
        unsafe {
            let first = *WAITING.first.get();
            if !first.is_null() {
                *WAITING.first.get() = (*first).next;
                (*first).memory.forget();
                (*first).python.forget();
                return first;
            }
        }
    }
    match sys::reserve(size_of::<Thread>()) {
        Some(at) => {
            let new = at.cast::<Thread>();
            // SAFETY: all zero is an empty memory, and it is nobody else's.
            unsafe { (*new).part = next_part() };
            new
        }
        None => null_mut(),
    }
}

/// The part of the next thread. Threads beyond so many share; where an allocation is to fail that was counted in another
/// run, all do.
fn next_part() -> u32 {
    const PARTS: u32 = 16;
    static MADE: AtomicU32 = AtomicU32::new(0);
    match crate::failing::wanted() {
        true => 0,
        false => MADE.fetch_add(1, Ordering::Relaxed) % PARTS,
    }
}

/// Keeps the memory of a thread at its end for the next one.
///
/// # Safety
///
/// `thread` came from [`acquire`], and its thread uses it no more.
#[cold]
pub unsafe fn release(thread: *mut Thread) {
    let _held = WAITING.lock.hold();
    // SAFETY: under the lock, and the memory is nobody's now.
    unsafe {
        (*thread).next = *WAITING.first.get();
        *WAITING.first.get() = thread;
    }
}

/// Around `fork`: the list is whole on both sides.
pub fn hold_for_fork() {
    WAITING.lock.take();
}

/// On both sides of a `fork`.
pub fn let_go_after_fork() {
    WAITING.lock.let_go();
}
