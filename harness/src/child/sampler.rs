//! Takes one sample of this process.

use crate::allocator;
use crate::allocator::Mode;
use crate::probe::{jemalloc, rss, smaps};
use crate::workload::Workload;
use harness_model::Sample;
use harness_tally::counters;
use std::time::Instant;

/// Samples one loop.
pub struct Sampler {
    begun: Instant,
}

impl Sampler {
    /// Begins the loop's clock.
    pub fn new() -> Sampler {
        // Once for nothing: the pages that asking takes are then there before anything is compared.
        if allocator::mode() == Mode::Counting {
            let _ = (
                smaps::of_this_process(),
                jemalloc::sample(),
                rss::resident(),
            );
        }
        Sampler {
            begun: Instant::now(),
        }
    }

    /// Measures after an iteration. The counters are read first: what the rest of this allocates is not in them, and is
    /// freed with the sample, before the next iteration.
    pub fn sample(&self, iteration: u64, warmup: bool, words: u64, of: &dyn Workload) -> Sample {
        let counted = counters::read();
        let resident = rss::resident();
        Sample {
            // Whoever started this process knows.
            condition: String::new(),
            iteration,
            warmup,
            seconds: self.begun.elapsed().as_secs_f64(),
            words,
            live_bytes: counted.live_bytes,
            live_blocks: counted.live_blocks,
            total_bytes: counted.total_bytes,
            total_blocks: counted.total_blocks,
            jemalloc: (allocator::mode() == Mode::Counting)
                .then(jemalloc::sample)
                .flatten(),
            rss_bytes: resident.map(|resident| resident.bytes),
            file_bytes: resident.map(|resident| resident.of_files),
            stores: of.stores(),
            mappings: None,
        }
    }

    /// Measures as [`Sampler::sample`] does, and asks for the mappings too.
    pub fn sample_whole(
        &self,
        iteration: u64,
        warmup: bool,
        words: u64,
        of: &dyn Workload,
    ) -> Sample {
        let mut sample = self.sample(iteration, warmup, words, of);
        if allocator::mode() == Mode::Counting {
            // What was cut short would be held against what was not.
            let whole = smaps::of_this_process().filter(|smaps| !smaps.truncated);
            sample.mappings = whole.map(|smaps| smaps.resident);
            // Asking takes milliseconds: what the resident set was before is not what it was then.
            if let Some(resident) = rss::resident() {
                sample.rss_bytes = Some(resident.bytes);
                sample.file_bytes = Some(resident.of_files);
            }
        }
        sample
    }
}
