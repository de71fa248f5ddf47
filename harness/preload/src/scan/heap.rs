//! Where the allocator's memory lies: what is free in it still has the pointers of when it was in use, and the
//! allocator's own lists point to what is free. So it is no root.
//!
//! Of glibc's allocator the structure is known, and read as it lies there: from the size before each block to the next
//! one in the heap that grows, from the head of each of the heaps of other threads, and from the size of what was mapped
//! for one block alone. What does not look as it should is taken to be the program's.

use super::array::Array;
use super::index::Index;
use super::mappings::{self, BREAK, DEVICE, FILE, Mapping, READ, WRITE};
use crate::sys;
use core::ops::Range;

/// Heaps of other threads lie at multiples of this.
pub const HEAP: usize = 64 << 20;
/// In a chunk's size: it was mapped by itself.
pub const MAPPED: usize = 2;
/// It lies in another thread's heap.
pub const OTHER_ARENA: usize = 4;
/// Both, and that the chunk before is in use.
pub const FLAGS: usize = 7;

/// A word of memory that may not be there.
pub fn load(at: usize) -> Option<usize> {
    let mut word = [0; 8];
    sys::read_memory(at, &mut word).then(|| usize::from_le_bytes(word))
}

/// What holds for the memory of glibc's allocator; `None` without memory for the list.
pub fn of_glibc(mappings: &[Mapping], index: &Index, into: &mut Array<Part>) -> Option<()> {
    for mapping in mappings
        .iter()
        .filter(|mapping| mapping.has(READ | WRITE) && !mapping.has(FILE))
    {
        if mapping.has(BREAK) {
            // The first chunk lies at its very beginning.
            into.push(walk(mapping.start, mapping).into())?;
        }
        let mut at = mapping.start.div_ceil(HEAP) * HEAP;
        while at < mapping.end {
            if let Some(end) = heap_end(at) {
                into.push((at..end).into())?;
            }
            at += HEAP;
        }
    }
    let mut known = 0;
    for block in index.blocks.iter() {
        if block.address < known {
            continue;
        }
        let Some(mapping) = mappings::at(mappings, block.address) else {
            continue;
        };
        let chunk = block.address.wrapping_sub(16);
        let (Some(before), Some(size)) = (load(chunk), load(chunk + 8)) else {
            continue;
        };
        let range = if size & MAPPED != 0 {
            let range = chunk.wrapping_sub(before)..chunk.wrapping_add(size & !FLAGS);
            let whole = range.start % 4096 == 0
                && range.end % 4096 == 0
                && range.start <= chunk
                && range.end >= block.end();
            if whole {
                range
            } else {
                block.address..block.end()
            }
        } else if size & OTHER_ARENA != 0 {
            let heap = block.address & !(HEAP - 1);
            match heap_end(heap) {
                Some(end) if end > block.address => heap..end,
                _ => walk(chunk, mapping),
            }
        } else {
            walk(chunk, mapping)
        };
        known = range.end;
        into.push(range.into())?;
    }
    Some(())
}

/// The end of the heap of another thread that begins at an address, if one does.
pub fn heap_end(at: usize) -> Option<usize> {
    let mut head = [0; 32];
    if !sys::read_memory(at, &mut head) {
        return None;
    }
    let (words, _) = head.as_chunks();
    let [arena, before, size, writable] = words else {
        return None;
    };
    let [arena, before, size, writable] =
        [arena, before, size, writable].map(|word| usize::from_le_bytes(*word));
    let pages = |bytes: usize| bytes != 0 && bytes.is_multiple_of(4096);
    if !pages(size) || !pages(writable) || size > writable || writable > HEAP {
        return None;
    }
    // The arena lies behind the head of its first heap; later ones know the heap before, which has the same arena.
    let first = before == 0 && (at + 32..at + 256).contains(&arena);
    let later = before != 0
        && before.is_multiple_of(HEAP)
        && arena & (HEAP - 1) < 256
        && load(before) == Some(arena);
    (first || later).then_some(at + size)
}

/// From one chunk to the next by their sizes, as far as they look like chunks.
fn walk(chunk: usize, mapping: &Mapping) -> Range<usize> {
    const SMALLEST: usize = 32;
    let mut at = chunk;
    if !mapping.has(READ) || mapping.has(DEVICE) || mapping.has(FILE) {
        return chunk..chunk;
    }
    while at + 16 <= mapping.end {
        // SAFETY: within a mapping that can be read, in a copy of the process where nobody changes it.
        let size = unsafe { ((at + 8) as *const usize).read_volatile() } & !FLAGS;
        if size < SMALLEST || !size.is_multiple_of(16) || size > mapping.end - at {
            break;
        }
        at += size;
    }
    chunk..at
}

/// The blocks outside of what another allocator is known to have taken, as parts that hold only blocks. Nothing is known
/// of the memory beside them: it may be free, or the allocator's, or in use by what was allocated past this library.
pub fn strays(index: &Index, reserves: &[Part], into: &mut Array<Part>) -> Option<()> {
    let mut open = Part { start: 0, end: 0 };
    let mut reserves = reserves.iter().peekable();
    for block in index.blocks.iter() {
        while reserves
            .next_if(|reserve| reserve.end <= block.address)
            .is_some()
        {}
        if reserves
            .peek()
            .is_some_and(|reserve| reserve.start <= block.address)
        {
            continue;
        }
        if block.address != open.end {
            into.push(open)?;
            open.start = block.address;
        }
        open.end = block.end();
    }
    into.push(open)
}

/// A part of the addresses. (A range that can be copied.)
#[derive(Clone, Copy)]
pub struct Part {
    /// Its first address.
    pub start: usize,
    /// Its end.
    pub end: usize,
}

impl From<Range<usize>> for Part {
    fn from(range: Range<usize>) -> Part {
        Part {
            start: range.start,
            end: range.end,
        }
    }
}
