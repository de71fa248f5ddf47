//! What waits for a thread: a bounded list, of which small things are taken together.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Which waiting things are taken together.
pub(super) trait Batched {
    /// What it adds to a batch; a batch is full at [`Rules::most`].
    fn weight(&self) -> usize;

    /// Whether this one can be taken with one that came before it.
    fn joins(&self, first: &Self) -> bool;
}

/// How batches are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The most that the weights of a batch come to, unless its first thing alone has more.
    pub most: usize,
    /// How long a batch of several that is not full waits for others.
    pub wait: Duration,
}

/// Why something cannot wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// As many wait as may.
    Full,
    /// Nothing is taken any more.
    Closed,
}

/// A bounded queue.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    capacity: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Threads that wait for something to do.
    idle: usize,
    closed: bool,
}

impl<T: Batched> Queue<T> {
    /// A queue in which so many things may wait.
    pub fn new(capacity: usize) -> Queue<T> {
        Queue {
            state: Mutex::new(State {
                waiting: VecDeque::with_capacity(capacity),
                idle: 0,
                closed: false,
            }),
            changed: Condvar::new(),
            capacity,
        }
    }

    /// Every change is one push, or takes things out: whoever panics under the lock leaves it whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one in.
    pub fn push(&self, one: T) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.waiting.len() >= self.capacity {
            return Err(Refused::Full);
        }
        state.waiting.push_back(one);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// How many may wait.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Nothing is put in any more; what is in is still taken out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next thing, with those that can be done with it; None once the queue is closed and empty. Where nothing waits
    /// beside it, it comes alone and at once.
    pub fn next(&self, rules: Rules) -> Option<Vec<T>> {
        let mut state = self.lock();
        let first = loop {
            if let Some(first) = state.waiting.pop_front() {
                break first;
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.wait(state, None);
            state.idle -= 1;
        };
        let mut batch = Batch {
            room: rules.most.saturating_sub(first.weight()),
            taken: vec![first],
        };
        batch.fill(&mut state.waiting);
        if batch.taken.len() > 1 {
            let until = Instant::now() + rules.wait;
            // Where a thread is idle, what comes next is better off there.
            while batch.room > 0 && state.idle == 0 && !state.closed {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state = self.wait(state, Some(left));
                batch.fill(&mut state.waiting);
            }
        }
        let left = !state.waiting.is_empty();
        drop(state);
        // Whoever was woken for what is left may have been this thread.
        if left {
            self.changed.notify_one();
        }
        Some(batch.taken)
    }

    fn wait<'s>(
        &self,
        state: MutexGuard<'s, State<T>>,
        most: Option<Duration>,
    ) -> MutexGuard<'s, State<T>> {
        match most {
            None => (self.changed.wait(state)).unwrap_or_else(PoisonError::into_inner),
            Some(most) => {
                let waited = self.changed.wait_timeout(state, most);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

struct Batch<T> {
    taken: Vec<T>,
    room: usize,
}

impl<T: Batched> Batch<T> {
    /// Takes what can be done with the first, in its order. The first one that does not fit ends it, so that nothing is
    /// overtaken for ever; what cannot be done with it stays where it is.
    fn fill(&mut self, waiting: &mut VecDeque<T>) {
        let mut at = 0;
        while at < waiting.len() {
            let (one, first) = (&waiting[at], &self.taken[0]);
            if !one.joins(first) {
                at += 1;
                continue;
            }
            if one.weight() > self.room {
                self.room = 0;
                return;
            }
            self.room -= one.weight();
            self.taken.extend(waiting.remove(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    /// Its number, its weight, and what it can be done with.
    #[derive(Debug, PartialEq)]
    struct One(u32, usize, char);

    impl Batched for One {
        fn weight(&self) -> usize {
            self.1
        }

        fn joins(&self, first: &One) -> bool {
            self.2 == first.2
        }
    }

    const RULES: Rules = Rules {
        most: 10,
        wait: Duration::ZERO,
    };

    fn numbers(batch: Option<Vec<One>>) -> Vec<u32> {
        batch.unwrap_or_default().iter().map(|one| one.0).collect()
    }

    #[test]
    fn what_goes_together_is_taken_together_in_its_order() {
        let queue = Queue::new(10);
        for one in [
            One(1, 4, 'a'),
            One(2, 4, 'b'),
            One(3, 4, 'a'),
            One(4, 4, 'a'),
            One(5, 1, 'a'),
        ] {
            queue.push(one).unwrap();
        }
        assert_eq!(numbers(queue.next(RULES)), [1, 3]);
        assert_eq!(numbers(queue.next(RULES)), [2]);
        assert_eq!(numbers(queue.next(RULES)), [4, 5]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn what_is_larger_than_a_batch_comes_alone() {
        let queue = Queue::new(10);
        for one in [One(1, 99, 'a'), One(2, 1, 'a'), One(3, 99, 'a')] {
            queue.push(one).unwrap();
        }
        assert_eq!(numbers(queue.next(RULES)), [1]);
        assert_eq!(numbers(queue.next(RULES)), [2]);
        assert_eq!(numbers(queue.next(RULES)), [3]);
    }

    #[test]
    fn a_full_queue_refuses_and_a_closed_one_is_emptied() {
        let queue = Queue::new(2);
        queue.push(One(1, 1, 'a')).unwrap();
        queue.push(One(2, 1, 'b')).unwrap();
        assert_eq!(queue.push(One(3, 1, 'a')), Err(Refused::Full));
        queue.close();
        assert_eq!(queue.push(One(4, 1, 'a')), Err(Refused::Closed));
        assert_eq!(numbers(queue.next(RULES)), [1]);
        assert_eq!(numbers(queue.next(RULES)), [2]);
        assert_eq!(queue.next(RULES), None);
    }

    #[test]
    fn a_batch_of_several_waits_for_others_and_not_for_ever() {
        let queue = Queue::new(10);
        let patient = Rules {
            wait: Duration::from_secs(60),
            ..RULES
        };
        // One alone does not wait, nor does a batch that is full.
        queue.push(One(1, 1, 'a')).unwrap();
        assert_eq!(numbers(queue.next(patient)), [1]);
        queue.push(One(2, 5, 'a')).unwrap();
        queue.push(One(3, 5, 'a')).unwrap();
        assert_eq!(numbers(queue.next(patient)), [2, 3]);
        queue.push(One(4, 1, 'a')).unwrap();
        queue.push(One(5, 1, 'a')).unwrap();
        let short = Rules {
            wait: Duration::from_millis(10),
            ..RULES
        };
        let begun = Instant::now();
        assert_eq!(numbers(queue.next(short)), [4, 5]);
        assert!(begun.elapsed() >= short.wait);
        queue.push(One(6, 1, 'a')).unwrap();
        queue.push(One(7, 1, 'a')).unwrap();
        thread::scope(|scope| {
            let batch = scope.spawn(|| numbers(queue.next(patient)));
            while queue.len() > 0 {
                thread::yield_now();
            }
            queue.push(One(8, 8, 'a')).unwrap();
            assert_eq!(batch.join().unwrap(), [6, 7, 8]);
        });
    }

    #[test]
    fn nothing_is_lost_between_many_threads() {
        let queue = Arc::new(Queue::new(100_000));
        let rules = Rules {
            wait: Duration::from_micros(50),
            ..RULES
        };
        let take = |queue: Arc<Queue<One>>| {
            move || {
                let mut all = Vec::new();
                while let Some(batch) = queue.next(rules) {
                    assert!(batch.iter().map(Batched::weight).sum::<usize>() <= rules.most);
                    all.extend(numbers(Some(batch)));
                }
                all
            }
        };
        let takers: Vec<_> = (0..4)
            .map(|_| thread::spawn(take(Arc::clone(&queue))))
            .collect();
        thread::scope(|scope| {
            for part in 0..4_u32 {
                let queue = &queue;
                scope.spawn(move || {
                    for number in 0..2_500 {
                        let one = One(
                            part * 2_500 + number,
                            1 + number as usize % 5,
                            if number % 3 == 0 { 'a' } else { 'b' },
                        );
                        queue.push(one).unwrap();
                    }
                });
            }
        });
        queue.close();
        let mut all: Vec<u32> = takers
            .into_iter()
            .flat_map(|taker| taker.join().unwrap())
            .collect();
        all.sort_unstable();
        assert_eq!(all, (0..10_000).collect::<Vec<_>>());
    }
}
