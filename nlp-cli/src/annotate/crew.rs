//! Hands that work on ranges, and what they have done in the order of the ranges.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use nlp_io::texts::Place;

use super::failure::Failure;
use super::range::{Done, Range};

/// Ranges under way for each hand: one that it is at, and one that waits for it.
const UNDER_WAY: usize = 2;

/// Does the work of ranges, one after another.
pub trait Hand {
    /// Does a range. A failure ends the run.
    fn annotate(&mut self, range: Range) -> Result<Done, Failure>;
}

impl<F: FnMut(Range) -> Result<Done, Failure>> Hand for F {
    fn annotate(&mut self, range: Range) -> Result<Done, Failure> {
        self(range)
    }
}

/// A finished range: its input, where it ends, and what became of it.
pub struct Finished {
    pub input: usize,
    pub end: Place,
    pub done: Done,
}

type Outcome = thread::Result<Result<Done, Failure>>;

struct Job {
    range: Range,
    outcome: Sender<Outcome>,
}

struct Waiting {
    input: usize,
    end: Place,
    outcome: Receiver<Outcome>,
}

/// Hands at work. No more ranges are under way than two for each: neither a slow consumer nor a slow source lets anything
/// pile up.
pub struct Crew {
    /// None once there is nothing more to hand out.
    jobs: Option<Sender<Job>>,
    waiting: VecDeque<Waiting>,
    most: usize,
}

impl Crew {
    /// Starts a thread of `scope` for each hand. They end when the crew is dropped, after the ranges that they are at.
    pub fn start<'s, H: Hand + Send + 's>(scope: &'s Scope<'s, '_>, hands: Vec<H>) -> Crew {
        let (jobs, taken) = channel::<Job>();
        let taken = Arc::new(Mutex::new(taken));
        let most = hands.len() * UNDER_WAY;
        for mut hand in hands {
            let taken = Arc::clone(&taken);
            scope.spawn(move || {
                let next = || taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(job) = next() {
                    // What was half done is seen by nobody: the panic ends the run.
                    let work = AssertUnwindSafe(|| hand.annotate(job.range));
                    if job.outcome.send(catch_unwind(work)).is_err() {
                        // Nobody waits for it: the crew is gone, and what was handed out beside it is not wanted.
                        return;
                    }
                }
            });
        }
        Crew {
            jobs: Some(jobs),
            waiting: VecDeque::new(),
            most,
        }
    }

    /// Whether another range may be handed out.
    pub fn has_room(&self) -> bool {
        self.jobs.is_some() && self.waiting.len() < self.most
    }

    /// Hands out a range.
    pub fn hand_out(&mut self, range: Range) {
        let (send, outcome) = channel();
        self.waiting.push_back(Waiting {
            input: range.input,
            end: range.end,
            outcome,
        });
        let job = Job {
            range,
            outcome: send,
        };
        if let Some(jobs) = &self.jobs {
            jobs.send(job).expect("the hands wait for ranges");
        }
    }

    /// Lets the hands go when they have done what was handed out.
    pub fn close(&mut self) {
        self.jobs = None;
    }

    /// Waits for the range that is next; `None` if none is under way.
    pub fn next(&mut self) -> Option<Result<Finished, Failure>> {
        let Waiting {
            input,
            end,
            outcome,
        } = self.waiting.pop_front()?;
        let done = match outcome.recv().expect("a hand answers for each range") {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        };
        Some(done.map(|done| Finished { input, end, done }))
    }
}
