use super::*;
use harness_model::StoreSample;
use harness_model::testing::WITH;
use proptest::prelude::*;

const MIB: u64 = 1 << 20;

/// A sample with so many live bytes and stores, all of it resident in the allocator's pages and nothing else.
fn sample(iteration: u64, live: u64) -> Sample {
    Sample {
        condition: WITH.to_owned(),
        iteration,
        warmup: iteration <= 10,
        seconds: 0.0,
        words: 0,
        live_bytes: live,
        live_blocks: 1,
        total_bytes: live,
        total_blocks: 1,
        jemalloc: Some(JemallocSample {
            allocated: live,
            active: live,
            resident: live,
            retained: 0,
        }),
        rss_bytes: Some(live),
        file_bytes: None,
        stores: Vec::new(),
        mappings: Some(MappingsSample {
            anonymous: live,
            ..MappingsSample::default()
        }),
    }
}

fn store(entries: u64, bytes: u64) -> StoreSample {
    StoreSample {
        name: "words".to_owned(),
        entries,
        bytes,
    }
}

fn ledger(first: Sample, last: Sample, lost: Option<f64>) -> Ledger {
    let ledger = draw_up(&[first, last], WITH, lost).expect("all was measured");
    assert_eq!(ledger.sum(|_| true), ledger.total, "{ledger:?}");
    ledger
}

#[test]
fn live_bytes_are_lost_or_in_a_store_or_slack_or_in_no_store() {
    let mut first = sample(10, 8 * MIB);
    let mut last = sample(110, 18 * MIB);
    let slack = |bytes| StoreSample {
        name: "arena_slack".to_owned(),
        ..store(0, bytes)
    };
    first.stores = vec![store(5, MIB), slack(0)];
    last.stores = vec![store(9, 3 * MIB), slack(MIB)];
    let ledger = ledger(first, last, Some(40_000.0));
    assert_eq!(ledger.iterations, 100);
    assert_eq!(ledger.of(RowKind::Store), 2 * MIB as i64);
    assert_eq!(ledger.of(RowKind::Slack), MIB as i64);
    assert_eq!(ledger.of(RowKind::Unreachable), 4_000_000);
    assert_eq!(ledger.of(RowKind::InNoStore), 7 * MIB as i64 - 4_000_000);
    assert_eq!(ledger.of(RowKind::Residual), 0);
}

#[test]
fn where_nobody_asked_whether_blocks_can_be_reached_they_are_held_or_lost() {
    let ledger = |lost| ledger(sample(10, MIB), sample(20, 3 * MIB), lost);
    let not_asked = ledger(None);
    assert_eq!(not_asked.of(RowKind::HeldOrLost), 2 * MIB as i64);
    assert_eq!(not_asked.of(RowKind::InNoStore), 0);
    assert_eq!(not_asked.of(RowKind::Unreachable), 0);
    let asked = ledger(Some(0.0));
    assert_eq!(asked.of(RowKind::HeldOrLost), 0);
    assert_eq!(asked.of(RowKind::InNoStore), 2 * MIB as i64);
}

#[test]
fn a_rate_of_loss_beyond_what_no_store_holds_is_no_more_than_that() {
    let ledger = ledger(sample(10, MIB), sample(20, 2 * MIB), Some(1e300));
    assert_eq!(ledger.of(RowKind::Unreachable), MIB as i64);
    assert_eq!(ledger.of(RowKind::InNoStore), 0);
}

#[test]
fn what_the_allocator_keeps_is_its_resident_pages_less_the_live_bytes() {
    let mut last = sample(20, MIB);
    last.jemalloc = Some(JemallocSample {
        allocated: 2 * MIB,
        active: 4 * MIB,
        resident: 8 * MIB,
        retained: 0,
    });
    last.rss_bytes = Some(8 * MIB);
    last.mappings.as_mut().unwrap().anonymous = 8 * MIB;
    let ledger = ledger(sample(10, MIB), last, None);
    assert_eq!(ledger.of(RowKind::Allocator), 7 * MIB as i64);
    assert_eq!(ledger.of(RowKind::OtherMappings), 0);
}

