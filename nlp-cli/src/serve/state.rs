//! What is the case in a service now: requests change it, and the metrics read it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::body::Budget;
use super::heap::Heap;
use super::job::Job;
use super::pipelines::Pipeline;
use super::queue::Queue;

/// What is the case now.
pub(super) struct State {
    pub pipelines: Vec<Pipeline>,
    pub queue: Queue<Job>,
    pub budget: Arc<Budget>,
    /// Connections that are open.
    pub connections: AtomicUsize,
    /// Requests whose head was read and whose answer is not sent yet.
    pub in_flight: AtomicUsize,
    pub heap: fn() -> Option<Heap>,
}

/// One more of something, until it is dropped.
pub(super) struct Counted {
    state: Arc<State>,
    of: fn(&State) -> &AtomicUsize,
}

impl Counted {
    /// Counts one more of what `of` counts. Gives how many there were before, too.
    pub fn new(state: &Arc<State>, of: fn(&State) -> &AtomicUsize) -> (Counted, usize) {
        let before = of(state).fetch_add(1, Ordering::Relaxed);
        let counted = Counted {
            state: Arc::clone(state),
            of,
        };
        (counted, before)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.of)(&self.state).fetch_sub(1, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
