//! What one thread allocated less what it freed, so that tests that run on threads of one process are told apart.
//!
//! A thread's counts are plain cells of its own: no other thread reads them, and there is nothing to wait for. They
//! follow the thread that calls, not the block: what is allocated on one thread and freed on another stays in the count
//! of the first and makes that of the second negative.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The number of the next thread that asks for one.
static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    // Const and without destructors: using them never allocates, and they outlive whatever else the thread drops.
    static LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
    static LIVE_BLOCKS: Cell<i64> = const { Cell::new(0) };
    /// 0 before the thread asked for it.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// Counts a block that this thread allocated.
#[inline]
pub fn allocated(bytes: usize) {
    LIVE_BYTES.set(LIVE_BYTES.get().wrapping_add(bytes as i64));
    LIVE_BLOCKS.set(LIVE_BLOCKS.get().wrapping_add(1));
}

/// Counts a block that this thread freed.
#[inline]
pub fn freed(bytes: usize) {
    LIVE_BYTES.set(LIVE_BYTES.get().wrapping_sub(bytes as i64));
    LIVE_BLOCKS.set(LIVE_BLOCKS.get().wrapping_sub(1));
}

/// The counts of one thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Bytes that the thread allocated, less those that it freed.
    pub live_bytes: i64,
    /// Blocks that the thread allocated, less those that it freed.
    pub live_blocks: i64,
}

/// Reads the counts of the thread that calls.
pub fn read() -> Reading {
    Reading {
        live_bytes: LIVE_BYTES.get(),
        live_blocks: LIVE_BLOCKS.get(),
    }
}

/// The number of the thread that calls, the same for as long as it lives, and no other thread's. Threads are numbered
/// from 1 in the order in which they first ask.
#[inline]
pub fn number() -> u64 {
    match NUMBER.get() {
        0 => {
            let number = NEXT.fetch_add(1, Relaxed);
            NUMBER.set(number);
            number
        }
        number => number,
    }
}

/// The number that the next thread will get: those that asked before have lower ones.
pub fn next_number() -> u64 {
    NEXT.load(Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_counts_what_it_does_itself() {
        let before = read();
        allocated(24);
        allocated(8);
        freed(24);
        let elsewhere = std::thread::spawn(|| {
            freed(100);
            (read().live_bytes, number())
        });
        let (elsewhere, other) = elsewhere.join().unwrap();
        assert_eq!(read().live_bytes - before.live_bytes, 8);
        assert_eq!(read().live_blocks - before.live_blocks, 1);
        assert_eq!(elsewhere, -100);
        assert_ne!(number(), other);
        assert!(number() < next_number() && other < next_number());
        assert_eq!(number(), number());
    }
}
