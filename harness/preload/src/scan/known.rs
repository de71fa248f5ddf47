//! What the scan knows of the process before it is copied: the copy may not ask the loader.

use crate::record::BYTES;
use crate::{host, module, next, stacks};
use core::ops::Range;
use core::sync::atomic::Ordering;

/// Bytes below the stack pointer that a function that calls no other may use.
pub const RED_ZONE: usize = 128;

/// What is known before the process is copied.
pub struct Known {
    /// The allocator is glibc's.
    pub of_glibc: bool,
    /// The program has blocks that are in no list.
    pub unrecorded: bool,
    /// All threads could be stopped.
    pub whole: bool,
    /// No other copy will be made.
    pub last: bool,
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
        let range_of = |address: usize| {
            module::at(address).map_or(0..0, |module| {
                module.start & !4095..module.end.div_ceil(4096) * 4096
            })
        };
        let record = stacks::BASE.load(Ordering::Relaxed) as usize;
        Known {
            of_glibc: next::is_libc(),
            unrecorded: stacks::header().unrecorded.load(Ordering::Relaxed) > 0,
            whole: true,
            last: false,
            libc: range_of(next::libc_address()),
            library: range_of(Known::now as *const () as usize),
            record: record..record + BYTES,
            first_stack: host::first_stack(),
        }
    }
}
