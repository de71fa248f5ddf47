//! Lost or held: what points to each live block at the last snapshot, without another program that watches.
//!
//! 1. The other threads stop, each in a signal's handler that notes its registers (`threads`).
//! 2. The process is copied, and the threads go on. The copy has the memory as it was in that moment.
//! 3. The copy reads what is mapped (`mappings`), sorts the live blocks (`index`), leaves out what is no root (`heap`,
//!    `roots`), marks what is held as valgrind's memcheck does (`mark`), adds what is not to the record, which both
//!    share, and ends.
//!
//! What an allocator took from the kernel holds nothing but what its live blocks do: of glibc's that is told by its
//! structure, of others that are known by what their code maps (`reserves`). Only live blocks are looked into. What
//! memcheck sees and this does not is which words were never written: a pointer that is left in them from before holds a
//! block here.

pub mod array;
pub mod heap;
mod index;
pub mod kernel;
mod known;
pub mod mappings;
mod mark;
mod roots;
mod task;
mod threads;

use crate::record::{LOST, Lost, Scan, Trouble};
use crate::{reserves, stacks, sys};
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use known::Known;
use mappings::{Mapping, Pages, READ, VAST, WRITE};

/// How long the process, which is at its end, waits for its copy: so much of its processor time in nanoseconds, and so
/// much more for each byte that it has in memory, since all of it may have to be read.
const PATIENCE: u64 = 6_000_000_000;
const PATIENCE_PER_BYTE: u64 = 2;
/// However busy the machine is, no longer than so many times that.
const BUSY: u64 = 5;
/// The copy's own stack.
const STACK: usize = 256 << 10;
/// Room for what is mapped, in mappings.
const MAPPINGS: usize = 1 << 18;
const BUFFER: usize = 64 << 10;

/// Memory for the copy, which it could not get without changing what it looks at.
static ROOM: AtomicPtr<Room> = AtomicPtr::new(core::ptr::null_mut());
static COPY: AtomicBool = AtomicBool::new(false);

#[repr(C)]
struct Room {
    known: core::mem::MaybeUninit<Known>,
    buffer: [u8; BUFFER],
    stack: [u8; STACK],
    /// What was mapped before the copy was made, and how many.
    before: [Mapping; MAPPINGS],
    before_count: usize,
    /// What is mapped in the copy.
    mappings: [Mapping; MAPPINGS],
    withheld: *mut Withheld,
}

/// Memory that the program does not want to go to its children: a first copy finds what it lacks, and the second one
/// gets it.
#[repr(C)]
struct Withheld {
    count: AtomicUsize,
    ranges: [[AtomicUsize; 2]; WITHHELD],
}

const WITHHELD: usize = 4095;

impl Withheld {
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let count = self.count.load(Ordering::Acquire);
        let ranges = self.ranges.iter().take(count);
        ranges.map(|[start, end]| start.load(Ordering::Relaxed)..end.load(Ordering::Relaxed))
    }

    /// Notes what was mapped before and is not now; whether there is any.
    fn note(&self, before: &[Mapping], now: &[Mapping]) -> bool {
        let mut count = 0;
        for mapping in before.iter().filter(|mapping| mapping.may_hold()) {
            if mappings::at(now, mapping.start).is_some() {
                continue;
            }
            if let Some([start, end]) = self.ranges.get(count) {
                start.store(mapping.start, Ordering::Relaxed);
                end.store(mapping.end, Ordering::Relaxed);
            }
            count += 1;
        }
        self.count.store(count.min(WITHHELD), Ordering::Release);
        count > 0
    }
}

/// Whether this is the copy that scans.
pub fn is_copy() -> bool {
    COPY.load(Ordering::Relaxed)
}

