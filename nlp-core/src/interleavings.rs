//! Tries every order in which threads can take the locks: `ci/interleavings.sh` builds this with `--cfg loom`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

/// Runs `body` once for every order, and returns how many there were.
pub(crate) fn every_order(body: impl Fn() + Send + Sync + 'static) -> usize {
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    loom::model(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        body();
    });
    orders.load(Ordering::Relaxed)
}

/// Values seen over all orders, in a plain lock that loom does not schedule.
#[derive(Clone, Default)]
pub(crate) struct Seen<T>(Arc<std::sync::Mutex<std::collections::BTreeSet<T>>>);

impl<T: Ord + Clone> Seen<T> {
    pub fn add(&self, value: T) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(value);
    }

    pub fn all(&self) -> Vec<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}
