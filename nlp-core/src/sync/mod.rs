//! The locks of this crate: the standard library's, and two others for tests alone. Under `--cfg loom` they are loom's,
//! which tries every order in which threads can take them (`ci/interleavings.sh`); under `--cfg pthread_locks` they are the
//! C library's, which helgrind and drd understand (`ci/sanitizers.sh`).

use std::sync::PoisonError;

#[cfg(pthread_locks)]
mod pthread;

#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(pthread_locks)]
pub(crate) use pthread::{Mutex, MutexGuard};
#[cfg(not(any(loom, pthread_locks)))]
pub(crate) use std::sync::{Mutex, MutexGuard};

/// Takes the lock, also if a thread panicked while it held it: for what such a thread cannot have left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
