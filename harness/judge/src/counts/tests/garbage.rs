//! Services in runtimes that collect garbage: what waits for a collector looks like growth, and is none.

use super::whole::{evidence, site};
use super::*;
use crate::counts::{Collector, Phase, Service};
use harness_model::program::{PhaseKind, ProgramVerdict, Resource, Work};
use harness_model::{Outcome, Place};

const FEW: [u64; 4] = [10, 20, 100, 200];
const MANY: [u64; 4] = [100, 1_000, 10_000, 20_000];

fn collector(runtime: &str, at_end: bool) -> Collector {
    Collector {
        runtime: runtime.to_owned(),
        at_end,
        own_heap: false,
    }
}

/// A service of whose requests each leaves a block of `size` up to its end, where `left` of them still are.
fn served(counts: &[u64], size: u64, collector: Collector, left: Option<u64>) -> Evidence {
    let last = counts[counts.len() - 1];
    let mut known = site("keep", held(counts, size, |n| n));
    known.after = vec![figures(last, last, last, size)];
    known.at_end = left.map(|left| figures(last, last, left, size));
    let mut evidence = evidence(vec![known], counts);
    evidence.processes[0].collector = Some(collector);
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
    evidence
}

fn judged(evidence: &Evidence) -> ProgramVerdict {
    conclude(evidence).verdict
}

#[test]
fn what_a_collector_took_at_the_end_is_no_leak_and_what_it_left_is_one() {
    let python = |left| judged(&served(&FEW, 500, collector("Python", true), Some(left)));
    assert_eq!(python(200).outcome, Outcome::Leak);
    let gone = python(3);
    assert_eq!(gone.outcome, Outcome::Inconclusive);
    assert!(
        gone.sentence
            .contains("the collector of Python had run, that was gone"),
        "{}",
        gone.sentence
    );
    // Half of it was garbage.
    let half = python(100);
    let rate = half.growth[0].bytes_per_iteration;
    assert!((230.0..260.0).contains(&rate), "{rate}");
}

#[test]
fn what_comes_by_chance_and_was_collected_is_a_blind_spot() {
    let mut evidence = served(&FEW, 500, collector("Python", true), Some(0));
    let one_in_three = |figures: &mut Vec<Figures>| {
        for one in figures {
            one.end.blocks /= 3;
            one.end.bytes /= 3;
            one.peak = one.end;
        }
    };
    one_in_three(&mut evidence.sites[0].figures);
    one_in_three(&mut evidence.sites[0].after);
    let verdict = judged(&evidence);
    assert_eq!(verdict.outcome, Outcome::Pass, "{verdict:?}");
    assert!(!verdict.blind_spots.is_empty());
}

#[test]
fn what_came_ten_thousand_times_and_never_went_waits_for_no_collector() {
    let gone = judged(&served(&MANY, 500, collector("Python", true), Some(0)));
    assert_eq!(gone.outcome, Outcome::Leak);
    let unasked = judged(&served(&MANY, 500, collector("V8", false), None));
    assert_eq!(unasked.outcome, Outcome::Leak);
}

#[test]
fn where_no_collector_could_be_run_a_few_requests_tell_nothing() {
    let verdict = judged(&served(&FEW, 500, collector("V8", false), None));
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
    assert!(
        verdict.sentence.contains("more requests tell"),
        "{}",
        verdict.sentence
    );
    // Without a runtime that collects there is nothing to wait for.
    let mut plain = served(&FEW, 500, collector("V8", false), None);
    plain.processes[0].collector = None;
    assert_eq!(judged(&plain).outcome, Outcome::Leak);
}

#[test]
fn a_cycle_that_is_left_waits_too() {
    let mut evidence = served(&FEW, 500, collector("Python", true), Some(200));
    evidence.sites[0].held_by = vec![
        "work.Node".to_owned(),
        "a cycle that only the collector frees".to_owned(),
    ];
    assert_eq!(judged(&evidence).outcome, Outcome::Inconclusive);
}

#[test]
fn what_a_module_leads_to_waits_for_no_collector() {
    let mut evidence = served(&FEW, 500, collector("Python", false), None);
    assert_eq!(judged(&evidence).outcome, Outcome::Inconclusive);
    let held_by = |last: &str| ["bytearray", "list work.kept", last].map(str::to_owned);
    evidence.sites[0].held_by = held_by("module work").to_vec();
    assert_eq!(judged(&evidence).outcome, Outcome::Leak);
    evidence.sites[0].held_by = held_by("a cycle that only the collector frees").to_vec();
    assert_eq!(judged(&evidence).outcome, Outcome::Inconclusive);
    // Most of what lives was there before: what that is held by says nothing of what came.
    evidence.sites[0].held_by = held_by("module work").to_vec();
    for one in &mut evidence.sites[0].figures {
        one.end.blocks += 5_000;
        one.end.bytes += 5_000 * 500;
    }
    assert_eq!(judged(&evidence).outcome, Outcome::Inconclusive);
}

/// A buffer is taken at one place or at another.
#[test]
fn what_is_gained_at_one_place_and_let_go_of_at_another_is_no_growth() {
    let mut evidence = served(&FEW, 500, collector("V8", false), None);
    evidence.processes[0].collector = None;
    let all = 200 * 500;
    for one in &mut evidence.processes[0].figures {
        one.live = all + one.iterations * 500;
    }
    assert_eq!(judged(&evidence).outcome, Outcome::Leak);
    for one in &mut evidence.processes[0].figures {
        one.live = all;
    }
    assert_eq!(judged(&evidence).outcome, Outcome::Pass);
}

#[test]
fn short_texts_that_nothing_of_pythons_holds_may_be_names_of_attributes() {
    let mut evidence = served(&FEW, 56, collector("Python", true), Some(200));
    let known = &mut evidence.sites[0];
    known.stack[0].place = Place {
        function: "PyUnicode_New".to_owned(),
        file: None,
        line: None,
    };
    assert_eq!(judged(&evidence).outcome, Outcome::Pass);
    // So are those of a program that is run for each count.
    let mut counted = evidence.clone();
    (counted.work, counted.service) = (Work::Iterations, None);
    counted.processes[0].collector = Some(collector("Python", false));
    counted.sites[0].at_end = None;
    assert_eq!(judged(&counted).outcome, Outcome::Pass);
    // Somebody holds them.
    evidence.sites[0].held_by = ["str", "set words.SEEN"].map(str::to_owned).to_vec();
    assert_eq!(judged(&evidence).outcome, Outcome::Leak);
}

#[test]
fn resident_memory_of_a_heap_that_fills_is_not_believed() {
    let mut evidence = served(&FEW, 500, collector("V8", false), None);
    evidence.sites.clear();
    for (figures, iterations) in evidence.processes[0].figures.iter_mut().zip(FEW) {
        figures.anonymous = Some((20 << 20) + iterations * 40_000);
    }
    let verdict = judged(&evidence);
    assert_eq!(verdict.outcome, Outcome::Inconclusive, "{verdict:?}");
    assert!(
        verdict.sentence.contains("the heap of V8"),
        "{}",
        verdict.sentence
    );
    evidence.processes[0].collector = None;
    let verdict = judged(&evidence);
    assert_eq!(verdict.outcome, Outcome::Leak);
    assert_eq!(verdict.growth[0].resource, Resource::Heap);
}
