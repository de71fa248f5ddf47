//! Which cause is given for growth of every kind.

use super::*;
use crate::series::resident_parts;
use crate::testing::{flat, pair, run, site};
use harness_model::GrowingSite;
use harness_model::Row;
use harness_model::testing::{WITH, WITHOUT};
use harness_model::{JemallocSample, Sample};
use std::collections::HashSet;

const MIB: i64 = 1 << 20;

/// A loop without zones that gains so many bytes an iteration.
fn gains(bytes: u64) -> Run {
    Run {
        stores: Vec::new(),
        ..run(WITHOUT, |i| bytes * i, |_| 0)
    }
}

/// A loop whose live memory has another shape than growing.
fn of_shape(shape: Shape) -> Run {
    let mut run = gains(100);
    run.live_bytes.shape = shape;
    run.live_blocks.shape = Shape::Flat;
    run
}

/// A store that has so many more entries than before, and so many more bytes an iteration.
fn store(entries: u64, bytes: f64) -> StoreGrowth {
    StoreGrowth {
        name: "a table".to_owned(),
        entries_first: 10,
        entries_last: 10 + entries,
        bytes_first: 100,
        bytes_last: 100 + (40.0 * bytes) as u64,
        entries_per_iteration: entries as f64 / 40.0,
        bytes_per_iteration: bytes,
        shape: Shape::Growing,
        entries: None,
        bytes: None,
    }
}

fn with_stores(run: Run, stores: impl Into<Vec<StoreGrowth>>) -> Run {
    Run {
        stores: stores.into(),
        ..run
    }
}

/// The cause by live memory alone.
fn of_live(run: &Run) -> (Cause, f64) {
    let found = decided(run, &[], None, None);
    (found.cause, found.bytes_per_iteration)
}

/// The cause of a loop with these samples.
fn decided(
    run: &Run,
    samples: &[Sample],
    ledger: Option<&Ledger>,
    valgrind: Option<&SitePair>,
) -> CauseOfGrowth {
    let parts = (!samples.is_empty()).then(|| resident_parts(samples));
    let run = Run {
        resident_parts: parts.flatten(),
        ..run.clone()
    };
    decide(&run, ledger, valgrind)
}

#[test]
fn every_cause_has_a_phrase_of_its_own() {
    let phrases: HashSet<&str> = Cause::ALL.iter().map(|cause| cause.phrase()).collect();
    assert_eq!(phrases.len(), Cause::ALL.len());
    assert!(
        phrases
            .iter()
            .all(|phrase| phrase.contains(char::is_alphabetic))
    );
    assert!(phrases.contains("unreachable") && phrases.contains("nothing"));
}

#[test]
fn flat_memory_has_no_cause_whatever_moves_inside_it() {
    for shape in [Shape::Flat, Shape::Sawtooth] {
        let found = decided(
            &with_stores(of_shape(shape), [store(5, 60.0)]),
            &[],
            None,
            None,
        );
        assert_eq!((found.cause, found.shape), (Cause::Nothing, shape));
    }
    let found = decided(&flat(), &[], None, None);
    assert_eq!(
        (found.condition.as_str(), found.cause),
        (WITH, Cause::Nothing)
    );
    assert_eq!(found.blocks_per_iteration, Some(0.0));
}

#[test]
fn growth_is_given_to_the_part_of_live_memory_that_gains_most() {
    let of = |stores: &[StoreGrowth]| of_live(&with_stores(gains(100), stores));
    assert_eq!(
        of(&[store(5, 30.0), store(5, 30.0)]),
        (Cause::InStore, 60.0)
    );
    assert_eq!(of(&[store(0, 30.0), store(0, 30.0)]), (Cause::Slack, 60.0));
    assert_eq!(
        of(&[store(5, 20.0), store(0, 20.0)]),
        (Cause::ReachabilityUnknown, 60.0)
    );
    // What a store gave back was gained by what is in none.
    assert_eq!(
        of(&[store(5, -20.0), store(0, -20.0)]),
        (Cause::ReachabilityUnknown, 140.0)
    );
    let found = decided(&gains(100), &[], None, None);
    assert_eq!(
        (found.shape, found.blocks_per_iteration),
        (Shape::Growing, Some(1.575))
    );
}

