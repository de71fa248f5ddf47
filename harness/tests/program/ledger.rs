//! Programs that gain 64 MiB and more in each of several ways, and the row of the ledger that has to have it.

use crate::place::Place;
use harness_model::{Basis, Shape};
use harness_model::{Ledger, RowKind};

const MIB: i64 = 1 << 20;

/// Runs the small workload with a fault that gains 80 MiB in so many iterations.
fn grown(fault: &str, iterations: u64) -> Ledger {
    let place = Place::new();
    place.run(&format!(
        "--workload words --texts 2 --zones on --probes rss,heap --warmup 8 --iters {iterations} --inject {fault}"
    ));
    let ledger = added_up(place.summary().ledgers.remove(0));
    assert_eq!(ledger.iterations, iterations);
    ledger
}

/// The ledger, of which the rows sum to the total and the residual is at most a twentieth of it.
fn added_up(ledger: Ledger) -> Ledger {
    assert_eq!(ledger.sum(|_| true), ledger.total, "{ledger:?}");
    assert!(ledger.total >= 64 * MIB, "{ledger:?}");
    let residual = ledger.of(RowKind::Residual);
    assert!(residual.abs() <= ledger.total / 20, "{ledger:?}");
    ledger
}

#[test]
fn what_is_held_in_no_store_is_a_row_to_the_byte() {
    let ledger = grown("thread-scratch", 1280);
    // Nothing asked whether it can be reached.
    assert_eq!(ledger.of(RowKind::HeldOrLost), 80 * MIB, "{ledger:?}");
    assert_eq!(ledger.of(RowKind::InNoStore), 0, "{ledger:?}");
}

#[test]
fn what_a_store_takes_in_is_a_row_and_the_store_has_a_slope() {
    let place = Place::new();
    place.run(
        "--workload words --texts 2000 --zones off --novel-words 1 --probes rss,heap --warmup 2 --iters 60",
    );
    let mut summary = place.summary();
    let ledger = added_up(summary.ledgers.remove(0));
    let store = &summary.runs[0].stores[0];
    let gained = store.bytes_last - store.bytes_first;
    assert_eq!(ledger.of(RowKind::Store), gained as i64, "{ledger:?}");
    assert!(
        ledger.of(RowKind::Store) > ledger.total * 3 / 4,
        "{ledger:?}"
    );
    let entries = store.entries.as_ref().unwrap();
    assert_eq!(
        (entries.shape, entries.basis),
        (Shape::Growing, Basis::Exact)
    );
    // What goes on hides what is beside it.
    assert!(entries.slope_interval.is_some() && entries.minimum_detectable_effect.is_none());
}

#[test]
fn a_mapping_that_is_not_the_allocators_is_a_row() {
    let ledger = grown("mapping", 320);
    let mapped = ledger.of(RowKind::OtherMappings);
    assert!((mapped - 80 * MIB).abs() < 4 * MIB, "{ledger:?}");
}

#[test]
fn stacks_of_threads_are_a_row() {
    let ledger = grown("parked-threads", 320);
    let stacks = ledger.of(RowKind::Stacks);
    assert!((stacks - 80 * MIB).abs() < 4 * MIB, "{ledger:?}");
}

#[test]
fn what_is_free_and_resident_is_the_allocators() {
    let ledger = grown("fragmentation", 600);
    let kept = ledger.of(RowKind::Allocator);
    assert!(kept > ledger.total * 95 / 100, "{ledger:?}");
}

#[test]
fn what_valgrind_saw_lost_is_a_row() {
    if !crate::place::valgrind_is_there() {
        return;
    }
    let place = Place::new();
    place.run(
        "--workload words --texts 2 --zones on --probes rss,heap,valgrind --valgrind-iters 4 --warmup 8 --iters 20640 \
         --inject rc-cycle",
    );
    let ledger = added_up(place.summary().ledgers.remove(0));
    assert_eq!(ledger.of(RowKind::Unreachable), 20_640 * 4064, "{ledger:?}");
    assert_eq!(ledger.of(RowKind::InNoStore), 0, "{ledger:?}");
}
