//! What is held beside the heap, by a number of its own: a descriptor, a child, a thread, a mapping's address.
//!
//! Few and seldom, next to blocks: so one table for each kind, sorted by the number, under a
//! lock.

use crate::lock::Lock;
use crate::{stacks, sys, tally};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering};

/// Something that is held.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its number.
    pub key: usize,
    /// Bytes, as the site counts them.
    pub bytes: usize,
    /// The site that took it.
    pub site: u32,
    /// Whatever its kind wants to know of it.
    pub mark: u32,
}

struct Rows {
    first: *mut Entry,
    count: usize,
    room: usize,
}

/// A table of what is held of one kind.
pub struct Ledger {
    lock: Lock,
    rows: UnsafeCell<Rows>,
}

// SAFETY: rows are touched under the lock.
unsafe impl Sync for Ledger {}

/// Descriptors, by their number.
pub static DESCRIPTORS: Ledger = Ledger::new();
/// Mappings, by their address; they do not overlap.
pub static MAPPINGS: Ledger = Ledger::new();
/// Threads, by their handle.
pub static THREADS: Ledger = Ledger::new();
/// Children, by their process.
pub static CHILDREN: Ledger = Ledger::new();
/// Shared memory, by a hash of its name or by its number.
pub static SHARED: Ledger = Ledger::new();

/// All of them, in the order in which they are locked where more than one is.
static ALL: [&Ledger; 5] = [&DESCRIPTORS, &MAPPINGS, &THREADS, &CHILDREN, &SHARED];

impl Ledger {
    const fn new() -> Ledger {
        Ledger {
            lock: Lock::new(),
            rows: UnsafeCell::new(Rows {
                first: null_mut(),
                count: 0,
                room: 0,
            }),
        }
    }

    /// Works on the rows, under the lock.
    fn with<T>(&self, work: impl FnOnce(&mut Rows) -> T) -> T {
        let _held = self.lock.hold();
        // SAFETY: under the lock.
        work(unsafe { &mut *self.rows.get() })
    }

    /// Notes something, in the place of what had its number before. (It was given back in a way that no hook saw.)
    pub fn put(&self, entry: Entry) {
        self.with(|rows| {
            if let Ok(at) = rows.find(entry.key) {
                rows.remove(at);
            }
            rows.insert(entry);
        });
    }

    /// Notes something of which two may be the first to know: the one that finds `noted` still false.
    pub fn put_once(&self, entry: Entry, noted: &AtomicBool) {
        self.with(|rows| {
            if !noted.swap(true, Ordering::Relaxed) {
                if let Ok(at) = rows.find(entry.key) {
                    rows.remove(at);
                }
                rows.insert(entry);
            }
        });
    }

    /// Takes the note of something away.
    pub fn take(&self, key: usize) -> Option<Entry> {
        self.with(|rows| {
            let at = rows.find(key).ok()?;
            Some(rows.remove(at))
        })
    }

    /// Whether a number is held.
    pub fn has(&self, key: usize) -> bool {
        self.with(|rows| rows.find(key).is_ok())
    }

    /// Sets the mark of something; what it was before.
    pub fn mark(&self, key: usize, mark: u32) -> Option<u32> {
        self.with(|rows| {
            let at = rows.find(key).ok()?;
            let entry = rows.at(at)?;
            Some(core::mem::replace(&mut entry.mark, mark))
        })
    }

    /// The first number of a range, both ends within it.
    pub fn first_within(&self, first: usize, last: usize) -> Option<usize> {
        self.with(|rows| {
            let at = rows.find(first).unwrap_or_else(|next| next);
            rows.at(at)
                .map(|entry| entry.key)
                .filter(|key| *key <= last)
        })
    }

    /// Takes away what lies in a range of addresses, where keys are addresses; what sticks out on either side stays.
    pub fn cut(&self, start: usize, end: usize) {
        self.with(|rows| {
            let mut at = rows
                .find(start)
                .unwrap_or_else(|next| next.saturating_sub(1));
            while let Some(entry) = rows
                .at(at)
                .map(|entry| *entry)
                .filter(|entry| entry.key < end)
            {
                let entry_end = entry.key.saturating_add(entry.bytes);
                if entry_end <= start {
                    at += 1;
                    continue;
                }
                rows.remove(at);
                for (key, until) in [(entry.key, start), (end, entry_end)] {
                    if key < until {
                        rows.insert(Entry {
                            key,
                            bytes: until - key,
                            ..entry
                        });
                        at += usize::from(key < start);
                    }
                }
            }
        });
    }

