//! A lock over the C library's: see the [module](super). It is never poisoned.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::LockResult;

/// Room for a `pthread_mutex_t`, which takes 40 to 64 bytes where this is used.
#[repr(C, align(16))]
struct Raw(UnsafeCell<[u8; 64]>);

unsafe extern "C" {
    fn pthread_mutex_init(mutex: *mut c_void, attributes: *const c_void) -> c_int;
    fn pthread_mutex_lock(mutex: *mut c_void) -> c_int;
    fn pthread_mutex_unlock(mutex: *mut c_void) -> c_int;
    fn pthread_mutex_destroy(mutex: *mut c_void) -> c_int;
}

impl Raw {
    fn pointer(&self) -> *mut c_void {
        self.0.get().cast()
    }
}

/// As the standard library's.
pub(crate) struct Mutex<T> {
    /// In a box, since it must not move once it is set up.
    raw: Box<Raw>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one thread at a time, the one that holds the lock.
unsafe impl<T: Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        let raw = Box::new(Raw(UnsafeCell::new([0; 64])));
        // SAFETY: there is room for a lock, which is set up once, here.
        let failed = unsafe { pthread_mutex_init(raw.pointer(), ptr::null()) };
        assert_eq!(failed, 0, "a lock cannot be made");
        Mutex {
            raw,
            value: UnsafeCell::new(value),
        }
    }

    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        // SAFETY: it was set up, and did not move.
        let failed = unsafe { pthread_mutex_lock(self.raw.pointer()) };
        assert_eq!(failed, 0, "a lock cannot be taken");
        Ok(MutexGuard(self))
    }
}

impl<T> Drop for Mutex<T> {
    fn drop(&mut self) {
        // SAFETY: nobody holds it: a guard borrows it.
        unsafe { pthread_mutex_destroy(self.raw.pointer()) };
    }
}

/// As the standard library's.
pub(crate) struct MutexGuard<'l, T>(&'l Mutex<T>);

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread holds the lock, and gives it up once.
        unsafe { pthread_mutex_unlock(self.0.raw.pointer()) };
    }
}
