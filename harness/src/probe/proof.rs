//! A block leaked on purpose, by which an outside tool shows that it sees the heap.
//!
//! valgrind replaces the system's malloc. Over any other allocator it sees no heap at all, and says "no leaks are
//! possible" whatever leaks. So every child that it watches plants this block, and a report without it proves nothing.

use std::hint::black_box;

/// The size of the planted block in bytes: one that nothing else is likely to have.
pub const PLANTED_BYTES: u64 = 10_007;

/// The name that the block's stack must have in it.
pub const PLANTED_IN: &str = "plant_heap_proof";

/// Leaks one block of [`PLANTED_BYTES`].
#[inline(never)]
pub fn plant_heap_proof() {
    let block = vec![0x5a_u8; PLANTED_BYTES as usize];
    std::mem::forget(black_box(block));
}
