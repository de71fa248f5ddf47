//! Which count is run next.

use super::*;
use crate::counts::plan::{CLEAN, Limits, Next, Ran, Stop, next};
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    budget: 60.0,
    memory: 1 << 30,
};

/// All the counts that are run of a program that takes so long, and so much memory.
fn counts(
    start: f64,
    each: f64,
    memory: u64,
    certainty: impl Fn(&[Ran]) -> Certainty,
) -> (Vec<u64>, Stop, f64) {
    let mut ran: Vec<Ran> = Vec::new();
    loop {
        match next(&ran, certainty(&ran), LIMITS) {
            Next::Run(iterations) => ran.push(Ran {
                iterations,
                seconds: start + each * iterations as f64,
                memory: (1 << 20) + memory * iterations,
            }),
            Next::Stop(why) => {
                let spent = ran.iter().map(|run| run.seconds).sum();
                return (ran.iter().map(|run| run.iterations).collect(), why, spent);
            }
        }
        assert!(ran.len() < 30, "{ran:?}");
    }
}

#[test]
fn a_quick_program_that_keeps_nothing_is_run_to_a_hundred_thousand() {
    let (ran, why, _) = counts(0.01, 1e-6, 0, |_| Certainty::More);
    assert_eq!(
        (ran, why),
        (vec![10, 10, 100, 1_000, 10_000, CLEAN], Stop::Enough)
    );
}

#[test]
fn a_sure_leak_is_looked_at_no_longer_than_is_cheap() {
    let sure = |ran: &[Ran]| {
        if ran.len() >= 4 {
            Certainty::Sure
        } else {
            Certainty::More
        }
    };
    let (ran, why, spent) = counts(0.01, 0.01, 48, sure);
    assert_eq!((ran, why), (vec![10, 10, 100, 1_000], Stop::Sure));
    assert!(spent < 15.0);
}

#[test]
fn a_slow_program_gets_three_small_counts() {
    let (ran, _, spent) = counts(0.5, 4.0, 0, |_| Certainty::More);
    let mut distinct = ran.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() >= 3, "{ran:?}");
    assert!(spent < 90.0, "{ran:?}: {spent}");
}

#[test]
fn a_fast_leak_does_not_fill_the_machine() {
    let (ran, why, _) = counts(0.01, 1e-6, 1 << 20, |_| Certainty::More);
    assert!(
        ran.iter().all(|count| count * (1 << 20) <= 1 << 30),
        "{ran:?}"
    );
    assert_eq!(why, Stop::Memory);
}

proptest! {
    #[test]
    fn every_program_gets_three_counts_and_its_budget_is_kept_where_three_fit(start in 0.001f64..2.0, each in 1e-7f64..3.0) {
        let (ran, _, spent) = counts(start, each, 0, |_| Certainty::More);
        let mut distinct = ran.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert!(distinct.len() >= 3, "{:?}", ran);
        let first = start + each * 10.0;
        prop_assert!(spent <= LIMITS.budget.max(2.5 * first + 10.0 * start), "{:?}: {} s", ran, spent);
    }
}
