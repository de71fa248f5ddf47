//! Who called a hook that is an ordinary function: its stack, without the frames of this library.

use crate::rule::Rule;
use crate::step::At;
use crate::{host, rules, tally, thread};
use core::arch::asm;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Where this library's code is.
static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// Notes where this library's code is.
pub fn begin() {
    if let Some(own) = crate::module::at(begin as *const () as usize) {
        START.store(own.start, Ordering::Relaxed);
        END.store(own.end, Ordering::Relaxed);
    }
}

/// Runs something while the library works in this thread, so that what it calls is passed through. `None` where it works
/// already, or where nothing is recorded.
#[inline]
pub fn busy<T>(work: impl FnOnce() -> T) -> Option<T> {
    let words = thread::words();
    // SAFETY: this thread's own words.
    unsafe {
        if (*words).busy != 0 || !host::ready() {
            return None;
        }
        (*words).busy = 1;
        let result = work();
        (*words).busy = 0;
        Some(result)
    }
}

/// As [`busy`], for what belongs to a process and not to its memory: not in a child that borrows this process's.
#[inline]
pub fn busy_at_home<T>(work: impl FnOnce() -> T) -> Option<T> {
    // SAFETY: this thread's own words.
    if unsafe { (*thread::words()).lent } != 0 {
        return None;
    }
    busy(work)
}

/// The site of whoever called this library, for a kind of thing. Only within [`busy`].
#[inline(never)]
pub fn site(kind: u32) -> u32 {
    let (pc, sp, bp): (usize, usize, usize);
    // SAFETY: it reads three registers.
    unsafe {
        asm!(
            "lea {pc}, [rip]",
            "mov {sp}, rsp",
            "mov {bp}, rbp",
            pc = out(reg) pc,
            sp = out(reg) sp,
            bp = out(reg) bp,
            options(nomem, nostack, preserves_flags),
        );
    }
    // This frame as if it had been called from here: what its rule needs is where its stack pointer is.
    let mut at = At {
        slot: sp - 8,
        pc: pc as u64 + 1,
        bp,
    };
    let own = START.load(Ordering::Relaxed)..END.load(Ordering::Relaxed);
    let top = sp + (64 << 10);
    while own.contains(&(at.pc as usize - 1)) {
        let rule: Rule = rules::of(at.pc - 1);
        // SAFETY: the library's own frames are small, and the caller's lies above them.
        if !unsafe { at.leave(rule, top) } {
            return kind;
        }
    }
    // SAFETY: the frame of the caller is live.
    unsafe { tally::site_of(thread::words(), at.slot, at.bp, kind) }
}
