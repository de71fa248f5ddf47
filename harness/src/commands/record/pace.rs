//! How often something is done: as often as was asked for, but never for more than a share of the time.

use std::time::{Duration, Instant};

/// When something is to be done again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    every: Duration,
    /// It may take one part in so many of the time.
    part: u32,
    next: Instant,
}

impl Pace {
    /// From now on.
    pub(super) fn new(every: Duration, part: u32) -> Pace {
        Pace {
            every,
            part,
            next: Instant::now(),
        }
    }

    /// Whether it is time.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// How long until it is.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// It was done, from `begun` to `ended`.
    pub(super) fn done(&mut self, begun: Instant, ended: Instant) {
        let cost = ended.saturating_duration_since(begun);
        let least = ended + cost * self.part;
        // Moments stay the same distance apart, however long each took, as long as none is missed.
        let planned = self.next + self.every;
        let planned = if planned < ended {
            begun + self.every
        } else {
            planned
        };
        self.next = planned.max(least);
    }

    /// From now on half as often.
    pub(super) fn slow_down(&mut self) {
        self.every *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_is_quick_is_done_as_asked_and_what_is_slow_takes_no_more_than_its_share() {
        let mut pace = Pace::new(100 * MS, 30);
        let begun = pace.next;
        assert!(pace.is_due(begun));
        pace.done(begun, begun + MS);
        assert_eq!(pace.wait(begun + MS), 99 * MS);
        pace.done(begun + 100 * MS, begun + 110 * MS);
        assert_eq!(pace.wait(begun + 110 * MS), 300 * MS);
        pace.slow_down();
        let late = begun + Duration::from_secs(60);
        pace.done(late, late);
        assert_eq!(
            pace.wait(late),
            200 * MS,
            "what was missed is not made up for"
        );
    }
}
