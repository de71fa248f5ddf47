//! Counts what is taken and given back, by site.

use crate::blocks::{self, Cell};
use crate::record::{Kind, Site, State};
use crate::thread::{self, Thread, Words};
use crate::walk::{End, Memory, Recalled, Stack};
use crate::{python, stacks};
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// There is, or was, a second thread: counters are then added to with locked instructions, but for those of a part that
/// is this thread's alone.
pub static THREADED: AtomicBool = AtomicBool::new(false);

/// Adds to a counter, and says what it became.
#[inline]
fn add(counter: &AtomicU64, by: u64, threaded: bool) -> u64 {
    if threaded {
        counter.fetch_add(by, Ordering::Relaxed) + by
    } else {
        let sum = counter.load(Ordering::Relaxed) + by;
        counter.store(sum, Ordering::Relaxed);
        sum
    }
}

/// Adds to a counter that may fall, and says what it became.
#[inline]
fn shift(counter: &AtomicI64, by: i64, threaded: bool) -> i64 {
    if threaded {
        counter.fetch_add(by, Ordering::Relaxed).wrapping_add(by)
    } else {
        let sum = counter.load(Ordering::Relaxed).wrapping_add(by);
        counter.store(sum, Ordering::Relaxed);
        sum
    }
}

/// Whether the last snapshot is still to come. What an interpreter or an exit handler takes to tear down what there is
/// would be the most of many a site, and be the more the more there is.
#[inline]
fn is_at_work() -> bool {
    stacks::header().state.load(Ordering::Relaxed) == State::RUNNING
}

/// One more of a site, of so many bytes, taken by the thread that has this part for itself: how many it was in all.
#[inline]
pub fn took(number: u32, bytes: u64, part: u16) -> u64 {
    let site = stacks::site(number);
    let threaded = THREADED.load(Ordering::Relaxed) && (part == 0 || part != site.part);
    let taken = add(&site.taken, 1, threaded);
    let live = shift(&site.live_bytes, bytes as i64, threaded);
    if live > site.peak_bytes.load(Ordering::Relaxed) && is_at_work() {
        let blocks = taken.wrapping_sub(site.freed.load(Ordering::Relaxed)) as i64;
        more_than_ever(number, live, blocks);
    }
    taken
}

/// So much lives of a site as it seems, before what others gave back of it.
#[inline]
fn more_than_ever(number: u32, mut live: i64, mut blocks: i64) {
    let site = stacks::site(number);
    if thread::is_own(site.part) {
        let given_back = stacks::site(number + 1);
        live = live.wrapping_add(given_back.live_bytes.load(Ordering::Relaxed));
        blocks = blocks.wrapping_sub(given_back.freed.load(Ordering::Relaxed) as i64);
        if live <= site.peak_bytes.load(Ordering::Relaxed) {
            return;
        }
    }
    site.peak_bytes.store(live, Ordering::Relaxed);
    site.peak_blocks.store(blocks, Ordering::Relaxed);
}

/// One of a site given back.
#[inline]
pub fn gave(number: u32, bytes: u64) {
    let site = stacks::site(number);
    if THREADED.load(Ordering::Relaxed) {
        return gave_among_threads(number, bytes);
    }
    add(&site.freed, 1, false);
    shift(&site.live_bytes, -(bytes as i64), false);
}

/// As [`gave`], where other threads may count as well.
#[inline]
fn gave_among_threads(number: u32, bytes: u64) {
    let mut site = stacks::site(number);
    // SAFETY: this thread's own words.
    let part = unsafe { (*thread::words()).part };
    let is_own = part != 0 && part == site.part;
    if !is_own && thread::is_own(site.part) {
        site = stacks::site(number + 1);
    }
    add(&site.freed, 1, !is_own);
    shift(&site.live_bytes, -(bytes as i64), !is_own);
}

/// What a site took has become larger, or smaller.
pub fn grew(site: &Site, by: i64) {
    let live = shift(&site.live_bytes, by, THREADED.load(Ordering::Relaxed));
    if live > site.peak_bytes.load(Ordering::Relaxed) && is_at_work() {
        site.peak_bytes.store(live, Ordering::Relaxed);
    }
}

/// The site in which a block counts that is taken by the stack whose innermost return address lies at `slot`.
///
/// # Safety
///
/// As for [`site_of`].
#[inline(always)]
unsafe fn heap_site_of(words: *mut Words, slot: usize, bp: usize) -> u32 {
    // SAFETY: as the caller promises; the two are apart.
    unsafe {
        let own = (*words).own;
        if own.is_null() {
            return site_of(words, slot, bp, Kind::HEAP);
        }
        // First, so that the processor has both under way at once.
        let frames = (*own).python.walk();
        match (*own).memory.known_site(slot, bp, frames) {
            Some(number) => number,
            None => site_with(own, slot, bp, Kind::HEAP, frames),
        }
    }
}

/// The site of the stack whose innermost return address lies at `slot`.
///
/// # Safety
///
/// `words` are this thread's, it is busy with this, and the frame is live.
#[inline(never)]
pub unsafe fn site_of(words: *mut Words, slot: usize, bp: usize, kind: u32) -> u32 {
    // SAFETY: this thread's own.
    let mut own = unsafe { (*words).own };
    if own.is_null() {
        own = first_use(words);
        if own.is_null() {
            return kind;
        }
    }
    // SAFETY: as the caller promises.
    unsafe {
        let frames = (*own).python.walk();
        site_with(own, slot, bp, kind, frames)
    }
}

