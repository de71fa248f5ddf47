//! Why memory grows, or that it does not: one cause for each loop.
//!
//! Exact counters decide first. Live bytes and blocks that grow are in a store, or in what a store holds and does not
//! use, or in none; valgrind says whether what is in none can still be reached. Whatever the resident set gains that is
//! not live is the allocator's, or mapped past it: jemalloc's figures and the kernel's are noisy, and each difference is
//! judged as such ([`crate::shape`]). The allocator is given as the cause only where live memory does not grow: a leak
//! fills pages, and takes the allocator's part of them along.

#[cfg(test)]
mod outside_the_heap;
#[cfg(test)]
mod tests;

use crate::ledger::is_slack;
use crate::shape::QUARTERS;
use harness_model::{Cause, CauseOfGrowth, LeakKind, Run, Shape, SitePair, StoreGrowth};
use harness_model::{Ledger, ResidentParts, RowKind, Series};

/// What is not live has to gain this much for its growth to be believed: the kernel counts resident pages in batches on
/// each processor (proc_pid_statm(5)), and jemalloc keeps free pages for ten seconds.
const LEAST_GAIN: i64 = 1 << 20;

/// Whether a loop had too few measured iterations to tell whether anything grows.
pub fn is_too_short(run: &Run) -> bool {
    run.iterations < QUARTERS as u64
}

/// Decides the cause of one loop's growth. `valgrind` is what valgrind saw of it, if it ran.
pub fn decide(run: &Run, ledger: Option<&Ledger>, valgrind: Option<&SitePair>) -> CauseOfGrowth {
    let live = run.live_bytes.shape.graver(run.live_blocks.shape);
    let found = |cause, shape, bytes, blocks| CauseOfGrowth {
        condition: run.condition.clone(),
        cause,
        shape,
        bytes_per_iteration: bytes,
        blocks_per_iteration: blocks,
    };
    let (bytes, blocks) = (run.live_bytes.per_iteration, run.live_blocks.per_iteration);
    if is_too_short(run) {
        return found(Cause::Unknown, Shape::Inconclusive, bytes, Some(blocks));
    }
    let mut causes = in_live_memory(run, valgrind, live);
    // Memory that is not live was gained, and the series does not say whether it goes on.
    let mut untold = false;
    let shape_of = |of: fn(&ResidentParts) -> &Series| {
        let parts = run.resident_parts.as_ref();
        parts.map_or(Shape::Inconclusive, |parts| of(parts).shape)
    };
    // Where the whole of the resident set is known not to go on, none of its parts does to anybody's harm.
    let whole = run.rss_bytes.as_ref().map(|rss| rss.shape);
    let is_open = whole.is_none_or(|shape| shape.is_open() || shape == Shape::Growing);
    if let Some(ledger) = ledger.filter(|ledger| ledger.iterations > 0) {
        let per_iteration = |bytes: i64| bytes as f64 / ledger.iterations as f64;
        // Pages of files come and go with the memory that the whole machine has left, so they are judged by themselves.
        // Where the mappings could not be read, all that is outside the heap is in the residual.
        let files = ledger.of(RowKind::Files);
        let outside = ledger.sum(RowKind::is_outside_the_heap) + ledger.of(RowKind::Residual);
        let outside_parts = [
            (files, shape_of(|parts| &parts.files)),
            (outside - files, shape_of(|parts| &parts.outside)),
        ];
        for (gained, shape) in outside_parts {
            match shape {
                _ if gained < LEAST_GAIN => {}
                Shape::Growing => causes.push((Cause::OutsideTheHeap, per_iteration(gained))),
                Shape::Slowing | Shape::Inconclusive => untold |= is_open,
                _ => {}
            }
        }
        let kept = ledger.of(RowKind::Allocator) + ledger.of(RowKind::Untouched);
        if live != Shape::Growing && kept >= LEAST_GAIN {
            match shape_of(|parts| &parts.allocator) {
                Shape::Growing => causes.push((Cause::Allocator, per_iteration(kept))),
                Shape::Slowing | Shape::Inconclusive => untold |= is_open,
                _ => {}
            }
        }
    }
    let most = causes.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    match most {
        Some((cause @ (Cause::OutsideTheHeap | Cause::Allocator), bytes)) => {
            found(cause, Shape::Growing, bytes, None)
        }
        // What a store goes on taking in grows, whatever the steps of its table look like.
        Some((cause, bytes)) => found(cause, Shape::Growing, bytes, Some(blocks)),
        None if live.is_open() || live == Shape::Growing => {
            found(Cause::Unknown, live, bytes, Some(blocks))
        }
        None if untold => found(Cause::Unknown, Shape::Inconclusive, bytes, Some(blocks)),
        None => found(Cause::Nothing, live, bytes, Some(blocks)),
    }
}

/// Where live memory grows: each part of it that gains, with its bytes per iteration. Live memory that goes in steps does
/// not show growth by itself: tables double, and arenas take a chunk at a time. A store that has more entries in every
/// pass does.
fn in_live_memory(run: &Run, valgrind: Option<&SitePair>, live: Shape) -> Vec<(Cause, f64)> {
    if matches!(live, Shape::Flat | Shape::Sawtooth) {
        return Vec::new();
    }
    let fills = |store: &StoreGrowth| {
        store.shape == Shape::Growing && !is_slack(store.entries_first, store.entries_last)
    };
    if live != Shape::Growing {
        let filling = run.stores.iter().filter(|store| fills(store));
        let bytes: f64 = filling.map(|store| store.bytes_per_iteration).sum();
        return Some((Cause::InStore, bytes))
            .filter(|_| bytes > 0.0)
            .into_iter()
            .collect();
    }
    let (mut in_stores, mut slack) = (0.0, 0.0);
    for store in &run.stores {
        if is_slack(store.entries_first, store.entries_last) {
            slack += store.bytes_per_iteration;
        } else {
            in_stores += store.bytes_per_iteration;
        }
    }
    let in_none = run.live_bytes.per_iteration - in_stores - slack;
    let causes = [
        (Cause::InStore, in_stores),
        (Cause::Slack, slack),
        (reachability(valgrind), in_none),
    ];
    let gains = |(_, bytes): &(Cause, f64)| *bytes > 0.0;
    causes.into_iter().filter(gains).collect()
}

/// Whether what grows in no store can be reached: by most of the bytes that valgrind saw grow.
fn reachability(valgrind: Option<&SitePair>) -> Cause {
    let Some(pair) = valgrind else {
        return Cause::ReachabilityUnknown;
    };
    let bytes = |is_wanted: fn(LeakKind) -> bool| -> f64 {
        let growing = pair.growing.iter();
        let wanted = growing.filter(|site| site.leak_kind.is_some_and(is_wanted));
        wanted.map(|site| site.bytes_per_iteration.max(0.0)).sum()
    };
    let (lost, held) = (bytes(LeakKind::is_lost), bytes(|kind| !kind.is_lost()));
    match (lost, held) {
        // valgrind's runs are short, and saw none of it.
        (0.0, 0.0) => Cause::ReachabilityUnknown,
        _ if lost > held => Cause::Unreachable,
        _ => Cause::InNoStore,
    }
}
