//! The allocator that a test binary declares.

use crate::own::{self, uncounted};
use crate::{capture, outside};
use harness_tally::{counters, thread};
use std::alloc::{GlobalAlloc, Layout, System};

/// The global allocator of a test binary: another one, whose blocks are counted on the way.
///
/// Beside the allocation itself it costs some additions. Nothing is written to the blocks, and none is larger than it
/// would be without.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: leak_test::Counting = leak_test::Counting::system();
///
/// let report = leak_test::leak_test(|| vec![0; 1_000]);
/// assert_eq!(report.bytes().per_iteration, 0.0);
/// ```
#[derive(Debug, Default)]
pub struct Counting<A = System> {
    inner: A,
}

impl Counting {
    /// Counts what is allocated with the system's allocator.
    pub const fn system() -> Counting {
        Counting::over(System)
    }
}

impl<A> Counting<A> {
    /// Counts what is allocated with `inner`, the allocator that the program otherwise has.
    ///
    /// ```
    /// # use std::alloc::System as Jemalloc;
    /// #[global_allocator]
    /// static ALLOCATOR: leak_test::Counting<Jemalloc> = leak_test::Counting::over(Jemalloc);
    /// # leak_test::leak_test(|| vec![0; 1_000]);
    /// ```
    pub const fn over(inner: A) -> Counting<A> {
        Counting { inner }
    }
}

/// This file, to know its frames by.
pub(crate) const FILE: &str = file!();

/// Whether allocations of this thread are counted: whether the global allocator is a [`Counting`] one.
pub(crate) fn counts() -> bool {
    let before = thread::read().live_blocks;
    let probe = std::hint::black_box(Box::new(0_u64));
    let counted = thread::read().live_blocks != before;
    drop(probe);
    counted
}

/// Told of a block that was allocated.
#[inline]
fn allocated(block: *mut u8, bytes: usize) {
    if block.is_null() || own::is_own() {
        return;
    }
    counters::allocated(bytes);
    thread::allocated(bytes);
    outside::note();
    if capture::is_on() {
        uncounted(|| capture::allocated(block as usize, bytes));
    }
}

/// Told of a block that is about to be freed: as soon as it is, its address may be another's.
#[inline]
fn freed(block: *mut u8, bytes: usize) {
    if own::is_own() {
        return;
    }
    counters::freed(bytes);
    thread::freed(bytes);
    outside::note();
    if capture::is_on() {
        uncounted(|| capture::freed(block as usize));
    }
}

// SAFETY: every method hands its arguments on unchanged to the inner allocator, so that a block goes back to it with the
// layout that it was made with. The blocks are not touched. Nothing here unwinds: counting is additions, and what the
// capture does with its tables cannot panic.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the inner allocator asks for.
        let block = unsafe { self.inner.alloc(layout) };
        allocated(block, layout.size());
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in alloc.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        allocated(block, layout.size());
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        freed(block, layout.size());
        // SAFETY: the block came from the inner allocator with this layout.
        unsafe { self.inner.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let resize = || {
            // SAFETY: the block came from the inner allocator with this layout, and the caller vouches for the size.
            unsafe { self.inner.realloc(block, layout, new_size) }
        };
        if own::is_own() {
            return resize();
        }
        let captured = capture::is_on();
        let before = if captured {
            uncounted(|| capture::forget(block as usize))
        } else {
            None
        };
        let moved = resize();
        if !moved.is_null() {
            counters::freed(layout.size());
            counters::allocated(new_size);
            thread::freed(layout.size());
            thread::allocated(new_size);
            outside::note();
        }
        if captured {
            uncounted(|| match moved.is_null() {
                true => capture::restore(block as usize, before),
                false => capture::resized(moved as usize, before, layout.size(), new_size),
            });
        }
        moved
    }
}
