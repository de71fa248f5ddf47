//! Ranges to processes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::crew::Hand;
use super::super::failure::Failure;
use super::super::options::Workers;
use super::super::range::{Done, Range};
use super::memory::{WorkerMemory, WorkersSummary};
use super::process::{Death, Process};

/// A range whose worker dies is done again so many times, before it is asked which line it is.
const AGAIN: usize = 2;

/// The workers of a run.
pub struct Crew<'w> {
    workers: &'w Workers,
    /// The first worker, which was started to be asked for its pipeline.
    first: Mutex<Option<Process>>,
    summary: Mutex<WorkersSummary>,
}

impl<'w> Crew<'w> {
    /// Starts the first worker. Its pipeline's fingerprint and warnings come with it.
    pub fn start(workers: &'w Workers) -> Result<(Crew<'w>, u64, Vec<String>), Failure> {
        let first = Process::start(&workers.command)
            .map_err(|death| Failure::new(format_args!("a worker {death}")))?;
        let (fingerprint, warnings) = (first.hello.fingerprint, first.hello.warnings.clone());
        let crew = Crew {
            workers,
            first: Mutex::new(Some(first)),
            summary: Mutex::default(),
        };
        crew.summary().started += 1;
        Ok((crew, fingerprint, warnings))
    }

    fn summary(&self) -> MutexGuard<'_, WorkersSummary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A hand for each worker.
    pub fn hands(&self) -> Vec<ProcessHand<'_>> {
        let hand = |_| ProcessHand {
            crew: self,
            at_work: None,
        };
        (0..self.workers.count.max(1)).map(hand).collect()
    }

    /// What came of the workers, once their hands are dropped.
    pub fn finish(self) -> WorkersSummary {
        let mut summary = self
            .summary
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        summary.judge();
        summary
    }
}

/// Has ranges done by one process at a time.
pub struct ProcessHand<'w> {
    crew: &'w Crew<'w>,
    at_work: Option<(Process, WorkerMemory)>,
}

impl Hand for ProcessHand<'_> {
    fn annotate(&mut self, range: Range) -> Result<Done, Failure> {
        for _ in 0..=AGAIN {
            match self.attempt(&range, false)? {
                Ok(done) => return Ok(done),
                Err(_died) => {}
            }
        }
        self.without_what_kills(range)
    }
}

impl ProcessHand<'_> {
    /// Has a range done, by a worker that has not done too many. A worker that cannot be started ends the run.
    fn attempt(&mut self, range: &Range, one_by_one: bool) -> Result<Result<Done, Death>, Failure> {
        let (process, memory) = match &mut self.at_work {
            Some(at_work) => at_work,
            none => none.insert(self.crew.worker()?),
        };
        let outcome = process.annotate(range, one_by_one);
        Ok(match outcome {
            Ok((done, figures)) => {
                memory.add(figures);
                if self
                    .crew
                    .workers
                    .recycle_after
                    .is_some_and(|most| memory.ranges >= most)
                {
                    self.end(|summary| summary.recycled += 1);
                }
                Ok(done)
            }
            Err(death) => {
                self.end(|summary| summary.died += 1);
                Err(death)
            }
        })
    }

    /// Has a range done without the texts that kill a worker, which are reported.
    fn without_what_kills(&mut self, mut range: Range) -> Result<Done, Failure> {
        let mut killers = Vec::new();
        let mut done = loop {
            match self.attempt(&range, true)? {
                Ok(done) => break done,
                Err(Death { line: None, .. }) if !range.records.is_empty() => {
                    let (first, last) = (
                        range.records[0].number,
                        range.records[range.records.len() - 1].number,
                    );
                    let reason = format!(
                        "workers die of lines {first} to {last}, and not while they annotate one"
                    );
                    return Err(Failure::new(reason));
                }
                Err(death) => {
                    range
                        .records
                        .retain(|record| Some(record.number) != death.line);
                    killers.extend(
                        death
                            .line
                            .map(|line| (line, format!("the worker {death} each time"))),
                    );
                }
            }
        };
        done.counts.failed += killers.len() as u64;
        done.problems.extend(killers);
        done.problems.sort();
        Ok(done)
    }

    /// Lets the worker go.
    fn end(&mut self, count: impl FnOnce(&mut WorkersSummary)) {
        if let Some((process, memory)) = self.at_work.take() {
            drop(process);
            let mut summary = self.crew.summary();
            count(&mut summary);
            summary.take(memory);
        }
    }
}

impl Drop for ProcessHand<'_> {
    fn drop(&mut self) {
        self.end(|_| {});
    }
}

impl Crew<'_> {
    fn worker(&self) -> Result<(Process, WorkerMemory), Failure> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let process = match first {
            Some(first) => first,
            None => self.start_another()?,
        };
        let memory = WorkerMemory::new(process.hello.rss);
        Ok((process, memory))
    }

    /// Starts a worker. One that something kills while it loads its pipeline is replaced, too.
    fn start_another(&self) -> Result<Process, Failure> {
        let mut tries = 0;
        loop {
            self.summary().started += 1;
            match Process::start(&self.workers.command) {
                Ok(process) => return Ok(process),
                Err(death) if tries == AGAIN => {
                    return Err(Failure::new(format_args!("a worker {death}")));
                }
                Err(_died) => {
                    self.summary().died += 1;
                    tries += 1;
                }
            }
        }
    }
}