    /// Looks at each, in the order of their numbers. The ledgers behind this one in [`ALL`] may be asked meanwhile.
    pub fn each(&self, mut look: impl FnMut(&Entry)) {
        self.with(|rows| {
            (0..rows.count)
                .filter_map(|at| rows.at(at).map(|entry| *entry))
                .for_each(|entry| look(&entry))
        });
    }

    /// Whether nothing is held, as far as can be seen without the lock.
    pub fn is_empty(&self) -> bool {
        // SAFETY: one word, which is only looked at.
        unsafe { (&raw const (*self.rows.get()).count).read_volatile() == 0 }
    }

    /// Says how many bytes those with a mark have, and sets another mark.
    pub fn measure(&self, mark: u32, bytes: usize, then: u32) {
        self.update(|entry| {
            (entry.mark == mark).then(|| {
                entry.mark = then;
                bytes
            })
        });
    }

    /// Says anew how many bytes each has, for those that it is known of.
    pub fn update(&self, mut bytes: impl FnMut(&mut Entry) -> Option<usize>) {
        self.with(|rows| {
            for at in 0..rows.count {
                let Some(entry) = rows.at(at) else { continue };
                if let Some(bytes) = bytes(entry) {
                    let more = bytes as i64 - entry.bytes as i64;
                    entry.bytes = bytes;
                    tally::grew(stacks::site(entry.site), more);
                }
            }
        });
    }

    /// Forgets everything without counting it as given back: the child of a `fork` has none of the parent's threads.
    pub fn clear(&self) {
        self.with(|rows| {
            while rows.count > 0 {
                rows.remove(rows.count - 1);
            }
        });
    }
}

impl Rows {
    fn at(&mut self, at: usize) -> Option<&mut Entry> {
        // SAFETY: so many rows are written.
        (at < self.count).then(|| unsafe { &mut *self.first.add(at) })
    }

    fn find(&self, key: usize) -> Result<usize, usize> {
        if self.count == 0 {
            return Err(0);
        }
        // SAFETY: so many rows are written.
        let rows = unsafe { core::slice::from_raw_parts(self.first, self.count) };
        rows.binary_search_by_key(&key, |entry| entry.key)
    }

    /// Counts it as taken only where a row for it is found: it must be able to be given back.
    fn insert(&mut self, entry: Entry) {
        if self.count == self.room && !self.grow() {
            return;
        }
        let at = self.find(entry.key).unwrap_or_else(|at| at);
        // SAFETY: there is room for one more, and `at` is at most the count.
        unsafe {
            let place = self.first.add(at);
            core::ptr::copy(place, place.add(1), self.count - at);
            place.write(entry);
        }
        self.count += 1;
        tally::took(entry.site, entry.bytes as u64, 0);
    }

    fn remove(&mut self, at: usize) -> Entry {
        // SAFETY: `at` is below the count.
        let entry = unsafe {
            let place = self.first.add(at);
            let entry = place.read();
            core::ptr::copy(place.add(1), place, self.count - at - 1);
            entry
        };
        self.count -= 1;
        tally::gave(entry.site, entry.bytes as u64);
        entry
    }

    fn grow(&mut self) -> bool {
        let room = if self.room == 0 { 128 } else { self.room * 2 };
        let Some(new) = sys::reserve(room * size_of::<Entry>()) else {
            return false;
        };
        let new = new.cast::<Entry>();
        if self.count > 0 {
            // SAFETY: the new memory is larger, and the old is nobody else's.
            unsafe {
                core::ptr::copy_nonoverlapping(self.first, new, self.count);
                sys::unmap(self.first.cast(), self.room * size_of::<Entry>());
            }
        }
        (self.first, self.room) = (new, room);
        true
    }
}

/// Around `fork`: the tables are whole on both sides.
pub fn hold_for_fork() {
    ALL.iter().for_each(|ledger| ledger.lock.take());
}

/// On both sides of a `fork`.
pub fn let_go_after_fork() {
    ALL.iter().for_each(|ledger| ledger.lock.let_go());
}
