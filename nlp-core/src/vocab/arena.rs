//! A bump arena: memory that is handed out piece by piece and given back all at once.
//!
//! Limits: a piece may be of any size; its alignment is at most [`CHUNK_ALIGN`]. Chunks double from [`FIRST_CHUNK`] to
//! [`LARGEST_CHUNK`], so that a small zone stays small and a large one needs few chunks; a piece that is larger gets a
//! chunk of its own. Pieces never move, and none is freed before [`Arena::reset`] or drop. Nothing in an arena is
//! dropped: only put there what needs no `Drop`.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Bytes of an arena's first chunk.
pub const FIRST_CHUNK: usize = 4 << 10;
/// Bytes that chunks grow to: enough that asking for one costs nothing beside filling it, and little enough that the
/// last one, half empty, is no great waste.
pub const LARGEST_CHUNK: usize = 64 << 10;
/// Chunks that the list of chunks keeps room for, however many there have been.
const LISTED: usize = 4;
/// Alignment of every chunk.
pub const CHUNK_ALIGN: usize = 16;

struct Chunk {
    start: NonNull<u8>,
    size: usize,
}

impl Chunk {
    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, CHUNK_ALIGN)
            .expect("a chunk is far smaller than the address space")
    }

    fn new(size: usize) -> Chunk {
        let layout = Chunk::layout(size);
        // SAFETY: the layout is not empty: `size` is at least `FIRST_CHUNK`.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout)
        };
        Chunk { start, size }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // SAFETY: `start` came from `alloc` with this very layout, and a chunk is dropped once.
        unsafe { dealloc(self.start.as_ptr(), Chunk::layout(self.size)) }
    }
}

/// A bump arena that can be emptied and used again.
#[derive(Default)]
pub struct Arena {
    chunks: Vec<Chunk>,
    /// The chunk that pieces are taken from; those before it are full.
    current: usize,
    /// Bytes taken from the current chunk.
    taken: usize,
    /// Bytes handed out since the last reset, with padding.
    used: usize,
}

// SAFETY: an arena owns its chunks, and hands out memory only through `&mut self`; nothing in it is tied to a thread.
unsafe impl Send for Arena {}
// SAFETY: as above: `&Arena` reads plain numbers only.
unsafe impl Sync for Arena {}

impl Arena {
    /// An empty arena that has one chunk of `bytes` already; none if that is too small for one.
    pub fn with_chunk(bytes: usize) -> Arena {
        let mut arena = Arena::default();
        arena.chunks.reserve_exact(LISTED);
        if bytes >= FIRST_CHUNK {
            arena.chunks.push(Chunk::new(bytes));
        }
        arena
    }

    /// A piece of `layout.size()` bytes, uninitialised, valid until [`Arena::reset`] or drop.
    ///
    /// # Panics
    /// If the alignment is over [`CHUNK_ALIGN`].
    pub fn allocate(&mut self, layout: Layout) -> NonNull<u8> {
        assert!(layout.align() <= CHUNK_ALIGN);
        loop {
            if let Some(chunk) = self.chunks.get(self.current) {
                // The next multiple of the alignment, which is a power of two: dividing would take most of the time.
                let at = (self.taken + layout.align() - 1) & !(layout.align() - 1);
                if let Some(end) = at.checked_add(layout.size())
                    && end <= chunk.size
                {
                    self.used += end - self.taken;
                    self.taken = end;
                    // SAFETY: `at <= end <= chunk.size`: the address is inside the chunk, or one past its end.
                    return unsafe { chunk.start.add(at) };
                }
                if self.current + 1 < self.chunks.len() {
                    self.current += 1;
                    self.taken = 0;
                    continue;
                }
            }
            let doubled = match self.chunks.last() {
                Some(last) => (last.size.saturating_mul(2)).min(LARGEST_CHUNK),
                None => FIRST_CHUNK,
            };
            self.chunks.push(Chunk::new(doubled.max(layout.size())));
            self.current = self.chunks.len() - 1;
            self.taken = 0;
        }
    }

    /// Takes back every piece, and keeps at most `keep` bytes of chunks for the next use; the rest goes back to the
    /// allocator. The cost depends on the number of chunks, not of pieces.
    ///
    /// Whoever calls this must hold no pointer into the arena any more.
    pub fn reset(&mut self, keep: usize) {
        let mut kept = 0;
        self.chunks.retain(|chunk| {
            let fits = kept + chunk.size <= keep;
            kept += if fits { chunk.size } else { 0 };
            fits
        });
        self.chunks.shrink_to(LISTED);
        self.current = 0;
        self.taken = 0;
        self.used = 0;
    }

    /// Bytes handed out since the last reset, with padding.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Bytes held from the allocator, used or not.
    pub fn capacity(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.size).sum()
    }

    /// Bytes of the list of chunks.
    pub fn overhead(&self) -> usize {
        self.chunks.capacity() * size_of::<Chunk>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(n: usize) -> Layout {
        Layout::from_size_align(n, 1).unwrap()
    }

    #[test]
    fn pieces_are_aligned_and_apart_and_stay_where_they_are() {
        let mut arena = Arena::default();
        let mut pieces = Vec::new();
        for i in 0..2000usize {
            let layout = Layout::from_size_align(i % 97, 1 << (i % 5)).unwrap();
            let piece = arena.allocate(layout);
            assert_eq!(piece.as_ptr() as usize % layout.align(), 0);
            // SAFETY: the piece has this size, and is ours.
            unsafe { piece.as_ptr().write_bytes(i as u8, layout.size()) };
            pieces.push((piece, layout.size(), i as u8));
        }
        for (piece, size, fill) in pieces {
            // SAFETY: written above, with this size; the arena was not reset.
            let written = unsafe { std::slice::from_raw_parts(piece.as_ptr(), size) };
            assert!(written.iter().all(|&b| b == fill));
        }
    }

    #[test]
    fn a_reset_keeps_no_more_than_it_was_told_to() {
        let mut arena = Arena::default();
        for _ in 0..100 {
            arena.allocate(bytes(100_000));
        }
        assert!(arena.capacity() >= 10_000_000);
        arena.reset(64 << 10);
        assert!(arena.capacity() <= 64 << 10);
        assert_eq!(arena.used(), 0);
        arena.reset(0);
        assert_eq!(arena.capacity(), 0);
    }

    #[test]
    fn the_same_work_after_a_reset_needs_no_new_chunk() {
        let mut arena = Arena::default();
        let work = |arena: &mut Arena| {
            for _ in 0..500 {
                arena.allocate(bytes(33));
            }
        };
        work(&mut arena);
        let capacity = arena.capacity();
        for _ in 0..10 {
            arena.reset(usize::MAX);
            work(&mut arena);
            assert_eq!(arena.capacity(), capacity);
        }
    }

    #[test]
    fn a_piece_larger_than_any_chunk_gets_a_chunk_of_its_own() {
        let mut arena = Arena::default();
        arena.allocate(bytes(3 * LARGEST_CHUNK));
        arena.allocate(bytes(10));
        assert_eq!(arena.used(), 3 * LARGEST_CHUNK + 10);
    }
}
