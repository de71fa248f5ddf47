//! The one lock, for what is rare: a rule, a stack or a module that is met for the first time.

use crate::sys;
use core::sync::atomic::{AtomicU32, Ordering};

/// A lock without an owner that can be taken in a signal handler only by a thread that does not hold it: callers see to
/// that with the thread's busy flag.
pub struct Lock(AtomicU32);

/// What holds the lock, until it is dropped.
pub struct Held<'l>(&'l Lock);

impl Lock {
    /// A lock that nobody holds.
    pub const fn new() -> Lock {
        Lock(AtomicU32::new(0))
    }

    /// Takes it.
    pub fn hold(&self) -> Held<'_> {
        let mut tries = 0;
        while self
            .0
            .compare_exchange_weak(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            tries += 1;
            if tries < 100 {
                core::hint::spin_loop();
            } else {
                sys::wait(&self.0, 1);
            }
        }
        Held(self)
    }

    /// Takes it without a guard: around `fork`, whose two sides each let it go.
    pub fn take(&self) {
        core::mem::forget(self.hold());
    }

    /// Lets go of what [`Lock::take`] took.
    pub fn let_go(&self) {
        self.0.store(0, Ordering::Release);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.let_go();
    }
}
