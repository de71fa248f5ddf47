//! The smallest leak there is, and its twin: a block taken in every iteration, kept by nobody or given back. By them a
//! gate shows that it can still tell the one from the other.

use std::hint::black_box;

/// Bytes of the block that each iteration takes.
pub const BLOCK_BYTES: u64 = 24;

/// The function that takes it, as stacks name it.
pub const TAKEN_IN: &str = "take_a_block";

/// Takes a block, and gives it back or not.
#[inline(never)]
pub fn take_a_block(give_back: bool) {
    let block = black_box(vec![0x5a_u8; BLOCK_BYTES as usize]);
    if !give_back {
        std::mem::forget(block);
    }
}
