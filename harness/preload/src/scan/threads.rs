//! The other threads of the process, stopped: each runs a signal's handler, which notes its registers and waits.
//!
//! The signal is one of the two that the libc keeps for itself and that no program can block through it. (It uses it to
//! change the user of all threads.) Ours is told from the libc's by the value that is sent with it, the libc's goes on
//! to its handler, and one that comes too late is passed over by the libc, since it was queued and not sent by `tgkill`.

use super::kernel::{self, Action, Info, QUEUED};
use super::known::RED_ZONE;
use super::task;
use crate::{module, sys, thread};
use core::arch::naked_asm;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// What the libc keeps to change users with. (`SIGSETXID`)
const SIGNAL: usize = 33;
/// Above the round and the number of a slot in the value that goes with the signal.
const OURS: u64 = 0x4852_5343 << 32;
const ROUND_SHIFT: u32 = 24;

/// A thread was asked to stop.
const ASKED: u32 = 1;
/// It has stopped.
pub const STOPPED: u32 = 2;
/// It is gone, or at its very end.
pub const GONE: u32 = 3;
/// It was not asked: its stack has no room for a handler.
const LEFT: u32 = 4;

/// General registers in a slot, without the address of the code: those of `mcontext_t` from `r8` to `rsp`.
pub const REGISTERS: usize = 16;
/// Where in them the stack pointer is.
const STACK_POINTER: usize = 15;
const RAX: usize = 13;
const CODE: usize = 16;

/// A thread.
#[repr(C)]
pub struct Slot {
    /// Its number.
    pub thread: u32,
    /// [`STOPPED`], [`GONE`], or that it did not answer.
    pub state: AtomicU32,
    /// Its registers.
    pub registers: [u64; REGISTERS],
    /// Its vector registers, the lower halves.
    pub vectors: [u64; 32],
    /// Its thread pointer.
    pub pointer: u64,
    /// 1 where it was inside this library, and so may hold a block that is in no list.
    pub inside: u64,
}

impl Slot {
    /// Its stack pointer.
    pub fn stack(&self) -> usize {
        self.registers[STACK_POINTER] as usize
    }
}

/// The slots, and how many are used.
static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(null_mut());
static USED: AtomicUsize = AtomicUsize::new(0);
/// How many have stopped.
static ARRIVED: AtomicU32 = AtomicU32::new(0);
/// At how many the one that waits for them is woken.
static EXPECTED: AtomicU32 = AtomicU32::new(u32::MAX);
/// How many times threads were stopped, and of how many of these they went on.
static ROUND: AtomicU32 = AtomicU32::new(0);
static OVER: AtomicU32 = AtomicU32::new(0);
/// The handler that was there before.
static BEFORE: AtomicUsize = AtomicUsize::new(0);
/// Where the library's code lies.
static CODE_BEGIN: AtomicU64 = AtomicU64::new(0);
static CODE_END: AtomicU64 = AtomicU64::new(0);

/// The registers in what a handler is given. (`ucontext_t` of x86-64)
#[repr(C)]
struct Context {
    head: [u64; 5],
    registers: [u64; 23],
    floating: *const u64,
}

/// Notes the thread's registers and waits.
unsafe extern "C" fn stop(signal: i32, info: *const Info, context: *mut Context) {
    // SAFETY: the kernel's own.
    let (info, context) = unsafe { (&*info, &mut *context) };
    let ours = info.code == QUEUED
        && info.process == sys::process()
        && info.value & (u64::MAX << 32) == OURS;
    if !ours {
        // SAFETY: a handler of the program's or the libc's, with what it would have been given.
        unsafe { pass_on(signal, info, context) };
        return;
    }
    let round = ROUND.load(Ordering::Acquire);
    let said = info.value as u32;
    if OVER.load(Ordering::Acquire) >= round || said >> ROUND_SHIFT != round & 0xFF {
        resume_call(context);
        return;
    }
    let slots = SLOTS.load(Ordering::Acquire);
    let index = (said & ((1 << ROUND_SHIFT) - 1)) as usize;
    if slots.is_null() || index >= USED.load(Ordering::Acquire) {
        return;
    }
    // SAFETY: a slot of this thread's own, which is never unmapped.
    unsafe {
        let slot = slots.add(index);
        for (place, register) in (*slot).registers.iter_mut().zip(&context.registers) {
            *place = *register;
        }
        if !context.floating.is_null() {
            // `XMM0` to `XMM15` in what `fxsave` writes.
            let vectors = context.floating.add(160 / 8);
            for (index, place) in (*slot).vectors.iter_mut().enumerate() {
                *place = vectors.add(index).read();
            }
        }
        (*slot).pointer = thread::pointer() as u64;
        let code = context.registers[CODE];
        let inside =
            (CODE_BEGIN.load(Ordering::Relaxed)..CODE_END.load(Ordering::Relaxed)).contains(&code);
        (*slot).inside = u64::from(inside || (*thread::words()).busy != 0);
        (*slot).state.store(STOPPED, Ordering::Release);
    }
    if ARRIVED.fetch_add(1, Ordering::AcqRel) + 1 == EXPECTED.load(Ordering::Acquire) {
        kernel::wake(&ARRIVED);
    }
    loop {
        let over = OVER.load(Ordering::Acquire);
        if over >= round {
            break;
        }
        kernel::sleep_on(&OVER, over, 1_000_000_000);
    }
    resume_call(context);
}

