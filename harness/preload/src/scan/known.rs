//! What the scan knows of the process before it is copied: the copy may not ask the loader.

use crate::record::{BYTES, Trouble};
use crate::{definers, host, module, next, reserves, stacks, unseen};
use core::ops::Range;
use core::sync::atomic::Ordering;

/// Bytes below the stack pointer that a function that calls no other may use.
pub const RED_ZONE: usize = 128;

/// What is known before the process is copied.
pub struct Known {
    /// The allocator is glibc's.
    pub of_glibc: bool,
    /// The program has blocks of which nobody knows where they lie.
    pub unrecorded: bool,
    /// All threads could be stopped.
    pub whole: bool,
    /// No other copy will be made.
    pub last: bool,
    /// Where the code and data of another allocator lie whose ways are known; empty for none.
    pub allocator: Range<usize>,
    /// Where the libc lies.
    pub libc: Range<usize>,
    /// Where this library lies.
    pub library: Range<usize>,
    /// Where the record lies.
    pub record: Range<usize>,
    /// An address on the first thread's stack.
    pub first_stack: usize,
}

impl Known {
    /// What holds now; nothing is said of threads yet.
    pub fn now() -> Known {
        let pages = |range: Range<usize>| range.start & !4095..range.end.div_ceil(4096) * 4096;
        let range_of = |address: usize| {
            module::at(address).map_or(0..0, |module| pages(module.start..module.end))
        };
        let record = stacks::BASE.load(Ordering::Relaxed) as usize;
        Known {
            of_glibc: next::is_libc(),
            unrecorded: unseen::are_too_many()
                || stacks::header().trouble.load(Ordering::Relaxed) & Trouble::NO_MEMORY != 0
                || !reserves::allocator().is_empty() && definers::are_wanted(is_unseen),
            whole: true,
            last: false,
            allocator: pages(reserves::allocator()),
            libc: range_of(next::libc_address()),
            library: range_of(Known::now as *const () as usize),
            record: record..record + BYTES,
            first_stack: host::first_stack(),
        }
    }
}

/// Whether a function by which blocks can be had is one of an allocator's own, which no hook stands before.
fn is_unseen(name: &[u8]) -> bool {
    let jemalloc = matches!(name, b"mallocx" | b"rallocx");
    let others = [&b"tc_"[..], b"mi_"]
        .iter()
        .any(|begin| name.starts_with(begin));
    // Programs call these so that the linker does not leave the allocator out.
    jemalloc || others && !matches!(name, b"tc_version" | b"mi_version")
}
