//! What glibc's allocator took from the kernel, and how much of it no block fills: by what lies in its heaps.
//!
//! `mallinfo` would tell nearly the same. But it waits for the lock of each arena, which a handler that ends the process
//! may itself have interrupted the owner of; it counts what a thread's cache keeps as in use; and it does not say what of
//! the free memory is resident. So the head of each live block is read instead, through the kernel: other threads may go
//! on and free what is looked at.

use crate::blocks;
use crate::ledger::MAPPINGS;
use crate::record::{Allocator, Header};
use crate::scan::heap::{FLAGS, HEAP, MAPPED, OTHER_ARENA, heap_end, load};
use crate::scan::mappings::{self, BREAK, FILE, Pages, READ, WRITE};
use crate::sys;
use core::ops::Range;
use core::sync::atomic::Ordering;

const PAGE: usize = 4096;
/// Arenas that are told apart; glibc makes eight for each processor.
const ARENAS: usize = 4096;
/// How long it may take, in nanoseconds.
const PATIENCE: u64 = 2_000_000_000;
/// Blocks between two looks at the clock.
const OFTEN: u64 = 4096;
/// Chunks behind the last block that are followed to the end of the heap.
const MOST_BEHIND: usize = 1 << 16;

/// Memory of its own, which is too much for a stack. Zeroes are a value of it.
struct Room {
    window: [u8; PAGE],
    /// The page that lies in the window; 0 for none.
    seen: usize,
    /// Arenas beside the first, and whether any of their blocks lives.
    arenas: [(usize, bool); ARENAS],
    arenas_count: usize,
}

impl Room {
    /// Two words at the address of a chunk: the size of the chunk before, if that is free, and that of this one.
    fn head(&mut self, at: usize) -> Option<[usize; 2]> {
        let page = at & !(PAGE - 1);
        // Not more than the page that has a head in it: to read what was never touched would make it look resident.
        if self.seen != page {
            let there = sys::read_memory(page, &mut self.window);
            self.seen = if there { page } else { 0 };
            if !there {
                return None;
            }
        }
        let from = at - page;
        let word = |from: usize| {
            let bytes = self.window.get(from..from + 8)?;
            Some(usize::from_le_bytes(bytes.try_into().ok()?))
        };
        Some([word(from)?, word(from + 8)?])
    }

    /// Notes an arena, and whether a block of it lives.
    fn arena(&mut self, arena: usize, lives: bool) {
        let known = self.arenas.get_mut(..self.arenas_count);
        let known = known.unwrap_or_default().iter_mut();
        for (address, has) in known {
            if *address == arena {
                *has |= lives;
                return;
            }
        }
        if let Some(place) = self.arenas.get_mut(self.arenas_count) {
            *place = (arena, lives);
            self.arenas_count += 1;
        }
    }
}

/// What live blocks take, in bytes of the heap.
#[derive(Default)]
struct Used {
    /// In the heap that grows by `brk`.
    first: usize,
    /// In others of the first arena.
    elsewhere: usize,
    /// In heaps of other arenas.
    others: usize,
    /// Each mapped by itself.
    mapped: usize,
    /// Resident whole pages between blocks of the first heap that lie next to each other.
    pages: usize,
}

/// Writes the allocator's figures into the record.
pub fn measure(header: &Header, pages: &mut Pages) {
    let Some(room) = sys::reserve(size_of::<Room>()) else {
        return;
    };
    // SAFETY: new memory of that size, and zeroes are a value of it.
    look(header, unsafe { &mut *room.cast::<Room>() }, pages);
    // SAFETY: nobody else knows of it.
    unsafe { sys::unmap(room, size_of::<Room>()) };
}

