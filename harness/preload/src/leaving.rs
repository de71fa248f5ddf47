//! How far the process has come: it runs, it was looked at for the last time, it ends, or it became another program.

use crate::record::{Header, State};
use crate::{host, python, scan, snapshot, stacks, sys, thread};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// 1 while the last snapshot is taken.
static SNAPSHOT: AtomicU32 = AtomicU32::new(0);

/// Calls `$to` with the argument of the caller and with where the caller's frame ends.
///
/// The registers that belong to the caller are put below the caller's frame: from there on the stack is the program's,
/// and what holds blocks in it is not mixed up with frames of the library.
macro_rules! below_the_caller {
    ($to:ident) => {
        core::arch::naked_asm!(
            "push rbp",
            "push rbx",
            "push r12",
            "push r13",
            "push r14",
            "push r15",
            "mov rsi, rsp",
            "sub rsp, 8",
            "call {to}",
            "add rsp, 56",
            "ret",
            to = sym $to,
        )
    };
}

/// The process is about to end with a code: the last snapshot, once, before anything is torn down.
#[unsafe(naked)]
pub extern "C" fn leaving(code: i32) {
    below_the_caller!(leave)
}

/// An interpreter in the process is about to free what it holds: the last snapshot, once. Whether it was taken. How the
/// process ends is not known yet, and it may go on.
#[unsafe(naked)]
pub extern "C" fn looking() -> bool {
    below_the_caller!(look)
}

/// A connection was taken. A process that serves may be asked for its last look then, by who is about to end it with a
/// signal that it does not handle.
pub fn accepted() {
    const ASKED: u32 = 1;
    const TAKEN: u32 = 2;
    if !host::recording() || stacks::header().asked.load(Ordering::Relaxed) != ASKED {
        return;
    }
    // SAFETY: this thread's own words.
    let is_busy = unsafe { (*thread::words()).busy } != 0;
    let Some(header) = own_header().filter(|_| !is_busy) else {
        return;
    };
    let is_first = header.asked.swap(TAKEN, Ordering::Relaxed) == ASKED;
    if is_first && !python::look_soon() {
        looking();
    }
}

/// The program's frames begin at `bottom`.
extern "C" fn leave(code: i32, bottom: usize) {
    let Some(header) = own_header() else { return };
    if goes(header, State::RUNNING, State::LEAVING) {
        header.exit_code.store(code as u32, Ordering::Relaxed);
        take_snapshot(bottom);
    } else if goes(header, State::LOOKED, State::LEAVING) {
        header.exit_code.store(code as u32, Ordering::Relaxed);
        if went_on() {
            header.python_collected.store(0, Ordering::Relaxed);
            scan::forget();
            take_snapshot(bottom);
        }
    } else {
        // Another thread ends the process too: what it looks at stays until it is done. Unless it is this one, which a
        // handler interrupted.
        let words = thread::words();
        // SAFETY: this thread's own.
        while unsafe { (*words).busy } == 0 && SNAPSHOT.load(Ordering::Acquire) == 1 {
            sys::wait(&SNAPSHOT, 1);
        }
    }
}

/// The program's frames begin at `bottom`.
extern "C" fn look(_: usize, bottom: usize) -> bool {
    let looked = own_header().is_some_and(|header| goes(header, State::RUNNING, State::LOOKED));
    if looked {
        take_snapshot(bottom);
        TAKEN.store(taken(), Ordering::Relaxed);
    }
    looked
}

/// The record, if it is this process's. (A child of `vfork` lives in its parent's memory: its end is not the parent's.)
fn own_header() -> Option<&'static Header> {
    if !host::recording() {
        return None;
    }
    let header = stacks::header();
    (header.pid == sys::process()).then_some(header)
}

/// Goes from one state to another, if it is in the one.
fn goes(header: &Header, from: u32, to: u32) -> bool {
    let change = header
        .state
        .compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);
    change.is_ok()
}

fn take_snapshot(bottom: usize) {
    let words = thread::words();
    SNAPSHOT.store(1, Ordering::Release);
    // SAFETY: this thread's own.
    unsafe { (*words).busy += 1 };
    snapshot::take(bottom);
    // SAFETY: as above.
    unsafe { (*words).busy -= 1 };
    SNAPSHOT.store(0, Ordering::Release);
}

/// What had been taken at a look, by [`taken`].
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// Blocks and all else that was taken so far.
fn taken() -> u64 {
    let sites = 0..stacks::header().sites.load(Ordering::Acquire);
    sites
        .map(|number| stacks::site(number).taken.load(Ordering::Relaxed))
        .sum()
}

/// Whether the program had most of its life before it when the interpreter was done: a host for which that was one task
/// of several. What an interpreter takes to end is little beside what it took to work.
fn went_on() -> bool {
    let looked = TAKEN.load(Ordering::Relaxed);
    taken().saturating_sub(looked) > looked
}

/// The process is about to become another program: `false` where it is not this process that does.
pub fn replacing() -> bool {
    let Some(header) = own_header() else {
        return false;
    };
    [State::RUNNING, State::LOOKED].into_iter().any(|from| {
        let replaced = goes(header, from, State::REPLACED);
        if replaced {
            BEFORE.store(from, Ordering::Relaxed);
        }
        replaced
    })
}

/// The state before the process was to become another program.
static BEFORE: AtomicU32 = AtomicU32::new(State::RUNNING);

/// It did not become another program after all.
pub fn not_replaced() {
    goes(
        stacks::header(),
        State::REPLACED,
        BEFORE.load(Ordering::Relaxed),
    );
}