#[test]
fn anonymous_memory_beyond_the_allocators_is_mapped_outside_the_heap() {
    let mut last = sample(20, MIB);
    last.rss_bytes = Some(21 * MIB);
    let mappings = last.mappings.as_mut().unwrap();
    mappings.anonymous += 10 * MIB;
    mappings.stacks = 6 * MIB;
    mappings.files = 4 * MIB;
    let ledger = ledger(sample(10, MIB), last, None);
    assert_eq!(ledger.of(RowKind::OtherMappings), 10 * MIB as i64);
    assert_eq!(ledger.of(RowKind::Stacks), 6 * MIB as i64);
    assert_eq!(ledger.of(RowKind::Files), 4 * MIB as i64);
    assert_eq!(ledger.of(RowKind::Residual), 0);
}

#[test]
fn a_heap_that_lies_in_what_looks_like_a_stack_is_no_stack() {
    let mut last = sample(20, 9 * MIB);
    let mappings = last.mappings.as_mut().unwrap();
    mappings.anonymous = MIB;
    mappings.stacks = 8 * MIB;
    let ledger = ledger(sample(10, MIB), last, None);
    assert_eq!(ledger.of(RowKind::Stacks), 0);
    assert_eq!(ledger.of(RowKind::HeldOrLost), 8 * MIB as i64);
}

#[test]
fn blocks_that_nobody_has_touched_are_a_row_that_is_negative() {
    let mut last = sample(20, 65 * MIB);
    last.rss_bytes = Some(MIB);
    last.mappings.as_mut().unwrap().anonymous = MIB;
    let ledger = ledger(sample(10, MIB), last, None);
    assert_eq!(ledger.of(RowKind::HeldOrLost), 64 * MIB as i64);
    assert_eq!(ledger.of(RowKind::Untouched), -64 * MIB as i64);
}

#[test]
fn without_mappings_what_is_outside_the_heap_is_the_residual() {
    let (mut first, mut last) = (sample(10, MIB), sample(20, MIB));
    (first.mappings, last.mappings) = (None, None);
    last.rss_bytes = Some(5 * MIB);
    assert_eq!(
        ledger(first, last, None).of(RowKind::Residual),
        4 * MIB as i64
    );
}

#[test]
fn without_the_resident_set_there_is_no_ledger() {
    let mut last = sample(20, MIB);
    last.rss_bytes = None;
    assert_eq!(draw_up(&[sample(10, MIB), last], WITH, None), None);
    assert_eq!(draw_up(&[sample(20, MIB)], WITH, None), None);
    assert_eq!(draw_up(&[], WITH, None), None);
}

#[test]
fn what_nobody_has_touched_is_told_beside_what_was_mapped() {
    let mut last = sample(20, 9 * MIB);
    last.rss_bytes = Some(4 * MIB);
    let mappings = last.mappings.as_mut().unwrap();
    (mappings.anonymous, mappings.stacks) = (3 * MIB, MIB);
    let ledger = ledger(sample(10, MIB), last, None);
    assert_eq!(ledger.of(RowKind::OtherMappings), 0);
    assert_eq!(ledger.of(RowKind::Untouched), -5 * MIB as i64);
    assert_eq!(ledger.of(RowKind::Residual), 0);
}

proptest! {
    #[test]
    fn the_rows_sum_to_the_total_whatever_was_measured(
        figures in prop::collection::vec(0_u64..1 << 50, 24),
        lost in prop::option::of(0.0_f64..1e12),
        mapped: [bool; 2],
    ) {
        let filled = |iteration, at: &[u64], mapped: bool| Sample {
            live_bytes: at[0],
            rss_bytes: Some(at[1]),
            jemalloc: Some(JemallocSample { allocated: at[2], active: at[3], resident: at[4], retained: 0 }),
            mappings: mapped.then_some(MappingsSample {
                stacks: at[5], files: at[6], system_heap: at[7], anonymous: at[8], kernel: at[9],
            }),
            stores: vec![store(at[10], at[11])],
            ..sample(iteration, 0)
        };
        ledger(filled(10, &figures[..12], mapped[0]), filled(20, &figures[12..], mapped[1]), lost);
    }
}
