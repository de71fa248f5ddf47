//! Whether threads that have nothing to do with a test of the whole process allocate while it runs.
//!
//! A thread that had allocated before the test began, and is not the one that runs it, is no thread of the work's. Those
//! that begin meanwhile are taken to be the work's: whoever else starts one has to allocate for it, and is noticed.

use harness_tally::thread;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Threads of lower numbers are outside; 0 while nobody asks.
static FIRST_INSIDE: AtomicU64 = AtomicU64::new(0);
/// The thread that runs the test.
static RUNNER: AtomicU64 = AtomicU64::new(0);
/// Allocations and frees of threads outside.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// Told of every allocation and free.
#[inline]
pub fn note() {
    let first = FIRST_INSIDE.load(Relaxed);
    // Every thread that allocates has a number from then on.
    let number = thread::number();
    if number < first && number != RUNNER.load(Relaxed) {
        SEEN.fetch_add(1, Relaxed);
    }
}

/// Watches until it is dropped. There is one at a time: whoever has it holds the lock of all leak tests.
pub struct Watch(());

impl Watch {
    /// Begins to watch. The calling thread runs the test.
    pub fn begin() -> Watch {
        RUNNER.store(thread::number(), Relaxed);
        SEEN.store(0, Relaxed);
        FIRST_INSIDE.store(thread::next_number(), Relaxed);
        Watch(())
    }

    /// Allocations and frees of threads outside so far.
    pub fn seen(&self) -> u64 {
        SEEN.load(Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        FIRST_INSIDE.store(0, Relaxed);
    }
}
