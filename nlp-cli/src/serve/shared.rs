//! What the threads of a service share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::body::Budget;
use super::heap::Heap;
use super::metrics::Metrics;
use super::options::{Limits, Observer};
use super::pipelines::Pipeline;
use super::queue::Queue;
use super::token::Token;
use super::work::Job;

/// What is the case now; the metrics read it.
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

/// All that a request needs.
pub(super) struct Shared {
    pub state: Arc<State>,
    pub metrics: Metrics,
    pub limits: Limits,
    pub token: Option<Token>,
    pub observer: Option<Arc<dyn Observer>>,
    /// The description of the API.
    pub openapi: String,
    /// Set once the service was told to stop.
    pub stopping: AtomicBool,
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
