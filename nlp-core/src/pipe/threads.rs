//! The results of a stream, worked out by threads.
//!
//! The thread that iterates takes texts from the source, hands batches out, and puts the results in order. It hands out
//! no more than it may have under way, and waits only for the batch whose results are next: so there is nothing between
//! source and consumer that could fill.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::batches::Batches;
use super::docs::Finished;
use super::rows::Rows;
use super::work::ParseBatch;

/// Batches under way for each thread: one that it is at, and one that waits for it.
const UNDER_WAY: usize = 2;

/// What came of a batch: its results, or what a panic threw.
type Done<R> = Result<Vec<R>, Box<dyn Any + Send>>;

/// A batch, and where its results go.
struct Job<T, R> {
    texts: Vec<T>,
    done: Sender<Done<R>>,
}

/// A batch that was handed out.
struct Waiting<R, C> {
    done: Receiver<Done<R>>,
    contexts: Vec<C>,
}

/// The results of a [`Pipe`](super::Pipe), in order, worked out by threads: see [`Pipe::threads`](super::Pipe::threads).
pub struct PipeThreads<I, R, K>
where
    I: Iterator,
    K: Rows<I::Item>,
{
    batches: Batches<I, K>,
    /// None once there are no more batches, or the iterator is being dropped.
    jobs: Option<Sender<Job<K::Text, R>>>,
    waiting: VecDeque<Waiting<R, K::Context>>,
    most: usize,
    ready: Finished<R, K::Context>,
    dropped: Arc<AtomicBool>,
}

impl<I, R, K> PipeThreads<I, R, K>
where
    I: Iterator,
    K: Rows<I::Item>,
{
    pub(super) fn start<'s, W>(
        batches: Batches<I, K>,
        work: W,
        scope: &'s Scope<'s, '_>,
        threads: usize,
    ) -> Self
    where
        W: ParseBatch<K::Text, Output = R> + Send + Sync + 's,
        R: Send + 's,
        K::Text: Send + 's,
    {
        let (jobs, taken) = channel::<Job<K::Text, R>>();
        let taken = Arc::new(Mutex::new(taken));
        let work = Arc::new(work);
        let dropped = Arc::new(AtomicBool::new(false));
        for _ in 0..threads {
            let (taken, work) = (Arc::clone(&taken), Arc::clone(&work));
            let dropped = Arc::clone(&dropped);
            scope.spawn(move || {
                // The lock is held while one waits for a batch; the others wait for the lock then.
                let next = || taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(job) = next() {
                    if dropped.load(Ordering::Relaxed) {
                        return;
                    }
                    // What was half done is seen by nobody, and a zone is emptied before another batch gets it.
                    let batch = AssertUnwindSafe(|| work.parse_batch(&job.texts));
                    // Nobody may want it any more.
                    let _ = job.done.send(catch_unwind(batch));
                }
            });
        }
        PipeThreads {
            batches,
            jobs: Some(jobs),
            waiting: VecDeque::new(),
            most: threads.saturating_mul(UNDER_WAY),
            ready: Vec::new().into_iter().zip(Vec::new()),
            dropped,
        }
    }

    /// Hands out batches until enough are under way.
    fn hand_out(&mut self) {
        while self.waiting.len() < self.most
            && let Some(jobs) = &self.jobs
        {
            let Some(batch) = self.batches.next() else {
                // The threads end when they have done what there is.
                self.jobs = None;
                return;
            };
            let (send, done) = channel();
            let job = Job {
                texts: batch.texts,
                done: send,
            };
            self.waiting.push_back(Waiting {
                done,
                contexts: batch.contexts,
            });
            jobs.send(job).expect("the threads wait for batches");
        }
    }
}

impl<I, R, K> Iterator for PipeThreads<I, R, K>
where
    I: Iterator,
    K: Rows<I::Item>,
{
    type Item = K::Result<R>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((result, context)) = self.ready.next() {
                return Some(K::join(result, context));
            }
            self.hand_out();
            let next = self.waiting.pop_front()?;
            let done = next.done.recv().expect("a thread answers for each batch");
            match done {
                Ok(results) => self.ready = results.into_iter().zip(next.contexts),
                Err(panic) => resume_unwind(panic),
            }
        }
    }
}

impl<I, R, K> Drop for PipeThreads<I, R, K>
where
    I: Iterator,
    K: Rows<I::Item>,
{
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::Relaxed);
    }
}

impl<I, R, K> std::fmt::Debug for PipeThreads<I, R, K>
where
    I: Iterator,
    K: Rows<I::Item>,
{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipeThreads")
            .field("under_way", &self.waiting.len())
            .finish_non_exhaustive()
    }
}
