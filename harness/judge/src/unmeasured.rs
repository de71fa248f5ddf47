//! Nothing is said that was not measured: verdicts on runs that were cut short, and without instruments.

use super::testing::{flat, judged, not_run, run, seen_by, valgrind, verdict};
use harness_model::testing::{WITH, WITHOUT};
use harness_model::{Cause, Instrument, Outcome, Run, Verdict};

/// What only a loop can say that was measured, and for long enough.
const CLAIMS: [&str; 4] = [
    "flat to the byte",
    "does not grow",
    "and then no more",
    "where it began, to the byte",
];

/// A loop of which so many iterations were measured.
fn cut_short(condition: &str, iterations: u64, gained: impl Fn(u64) -> u64) -> Run {
    use crate::series::reduce;
    use crate::shape::Kind;
    let values = |of: &dyn Fn(u64) -> u64| {
        let values: Vec<u64> = (0..=iterations).map(|i| 1_000 + of(i)).collect();
        reduce(&values, Kind::Exact { cycle: 10 }).unwrap()
    };
    Run {
        iterations,
        live_bytes: values(&gained),
        live_blocks: values(&|_| 0),
        unaccounted: values(&gained),
        ..run(condition, |_| 0, |_| 0)
    }
}

fn assert_no_claim(verdict: &Verdict, of: &str) {
    for claim in CLAIMS {
        let said = |text: &str| text.contains(claim);
        assert!(!said(&verdict.sentence), "{of}: {}", verdict.sentence);
        let messages = || verdict.findings.iter().map(|finding| &finding.message);
        assert!(!messages().any(|message| said(message)), "{of}");
    }
    assert_eq!(
        (verdict.outcome, verdict.exit_code),
        (Outcome::Inconclusive, 3),
        "{of}"
    );
}

#[test]
fn a_loop_without_a_measured_iteration_was_not_measured() {
    for condition in [WITH, WITHOUT] {
        for failure in [None, Some("was killed by signal 9".to_owned())] {
            let mut dead = cut_short(condition, 0, |_| 0);
            dead.failure = failure;
            dead.completed = false;
            let verdict = verdict(&[dead], &valgrind(vec![], vec![]));
            assert_no_claim(&verdict, condition);
            let says = format!("{condition} the loop was not measured");
            assert!(verdict.sentence.contains(&says), "{}", verdict.sentence);
            assert!(verdict.findings.is_empty());
            assert_eq!(verdict.causes[0].cause, Cause::Unknown);
            let would_have =
                |spot: &String| spot.contains("would have seen") || spot.contains("slope");
            assert!(!verdict.blind_spots.iter().any(would_have));
        }
    }
}

#[test]
fn a_loop_too_short_to_tell_is_inconclusive_in_the_sentence_too() {
    for condition in [WITH, WITHOUT] {
        for iterations in 1..4 {
            for step in [0, 146, 4_096] {
                let short = cut_short(condition, iterations, |i| step * i);
                let verdict = verdict(&[short], &valgrind(vec![], vec![]));
                let of = format!("{condition}, {iterations} iterations of {step}");
                assert_no_claim(&verdict, &of);
                assert!(
                    verdict
                        .sentence
                        .contains("too few to tell whether it grows"),
                    "{of}"
                );
                assert_eq!(verdict.causes[0].cause, Cause::Unknown, "{of}");
            }
        }
        let enough = cut_short(condition, 4, |_| 0);
        let verdict = verdict(&[enough], &valgrind(vec![], vec![]));
        assert_eq!(verdict.outcome, Outcome::Pass);
    }
}

#[test]
fn what_nobody_asked_is_not_answered() {
    let runs = [flat()];
    let silent = [seen_by(Instrument::Valgrind, &not_run())];
    for (stacks, says) in [
        (&[][..], "whether anything is lost was not asked"),
        (
            &silent,
            "whether anything is lost is not known (valgrind: valgrind is not installed)",
        ),
    ] {
        let verdict = judged(|evidence| {
            evidence.runs = &runs;
            evidence.stacks = stacks;
        });
        assert!(verdict.sentence.contains(says), "{}", verdict.sentence);
        assert!(!verdict.sentence.contains("nothing lost"));
    }
}
