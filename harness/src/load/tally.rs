//! What became of requests: answers by their status, what failed, and how long it took.

use super::connection::Failure;
use super::latency::Latencies;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What became of some requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Answers, by their status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer, by what happened.
    pub failures: BTreeMap<Failure, u64>,
    /// How long answers took.
    pub latencies: Latencies,
    /// Bytes of their bodies.
    pub bytes: u64,
}

impl Tally {
    /// Notes an answer.
    pub fn answered(&mut self, status: u16, bytes: u64, time: Duration) {
        *self.statuses.entry(status).or_default() += 1;
        self.bytes += bytes;
        self.latencies.add(time);
    }

    /// Notes that none came.
    pub fn failed(&mut self, failure: Failure) {
        *self.failures.entry(failure).or_default() += 1;
    }

    /// Adds another.
    pub fn plus(&mut self, other: &Tally) {
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (failure, count) in &other.failures {
            *self.failures.entry(*failure).or_default() += count;
        }
        self.latencies.plus(&other.latencies);
        self.bytes += other.bytes;
    }

    /// Requests that were sent, or could not be.
    pub fn requests(&self) -> u64 {
        self.statuses.values().chain(self.failures.values()).sum()
    }

    /// Answers that say that it was done: 2xx and 3xx.
    pub fn served(&self) -> u64 {
        let served = self.statuses.range(200..400);
        served.map(|(_, count)| count).sum()
    }
}
