//! What an allocator other than the libc's took from the kernel, where it is one whose ways are known. What lies there
//! between live blocks is free or the allocator's own, and holds nothing: lists of what is free go through it, and caches
//! keep addresses that they have long given out.
//!
//! The allocator's calls are told from the program's by where they return to. What was taken before this library looked,
//! or past the libc's functions, is not known here.

use crate::module::Module;
use crate::{sys, thread};
use core::cell::UnsafeCell;
use core::ops::Range;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Where the allocator's code and data lie; both 0 for none.
static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// Ranges in the order of their addresses, which do not touch.
struct Table {
    /// The thread that may change them, by its thread pointer; 0 for none. It is a lock that knows who holds it: a
    /// signal's handler must not wait for the thread that it interrupted.
    holder: AtomicUsize,
    rows: UnsafeCell<Rows>,
}

// SAFETY: rows are touched by the one that holds it.
unsafe impl Sync for Table {}

struct Rows {
    first: *mut Row,
    count: usize,
    room: usize,
}

#[derive(Clone, Copy)]
struct Row {
    start: usize,
    end: usize,
}

static TABLE: Table = Table {
    holder: AtomicUsize::new(0),
    rows: UnsafeCell::new(Rows {
        first: null_mut(),
        count: 0,
        room: 0,
    }),
};

/// From now on what this module takes from the kernel is noted.
pub fn begin(allocator: &Module) {
    END.store(allocator.end, Ordering::Relaxed);
    START.store(allocator.start, Ordering::Release);
}

/// Where the allocator's code and data lie; empty for none.
pub fn allocator() -> Range<usize> {
    START.load(Ordering::Acquire)..END.load(Ordering::Relaxed)
}

/// Code at `caller` took a range.
pub fn took(caller: usize, range: Range<usize>) {
    if allocator().contains(&caller) {
        with(|rows| {
            rows.cut(&range);
            rows.add(range);
        });
    }
}

/// Code at `caller` gave a range back.
pub fn gave(caller: usize, range: Range<usize>) {
    if allocator().contains(&caller) {
        with(|rows| rows.cut(&range));
    }
}

/// Works on the rows, unless a handler interrupted this thread while it did: then it is left out.
fn with(work: impl FnOnce(&mut Rows)) {
    if hold() {
        // SAFETY: nobody else does.
        work(unsafe { &mut *TABLE.rows.get() });
        let_go();
    }
}

/// Nobody changes the table until [`let_go`]: around `fork`, whose two sides each let it go, and for the scan's copy of
/// the process. `false` where a handler interrupted this thread while it did so itself.
pub fn hold() -> bool {
    let own = thread::pointer();
    let take = || {
        let holder = &TABLE.holder;
        holder.compare_exchange(0, own, Ordering::Acquire, Ordering::Relaxed)
    };
    loop {
        match take() {
            Ok(_) => return true,
            Err(holder) if holder == own => return false,
            // It is held for microseconds: a nap is as good as being woken.
            Err(_) => sys::wait(&AtomicU32::new(0), 0),
        }
    }
}

/// See [`hold`].
pub fn let_go() {
    TABLE.holder.store(0, Ordering::Release);
}

/// Hands on all ranges, in the order of their addresses. Somebody holds the table, or in the copy of a process did.
pub fn each(mut range: impl FnMut(Range<usize>)) {
    // SAFETY: nobody changes them.
    let rows = unsafe { &mut *TABLE.rows.get() };
    rows.list().iter().for_each(|row| range(row.start..row.end));
}

impl Rows {
    fn list(&mut self) -> &mut [Row] {
        if self.first.is_null() {
            return &mut [];
        }
        // SAFETY: so many rows are written.
        unsafe { core::slice::from_raw_parts_mut(self.first, self.count) }
    }

    /// The number of the first row that ends behind an address.
    fn behind(&mut self, address: usize) -> usize {
        self.list().partition_point(|row| row.end <= address)
    }

    /// Leaves a range out; what sticks out on either side stays.
    fn cut(&mut self, range: &Range<usize>) {
        let mut at = self.behind(range.start);
        while let Some(row) = self.list().get(at).copied() {
            if row.start >= range.end {
                break;
            }
            self.remove(at);
            for (start, end) in [(row.start, range.start), (range.end, row.end)] {
                if start < end {
                    self.insert(at, Row { start, end });
                    at += 1;
                }
            }
        }
    }

    /// Adds a range that no row has a part of.
    fn add(&mut self, range: Range<usize>) {
        let Range { mut start, mut end } = range;
        let mut at = self.behind(start);
        if let Some(next) = self.list().get(at).copied().filter(|row| row.start == end) {
            end = next.end;
            self.remove(at);
        }
        let before = self.list().get(at.wrapping_sub(1)).copied();
        if let Some(before) = before.filter(|row| row.end == start) {
            start = before.start;
            at -= 1;
            self.remove(at);
        }
        if start < end {
            self.insert(at, Row { start, end });
        }
    }

    /// Without memory it is left out.
    fn insert(&mut self, at: usize, row: Row) {
        if self.count == self.room && !self.grow() || at > self.count {
            return;
        }
        // SAFETY: there is room for one more, and `at` is at most the count.
        unsafe {
            let place = self.first.add(at);
            core::ptr::copy(place, place.add(1), self.count - at);
            place.write(row);
        }
        self.count += 1;
    }

    fn remove(&mut self, at: usize) {
        if at < self.count {
            self.list().copy_within(at + 1.., at);
            self.count -= 1;
        }
    }

    fn grow(&mut self) -> bool {
        let room = if self.room == 0 { 256 } else { self.room * 2 };
        let Some(new) = sys::reserve(room * size_of::<Row>()) else {
            return false;
        };
        let new = new.cast::<Row>();
        if self.count > 0 {
            // SAFETY: the new memory is larger, and the old is nobody else's.
            unsafe {
                core::ptr::copy_nonoverlapping(self.first, new, self.count);
                sys::unmap(self.first.cast(), self.room * size_of::<Row>());
            }
        }
        (self.first, self.room) = (new, room);
        true
    }
}