#[test]
fn a_store_that_fills_is_a_cause_though_its_table_grows_in_steps() {
    for shape in [Shape::OneOff, Shape::Saturating, Shape::Inconclusive] {
        let filling = with_stores(of_shape(shape), [store(5, 20.0), store(5, 10.0)]);
        assert_eq!(of_live(&filling), (Cause::InStore, 30.0), "{shape:?}");
        assert_eq!(decided(&filling, &[], None, None).shape, Shape::Growing);
    }
}

#[test]
fn a_step_is_no_cause_where_no_store_fills() {
    let one_off = |store| {
        decided(
            &with_stores(of_shape(Shape::OneOff), [store]),
            &[],
            None,
            None,
        )
    };
    let no_entries = one_off(store(0, 20.0));
    let no_bytes = one_off(store(5, 0.0));
    let stopped = one_off(StoreGrowth {
        shape: Shape::Saturating,
        ..store(5, 20.0)
    });
    for found in [no_entries, no_bytes, stopped] {
        assert_eq!((found.cause, found.shape), (Cause::Nothing, Shape::OneOff));
        assert_eq!(found.bytes_per_iteration, 100.0);
    }
}

#[test]
fn what_is_not_known_to_have_stopped_is_unknown() {
    let found = decided(&of_shape(Shape::Inconclusive), &[], None, None);
    assert_eq!(
        (found.cause, found.shape),
        (Cause::Unknown, Shape::Inconclusive)
    );
    // More blocks in no more bytes: something grows, and nothing says what.
    let mut blocks = gains(0);
    blocks.live_blocks.shape = Shape::Growing;
    let found = decided(&blocks, &[], None, None);
    assert_eq!((found.cause, found.shape), (Cause::Unknown, Shape::Growing));
}

#[test]
fn valgrind_says_by_most_of_the_bytes_whether_what_is_in_no_store_can_be_reached() {
    let of = |sites: &[(LeakKind, f64)]| {
        let sites: Vec<GrowingSite> = sites
            .iter()
            .map(|(kind, bytes)| site(*kind, 1, *bytes))
            .collect();
        decided(&gains(100), &[], None, Some(&pair(WITHOUT, sites))).cause
    };
    let (lost, held) = (LeakKind::DefinitelyLost, LeakKind::StillReachable);
    assert_eq!(of(&[(lost, 10.0), (held, 5.0)]), Cause::Unreachable);
    assert_eq!(of(&[(lost, 5.0), (held, 10.0)]), Cause::InNoStore);
    assert_eq!(of(&[(lost, 5.0), (held, 5.0)]), Cause::InNoStore);
    assert_eq!(of(&[(LeakKind::IndirectlyLost, 10.0)]), Cause::Unreachable);
    assert_eq!(of(&[(LeakKind::PossiblyLost, 10.0)]), Cause::InNoStore);
    // What shrank elsewhere takes nothing off what grew.
    assert_eq!(
        of(&[(lost, 10.0), (held, 11.0), (held, -5.0)]),
        Cause::InNoStore
    );
    assert_eq!(of(&[]), Cause::ReachabilityUnknown);
}

/// Samples of a loop, the first of the warm-up: by how much the resident set exceeds jemalloc's, and that exceeds what is
/// allocated.
fn samples(
    condition: &str,
    outside: impl Fn(u64) -> u64,
    kept: impl Fn(u64) -> u64,
) -> Vec<Sample> {
    let sample = |i: u64| Sample {
        condition: condition.to_owned(),
        iteration: i,
        warmup: i == 0,
        seconds: i as f64,
        words: 10,
        live_bytes: 1 << 20,
        live_blocks: 100,
        total_bytes: 1 << 20,
        total_blocks: 100,
        jemalloc: Some(JemallocSample {
            allocated: 1 << 20,
            active: (1 << 20) + kept(i),
            resident: (1 << 20) + kept(i),
            retained: 0,
        }),
        rss_bytes: Some((1 << 20) + kept(i) + outside(i)),
        file_bytes: None,
        stores: Vec::new(),
        mappings: None,
    };
    (0..=40).map(sample).collect()
}