/// Scans. The frames of the calling thread begin at `bottom`.
pub fn run(bottom: usize) {
    let header = stacks::header();
    let verdict = |verdict: u32| header.scan.store(verdict, Ordering::Release);
    header.scan_unstopped.store(0, Ordering::Relaxed);
    header.scan_pause.store(0, Ordering::Relaxed);
    // Where memory cannot be copied, as in some containers, roots cannot be read.
    if !sys::read_memory(bottom, &mut [0; 8]) {
        return verdict(Scan::REFUSED);
    }
    let (Some(room), Some(withheld)) = (
        sys::reserve(size_of::<Room>()),
        kernel::share(size_of::<Withheld>()),
    ) else {
        return verdict(Scan::REFUSED);
    };
    let room: *mut Room = room.cast();
    // SAFETY: new memory, large enough.
    unsafe { (*room).withheld = withheld.cast() };
    ROOM.store(room, Ordering::Release);
    for last in [false, true] {
        // SAFETY: as above.
        let again = unsafe { copy_and_scan(bottom, &mut *room, last) };
        if !again {
            break;
        }
    }
    ROOM.store(core::ptr::null_mut(), Ordering::Release);
    // SAFETY: the copies have ended, and nobody else knows of it. (Slots stay: a thread may still be on its way to its
    // own.)
    unsafe {
        sys::unmap(room.cast(), size_of::<Room>());
        sys::unmap(withheld, size_of::<Withheld>());
    }
}

/// Makes a copy that scans, and waits for it; whether it must be made again, with more memory. `last` where not.
fn copy_and_scan(bottom: usize, room: &mut Room, last: bool) -> bool {
    let header = stacks::header();
    let verdict = |verdict: u32| header.scan.store(verdict, Ordering::Release);
    let threads = header.at_end.threads.load(Ordering::Relaxed).max(1) as usize;
    let Some(slots) = threads::prepare(threads) else {
        verdict(Scan::REFUSED);
        return false;
    };
    threads::note_own(bottom);
    let known = room.known.write(Known::now());
    room.before_count = mappings::read(&mut room.before, &mut room.buffer).unwrap_or(0);
    // SAFETY: shared with the copies, which have ended or are not made yet.
    let withheld = unsafe { &*room.withheld };

    // A handler of the program's must not run while the others stand still: it may wait for one of them.
    let mask = kernel::set_mask(u64::MAX);
    let begun = sys::clock(1);
    let held = reserves::hold();
    let others = threads::stop_all(slots);
    let missing = others.missing;
    header.scan_unstopped.store(missing, Ordering::Relaxed);
    known.whole = missing == 0;
    known.last = last;
    verdict(Scan::BROKEN);
    withheld
        .ranges()
        .for_each(|range| kernel::copy_too(&range, true));
    // SAFETY: the stack is the copy's, and `scan` keeps to what is allowed.
    let copy = unsafe { kernel::copy_process((&raw const room.stack) as usize + STACK, scan) };
    withheld
        .ranges()
        .for_each(|range| kernel::copy_too(&range, false));
    if held {
        reserves::let_go();
    }
    others.go_on();
    header
        .scan_pause
        .fetch_add(sys::clock(1) - begun, Ordering::Relaxed);
    kernel::set_mask(mask);
    if copy < 0 {
        verdict(Scan::REFUSED);
        return false;
    }
    wait_for(copy);
    !last && withheld.count.load(Ordering::Acquire) > 0
}

/// Takes back what an earlier scan said of each site.
pub fn forget() {
    let header = stacks::header();
    let count = header.sites.load(Ordering::Acquire) as usize;
    // SAFETY: within the record.
    let lost = unsafe { stacks::BASE.load(Ordering::Relaxed).add(LOST) };
    let bytes = (count * size_of::<Lost>()).next_multiple_of(4096);
    let scanned = header.scan.swap(Scan::NONE, Ordering::AcqRel) != Scan::NONE;
    if scanned && sys::populate(lost, bytes).is_ok() {
        // SAFETY: as above, and the pages are there. All bytes zero is nothing lost, and no copy that scans is left.
        unsafe { lost.write_bytes(0, bytes) };
    }
}

