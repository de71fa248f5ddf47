//! What each thread has for itself: two words in its static storage, and behind one of them its remembered stack.

use crate::lock::Lock;
use crate::walk::Memory;
use crate::{python, sys};
use core::arch::{asm, global_asm};
use core::ptr::null_mut;

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
    pub busy: u16,
    /// The part of sites that this thread alone counts in; 0 where it has none.
    pub part: u16,
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
    pub part: u16,
    /// The next one that waits for a thread.
    next: *mut Thread,
}

/// What threads leave to others, and what they share.
struct Waiting {
    lock: Lock,
    first: core::cell::UnsafeCell<*mut Thread>,
    parts: core::cell::UnsafeCell<Parts>,
}

// SAFETY: all of it is touched under its lock.
unsafe impl Sync for Waiting {}

/// Which parts of sites have a thread.
struct Parts {
    /// A bit for each of the first [`OWN_PARTS`].
    taken: u32,
    /// How often one of those behind them was given.
    shared: u16,
}

/// So many threads at once have parts of sites that are theirs alone, from 1: they count there without a locked
/// instruction, since what is given back by others is counted apart. Each site that is used much may have all of these
/// parts, which is what limits their number.
const OWN_PARTS: u16 = 15;
/// Threads beyond those share so many parts.
const SHARED_PARTS: u16 = 16;

/// Whether a part is that of one thread alone.
#[inline]
pub fn is_own(part: u16) -> bool {
    (1..=OWN_PARTS).contains(&part)
}

impl Parts {
    fn give(&mut self) -> u16 {
        // Where an allocation is to fail that was counted in another run, all count in one.
        if crate::failing::wanted() {
            return 0;
        }
        let first = (self.taken | 1).trailing_ones() as u16;
        if is_own(first) {
            self.taken |= 1 << first;
            return first;
        }
        self.shared = (self.shared + 1) % SHARED_PARTS;
        OWN_PARTS + 1 + self.shared
    }

    fn take_back(&mut self, part: u16) {
        if is_own(part) {
            self.taken &= !(1 << part);
        }
    }
}

/// Those of ended threads.
static WAITING: Waiting = Waiting {
    lock: Lock::new(),
    first: core::cell::UnsafeCell::new(null_mut()),
    parts: core::cell::UnsafeCell::new(Parts {
        taken: 0,
        shared: 0,
    }),
};

/// Gives a thread its memory, perhaps that of one that ended, and its part; null without room.
///
/// # Safety
///
/// `words` are this thread's, and have no memory yet.
#[cold]
pub unsafe fn acquire(words: *mut Words) -> *mut Thread {
    let _held = WAITING.lock.hold();
    // SAFETY: under the lock, and what is in the list is whole and used by nobody; all zero is an empty memory.
    unsafe {
        let mut own = *WAITING.first.get();
        if own.is_null() {
            match sys::reserve(size_of::<Thread>()) {
                Some(new) => own = new.cast(),
                None => return null_mut(),
            }
        } else {
            *WAITING.first.get() = (*own).next;
            (*own).memory.forget();
            (*own).python.forget();
        }
        let part = (*WAITING.parts.get()).give();
        (*own).part = part;
        (*words).part = if is_own(part) { part } else { 0 };
        (*words).own = own;
        own
    }
}

/// Keeps the memory of a thread at its end for the next one, and its part. What it counts later it counts as others do.
///
/// # Safety
///
/// `words` are this thread's.
#[cold]
pub unsafe fn release(words: *mut Words) {
    let _held = WAITING.lock.hold();
    // SAFETY: under the lock, and the memory is nobody's from now on.
    unsafe {
        let own = core::mem::replace(&mut (*words).own, null_mut());
        (*words).part = 0;
        if !own.is_null() {
            (*WAITING.parts.get()).take_back((*own).part);
            (*own).next = *WAITING.first.get();
            *WAITING.first.get() = own;
        }
    }
}

/// In the child of a `fork`, whose only thread this is: the parts of all others are free.
///
/// # Safety
///
/// `words` are this thread's.
pub unsafe fn alone(words: *mut Words) {
    let _held = WAITING.lock.hold();
    // SAFETY: under the lock.
    unsafe { (*WAITING.parts.get()).taken = 1 << (*words).part };
}

/// Around `fork`: the list is whole on both sides.
pub fn hold_for_fork() {
    WAITING.lock.take();
}

/// On both sides of a `fork`.
pub fn let_go_after_fork() {
    WAITING.lock.let_go();
}
