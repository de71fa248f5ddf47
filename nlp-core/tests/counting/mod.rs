//! An allocator for tests that counts, of each thread, what it allocates less what it frees.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::Sub;

pub struct Counting;

thread_local! {
    static LIVE: Cell<Live> = const { Cell::new(Live { blocks: 0, bytes: 0 }) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// What a thread has allocated and not freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    pub blocks: isize,
    pub bytes: isize,
}

impl Live {
    #[allow(dead_code)] // Not every test needs it.
    pub const NOTHING: Live = Live {
        blocks: 0,
        bytes: 0,
    };

    /// What this thread has live now.
    pub fn now() -> Live {
        LIVE.get()
    }

    fn add(blocks: isize, bytes: isize) {
        // The counter is gone while a thread ends.
        let _ = LIVE.try_with(|live| {
            let was = live.get();
            live.set(Live {
                blocks: was.blocks + blocks,
                bytes: was.bytes + bytes,
            });
            let _ = PEAK.try_with(|peak| peak.set(peak.get().max(was.bytes + bytes)));
        });
    }

    /// What `work` returns, and the most bytes that this thread had live meanwhile, beyond those before.
    #[allow(dead_code)] // Not every test needs it.
    pub fn peak_of<R>(work: impl FnOnce() -> R) -> (R, usize) {
        let before = Live::now().bytes;
        PEAK.set(before);
        let result = work();
        (result, usize::try_from(PEAK.get() - before).unwrap_or(0))
    }
}

impl Sub for Live {
    type Output = Live;

    fn sub(self, before: Live) -> Live {
        Live {
            blocks: self.blocks - before.blocks,
            bytes: self.bytes - before.bytes,
        }
    }
}

// SAFETY: every call goes to the system's allocator unchanged; the count allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Live::add(1, layout.size() as isize);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        Live::add(-1, -(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}
