//! The counting allocator counts exactly. This file is a process of its own, with that allocator.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests write where they like"
)]

use harness::allocator::{Mode, ModeAllocator, mode};
use harness_tally::counters;
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: ModeAllocator = ModeAllocator;

/// One test, so that no other thread allocates meanwhile.
#[test]
fn every_byte_and_block_is_counted_on_every_path() {
    assert_eq!(mode(), Mode::Counting);

    let before = counters::read();
    let block = black_box(Box::new([0_u8; 1000]));
    let held = counters::read();
    assert_eq!(held.live_bytes - before.live_bytes, 1000);
    assert_eq!(held.live_blocks - before.live_blocks, 1);
    drop(block);
    assert_eq!(counters::read().live_bytes, before.live_bytes);
    assert_eq!(counters::read().live_blocks, before.live_blocks);

    // Zeroed, and large enough to be mapped anew.
    let zeroed = black_box(vec![0_u64; 1 << 20]);
    assert_eq!(counters::read().live_bytes - before.live_bytes, 8 << 20);
    drop(zeroed);

    // Grown and shrunk in place or moved: one block all the while, and two in the total for each step.
    let mut grown: Vec<u8> = Vec::with_capacity(10);
    grown.reserve_exact(100_000);
    let held = counters::read();
    assert_eq!(held.live_bytes - before.live_bytes, grown.capacity() as u64);
    assert_eq!(held.live_blocks - before.live_blocks, 1);
    grown.shrink_to(50);
    assert_eq!(
        counters::read().live_bytes - before.live_bytes,
        grown.capacity() as u64
    );
    drop(grown);

    // Aligned beyond what any type asks for.
    let layout = std::alloc::Layout::from_size_align(24, 4096).unwrap();
    // SAFETY: the layout has a size; the block is freed with the same layout.
    unsafe {
        let block = black_box(std::alloc::alloc(layout));
        assert_eq!(block as usize % 4096, 0);
        assert_eq!(counters::read().live_bytes - before.live_bytes, 24);
        std::alloc::dealloc(block, layout);
    }
    assert_eq!(counters::read().live_bytes, before.live_bytes);

    // Blocks that one thread makes and another frees.
    let made = std::thread::spawn(|| (0..1000).map(|i| vec![1_u8; i + 1]).collect::<Vec<_>>());
    let made = made.join().unwrap();
    let held = counters::read();
    assert!(held.live_bytes - before.live_bytes >= 500_500);
    drop(made);
    let after = counters::read();
    assert_eq!(held.live_blocks - after.live_blocks, 1001);
    assert_eq!(held.live_bytes - after.live_bytes, 500_500 + 1000 * 24);
}