/// Calls the handler that was there before.
///
/// # Safety
///
/// The arguments are those of the handler.
unsafe fn pass_on(signal: i32, info: &Info, context: &mut Context) {
    type Handler = unsafe extern "C" fn(i32, *const Info, *mut Context);
    let before = BEFORE.load(Ordering::Acquire);
    if before > 1 {
        // SAFETY: it was the action of this signal; one that takes the signal alone passes over the rest.
        unsafe { core::mem::transmute::<usize, Handler>(before)(signal, info, context) };
    }
}

/// Some calls are not gone on with after a handler ran, but fail. Where one was interrupted by ours, it is made again.
fn resume_call(context: &mut Context) {
    const INTERRUPTED: u64 = -4_i64 as u64;
    const SYSCALL: [u8; 2] = [0x0F, 0x05];
    const MOVE_TO_EAX: u8 = 0xB8;
    let code = context.registers[CODE] as usize;
    if context.registers[RAX] != INTERRUPTED {
        return;
    }
    // `mov eax, NUMBER` stands shortly before `syscall` in the libc, with moves of arguments between the two at most.
    const LOOKED_AT: usize = 24;
    let mut before = [0_u8; LOOKED_AT];
    if !sys::read_memory(code.wrapping_sub(LOOKED_AT), &mut before) || !before.ends_with(&SYSCALL) {
        return;
    }
    let number = before.windows(5).rev().find_map(|bytes| match *bytes {
        [MOVE_TO_EAX, a, b, 0, 0] => Some(u32::from_le_bytes([a, b, 0, 0])),
        _ => None,
    });
    if let Some(number) = number.filter(|number| may_repeat(*number)) {
        context.registers[RAX] = u64::from(number);
        context.registers[CODE] -= 2;
    }
}

/// Whether a call that was interrupted has done nothing yet.
fn may_repeat(number: u32) -> bool {
    matches!(
        number,
        // read, write, poll, and those with vectors
        0 | 1 | 7 | 19 | 20
            // select, pause, nanosleep, accept, sends and receives
            | 23 | 34 | 35 | 43
            ..=47
            // semop, msgsnd, msgrcv, sigtimedwait, sigsuspend, futex
            | 65 | 69 | 70 | 128 | 130 | 202
            // io_getevents, semtimedop, clock_nanosleep, epoll_wait, mq_timedsend, mq_timedreceive, waitid
            | 208 | 220 | 230 | 232 | 242 | 243 | 247
            // pselect, ppoll, epoll_pwait, accept4, recvmmsg, epoll_pwait2
            | 270 | 271 | 281 | 288 | 299 | 441
    )
}

/// What the handler returns to, in the very bytes by which debuggers and unwinders know it.
#[unsafe(naked)]
unsafe extern "C" fn restore() {
    naked_asm!("mov rax, 15", "syscall")
}

/// The other threads, from [`stop_all`] to [`Others::go_on`].
pub struct Others {
    before: Option<Action>,
    /// How many did not stop.
    pub missing: u32,
}

