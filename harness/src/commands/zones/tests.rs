//! What follows from runs that were made up.

use super::reduce::reduce;
use super::summary::{CheckKind, Options, StreamRun, ZonesVerdict};
use super::verdict::judge;
use crate::child::zones::orders::{StoreState, Work, ZoneMode, ZonesSample};
use crate::engine::process::End;
use harness_model::Outcome;

const MIB: u64 = 1 << 20;

fn options(zones: ZoneMode) -> Options {
    Options {
        command: Vec::new(),
        zones,
        work: Work::Parse,
        distinct_words: 10_000,
        words_per_zone: 100,
        threads: 1,
        zones_per_thread: 100,
        max_rss_growth: MIB,
        seed: 1,
        inject: None,
        corpus: None,
        model: None,
    }
}

/// A run of 100 rounds of 100 words that is flat in every way.
pub(crate) fn flat() -> Vec<ZonesSample> {
    let store = |owner: &str, name: &str| StoreState {
        owner: owner.to_owned(),
        name: name.to_owned(),
        entries: 10,
        capacity: 14,
        bytes: 4096,
        on_close: "stays".to_owned(),
    };
    let sample = |round: u64| ZonesSample {
        round,
        words: round * 100,
        documents: round,
        tokens: round * 150,
        wrong_texts: 0,
        errors: 0,
        panics: 0,
        trouble: None,
        ran_low: false,
        seconds: round as f64,
        live_bytes: 20 * MIB,
        live_blocks: 5_000,
        total_bytes: 0,
        total_blocks: 0,
        jemalloc: None,
        rss_bytes: Some(48 * MIB),
        rss_purged_bytes: Some(40 * MIB),
        zone_bytes: 0,
        stores: vec![
            store("vocabulary", "strings"),
            store("vocabulary", "lexemes"),
            store("pool", "strings"),
        ],
    };
    (0..=100).map(sample).collect()
}

fn reduced(samples: &[ZonesSample], zones: ZoneMode) -> StreamRun {
    reduce(samples, 10_000, 1, zones.has_zones(), &End::Done).unwrap()
}

fn judged(samples: &[ZonesSample], zones: ZoneMode) -> ZonesVerdict {
    judge(&reduced(samples, zones), &options(zones), false)
}

/// The checks that fail.
fn failed(verdict: &ZonesVerdict) -> Vec<CheckKind> {
    let failed = verdict.checks.iter().filter(|check| !check.holds);
    failed.map(|check| check.kind).collect()
}

/// From the second round on, every sample changed.
fn changed(change: impl Fn(&mut ZonesSample)) -> Vec<ZonesSample> {
    let mut samples = flat();
    samples[2..].iter_mut().for_each(change);
    samples
}

