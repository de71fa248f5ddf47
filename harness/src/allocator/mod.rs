//! The process's one allocator, which picks what lies underneath once and keeps it.
//!
//! A process has one global allocator, but the instruments each want their own: dhat is an allocator, valgrind sees
//! nothing but the system's, and a service that is measured should run on what it ships with. So this one reads
//! [`MODE_VARIABLE`] at the very first allocation, before `main`, and stays with what it found: a block is always freed
//! by the allocator that made it. The harness starts itself again as a child for every instrument.
//!
//! Whatever lies underneath, the blocks are counted on the way (see [`counters`]), so every child can say exactly how
//! many bytes are live, and what an outside tool says of the same process can be held against it.
//!
//! What an allocation costs more than it would without: a relaxed load and a well-predicted branch for the mode, and
//! two relaxed additions to a cache line that few threads share.

pub mod groups;
pub mod parts;

use harness_tally::counters;
use harness_tally::sites::Attributed;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::CStr;
use std::sync::atomic::{AtomicU8, Ordering};

/// The environment variable that names the mode.
pub const MODE_VARIABLE: &str = "HARNESS_ALLOCATOR";

const MODE_VARIABLE_C: &CStr = c"HARNESS_ALLOCATOR";

/// What lies underneath the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// jemalloc, the allocator of the measured loops: `counting`, and what is used where nothing is said.
    Counting = 1,
    /// dhat's, which keeps the stack of every block: `dhat`.
    Dhat = 2,
    /// The system's, the only one that valgrind and other outside tools can see: `system`.
    System = 3,
    /// jemalloc, with every block's stack in a header before it: `sites`.
    Sites = 4,
    /// jemalloc under `tracking-allocator`, which knows the part of the pipeline that allocated: `groups`.
    Groups = 5,
}

impl Mode {
    /// The name by which the environment variable asks for it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Counting => "counting",
            Mode::Dhat => "dhat",
            Mode::System => "system",
            Mode::Sites => "sites",
            Mode::Groups => "groups",
        }
    }

    const ALL: [Mode; 5] = [
        Mode::Counting,
        Mode::Dhat,
        Mode::System,
        Mode::Sites,
        Mode::Groups,
    ];
}

/// The chosen mode, or 0 before the first allocation.
static MODE: AtomicU8 = AtomicU8::new(0);

static DHAT: dhat::Alloc = dhat::Alloc;

static SITES: Attributed<jemallocator::Jemalloc> = Attributed(jemallocator::Jemalloc);

thread_local! {
    /// Whether this thread is inside dhat. Const and without a destructor: reading it never allocates.
    static INSIDE_DHAT: Cell<bool> = const { Cell::new(false) };
}

/// Calls dhat, and then the counters, unless dhat itself is the caller: it keeps its books on the same heap, and those
/// are no part of what is measured.
#[inline]
fn in_dhat<R>(call: impl FnOnce() -> R, count: impl FnOnce(&R)) -> R {
    if INSIDE_DHAT.get() {
        return call();
    }
    INSIDE_DHAT.set(true);
    let result = call();
    INSIDE_DHAT.set(false);
    count(&result);
    result
}

/// The allocator: `#[global_allocator] static A: ModeAllocator = ModeAllocator;`.
pub struct ModeAllocator;

/// The mode of this process. The first call decides it for good.
#[inline]
pub fn mode() -> Mode {
    match MODE.load(Ordering::Relaxed) {
        1 => Mode::Counting,
        2 => Mode::Dhat,
        3 => Mode::System,
        4 => Mode::Sites,
        5 => Mode::Groups,
        _ => choose(),
    }
}

/// Reads the environment. Threads that race here read the same and store the same.
///
/// Nothing here may allocate: this runs inside the first allocation, and `std::env::var` would come round again.
#[cold]
fn choose() -> Mode {
    // SAFETY: the name is a C string. The environment is not being changed: this runs at the process's first
    // allocation, before main and before there is a second thread.
    let value = unsafe { libc::getenv(MODE_VARIABLE_C.as_ptr()) };
    let mut mode = Mode::Counting;
    if !value.is_null() {
        // SAFETY: getenv gave a C string that lives as long as the environment does.
        let value = unsafe { CStr::from_ptr(value) }.to_bytes();
        for candidate in Mode::ALL {
            if candidate.name().as_bytes() == value {
                mode = candidate;
            }
        }
    }
    MODE.store(mode as u8, Ordering::Relaxed);
    mode
}

/// Counts a block that was allocated.
#[inline]
fn count_allocated(block: *mut u8, bytes: usize) {
    if !block.is_null() {
        counters::allocated(bytes);
    }
}

/// Counts a block that was moved or resized.
#[inline]
fn count_moved(block: *mut u8, old: usize, new: usize) {
    if !block.is_null() {
        counters::freed(old);
        counters::allocated(new);
    }
}

// SAFETY: every method hands its arguments on unchanged to one allocator, always the same for the life of the process
// (MODE is written with one value only), so a block goes back to the allocator it came from with the layout it had. The
// counters do not touch the blocks. Nothing here unwinds: counting is additions alone.
unsafe impl GlobalAlloc for ModeAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let count = |block: &*mut u8| count_allocated(*block, layout.size());
        // SAFETY: the caller's promises about the layout are those that the inner allocators ask for.
        let block = unsafe {
            match mode() {
                Mode::Counting => jemallocator::Jemalloc.alloc(layout),
                Mode::System => System.alloc(layout),
                Mode::Sites => SITES.alloc(layout),
                Mode::Groups => groups::ALLOCATOR.alloc(layout),
                Mode::Dhat => return in_dhat(|| DHAT.alloc(layout), count),
            }
        };
        count(&block);
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let count = |block: &*mut u8| count_allocated(*block, layout.size());
        // SAFETY: as in alloc.
        let block = unsafe {
            match mode() {
                Mode::Counting => jemallocator::Jemalloc.alloc_zeroed(layout),
                Mode::System => System.alloc_zeroed(layout),
                Mode::Sites => SITES.alloc_zeroed(layout),
                Mode::Groups => groups::ALLOCATOR.alloc_zeroed(layout),
                Mode::Dhat => return in_dhat(|| DHAT.alloc_zeroed(layout), count),
            }
        };
        count(&block);
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from the same inner allocator with this layout.
        unsafe {
            match mode() {
                Mode::Counting => jemallocator::Jemalloc.dealloc(block, layout),
                Mode::System => System.dealloc(block, layout),
                Mode::Sites => SITES.dealloc(block, layout),
                Mode::Groups => groups::ALLOCATOR.dealloc(block, layout),
                Mode::Dhat => {
                    return in_dhat(
                        || DHAT.dealloc(block, layout),
                        |()| counters::freed(layout.size()),
                    );
                }
            }
        }
        counters::freed(layout.size());
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let count = |moved: &*mut u8| count_moved(*moved, layout.size(), new_size);
        // SAFETY: the block came from the same inner allocator with this layout, and the caller vouches for the size.
        let moved = unsafe {
            match mode() {
                Mode::Counting => jemallocator::Jemalloc.realloc(block, layout, new_size),
                Mode::System => System.realloc(block, layout, new_size),
                Mode::Sites => SITES.realloc(block, layout, new_size),
                Mode::Groups => groups::ALLOCATOR.realloc(block, layout, new_size),
                Mode::Dhat => return in_dhat(|| DHAT.realloc(block, layout, new_size), count),
            }
        };
        count(&moved);
        moved
    }
}
