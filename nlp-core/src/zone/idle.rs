//! What a pool keeps between uses: a bounded list behind a lock.

use crate::sync::{Mutex, lock};

/// Up to `most` idle things, of which the last one put in is taken first: its memory is the warmest.
///
/// Every change is one push or pop under the lock, so a thread that panics cannot leave the list half changed.
pub(super) struct Idle<T> {
    list: Mutex<Vec<T>>,
    most: usize,
}

impl<T> Idle<T> {
    /// An empty list that will keep up to `most`.
    pub fn new(most: usize) -> Self {
        Idle {
            list: Mutex::new(Vec::new()),
            most,
        }
    }

    /// Takes the last one that was put in, if there is any.
    pub fn take(&self) -> Option<T> {
        lock(&self.list).pop()
    }

    /// Puts one in, or drops it where there are enough: only after the lock is released, since that may take its time.
    pub fn put(&self, one: T) {
        let mut list = lock(&self.list);
        if list.len() < self.most {
            list.push(one);
        } else {
            drop(list);
            drop(one);
        }
    }

    /// Runs `look` with the list, under the lock.
    pub fn look<R>(&self, look: impl FnOnce(&Vec<T>) -> R) -> R {
        look(&lock(&self.list))
    }
}
