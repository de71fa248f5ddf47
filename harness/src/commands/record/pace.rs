//! How often something is done: as often as was asked for, but never for more than a share of a processor's time.

use std::time::{Duration, Instant};

/// When something is to be done again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    every: Duration,
    /// It may take one part in so many of a processor's time.
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

    /// It was done, from `begun` to `ended`, and took so much of a processor's time: where others want it too, that is less
    /// than went by.
    pub(super) fn done(&mut self, begun: Instant, ended: Instant, cost: Duration) {
        let least = begun + cost * self.part;
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

/// What this thread has had of a processor's time so far.
pub(super) fn spent() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: it writes to what it is given. Linux has this clock, so that it does not fail.
    unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time);
    }
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
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
        pace.done(begun, begun + MS, MS);
        assert_eq!(pace.wait(begun + MS), 99 * MS);
        // It had to wait for a processor.
        pace.done(begun + 100 * MS, begun + 150 * MS, MS);
        assert_eq!(pace.wait(begun + 150 * MS), 50 * MS);
        pace.done(begun + 200 * MS, begun + 210 * MS, 10 * MS);
        assert_eq!(pace.wait(begun + 210 * MS), 290 * MS);
        pace.slow_down();
        let late = begun + Duration::from_secs(60);
        pace.done(late, late, Duration::ZERO);
        assert_eq!(
            pace.wait(late),
            200 * MS,
            "what was missed is not made up for"
        );
    }
}
