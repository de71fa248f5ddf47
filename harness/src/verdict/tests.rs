//! What the verdict makes of measurements of every kind.

use super::series::reduce;
use super::shape::Kind;
use super::{Evidence, judge};
use crate::summary::{
    FindingKind, GrowingSite, LeakKind, Outcome, Probe, Run, Shape, SitePair, SiteReport, SiteRun,
    StoreGrowth, Verdict, Zones,
};

/// A loop of 40 iterations whose live bytes are `base` plus what `gained` says after each.
fn run(zones: Zones, gained: impl Fn(u64) -> u64, in_stores: impl Fn(u64) -> u64) -> Run {
    let values = |of: &dyn Fn(u64) -> u64| {
        let values: Vec<u64> = (0..=40).map(of).collect();
        reduce(&values, Kind::Exact { cycle: 10 }).unwrap()
    };
    let per_iteration = in_stores(40) as f64 / 40.0;
    let store = |name: &str, share: f64| StoreGrowth {
        name: name.to_owned(),
        entries_first: 10,
        entries_last: 50,
        bytes_first: 100,
        bytes_last: 100 + (in_stores(40) as f64 * share) as u64,
        entries_per_iteration: 1.0,
        bytes_per_iteration: per_iteration * share,
        shape: if per_iteration > 0.0 {
            Shape::Growing
        } else {
            Shape::Flat
        },
    };
    Run {
        zones,
        warmup: 10,
        iterations: 40,
        completed: true,
        failure: None,
        seconds: 1.0,
        words: 4000,
        samples_file: "samples.jsonl".to_owned(),
        live_bytes: values(&|i| 1_000 + gained(i)),
        live_blocks: values(&|i| 100 + gained(i).div_ceil(64)),
        jemalloc: None,
        rss_bytes: None,
        stores: vec![store("strings", 0.25), store("lexemes", 0.75)],
        unaccounted: values(&|i| 1_000 + gained(i) - in_stores(i)),
    }
}

fn flat() -> Run {
    run(Zones::On, |_| 0, |_| 0)
}

fn vocabulary() -> Run {
    run(Zones::Off, |i| 412 * i, |i| 412 * i)
}

fn not_run() -> Probe<SiteReport> {
    Probe::NotRun {
        reason: "valgrind is not installed".to_owned(),
        remedy: None,
    }
}

fn pair(zones: Zones, growing: Vec<GrowingSite>) -> SitePair {
    let run = |iterations| SiteRun {
        iterations,
        seconds: 1.0,
        counted_bytes: 0,
        counted_blocks: 0,
        seen_bytes: 0,
        seen_blocks: 0,
        files: Vec::new(),
    };
    SitePair {
        zones,
        short: run(2),
        long: run(20),
        proof: None,
        growing,
    }
}

fn site(kind: LeakKind, line: u32, bytes: f64) -> GrowingSite {
    GrowingSite {
        leak_kind: Some(kind),
        bytes_per_iteration: bytes,
        blocks_per_iteration: 1.0,
        short_bytes: 0,
        short_blocks: 0,
        long_bytes: 18 * bytes as u64,
        long_blocks: 18,
        function: "resize_activations".to_owned(),
        file: Some("activations.rs".to_owned()),
        line: Some(line),
        part: None,
        frames: Vec::new(),
    }
}

fn valgrind(off: Vec<GrowingSite>, on: Vec<GrowingSite>) -> Probe<SiteReport> {
    Probe::Ran(SiteReport {
        pairs: vec![pair(Zones::Off, off), pair(Zones::On, on)],
    })
}

fn verdict(runs: &[Run], valgrind: &Probe<SiteReport>) -> Verdict {
    judge(&Evidence {
        runs,
        samples: &[],
        ledgers: &[],
        dhat: &not_run(),
        valgrind,
        sites: &not_run(),
        missing: Vec::new(),
        interrupted: false,
        cycle: 10,
    })
}

fn kinds(verdict: &Verdict) -> Vec<FindingKind> {
    verdict
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect()
}

#[test]
fn a_vocabulary_that_grows_without_zones_and_is_flat_with_them_passes_in_one_plain_sentence() {
    let verdict = verdict(&[vocabulary(), flat()], &valgrind(vec![], vec![]));
    assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Pass, 0));
    assert_eq!(
        verdict.sentence,
        "Without zones the vocabulary grows by 412 bytes an iteration, all of it lexemes and strings; with zones live \
         memory is flat to the byte; nothing is lost."
    );
}

