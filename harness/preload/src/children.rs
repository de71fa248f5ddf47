//! Tables of numbers that stand in the record: which node a frame is, and which site a node is. Used under a lock.

use crate::sys;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

const FIRST_BITS: u32 = 10;

fn index(key: u64, shift: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

/// Numbers by a key, of which the table itself has only a hash: whoever asks knows each number's own.
pub struct Children {
    shift: AtomicU32,
    used: AtomicU32,
    /// Numbers of nodes or sites, 0 for an empty place.
    places: AtomicPtr<u32>,
}

impl Children {
    /// An empty table.
    pub const fn new() -> Children {
        Children {
            shift: AtomicU32::new(64),
            used: AtomicU32::new(0),
            places: AtomicPtr::new(null_mut()),
        }
    }

    fn places(&self) -> &[AtomicU32] {
        let bits = 64 - self.shift.load(Ordering::Relaxed);
        let places = self.places.load(Ordering::Relaxed).cast::<AtomicU32>();
        if places.is_null() {
            return &[];
        }
        // SAFETY: made with that many.
        unsafe { core::slice::from_raw_parts(places, 1 << bits) }
    }

    /// The number that `is_it` knows among those of a key, or the place for a new one.
    pub fn find(&self, key: u64, is_it: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let places = self.places();
        let mut at = index(key, self.shift.load(Ordering::Relaxed));
        loop {
            match places[at].load(Ordering::Relaxed) {
                0 => return Err(at),
                number if is_it(number) => return Ok(number),
                _ => at = (at + 1) & (places.len() - 1),
            }
        }
    }

    /// Sees to room for one more; `false` without memory.
    pub fn prepare(&self, key_of: impl Fn(u32) -> u64) -> bool {
        let old = self.places();
        let used = self.used.load(Ordering::Relaxed) as usize;
        if used * 2 < old.len() {
            return true;
        }
        let bits = if old.is_empty() {
            FIRST_BITS
        } else {
            old.len().trailing_zeros() + 1
        };
        let Some(new) = sys::reserve(4 << bits) else {
            return false;
        };
        let old_bytes = old.len() * 4;
        self.shift.store(64 - bits, Ordering::Relaxed);
        let before = self.places.swap(new.cast(), Ordering::Relaxed);
        for number in old
            .iter()
            .map(|place| place.load(Ordering::Relaxed))
            .filter(|number| *number != 0)
        {
            let places = self.places();
            let mut at = index(key_of(number), 64 - bits);
            while places[at].load(Ordering::Relaxed) != 0 {
                at = (at + 1) & (places.len() - 1);
            }
            places[at].store(number, Ordering::Relaxed);
        }
        if old_bytes > 0 {
            // SAFETY: it came from `reserve`, and the lock keeps everybody else out.
            unsafe { sys::unmap(before.cast(), old_bytes) };
        }
        true
    }

    pub fn put(&self, at: usize, number: u32) {
        self.places()[at].store(number, Ordering::Relaxed);
        self.used.fetch_add(1, Ordering::Relaxed);
    }
}
