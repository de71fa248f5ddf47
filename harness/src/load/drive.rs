//! Sends requests on several connections at once: as fast as they are answered, or so many a second.

use super::connection::{self, Connection, Failure, Target};
use super::request::Request;
use super::tally::Tally;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// After so many refusals one after the other nobody is there any more.
const GONE: u64 = 50;
/// Weights are made smaller, all of them, until they come to no more than this.
const MOST_TURNS: usize = 10_000;

/// All that is sent, and how.
pub struct Load {
    requests: Vec<(Request, Target)>,
    /// Which request comes when, again and again: by its weight, and spread evenly.
    turns: Vec<usize>,
    timeout: Duration,
    /// Requests a second, where not as many as there can be.
    rate: Option<f64>,
    connections: Vec<Mutex<Vec<Option<Connection>>>>,
}

/// Some requests, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch {
    /// The number of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// No further one is begun after this time.
    pub time: Duration,
}

impl Load {
    /// Looks up where the requests go.
    ///
    /// # Errors
    ///
    /// A clause: why one cannot be sent.
    pub fn new(
        requests: Vec<Request>,
        connections: usize,
        timeout: Duration,
        rate: Option<f64>,
    ) -> Result<Load, String> {
        let turns = turns(&requests.iter().map(|one| one.weight).collect::<Vec<_>>());
        let resolved = requests.into_iter().map(|one| {
            let target = connection::resolve(&one.address)?;
            Ok((one, target))
        });
        let requests: Vec<(Request, Target)> = resolved.collect::<Result<_, String>>()?;
        // One connection of each worker to each of the requests' targets; requests of one target share it.
        let none = || Mutex::new(requests.iter().map(|_| None).collect());
        Ok(Load {
            connections: (0..connections).map(|_| none()).collect(),
            requests,
            turns,
            timeout,
            rate,
        })
    }

    /// Sends a batch, and tells what became of it, by request.
    pub fn drive(&self, batch: Batch) -> Vec<Tally> {
        let begun = Instant::now();
        let next = AtomicU64::new(0);
        let (refusals, gone) = (AtomicU64::new(0), AtomicBool::new(false));
        let worker = |connections: &Mutex<Vec<Option<Connection>>>| {
            let mut tallies = vec![Tally::default(); self.requests.len()];
            let mut buffer = Vec::new();
            let mut connections = connections
                .lock()
                .unwrap_or_else(|broken| broken.into_inner());
            while !gone.load(Ordering::Relaxed) && begun.elapsed() < batch.time {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= batch.count {
                    break;
                }
                // With a rate, a request is late where the service was busy when it was due, and that counts.
                let due = match self.rate {
                    Some(rate) => begun + Duration::from_secs_f64(number as f64 / rate),
                    None => Instant::now(),
                };
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let number = batch.first + number;
                let which = self.turns[(number % self.turns.len() as u64) as usize];
                let (request, target) = &self.requests[which];
                request.write(number, &mut buffer);
                let shared = self.of_target(which);
                let until = Instant::now() + self.timeout;
                let asked = connection::ask(
                    &mut connections[shared],
                    target,
                    &buffer,
                    request.is_head,
                    until,
                );
                match asked {
                    Ok(answer) => {
                        refusals.store(0, Ordering::Relaxed);
                        tallies[which].answered(answer.status, answer.bytes, due.elapsed());
                    }
                    Err(failure) => {
                        tallies[which].failed(failure);
                        let in_a_row = match failure {
                            Failure::Refused => refusals.fetch_add(1, Ordering::Relaxed) + 1,
                            _ => 0,
                        };
                        gone.fetch_or(in_a_row >= GONE, Ordering::Relaxed);
                    }
                }
            }
            tallies
        };
        let mut all = vec![Tally::default(); self.requests.len()];
        std::thread::scope(|scope| {
            let worker = &worker;
            let threads: Vec<_> = self
                .connections
                .iter()
                .map(|connections| scope.spawn(move || worker(connections)))
                .collect();
            for thread in threads {
                let tallies = thread.join().unwrap_or_default();
                for (sum, more) in all.iter_mut().zip(&tallies) {
                    sum.plus(more);
                }
            }
        });
        all
    }

    /// The first request that goes where this one goes.
    fn of_target(&self, which: usize) -> usize {
        let target = &self.requests[which].1;
        let first = self.requests.iter().position(|(_, other)| other == target);
        first.unwrap_or(which)
    }
}

/// Whose turn it is, for weights: each comes as often as its weight says, as evenly as can be.
fn turns(weights: &[u32]) -> Vec<usize> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let part = (sum as usize).div_ceil(MOST_TURNS).max(1) as u32;
    let weights: Vec<i64> = weights
        .iter()
        .map(|weight| i64::from((weight / part).max(1)))
        .collect();
    let sum: i64 = weights.iter().sum();
    let mut credit = vec![0; weights.len()];
    let mut turns = Vec::new();
    for _ in 0..sum {
        for (credit, weight) in credit.iter_mut().zip(&weights) {
            *credit += weight;
        }
        // The first of those with the most.
        let most = credit.iter().max().copied().unwrap_or(0);
        let which = credit.iter().position(|one| *one == most).unwrap_or(0);
        credit[which] -= sum;
        turns.push(which);
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_comes_as_often_as_it_weighs_and_evenly() {
        assert_eq!(turns(&[1]), [0]);
        assert_eq!(turns(&[3, 1]), [0, 0, 1, 0]);
        let many = turns(&[9_000, 9_000, 4_500]);
        let of = |which| many.iter().filter(|one| **one == which).count();
        assert!(many.len() <= MOST_TURNS);
        assert_eq!((of(0), of(1)), (of(2) * 2, of(2) * 2));
    }
}
