//! Exact counts of blocks and bytes, cheap enough to be always on.
//!
//! Each thread adds to one of a few shards, a cache line or two each, so threads do not wait for one another; a reading
//! sums the shards. The additions are relaxed: a reading made while other threads allocate may miss what they are just
//! doing, and is exact when they are not.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

const SHARDS: usize = 16;

/// Aligned so that no two shards share a cache line, nor the pair of lines that the processor fetches together.
#[repr(align(128))]
struct Shard {
    allocated_bytes: AtomicU64,
    allocated_blocks: AtomicU64,
    freed_bytes: AtomicU64,
    freed_blocks: AtomicU64,
}

static COUNTS: [Shard; SHARDS] = [const {
    Shard {
        allocated_bytes: AtomicU64::new(0),
        allocated_blocks: AtomicU64::new(0),
        freed_bytes: AtomicU64::new(0),
        freed_blocks: AtomicU64::new(0),
    }
}; SHARDS];

static NEXT: AtomicUsize = AtomicUsize::new(0);

const UNASSIGNED: usize = usize::MAX;

thread_local! {
    // Const and without a destructor: reading it never allocates, so it is safe inside the allocator.
    static SHARD: Cell<usize> = const { Cell::new(UNASSIGNED) };
}

#[inline]
fn shard() -> &'static Shard {
    let index = SHARD.with(|slot| {
        let index = slot.get();
        if index != UNASSIGNED {
            return index;
        }
        let index = NEXT.fetch_add(1, Relaxed) % SHARDS;
        slot.set(index);
        index
    });
    &COUNTS[index]
}

/// Counts a block that was allocated.
#[inline]
pub fn allocated(bytes: usize) {
    let shard = shard();
    shard.allocated_bytes.fetch_add(bytes as u64, Relaxed);
    shard.allocated_blocks.fetch_add(1, Relaxed);
}

/// Counts a block that was freed.
#[inline]
pub fn freed(bytes: usize) {
    let shard = shard();
    shard.freed_bytes.fetch_add(bytes as u64, Relaxed);
    shard.freed_blocks.fetch_add(1, Relaxed);
}

/// A reading of the counters. Bytes are those that the program asked for, before any rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Bytes allocated and not freed.
    pub live_bytes: u64,
    /// Blocks allocated and not freed.
    pub live_blocks: u64,
    /// Bytes allocated since the process began. A reallocation counts as a block freed and another allocated.
    pub total_bytes: u64,
    /// Blocks allocated since the process began.
    pub total_blocks: u64,
}

/// Reads the counters, without allocating.
pub fn read() -> Reading {
    let sum = |field: fn(&Shard) -> &AtomicU64| -> u64 {
        COUNTS
            .iter()
            .fold(0, |sum, shard| sum.wrapping_add(field(shard).load(Relaxed)))
    };
    // The freed are read first: a block allocated and freed between the two readings then cannot push live below zero.
    let freed_bytes = sum(|shard| &shard.freed_bytes);
    let freed_blocks = sum(|shard| &shard.freed_blocks);
    let total_bytes = sum(|shard| &shard.allocated_bytes);
    let total_blocks = sum(|shard| &shard.allocated_blocks);
    Reading {
        live_bytes: total_bytes.saturating_sub(freed_bytes),
        live_blocks: total_blocks.saturating_sub(freed_blocks),
        total_bytes,
        total_blocks,
    }
}