#[test]
fn growth_with_zones_fails_and_names_the_function_that_valgrind_saw() {
    let sites = || {
        vec![
            site(LeakKind::DefinitelyLost, 93, 64.0),
            site(LeakKind::DefinitelyLost, 95, 16.0),
        ]
    };
    let grows = run(Zones::On, |i| 80 * i, |_| 0);
    let verdict = verdict(&[grows], &valgrind(sites(), sites()));
    assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Leak, 1));
    assert!(kinds(&verdict).contains(&FindingKind::GrowthInZones));
    assert!(kinds(&verdict).contains(&FindingKind::Lost));
    for finding in &verdict.findings {
        assert_eq!(finding.function.as_deref(), Some("resize_activations"));
        assert_eq!(finding.line, Some(93));
        assert_eq!(finding.bytes_per_iteration, 80.0);
    }
    let says = "resize_activations (activations.rs:93, 95) loses 80 bytes in 2 blocks an iteration in both loops";
    assert!(verdict.sentence.contains(says), "{}", verdict.sentence);
}

#[test]
fn what_is_lost_fails_without_zones_too() {
    let lost = vec![site(LeakKind::IndirectlyLost, 93, 64.0)];
    let verdict = verdict(&[vocabulary(), flat()], &valgrind(lost, vec![]));
    assert_eq!(verdict.outcome, Outcome::Leak);
}

#[test]
fn held_blocks_that_grow_without_zones_do_not_fail() {
    // A hash table is held by a pointer into its middle: valgrind calls it possibly lost.
    for kind in [LeakKind::StillReachable, LeakKind::PossiblyLost] {
        let verdict = verdict(
            &[vocabulary(), flat()],
            &valgrind(vec![site(kind, 1, 412.0)], vec![]),
        );
        assert_eq!(verdict.outcome, Outcome::Pass);
    }
}

#[test]
fn growth_in_no_store_fails_unless_valgrind_says_that_it_is_held() {
    let unaccounted = || run(Zones::Off, |i| 500 * i, |i| 400 * i);
    let without = verdict(&[unaccounted()], &not_run());
    assert_eq!(without.outcome, Outcome::Leak);
    assert_eq!(without.findings[0].kind, FindingKind::Unaccounted);
    let with = verdict(&[unaccounted()], &valgrind(vec![], vec![]));
    assert_eq!(with.outcome, Outcome::Pass);
    assert!(
        with.sentence.contains("80% of it lexemes and strings"),
        "{}",
        with.sentence
    );
}

#[test]
fn a_buffer_grown_once_passes_unless_it_is_too_late_to_tell() {
    let grown_at = |at: u64| run(Zones::On, move |i| if i >= at { 4096 } else { 0 }, |_| 0);
    let early = verdict(&[grown_at(5)], &not_run());
    assert_eq!(early.outcome, Outcome::Pass);
    assert_eq!(kinds(&early), [FindingKind::OneOff]);
    let late = verdict(&[grown_at(38)], &not_run());
    assert_eq!((late.outcome, late.exit_code), (Outcome::Inconclusive, 3));
}

#[test]
fn a_stopped_run_and_a_missing_requirement_are_inconclusive() {
    let runs = [flat()];
    let (dhat, valgrind) = (not_run(), not_run());
    let evidence = |missing: Vec<String>, interrupted| Evidence {
        runs: &runs,
        samples: &[],
        ledgers: &[],
        dhat: &dhat,
        valgrind: &valgrind,
        sites: &dhat,
        missing,
        interrupted,
        cycle: 10,
    };
    assert_eq!(judge(&evidence(vec![], false)).exit_code, 0);
    assert_eq!(judge(&evidence(vec![], true)).exit_code, 3);
    let required = judge(&evidence(vec!["valgrind".to_owned()], false));
    assert_eq!(required.exit_code, 3);
    assert!(
        required.sentence.contains("valgrind is required"),
        "{}",
        required.sentence
    );
}

#[test]
fn every_verdict_says_what_it_could_not_have_seen() {
    let verdict = verdict(&[flat()], &not_run());
    let says = |text: &str| verdict.blind_spots.iter().any(|spot| spot.contains(text));
    assert!(says("kept every 10 iterations"));
    assert!(says("for want of valgrind"));
    assert!(says("without zones"));
}