#[test]
fn a_flat_run_passes() {
    let verdict = judged(&flat(), ZoneMode::PerBatch);
    assert_eq!((verdict.outcome, verdict.exit_code), (Outcome::Pass, 0));
    assert!(
        verdict.sentence.contains("flat to the byte"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn a_single_byte_or_block_more_fails_and_the_store_that_grew_is_named() {
    let byte = judged(
        &changed(|sample| sample.live_bytes += 1),
        ZoneMode::PerBatch,
    );
    assert_eq!(failed(&byte), [CheckKind::LiveMemory]);
    assert!(
        byte.sentence.contains("no registered store"),
        "{}",
        byte.sentence
    );
    let block = judged(
        &changed(|sample| sample.live_blocks += 1),
        ZoneMode::PerBatch,
    );
    assert_eq!(failed(&block), [CheckKind::LiveMemory]);
    let named = judged(
        &changed(|sample| {
            sample.live_bytes += sample.words;
            sample.stores[2].bytes += sample.words;
        }),
        ZoneMode::PerRequest,
    );
    assert_eq!(
        (named.exit_code, failed(&named)),
        (1, vec![CheckKind::LiveMemory])
    );
    assert!(
        named.sentence.contains("all of it strings"),
        "{}",
        named.sentence
    );
}

#[test]
fn what_comes_and_goes_between_the_first_and_the_last_is_no_growth() {
    let mut samples = flat();
    samples[50].live_bytes += 100;
    assert_eq!(judged(&samples, ZoneMode::PerBatch).outcome, Outcome::Pass);
}

#[test]
fn capacities_permanent_strings_wrong_texts_errors_and_panics_each_fail() {
    let fails = |change: fn(&mut ZonesSample)| {
        let verdict = judged(&changed(change), ZoneMode::PerRequest);
        assert_eq!(verdict.exit_code, 1);
        failed(&verdict)
    };
    assert_eq!(
        fails(|s| s.stores[2].capacity = 28),
        [CheckKind::Capacities]
    );
    assert_eq!(
        fails(|s| s.stores[0].entries += 1),
        [CheckKind::PermanentStrings]
    );
    assert_eq!(fails(|s| s.wrong_texts = 1), [CheckKind::ReadBack]);
    assert_eq!(fails(|s| s.errors = 1), [CheckKind::Errors]);
    assert_eq!(fails(|s| s.panics = 1), [CheckKind::Errors]);
}

#[test]
fn strings_that_the_first_round_already_made_permanent_count_too() {
    let mut samples = flat();
    samples[1..]
        .iter_mut()
        .for_each(|s| s.stores[0].entries += 3);
    let verdict = judged(&samples, ZoneMode::PerBatch);
    assert_eq!(failed(&verdict), [CheckKind::PermanentStrings]);
    assert!(
        verdict.sentence.contains("added: 3"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn the_resident_set_may_grow_by_its_budget_after_a_hundredth_of_the_words() {
    let grown_by = |bytes: u64| {
        let grow = |sample: &mut ZonesSample| sample.rss_purged_bytes = Some(40 * MIB + bytes);
        judged(&changed(grow), ZoneMode::PerBatch)
    };
    assert_eq!(grown_by(MIB).outcome, Outcome::Pass);
    let beyond = grown_by(MIB + 4096);
    assert_eq!(
        (beyond.exit_code, failed(&beyond)),
        (1, vec![CheckKind::ResidentSet])
    );
    assert!(
        beyond.sentence.contains("the allocator retains it"),
        "{}",
        beyond.sentence
    );
    // What was resident only before is no growth.
    let mut samples = flat();
    samples[0].rss_purged_bytes = Some(MIB);
    assert_eq!(judged(&samples, ZoneMode::PerBatch).outcome, Outcome::Pass);
}

#[test]
fn memory_that_a_pool_took_whole_may_become_resident_later() {
    let mut samples = flat();
    samples[0].live_bytes -= 8 * MIB;
    samples[2..]
        .iter_mut()
        .for_each(|s| s.rss_purged_bytes = Some(46 * MIB));
    assert_eq!(
        judged(&samples, ZoneMode::PerRequest).outcome,
        Outcome::Pass
    );
    samples[2..]
        .iter_mut()
        .for_each(|s| s.rss_purged_bytes = Some(50 * MIB));
    assert_eq!(
        failed(&judged(&samples, ZoneMode::PerRequest)),
        [CheckKind::ResidentSet]
    );
}

#[test]
fn without_zones_growth_passes_when_the_stores_account_for_it_within_5_percent() {
    let grown = |in_stores: f64| {
        let samples = changed(|sample| {
            sample.live_bytes += sample.words * 1_000;
            sample.stores[0].bytes += (sample.words as f64 * 1_000.0 * in_stores) as u64;
        });
        judged(&samples, ZoneMode::Off)
    };
    for (share, holds) in [
        (1.0, true),
        (0.96, true),
        (1.04, true),
        (0.94, false),
        (1.06, false),
    ] {
        let verdict = grown(share);
        assert_eq!(
            verdict.outcome == Outcome::Pass,
            holds,
            "{share}: {}",
            verdict.sentence
        );
        assert_eq!(verdict.exit_code, u8::from(!holds));
    }
    let verdict = grown(0.5);
    assert!(
        verdict.sentence.contains("no registered store"),
        "{}",
        verdict.sentence
    );
    assert!(
        grown(1.0).sentence.contains("strings by "),
        "{}",
        grown(1.0).sentence
    );
}

#[test]
fn a_run_that_was_stopped_or_died_or_has_one_round_is_inconclusive() {
    let samples = flat();
    let run = reduced(&samples, ZoneMode::PerBatch);
    let stopped = judge(&run, &options(ZoneMode::PerBatch), true);
    assert_eq!(
        (stopped.outcome, stopped.exit_code),
        (Outcome::Inconclusive, 3)
    );
    let end = End::Failed("was killed by signal 9".to_owned());
    let run = reduce(&samples[..50], 10_000, 1, true, &end).unwrap();
    let died = judge(&run, &options(ZoneMode::PerBatch), false);
    assert_eq!(died.outcome, Outcome::Inconclusive);
    assert!(died.sentence.contains("signal 9"), "{}", died.sentence);
    let mut options = options(ZoneMode::PerBatch);
    options.zones_per_thread = 1;
    let one = judge(&reduced(&samples[..2], ZoneMode::PerBatch), &options, false);
    assert_eq!(one.outcome, Outcome::Inconclusive);
}

#[test]
fn of_one_round_nothing_is_said_that_a_second_would_have_to_show() {
    for mode in [ZoneMode::PerBatch, ZoneMode::Off] {
        let end = End::Failed("was killed by signal 9".to_owned());
        let run = reduce(&flat()[..2], 10_000, 1, mode.has_zones(), &end).unwrap();
        assert_eq!(run.rounds, 1);
        let verdict = judge(&run, &options(mode), false);
        assert_eq!(
            (verdict.outcome, verdict.exit_code),
            (Outcome::Inconclusive, 3)
        );
        let said = verdict.checks.iter().map(|check| &check.message);
        for text in said.chain([&verdict.sentence]) {
            for claim in [
                "flat",
                "did not grow",
                "does not grow",
                "kept their capacity",
                "grows",
            ] {
                assert!(!text.contains(claim), "{text}");
            }
        }
    }
}

#[test]
fn a_run_that_memory_was_too_small_for_says_so_and_tells_what_grew_until_then() {
    let mut samples = changed(|sample| {
        sample.live_bytes += sample.words * 100;
        sample.stores[0].bytes += sample.words * 100;
    });
    samples.truncate(60);
    samples[59].ran_low = true;
    let verdict = judged(&samples, ZoneMode::Off);
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert!(
        verdict.sentence.contains("nearly used up") && verdict.sentence.contains("strings by 1"),
        "{}",
        verdict.sentence
    );
    // With zones nothing should have used it up.
    let mut samples = flat();
    samples.truncate(60);
    samples[59].ran_low = true;
    assert_eq!(
        judged(&samples, ZoneMode::PerBatch).outcome,
        Outcome::Inconclusive
    );
}

#[test]
fn a_process_that_closed_no_zone_gives_no_run() {
    assert!(reduce(&flat()[..1], 10_000, 1, true, &End::Interrupted).is_none());
}
