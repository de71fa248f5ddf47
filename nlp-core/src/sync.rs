//! The locks of this crate: the standard library's, or under `--cfg loom` those of loom, which tries every order in which
//! threads can take them (`ci/interleavings.sh`).

use std::sync::PoisonError;

#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

/// Takes the lock, also if a thread panicked while it held it: for what such a thread cannot have left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
