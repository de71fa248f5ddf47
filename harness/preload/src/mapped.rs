//! The record as it is mapped: where it is in memory, and how its parts grow.

use crate::record::{Header, Trouble};
use crate::sys;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// The first address of the record in memory; null before it is there.
pub static BASE: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// The record's head. Only once there is a record.
#[inline]
pub fn header() -> &'static Header {
    // SAFETY: mapped before anything is recorded, and never unmapped.
    unsafe { &*BASE.load(Ordering::Relaxed).cast() }
}

/// The entry of a part of the record, whose first one is at `part`.
#[inline]
pub fn entry<T>(part: usize, number: u32) -> *mut T {
    // SAFETY: numbers are below the part's limit, and all of it is mapped.
    unsafe {
        BASE.load(Ordering::Relaxed)
            .add(part)
            .cast::<T>()
            .add(number as usize)
    }
}

/// Bytes that are asked for at first, and the most that are asked for at a time: as much again as there is already,
/// between these two.
pub const FIRST_STEP: usize = 16 << 10;
const LAST_STEP: usize = 1 << 20;

/// A part of the record that is filled from its beginning, and whose pages are asked for in steps.
pub struct Part {
    /// Where it begins.
    at: usize,
    /// Most entries.
    limit: usize,
    /// Bytes of an entry.
    size: usize,
    /// Bytes whose pages are there.
    populated: AtomicUsize,
}

impl Part {
    /// The part that begins at `at`, of so many entries of a size.
    pub const fn new(at: usize, limit: usize, size: usize) -> Part {
        Part {
            at,
            limit,
            size,
            populated: AtomicUsize::new(0),
        }
    }

    /// The number of the first of `more` new entries, which are sure to be there; `None` without room, which is noted.
    /// `count` is how many there are; the caller raises it once they are written. Under the lock for what is rare.
    pub fn next(&self, count: &AtomicU32, more: usize) -> Option<u32> {
        let number = count.load(Ordering::Relaxed);
        if number as usize + more > self.limit {
            self.note(Trouble::TABLE_FULL);
            return None;
        }
        let end = (number as usize + more) * self.size;
        while end > self.populated.load(Ordering::Relaxed) {
            let have = self.populated.load(Ordering::Relaxed);
            // SAFETY: within the record.
            let at = unsafe { BASE.load(Ordering::Relaxed).add(self.at + have) };
            let step = have.clamp(FIRST_STEP, LAST_STEP);
            if sys::populate(at, step).is_err() {
                self.note(Trouble::DISK_FULL);
                return None;
            }
            self.populated.store(have + step, Ordering::Relaxed);
        }
        Some(number)
    }

    fn note(&self, trouble: u32) {
        header().trouble.fetch_or(trouble, Ordering::Relaxed);
    }

    /// Has the first pages be there; `false` without room for them.
    pub fn begin(&self) -> bool {
        // SAFETY: within the record.
        let at = unsafe { BASE.load(Ordering::Relaxed).add(self.at) };
        let begun = sys::populate(at, FIRST_STEP).is_ok();
        if begun {
            self.populated.store(FIRST_STEP, Ordering::Relaxed);
        }
        begun
    }

    /// In a child made by `fork`, whose record was copied as far as it was used.
    pub fn after_fork(&self, count: &AtomicU32) {
        let used = count.load(Ordering::Relaxed) as usize * self.size;
        self.populated
            .store(used.next_multiple_of(4096), Ordering::Relaxed);
    }
}
