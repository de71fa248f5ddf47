//! A service: all of its figures are of one run, and iterations are requests.

use super::whole::{evidence, site};
use super::*;
use crate::counts::{Phase, Service};
use harness_model::Outcome;
use harness_model::program::{PhaseKind, ProcessRole, ProgramVerdict, Work};

const MARKS: [u64; 4] = [100, 200, 500, 1_000];

/// What is concluded where what one site of this process does not keep at the marks, and after 500 requests more, is this.
fn judged(process: usize, size: u64, blocks: [u64; 4], again: u64) -> ProgramVerdict {
    let at_marks = MARKS.iter().zip(blocks);
    let figures = at_marks.map(|(&n, blocks)| figures(n, n, blocks, size));
    let mut known = site("keep", figures.collect());
    known.process = process;
    known.after = vec![
        self::figures(1_500, 1_500, again, size),
        self::figures(1_500, 1_500, again, size),
    ];
    let phase = |kind, requests| Phase {
        kind,
        requests,
        seconds: 1.0,
    };
    let mut evidence = evidence(vec![known], &MARKS);
    evidence.work = Work::Requests;
    evidence.service = Some(Service {
        seconds: 10.0,
        distinct: true,
        phases: vec![phase(PhaseKind::SameAgain, 500), phase(PhaseKind::Idle, 0)],
    });
    conclude(&evidence).verdict
}

#[test]
fn what_every_request_keeps_is_told_by_the_request_and_by_what_it_depends_on() {
    let verdict = judged(0, 32, [100, 200, 500, 1_000], 1_500);
    assert!(
        verdict
            .sentence
            .starts_with("Leak: 32 B a request (1 block)"),
        "{}",
        verdict.sentence
    );
    assert!(
        verdict
            .sentence
            .contains("up to 1,000 requests. It grows with every request")
    );
    let words = judged(0, 32, [100, 200, 500, 1_000], 1_000);
    assert!(words.growth[0].notes[0].contains("500 requests that it had had before it did not"));
}

#[test]
fn what_is_little_and_comes_by_chance_is_said_and_is_no_leak() {
    let drift = judged(0, 32, [10, 13, 22, 37], 40);
    assert_eq!(drift.outcome, Outcome::Pass, "{drift:?}");
    let told = |words: &str| drift.blind_spots.iter().any(|line| line.contains(words));
    assert!(
        told("may grow, by 0.96 B a request: it is too little"),
        "{:?}",
        drift.blind_spots
    );
    // As little of it in all, but to the block with every request.
    let each = judged(0, 4, [100, 200, 500, 1_000], 1_500);
    assert_eq!(each.outcome, Outcome::Leak);
}

#[test]
fn growth_of_workers_alone_is_said_to_be_that() {
    let verdict = judged(1, 32, [100, 200, 500, 1_000], 1_500);
    let [growth] = &verdict.growth[..] else {
        panic!("{verdict:?}")
    };
    assert_eq!(growth.process, ProcessRole::Child);
    assert!(growth.notes[1].contains("in worker processes"));
}

#[test]
fn what_grows_with_time_is_told_by_the_second() {
    let figures = MARKS.map(|n| figures(n, n, n, 32));
    let mut known = site("tick", figures.to_vec());
    // As much came in a second without requests as in one with them.
    known.after = vec![self::figures(1_000, 1_000, 1_090, 32)];
    let mut evidence = evidence(vec![known], &MARKS);
    evidence.work = Work::Requests;
    evidence.service = Some(Service {
        seconds: 10.0,
        distinct: false,
        phases: vec![Phase {
            kind: PhaseKind::Idle,
            requests: 0,
            seconds: 1.0,
        }],
    });
    let verdict = conclude(&evidence).verdict;
    assert!(
        verdict
            .sentence
            .starts_with("Leak: 2,880 B a second (90 blocks)"),
        "{}",
        verdict.sentence
    );
    assert!(!verdict.sentence.contains("up to"), "{}", verdict.sentence);
    assert_eq!(verdict.growth[0].iterations_per_second, Some(90.0));
}
