//! Blocks that are not in the map of blocks: what the program was given while the library worked in the thread, for a
//! signal's handler or for what the allocator itself calls. Where they lie is kept, since they may hold others.

use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

/// They are few. Those that were freed since are not told apart, and stay.
const ROOM: usize = 1024;

/// Address and size; 0 where nothing is known yet, or any more.
static BLOCKS: [[AtomicUsize; 2]; ROOM] =
    [const { [AtomicUsize::new(0), AtomicUsize::new(0)] }; ROOM];
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Notes one.
pub fn note(block: usize, bytes: usize) {
    if block == 0 {
        return;
    }
    if let Some([address, size]) = BLOCKS.get(COUNT.fetch_add(1, Ordering::AcqRel)) {
        size.store(bytes, Ordering::Relaxed);
        address.store(block, Ordering::Release);
    }
}

/// A block that is in no map has moved: it may be one of these.
pub fn moved(from: usize, to: usize, bytes: usize) {
    let of_it = |[address, _]: &&[AtomicUsize; 2]| address.load(Ordering::Acquire) == from;
    if to != 0
        && let Some([address, size]) = known().iter().find(of_it)
    {
        size.store(bytes, Ordering::Relaxed);
        address.store(to, Ordering::Release);
    }
}

/// Hands on where each of them lies.
pub fn each(mut block: impl FnMut(Range<usize>)) {
    for [address, size] in known() {
        let (address, size) = (
            address.load(Ordering::Acquire),
            size.load(Ordering::Relaxed),
        );
        block(address..address.saturating_add(size));
    }
}

/// Whether there were more than could be kept.
pub fn are_too_many() -> bool {
    COUNT.load(Ordering::Acquire) > ROOM
}

fn known() -> &'static [[AtomicUsize; 2]] {
    let count = COUNT.load(Ordering::Acquire).min(ROOM);
    BLOCKS.get(..count).unwrap_or_default()
}
