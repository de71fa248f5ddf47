//! What the memory of workers does from range to range, and whether it was worth replacing them.

use harness_judge::shape::{Kind, judge};
use harness_model::Shape;
use serde::Serialize;

use super::protocol::Memory;

/// Figures that are kept of one worker. Where there are more, of each two neighbours one is left out, again and again.
const MOST_FIGURES: usize = 512;
/// Workers whose figures are kept.
const MOST_WORKERS: usize = 64;

/// The memory of one worker.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WorkerMemory {
    /// Ranges that it did.
    pub ranges: u64,
    /// RSS in bytes: with the pipeline loaded, and then at the end of every `stride`th range.
    pub rss: Vec<u64>,
    /// Ranges from one figure to the next.
    pub stride: u64,
    /// The most RSS that it had, in bytes.
    pub peak: u64,
}

impl WorkerMemory {
    /// That of a worker that has its pipeline and has done nothing.
    pub fn new(loaded: u64) -> WorkerMemory {
        WorkerMemory {
            ranges: 0,
            rss: vec![loaded],
            stride: 1,
            peak: loaded,
        }
    }

    /// Whether the second half of the ranges added no more than a hundredth.
    fn has_settled(&self) -> bool {
        let (half, last) = (self.rss[self.rss.len() / 2], self.rss[self.rss.len() - 1]);
        last.saturating_sub(half) <= half / 100
    }

    /// Takes the figures at the end of a range.
    pub(super) fn add(&mut self, memory: Memory) {
        self.ranges += 1;
        self.peak = self.peak.max(memory.peak);
        if !self.ranges.is_multiple_of(self.stride) {
            return;
        }
        self.rss.push(memory.rss);
        if self.rss.len() > MOST_FIGURES {
            let mut at = 0;
            self.rss.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.stride *= 2;
        }
    }
}

/// Whether workers had to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryVerdict {
    /// Memory was flat, or tended to a level: replacing workers gains nothing.
    NotNeeded,
    /// Memory grew with the ranges done: replacing workers bounds it.
    Needed,
    /// No worker did enough ranges to tell, or memory rose and may have stopped.
    CannotTell,
}

/// What came of all workers.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WorkersSummary {
    /// Processes that were started.
    pub started: u64,
    /// Those that ended because they had done as many ranges as they may.
    pub recycled: u64,
    /// Those that died.
    pub died: u64,
    /// The memory of each of the first, and of the last.
    pub memory: Vec<WorkerMemory>,
    /// Whether they had to be replaced.
    pub recycling: Option<MemoryVerdict>,
    /// The bytes that memory grew by a range, as the worker that did most has it.
    pub bytes_per_range: Option<f64>,
}

impl WorkersSummary {
    /// Takes the memory of a worker that is gone.
    pub fn take(&mut self, memory: WorkerMemory) {
        if self.memory.len() >= MOST_WORKERS {
            self.memory.pop();
        }
        self.memory.push(memory);
    }

    /// Judges the memory.
    pub fn judge(&mut self) {
        let longest = self.memory.iter().max_by_key(|worker| worker.rss.len());
        let Some(longest) = longest else { return };
        let judged = judge(&longest.rss, Kind::Noisy);
        self.recycling = Some(match judged.shape {
            Shape::Growing => MemoryVerdict::Needed,
            Shape::Slowing | Shape::Inconclusive => MemoryVerdict::CannotTell,
            _ if longest.rss.len() < FEWEST || !longest.has_settled() => MemoryVerdict::CannotTell,
            Shape::Flat | Shape::OneOff | Shape::Saturating | Shape::Sawtooth => {
                MemoryVerdict::NotNeeded
            }
        });
        self.bytes_per_range = Some(judged.slope / longest.stride as f64);
    }

    /// The summary as a sentence for people.
    pub fn sentence(&self) -> String {
        let most = self.memory.iter().max_by_key(|worker| worker.ranges);
        let (ranges, first, last) = most.map_or((0, 0, 0), |worker| {
            let rss = &worker.rss;
            (worker.ranges, rss[0] >> 20, rss[rss.len() - 1] >> 20)
        });
        let peak = self
            .memory
            .iter()
            .map(|worker| worker.peak)
            .max()
            .unwrap_or(0);
        let mut said = format!(
            "{} workers started, {} replaced after their ranges, {} died; at most {} MiB in one",
            self.started,
            self.recycled,
            self.died,
            peak >> 20
        );
        said += &match (self.recycling, self.bytes_per_range) {
            (Some(MemoryVerdict::NotNeeded), _) => {
                format!(": memory is flat over {ranges} ranges, replacing workers gains nothing")
            }
            (Some(MemoryVerdict::Needed), Some(bytes)) => format!(
                ": memory grows by {bytes:.0} bytes a range, and replacing workers bounds it"
            ),
            _ => format!(
                ": from {first} to {last} MiB over {ranges} ranges of one worker, which does not tell whether memory \
                 goes on growing"
            ),
        };
        said
    }
}

/// Figures that tell something.
const FEWEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker whose memory is `rss` after each range.
    fn worker(ranges: u64, rss: impl Fn(u64) -> u64) -> WorkerMemory {
        let mut memory = WorkerMemory::new(rss(0));
        for i in 1..=ranges {
            memory.add(Memory {
                rss: rss(i),
                peak: rss(i),
            });
        }
        memory
    }

    fn verdict(memory: WorkerMemory) -> MemoryVerdict {
        let mut summary = WorkersSummary::default();
        summary.take(memory);
        summary.judge();
        summary.recycling.unwrap()
    }

    #[test]
    fn memory_that_grows_with_the_ranges_says_that_replacing_was_needed() {
        let jitter = |i: u64| (i * 7919) % 5 * 4096;
        assert_eq!(
            verdict(worker(300, |i| 50_000_000 + 100_000 * i + jitter(i))),
            MemoryVerdict::Needed
        );
        assert_eq!(
            verdict(worker(300, |i| 50_000_000 + jitter(i))),
            MemoryVerdict::NotNeeded
        );
        assert_eq!(
            verdict(worker(300, |i| 50_000_000
                + 100_000 * i.min(20)
                + jitter(i))),
            MemoryVerdict::NotNeeded
        );
        assert_eq!(
            verdict(worker(5, |i| 50_000_000 + 100_000 * i)),
            MemoryVerdict::CannotTell
        );
    }

    #[test]
    fn the_figures_of_a_worker_that_never_ends_are_thinned() {
        let memory = worker(100_000, |i| 1_000_000 + i);
        assert!(memory.rss.len() <= MOST_FIGURES && memory.stride.is_power_of_two());
        for (at, rss) in memory.rss.iter().enumerate() {
            assert_eq!(*rss, 1_000_000 + at as u64 * memory.stride);
        }
    }
}
