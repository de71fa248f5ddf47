//! Programs that gain 80 MiB in each of several ways, and the row of the ledger that has to have it.

use crate::place::Place;
use harness::ledger::{Ledger, RowKind};

const MIB: i64 = 1 << 20;

/// Runs the small workload with a fault that gains 80 MiB in so many iterations.
fn grown(fault: &str, iterations: u64) -> Ledger {
    let place = Place::new();
    place.run(&format!(
        "--workload words --texts 2 --zones on --probes rss,heap --warmup 8 --iters {iterations} --inject {fault}"
    ));
    let ledger = place.summary().ledgers.remove(0);
    assert_eq!(ledger.iterations, iterations);
    assert_eq!(ledger.sum(|_| true), ledger.total, "{ledger:?}");
    assert!(ledger.total >= 64 * MIB, "{ledger:?}");
    let residual = ledger.of(RowKind::Residual);
    assert!(residual.abs() <= ledger.total / 20, "{ledger:?}");
    ledger
}

#[test]
fn what_is_held_in_no_store_is_a_row_to_the_byte() {
    let ledger = grown("thread-scratch", 1280);
    assert_eq!(ledger.of(RowKind::InNoStore), 80 * MIB, "{ledger:?}");
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
    let kept = ledger.of(RowKind::Retention);
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
    let ledger = place.summary().ledgers.remove(0);
    assert_eq!(ledger.of(RowKind::Unreachable), 20_640 * 4064, "{ledger:?}");
    assert_eq!(ledger.of(RowKind::InNoStore), 0, "{ledger:?}");
    assert!(
        ledger.of(RowKind::Residual).abs() <= ledger.total / 20,
        "{ledger:?}"
    );
}