fn ledger(rows: &[(RowKind, i64)]) -> Ledger {
    let row = |&(kind, bytes)| Row {
        kind,
        name: "a row".to_owned(),
        bytes,
    };
    Ledger {
        condition: WITHOUT.to_owned(),
        iterations: 40,
        total: rows.iter().map(|(_, bytes)| bytes).sum(),
        rows: rows.iter().map(row).collect(),
    }
}

/// Grows by a sixteenth of a MiB an iteration.
fn grows(i: u64) -> u64 {
    i << 16
}

fn still(_: u64) -> u64 {
    0
}

#[test]
fn a_mapping_outside_the_heap_is_the_cause_from_one_mib_on() {
    let samples = samples(WITHOUT, grows, still);
    let of = |bytes| {
        let ledger = ledger(&[(RowKind::Stacks, MIB / 2), (RowKind::OtherMappings, bytes)]);
        decided(&gains(0), &samples, Some(&ledger), None)
    };
    let found = of(MIB / 2);
    assert_eq!(
        (found.cause, found.shape),
        (Cause::OutsideTheHeap, Shape::Growing)
    );
    assert_eq!(found.bytes_per_iteration, MIB as f64 / 40.0);
    assert_eq!(found.blocks_per_iteration, None);
    assert_eq!(of(MIB / 2 - 1).cause, Cause::Nothing);
}

#[test]
fn memory_that_the_allocator_keeps_is_the_cause_where_nothing_live_grows() {
    let samples = samples(WITHOUT, still, |i| 2 * grows(i));
    let kept = ledger(&[(RowKind::Allocator, 2 * MIB), (RowKind::Untouched, -MIB)]);
    let found = decided(&gains(0), &samples, Some(&kept), None);
    assert_eq!(
        (found.cause, found.shape),
        (Cause::Allocator, Shape::Growing)
    );
    assert_eq!(found.bytes_per_iteration, MIB as f64 / 40.0);
    let less = ledger(&[
        (RowKind::Allocator, 2 * MIB - 1),
        (RowKind::Untouched, -MIB),
    ]);
    assert_eq!(
        decided(&gains(0), &samples, Some(&less), None).cause,
        Cause::Nothing
    );
    // A leak fills pages, and takes the allocator's part of them along.
    let leak = decided(&gains(100), &samples, Some(&kept), None);
    assert_eq!(leak.cause, Cause::ReachabilityUnknown);
}

#[test]
fn of_two_causes_outside_live_memory_the_larger_is_given() {
    let samples = samples(WITHOUT, grows, grows);
    let of = |outside, kept| {
        let ledger = ledger(&[
            (RowKind::OtherMappings, outside),
            (RowKind::Allocator, kept),
        ]);
        decided(&gains(0), &samples, Some(&ledger), None).cause
    };
    assert_eq!(of(4 * MIB, 2 * MIB), Cause::OutsideTheHeap);
    assert_eq!(of(2 * MIB, 4 * MIB), Cause::Allocator);
}

#[test]
fn what_was_gained_in_a_shape_that_does_not_go_on_is_no_cause() {
    let once = |i| if i > 20 { 4 << 20 } else { 0 };
    let ledger = ledger(&[(RowKind::Files, 4 * MIB), (RowKind::Allocator, 4 * MIB)]);
    let found = decided(
        &gains(0),
        &samples(WITHOUT, once, once),
        Some(&ledger),
        None,
    );
    assert_eq!((found.cause, found.shape), (Cause::Nothing, Shape::Flat));
}

#[test]
fn a_gain_whose_series_is_not_there_is_unknown_and_no_pass() {
    for row in [RowKind::OtherMappings, RowKind::Allocator] {
        let ledger = ledger(&[(row, 4 * MIB)]);
        let found = decided(&gains(0), &[], Some(&ledger), None);
        assert_eq!(
            (found.cause, found.shape),
            (Cause::Unknown, Shape::Inconclusive)
        );
    }
}

#[test]
fn a_ledger_of_no_iterations_says_nothing() {
    let mapped = ledger(&[(RowKind::OtherMappings, 4 * MIB)]);
    let empty = Ledger {
        iterations: 0,
        ..mapped
    };
    let growing = samples(WITHOUT, grows, still);
    assert_eq!(
        decided(&gains(0), &growing, Some(&empty), None).cause,
        Cause::Nothing
    );
}
