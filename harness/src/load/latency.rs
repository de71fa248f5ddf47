//! How long answers took, in few numbers: each power of two of microseconds in 64 steps, so that what is read is within
//! 1.6% of what was.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Steps of a power of two, as bits.
const STEP_BITS: u32 = 6;

/// How often it took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latencies {
    /// By step.
    counts: BTreeMap<u32, u64>,
    /// The longest, in microseconds.
    most: u64,
}

/// The step of a number: the highest bit and the six below it.
fn step(micros: u64) -> u32 {
    let bits = micros.checked_ilog2().unwrap_or(0).max(STEP_BITS);
    let shift = bits - STEP_BITS;
    (shift << STEP_BITS) + (micros >> shift) as u32
}

/// The greatest number of a step.
fn greatest(step: u32) -> u64 {
    // The steps of the first two powers are single numbers.
    let shift = (step >> STEP_BITS).saturating_sub(1);
    let head = u64::from(step - (shift << STEP_BITS));
    ((head + 1) << shift) - 1
}

impl Latencies {
    /// Notes one.
    pub fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        *self.counts.entry(step(micros)).or_default() += 1;
        self.most = self.most.max(micros);
    }

    /// Adds those of another.
    pub fn plus(&mut self, other: &Latencies) {
        for (step, count) in &other.counts {
            *self.counts.entry(*step).or_default() += count;
        }
        self.most = self.most.max(other.most);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The time within which this share of them was answered, in milliseconds.
    pub fn within(&self, share: f64) -> f64 {
        let wanted = (self.count() as f64 * share).ceil().max(1.0) as u64;
        let mut so_far = 0;
        for (step, count) in &self.counts {
            so_far += count;
            if so_far >= wanted {
                return greatest(*step).min(self.most) as f64 / 1000.0;
            }
        }
        self.most()
    }

    /// The longest, in milliseconds.
    pub fn most(&self) -> f64 {
        self.most as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_step_that_is_near_it_and_steps_follow_each_other() {
        let mut last = 0;
        for micros in (0..100_000).chain([1 << 30, 1 << 40, (1 << 50) + 12_345]) {
            let step = step(micros);
            let top = greatest(step);
            assert!(
                top >= micros && top as f64 <= micros as f64 * 1.016,
                "{micros} {top}"
            );
            assert!(step >= last, "{micros}");
            last = step;
        }
    }

    #[test]
    fn shares_of_many_are_told_and_sums_are_those_of_both() {
        let mut all = Latencies::default();
        for part in 0..2 {
            let mut some = Latencies::default();
            for milli in (1..=500).map(|milli| milli + part * 500) {
                some.add(Duration::from_millis(milli));
            }
            all.plus(&some);
        }
        assert_eq!(all.count(), 1000);
        for (share, expected) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0)] {
            let told = all.within(share);
            assert!(
                told >= expected && told <= expected * 1.016,
                "{share}: {told}"
            );
        }
        assert_eq!((all.within(1.0), all.most()), (1000.0, 1000.0));
        assert_eq!(Latencies::default().within(0.5), 0.0);
    }
}