/// As [`site_of`], with what stands for the frames of Python.
///
/// # Safety
///
/// As for [`site_of`]; `own` is what the thread has for itself.
#[inline(never)]
unsafe fn site_with(own: *mut Thread, slot: usize, bp: usize, kind: u32, frames: u64) -> u32 {
    // SAFETY: as the caller promises.
    unsafe {
        if kind != Kind::HEAP || !crate::check::wanted() {
            return site_found(own, slot, bp, kind, frames);
        }
        let known = (*own).memory.site_to_check(slot, bp, frames);
        let number = site_found(own, slot, bp, kind, frames);
        if known.is_some_and(|known| !is_one_stack(known, number)) {
            crate::check::differs();
        }
        number
    }
}

/// Whether two sites are of one stack. (They may be parts.)
fn is_one_stack(one: u32, other: u32) -> bool {
    stacks::site(one).node == stacks::site(other).node
}

/// # Safety
///
/// As for [`site_with`].
#[inline(always)]
unsafe fn site_found(own: *mut Thread, slot: usize, bp: usize, kind: u32, frames: u64) -> u32 {
    // SAFETY: as the caller promises; the two are apart.
    unsafe {
        let (memory, python) = (&mut (*own).memory, &mut (*own).python);
        let recalled = if kind == Kind::HEAP {
            memory.recall(slot, bp)
        } else {
            None
        };
        let Some(recalled) = recalled else {
            let (stack, end) = memory.walk(slot, bp);
            let number = match kind {
                Kind::HEAP => stacks::number_of_part(&stack, (frames, python), (*own).part),
                _ => stacks::number_of(&stack, (frames, python), kind),
            };
            note(&stack, end);
            if kind == Kind::HEAP {
                memory.keep_way(bp, frames, number);
            }
            return number;
        };
        match memory.recalled_site(&recalled, frames) {
            Some(number) if !crate::check::wanted() && recalled.end == End::Whole => number,
            known => {
                let part = (*own).part;
                recalled_anew(memory, &recalled, (frames, python), (known, part))
            }
        }
    }
}

/// The site of a way that was gone before, with other frames further out or of Python's.
#[inline(never)]
fn recalled_anew(
    memory: &mut Memory,
    recalled: &Recalled,
    (frames, python): (u64, &mut python::frames::Memory),
    (known, part): (Option<u32>, u16),
) -> u32 {
    let found = known.or_else(|| {
        let (hash, pc) = memory.recalled_hash(recalled);
        stacks::find_part(hash, pc, frames, part)
    });
    let number = match found {
        Some(number) if !crate::check::wanted() => number,
        _ => stacks::number_of_part(&memory.recalled_stack(recalled), (frames, python), part),
    };
    memory.note_site(recalled, frames, number);
    if crate::check::wanted() || recalled.end != End::Whole {
        let stack = memory.recalled_stack(recalled);
        note(&stack, recalled.end);
        if found.is_some_and(|found| !is_one_stack(found, number)) {
            crate::check::differs();
        }
    }
    number
}

/// What is to be said of a stack beside its site.
#[inline]
fn note(stack: &Stack<'_>, end: End) {
    if end != End::Whole {
        note_end(end);
    }
    if crate::check::wanted() {
        // SAFETY: only called at a hook, of which it is the stack.
        unsafe { crate::check::compare(stack, end) };
    }
}

#[cold]
fn note_end(end: End) {
    let header = stacks::header();
    let counter = if end == End::Cut {
        &header.cut
    } else {
        &header.too_deep
    };
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cold]
fn first_use(words: *mut Words) -> *mut Thread {
    // SAFETY: this thread's own words, which have none yet.
    let own = unsafe { thread::acquire(words) };
    if stacks::header().threads.fetch_add(1, Ordering::Relaxed) > 0 {
        THREADED.store(true, Ordering::Relaxed);
    }
    crate::host::note_thread();
    own
}

/// A block was allocated: finds its site and notes it.
///
/// # Safety
///
/// As for [`site_of`].
#[inline(always)]
pub unsafe fn allocated(words: *mut Words, block: usize, bytes: usize, slot: usize, bp: usize) {
    // SAFETY: as the caller promises.
    let number = unsafe { heap_site_of(words, slot, bp) };
    if blocks::put(block, number, bytes) {
        // SAFETY: this thread's own words.
        let taken = took(number, bytes as u64, unsafe { (*words).part });
        if stacks::is_time_to_part(taken) && THREADED.load(Ordering::Relaxed) {
            // SAFETY: as the caller promises.
            unsafe { look_for_own_part(words, number) };
        }
    } else {
        unrecorded();
    }
}

/// What this thread counts a stack in that is used much is looked up anew: it may be a part of the site by now.
///
/// # Safety
///
/// As for [`site_of`].
#[cold]
unsafe fn look_for_own_part(words: *mut Words, number: u32) {
    // SAFETY: this thread's own.
    let Some(own) = (unsafe { (*words).own.as_mut() }) else {
        return;
    };
    if own.part != stacks::site(number).part && stacks::is_to_be_parted(number) {
        own.memory.forget_ways();
    }
}

/// A block is freed, of which the map knew.
#[inline]
pub fn freed(cell: Cell) {
    gave(cell.site(), cell.bytes());
}

/// An allocation that could not be recorded.
#[cold]
pub fn unrecorded() {
    stacks::header().unrecorded.fetch_add(1, Ordering::Relaxed);
}
