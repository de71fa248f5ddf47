//! Lists that grow, in memory of the kernel's: only the copy of the process that scans has any, and it ends with them.

use crate::sys;
use core::ops::{Deref, DerefMut};
use core::ptr::null_mut;

/// A list of plain values, for which all bytes zero is a value too.
pub struct Array<T: Copy> {
    at: *mut T,
    used: usize,
    room: usize,
}

/// What a list has room for at first, in bytes.
const FIRST: usize = 64 << 10;

impl<T: Copy> Array<T> {
    /// An empty list.
    pub const fn new() -> Array<T> {
        Array {
            at: null_mut(),
            used: 0,
            room: 0,
        }
    }

    /// One of so many zeroed values; `None` without memory.
    pub fn zeroed(count: usize) -> Option<Array<T>> {
        let at = sys::reserve((count * size_of::<T>()).max(1))?;
        Some(Array {
            at: at.cast(),
            used: count,
            room: count,
        })
    }

    /// Puts a value at the end; `None` without memory.
    #[inline]
    pub fn push(&mut self, value: T) -> Option<()> {
        if self.used == self.room {
            self.grow(self.used + 1)?;
        }
        // SAFETY: there is room for it.
        unsafe { self.at.add(self.used).write(value) };
        self.used += 1;
        Some(())
    }

    /// Puts so many zeroed values at the end, and hands on where they begin; `None` without memory.
    pub fn extend_zeroed(&mut self, count: usize) -> Option<usize> {
        let begin = self.used;
        if begin + count > self.room {
            self.grow(begin + count)?;
        }
        // SAFETY: there is room for them, and values that were popped may lie there.
        unsafe { self.at.add(begin).write_bytes(0, count) };
        self.used += count;
        Some(begin)
    }

    /// Takes the last value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.used = self.used.checked_sub(1)?;
        // SAFETY: it was pushed.
        Some(unsafe { self.at.add(self.used).read() })
    }

    /// Leaves the first so many.
    pub fn truncate(&mut self, count: usize) {
        self.used = self.used.min(count);
    }

    #[cold]
    fn grow(&mut self, least: usize) -> Option<()> {
        let bytes = (least * size_of::<T>())
            .max(2 * self.room * size_of::<T>())
            .max(FIRST);
        let bytes = bytes.div_ceil(4096) * 4096;
        self.at = if self.at.is_null() {
            sys::reserve(bytes)?.cast()
        } else {
            let old = (self.room * size_of::<T>()).div_ceil(4096) * 4096;
            // SAFETY: the list's own memory, which nothing points into while it grows.
            unsafe { super::kernel::remap(self.at.cast(), old, bytes) }?.cast()
        };
        self.room = bytes / size_of::<T>();
        Some(())
    }
}

impl<T: Copy> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        if self.at.is_null() {
            return &[];
        }
        // SAFETY: so many were written.
        unsafe { core::slice::from_raw_parts(self.at, self.used) }
    }
}

impl<T: Copy> DerefMut for Array<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        if self.at.is_null() {
            return &mut [];
        }
        // SAFETY: so many were written.
        unsafe { core::slice::from_raw_parts_mut(self.at, self.used) }
    }
}