fn look(header: &Header, room: &mut Room, pages: &mut Pages) {
    let (mut first, mut resident, mut taken, mut others, mut mappings) = (0..0, 0, 0, 0, 0);
    let mut buffer = [0_u8; 2048];
    let whole = mappings::each(&mut buffer, |mapping| {
        mappings += 1;
        if !mapping.has(READ | WRITE) || mapping.has(FILE) {
            return;
        }
        if mapping.has(BREAK) {
            first = mapping.start..mapping.end;
            resident = mappings::resident(first.clone());
            taken += mapping.end - mapping.start;
            return;
        }
        let mut at = mapping.start.div_ceil(HEAP) * HEAP;
        while at < mapping.end {
            // What was never touched is not to be touched by looking.
            let touched = mappings::resident(at..at + PAGE) > 0;
            let heap = touched.then(|| heap_end(at).zip(load(at))).flatten();
            if let Some((end, arena)) = heap {
                taken += end - at;
                others += mappings::resident(at..end);
                room.arena(arena, false);
            }
            at += HEAP;
        }
    });
    header.at_end.mappings.store(mappings, Ordering::Relaxed);
    let mut last = first.start;
    let Some(used) = used(room, &first, &mut last, pages).filter(|_| whole) else {
        return;
    };
    // What the program took by `sbrk` lies there too, and is its own.
    let mut others_of_first = 0;
    MAPPINGS.each(|entry| {
        if first.contains(&entry.key) {
            others_of_first += entry.bytes;
        }
    });
    let first_free = resident.saturating_sub(used.first + others_of_first);
    let others_free = others.saturating_sub(used.others);
    let top = top(room, last, first.end).min(first_free);
    let with_blocks = room.arenas.iter().take(room.arenas_count);
    let with_blocks = with_blocks.filter(|(_, lives)| *lives).count();
    let lives = used.first + used.elsewhere > 0;
    header
        .arenas
        .store(with_blocks as u32 + u32::from(lives), Ordering::Relaxed);
    header
        .arenas_made
        .store(room.arenas_count as u32 + 1, Ordering::Relaxed);
    let into = &header.at_end;
    for (place, bytes) in [
        (&into.allocator_taken, taken + used.elsewhere + used.mapped),
        (
            &into.allocator_used,
            used.first + used.elsewhere + used.others + used.mapped,
        ),
        (&into.allocator_free, first_free + others_free),
        (&into.allocator_top, top),
        (&into.allocator_pages, used.pages.min(first_free - top)),
        (&into.allocator_others, others_free),
    ] {
        place.store(bytes as u64, Ordering::Relaxed);
    }
    header.allocator.store(Allocator::GLIBC, Ordering::Relaxed);
}

/// What the live blocks take, with their heads; `None` where that takes too long. `last` becomes the end of the last one
/// in the first heap.
fn used(
    room: &mut Room,
    first: &Range<usize>,
    last: &mut usize,
    pages: &mut Pages,
) -> Option<Used> {
    let begun = sys::clock(1);
    let mut used = Used::default();
    let (mut seen, mut late) = (0_u64, false);
    let mut heap = 0;
    blocks::each(
        |range, part| pages.each(range, part),
        |address, cell| {
            seen += 1;
            late |= seen.is_multiple_of(OFTEN) && sys::clock(1) - begun > PATIENCE;
            if late {
                return;
            }
            let chunk = address.wrapping_sub(16);
            let Some([before, head]) = room.head(chunk) else {
                return;
            };
            let size = head & !FLAGS;
            let fits = size >= 32
                && size.is_multiple_of(16)
                && size < 1 << 46
                && size - 8 >= cell.bytes() as usize;
            if !fits {
                return;
            }
            if head & MAPPED != 0 {
                used.mapped += size + before.min(size);
            } else if head & OTHER_ARENA != 0 {
                used.others += size;
                if heap != address & !(HEAP - 1) {
                    heap = address & !(HEAP - 1);
                    if let Some(arena) = load(heap) {
                        room.arena(arena, true);
                    }
                }
            } else if first.contains(&address) {
                used.first += size;
                // Blocks come by their addresses, but for a step back where a later part of the addresses was used first.
                let between = last.next_multiple_of(PAGE)..chunk & !(PAGE - 1);
                if between.start < between.end {
                    used.pages += mappings::resident(between);
                }
                *last = (*last).max(chunk + size);
            } else {
                used.elsewhere += size;
            }
        },
    );
    (!late).then_some(used)
}

/// Resident bytes of the chunk that ends the heap, where the chunks behind the last live block lead to it.
fn top(room: &mut Room, last: usize, end: usize) -> usize {
    // What was read before may be of another time.
    room.seen = 0;
    let mut at = last;
    for _ in 0..MOST_BEHIND {
        let Some([_, head]) = room.head(at).filter(|_| at + 32 <= end) else {
            return 0;
        };
        let size = head & !FLAGS;
        if size < 32 || !size.is_multiple_of(16) || size > end - at {
            return 0;
        }
        if at + size == end {
            return mappings::resident(at.next_multiple_of(PAGE)..end);
        }
        at += size;
    }
    0
}