/// Waits for a copy of the process, and ends it by force where it takes too long.
pub fn wait_for(copy: isize) {
    let begun = sys::clock(1);
    let nobody = AtomicU32::new(0);
    let patience = patience(stacks::header().at_end.resident.load(Ordering::Relaxed));
    let mut nap = 100_000;
    loop {
        match kernel::is_over(copy) {
            Ok(false) => {}
            Ok(true) | Err(()) => return,
        }
        if kernel::time_of(copy) > patience || sys::clock(1) - begun > BUSY * patience {
            kernel::kill(copy);
        }
        kernel::sleep_on(&nobody, 0, nap);
        nap = (nap + nap / 4).min(5_000_000);
    }
}

/// How long a copy of a process with so many bytes in memory may take, of its processor time.
fn patience(resident: u64) -> u64 {
    PATIENCE + PATIENCE_PER_BYTE * resident.min(1 << 40)
}

/// In the copy of the process: scans, writes what is lost, and ends.
extern "C" fn scan() -> ! {
    COPY.store(true, Ordering::Relaxed);
    kernel::end_with_parent();
    let header = stacks::header();
    if sys::parent() != header.pid {
        // It has ended already.
        sys::end(0);
    }
    kernel::end_before_others();
    if let Some(verdict) = try_scan() {
        header.scan_time.store(sys::clock(2), Ordering::Relaxed);
        header.scan.store(verdict, Ordering::Release);
    }
    sys::end(0)
}

fn try_scan() -> Option<u32> {
    // SAFETY: made before the copy was, and used by nobody else in it.
    let room = unsafe { ROOM.load(Ordering::Acquire).as_mut() }?;
    // SAFETY: written before the copy was made.
    let known = unsafe { room.known.assume_init_ref() };
    let count = mappings::read(&mut room.mappings, &mut room.buffer)?;
    let mappings = room.mappings.get(..count)?;
    let before = room.before.get(..room.before_count)?;
    // SAFETY: made before the copy was, and shared with the process.
    let withheld = unsafe { (*room.withheld).note(before, mappings) };
    if withheld && !known.last {
        return None;
    }
    let mut pages = Pages::new();
    kernel::leave_no_core();
    let index = index::Index::new(if known.of_glibc { 5 } else { 3 }, &mut pages)?;
    let mut marker = mark::Marker::new(&index, mappings, pages)?;
    roots::mark(&mut marker, mappings, &index, threads::slots(), known)?;
    marker.lose();
    if marker.failed {
        return None;
    }
    write(&index, &marker.classes)?;
    let vast = |mapping: &Mapping| mapping.has(VAST | READ | WRITE);
    let whole = known.whole && !withheld && !mappings.iter().any(vast);
    if whole && !marker.lacks_blocks() {
        Some(Scan::DONE)
    } else {
        Some(Scan::DOUBTFUL)
    }
}

/// Adds what is lost to the record.
fn write(index: &index::Index, classes: &[u8]) -> Option<()> {
    let header = stacks::header();
    let sites = header.sites.load(Ordering::Acquire);
    // SAFETY: within the record.
    let lost = unsafe { stacks::BASE.load(Ordering::Relaxed).add(LOST) };
    let bytes = (sites as usize * size_of::<Lost>()).div_ceil(4096) * 4096;
    if sys::populate(lost, bytes).is_err() {
        header
            .trouble
            .fetch_or(Trouble::DISK_FULL, Ordering::Relaxed);
        return None;
    }
    for (block, class) in index.blocks.iter().zip(classes) {
        if block.site() >= sites {
            continue;
        }
        // SAFETY: one for each site, and their pages are there.
        let lost = unsafe { &*lost.cast::<Lost>().add(block.site() as usize) };
        let (bytes, blocks) = match *class {
            mark::UNREACHED => (&lost.definite_bytes, &lost.definite_blocks),
            mark::INDIRECT => (&lost.indirect_bytes, &lost.indirect_blocks),
            mark::POSSIBLE => (&lost.possible_bytes, &lost.possible_blocks),
            _ => continue,
        };
        bytes.fetch_add(block.bytes() as u64, Ordering::Relaxed);
        blocks.fetch_add(1, Ordering::Relaxed);
    }
    Some(())
}