/// Memory for the slots of so many threads; `None` without any.
pub fn prepare(threads: usize) -> Option<usize> {
    let room = threads * 2 + 64;
    let slots = sys::reserve(room * size_of::<Slot>())?;
    SLOTS.store(slots.cast(), Ordering::Release);
    USED.store(0, Ordering::Release);
    ARRIVED.store(0, Ordering::Release);
    ROUND.fetch_add(1, Ordering::AcqRel);
    if let Some(own) = module::at(stop as *const () as usize) {
        CODE_BEGIN.store(own.start as u64, Ordering::Relaxed);
        CODE_END.store(own.end as u64, Ordering::Relaxed);
    }
    Some(room)
}

/// Notes the thread that calls, whose frames begin at `bottom`: the first slot is its.
pub fn note_own(bottom: usize) {
    let slots = SLOTS.load(Ordering::Acquire);
    // SAFETY: the first of the prepared ones.
    unsafe {
        (*slots).thread = sys::thread();
        (*slots).pointer = thread::pointer() as u64;
        // What lies below the stack pointer is looked at too, as far as a leaf may use it; here there is no leaf.
        (*slots).registers[STACK_POINTER] = (bottom + RED_ZONE) as u64;
        (*slots).state.store(STOPPED, Ordering::Release);
    }
    USED.store(1, Ordering::Release);
}

/// The threads that were noted.
pub fn slots() -> &'static [Slot] {
    let slots = SLOTS.load(Ordering::Acquire);
    if slots.is_null() {
        return &[];
    }
    // SAFETY: so many were written, and they are never unmapped.
    unsafe { core::slice::from_raw_parts(slots, USED.load(Ordering::Acquire)) }
}

/// Nothing has moved for so long: what has not stopped will not. Nanoseconds.
const PATIENCE: u64 = 200_000_000;
/// However slowly they come, no longer than this.
const LONGEST: u64 = 2_000_000_000;

/// Stops the others. `room` is what [`prepare`] said.
pub fn stop_all(room: usize) -> Others {
    let mut others = Others {
        before: None,
        missing: 0,
    };
    let begun = sys::clock(1);
    // Those who stop start no others, so nobody new is there at some point.
    loop {
        let before = USED.load(Ordering::Relaxed);
        let whole = list(room);
        let used = USED.load(Ordering::Relaxed);
        if used == before {
            others.missing = missing() + u32::from(!whole);
            break;
        }
        if others.before.is_none() {
            let new = Action {
                handler: stop as *const () as usize,
                flags: INFO | ON_STACK | RESTART | RESTORER,
                restorer: restore as *const () as usize,
                mask: u64::MAX,
            };
            // SAFETY: `stop` is a handler. It must know the one before it from its first moment.
            unsafe {
                let known = kernel::action(SIGNAL, None);
                let known = known.map_or(0, |known| known.handler);
                // It stays where it stood before none.
                if known != new.handler {
                    BEFORE.store(known, Ordering::Release);
                }
                others.before = kernel::action(SIGNAL, Some(&new));
            }
            if others.before.is_none() {
                others.missing = used as u32 - 1;
                break;
            }
        }
        ask(before, used, begun);
        if !await_all(begun) || !whole {
            others.missing = missing() + u32::from(!whole);
            break;
        }
    }
    others
}

const INFO: u64 = 4;
const ON_STACK: u64 = 0x0800_0000;
const RESTART: u64 = 0x1000_0000;
const RESTORER: u64 = 0x0400_0000;

/// Gives each thread that has no slot yet one; `false` where they cannot all be listed.
fn list(room: usize) -> bool {
    let known = USED.load(Ordering::Relaxed);
    let mut next = 1;
    let mut whole = true;
    whole &= task::each(|thread| whole &= add(thread, &mut next, known, room));
    whole
}

/// Adds a thread, unless it has one of the first `known` slots; `false` without room. They are listed in the order in
/// which they were listed before, so it is looked for at `next` at first.
fn add(thread: u32, next: &mut usize, known: usize, room: usize) -> bool {
    let slots = slots().get(..known).unwrap_or_default();
    let is_it = |slot: &&Slot| slot.thread == thread;
    if slots.first().filter(is_it).is_some() {
        return true;
    }
    if slots.get(*next).filter(is_it).is_some() {
        *next += 1;
        return true;
    }
    if slots.iter().any(|slot| slot.thread == thread) {
        return true;
    }
    let used = USED.load(Ordering::Relaxed);
    if used >= room {
        return false;
    }
    // SAFETY: nobody knows of the slot yet.
    unsafe {
        let slot = SLOTS.load(Ordering::Relaxed).add(used);
        (*slot).thread = thread;
        (*slot).state.store(ASKED, Ordering::Release);
    }
    USED.store(used + 1, Ordering::Release);
    true
}

