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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_put_in_is_taken_first() {
        let idle = Idle::new(3);
        (1..=3).for_each(|one| idle.put(one));
        assert_eq!([idle.take(), idle.take()], [Some(3), Some(2)]);
        idle.put(4);
        assert_eq!(
            [idle.take(), idle.take(), idle.take()],
            [Some(4), Some(1), None]
        );
    }

    #[test]
    fn what_is_put_into_a_full_list_is_dropped() {
        let one = std::sync::Arc::new(());
        let idle = Idle::new(2);
        for _ in 0..5 {
            idle.put(std::sync::Arc::clone(&one));
        }
        assert_eq!(idle.look(Vec::len), 2);
        assert_eq!(std::sync::Arc::strong_count(&one), 3);
        let none = Idle::new(0);
        none.put(one);
        assert!(none.take().is_none());
    }

    #[test]
    fn a_panic_under_the_lock_leaves_the_list_usable() {
        let idle = Idle::new(2);
        idle.put(7);
        let looking =
            std::panic::AssertUnwindSafe(|| idle.look(|_| panic!("in the middle of a look")));
        assert!(std::panic::catch_unwind(looking).is_err());
        idle.put(8);
        assert_eq!([idle.take(), idle.take()], [Some(8), Some(7)]);
    }
}