/// Sends the signal to the threads of some slots.
fn ask(first: usize, end: usize, begun: u64) {
    const TRY_AGAIN: isize = -11;
    /// With more threads than these it would take too long.
    const LOOKED_AT: usize = 1000;
    let round = ROUND.load(Ordering::Relaxed);
    for (index, slot) in slots().iter().enumerate().take(end).skip(first) {
        if index < LOOKED_AT
            && let Some(stack) = task::stack_without_room(slot.thread)
        {
            leave(index, stack);
            continue;
        }
        loop {
            let value = OURS | u64::from(round << ROUND_SHIFT) | index as u64;
            let sent = kernel::send(slot.thread, SIGNAL, value);
            // So many signals wait already that there is no room for this one: those who have stopped make some.
            if sent == TRY_AGAIN && sys::clock(1) - begun < LONGEST {
                kernel::sleep_on(&ARRIVED, ARRIVED.load(Ordering::Acquire), 100_000);
                continue;
            }
            if sent < 0 && sent != TRY_AGAIN {
                slot.state.store(GONE, Ordering::Release);
            }
            break;
        }
    }
}

/// Leaves a thread alone, of which only the stack pointer is known.
fn leave(index: usize, stack: usize) {
    // SAFETY: a slot that is used, whose thread will not write it.
    unsafe {
        let slot = SLOTS.load(Ordering::Relaxed).add(index);
        (*slot).registers[STACK_POINTER] = stack as u64;
        (*slot).state.store(LEFT, Ordering::Release);
    }
}

/// How many were asked and have not stopped.
fn waiting() -> u32 {
    let asked = |slot: &&Slot| slot.state.load(Ordering::Acquire) == ASKED;
    slots().iter().filter(asked).count() as u32
}

/// How many have not stopped and are still there.
fn missing() -> u32 {
    let missing = |slot: &&Slot| matches!(slot.state.load(Ordering::Acquire), ASKED | LEFT);
    slots().iter().filter(missing).count() as u32
}

/// Waits until all have stopped; `false` where some do not.
fn await_all(begun: u64) -> bool {
    let mut moved = sys::clock(1);
    let mut left = u32::MAX;
    loop {
        let arrived = ARRIVED.load(Ordering::Acquire);
        let waiting = waiting();
        if waiting == 0 {
            return true;
        }
        EXPECTED.store(arrived + waiting, Ordering::Release);
        let now = sys::clock(1);
        if waiting < left {
            left = waiting;
            moved = now;
        }
        if now - moved > PATIENCE {
            // On a busy machine some had no turn yet.
            if !may_come() {
                return false;
            }
            moved = now;
        }
        if now - begun > LONGEST {
            return false;
        }
        let seen = ARRIVED.load(Ordering::Acquire);
        if seen == arrived {
            kernel::sleep_on(&ARRIVED, seen, 2_000_000);
            if ARRIVED.load(Ordering::Acquire) == seen {
                drop_the_dead();
            }
        }
    }
}

/// Whether one of those that have not stopped would run if it could.
fn may_come() -> bool {
    let asked = |slot: &&Slot| slot.state.load(Ordering::Acquire) == ASKED;
    let mut waiting = slots().iter().filter(asked);
    waiting.any(|slot| task::can_run(slot.thread))
}

/// Threads that end do not answer.
fn drop_the_dead() {
    for slot in slots() {
        if slot.state.load(Ordering::Acquire) == ASKED
            && (!kernel::is_there(slot.thread) || task::has_ended(slot.thread))
        {
            let _ = slot
                .state
                .compare_exchange(ASKED, GONE, Ordering::AcqRel, Ordering::Relaxed);
        }
    }
}

impl Others {
    /// Has them go on.
    pub fn go_on(self) {
        OVER.store(ROUND.load(Ordering::Relaxed), Ordering::Release);
        kernel::wake(&OVER);
        match self.before {
            // Were a signal still to come, the default would end the program: the handler stays.
            Some(before) if before.handler > 1 => {
                // SAFETY: as it was.
                unsafe { kernel::action(SIGNAL, Some(&before)) };
            }
            _ => {}
        }
    }
}
