//! Where the growth of the resident set went, as rows that sum to it exactly.
//!
//! | row | figure |
//! |---|---|
//! | lost | what valgrind saw lost in an iteration, times the iterations; no more than what no store holds |
//! | each store | its own bytes |
//! | slack | bytes of stores that gained bytes and no entries: arenas, tables that keep their capacity |
//! | held, in no store | live bytes, less all of the above; *held or lost* where nothing asked whether they can be reached |
//! | internal fragmentation, external fragmentation, free pages kept | jemalloc's allocated less the live bytes, its active less its allocated, its resident less its active |
//! | stacks, system heap, files | `/proc/self/smaps` |
//! | other mappings | anonymous memory in smaps, less jemalloc's resident |
//! | residual | the rest |
//!
//! The first four sum to the growth of live bytes, which is exact; with the allocator's three they sum to what jemalloc
//! calls resident. The kernel does not say which anonymous pages are jemalloc's, so that what the program mapped itself
//! is a difference. It is negative where blocks were handed out that nobody has touched: jemalloc counts those as
//! resident and the kernel does not. That is a row of its own; where a run has both, the two cancel in part.
//!
//! The residual is what the readings of the kernel differ by: statm, by which the resident set is followed, and smaps,
//! which takes milliseconds to read. The two are read right after one another at the two points of a ledger, and once
//! before, so that what asking itself takes is there already: then it is nothing where the kernel counts exactly, and a
//! few pages where each processor counts in batches.

#[cfg(test)]
mod tests;

use harness_model::{JemallocSample, Ledger, MappingsSample, Row, RowKind, Sample};

/// The state at one of the two points.
struct Point<'s> {
    live: i64,
    rss: i64,
    jemalloc: JemallocSample,
    mappings: Option<MappingsSample>,
    sample: &'s Sample,
}

impl<'s> Point<'s> {
    fn of(sample: &'s Sample) -> Option<Point<'s>> {
        Some(Point {
            live: signed(sample.live_bytes),
            rss: signed(sample.rss_bytes?),
            jemalloc: sample.jemalloc?,
            mappings: sample.mappings,
            sample,
        })
    }
}

/// A figure as a number that can be taken from another. Nothing that fits in memory is beyond it.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Draws up the ledger of one loop, from its samples: from the end of the warm-up to the end. `lost` is how many bytes
/// an iteration loses, where that is known. None where the resident set or jemalloc's figures were not measured.
pub fn draw_up(samples: &[Sample], condition: &str, lost: Option<f64>) -> Option<Ledger> {
    let of_loop = || {
        samples
            .iter()
            .filter(|sample| sample.condition == condition)
    };
    let first = of_loop().rfind(|sample| sample.warmup)?;
    let last = of_loop().next_back()?;
    let iterations = last.iteration.checked_sub(first.iteration)?;
    let (from, to) = (Point::of(first)?, Point::of(last)?);

    let total = to.rss.saturating_sub(from.rss);
    let live = to.live.saturating_sub(from.live);
    let mut rows = Vec::new();
    let mut put = |kind, name: &str, bytes: i64| {
        if bytes != 0 {
            let name = name.to_owned();
            rows.push(Row { kind, name, bytes });
        }
        bytes
    };

    let mut in_no_store = live;
    for (name, bytes, is_slack) in stores(&from, &to) {
        let kind = if is_slack {
            RowKind::Slack
        } else {
            RowKind::Store
        };
        in_no_store = in_no_store.saturating_sub(put(kind, name, bytes));
    }
    // A rate that was measured on other texts is an estimate; what no store holds is exact.
    match lost {
        Some(lost) => {
            let lost = (lost * iterations as f64).round() as i64;
            let lost = lost.clamp(0, in_no_store.max(0));
            put(RowKind::Unreachable, "lost: nothing can reach it", lost);
            put(RowKind::InNoStore, "held, in no store", in_no_store - lost);
        }
        None => {
            put(
                RowKind::HeldOrLost,
                "held or lost, in no store",
                in_no_store,
            );
        }
    }

    let gained = |of: fn(&JemallocSample) -> u64| {
        signed(of(&to.jemalloc)).saturating_sub(signed(of(&from.jemalloc)))
    };
    let (allocated, active) = (gained(|j| j.allocated), gained(|j| j.active));
    let resident = gained(|j| j.resident);
    put(
        RowKind::Allocator,
        "internal fragmentation",
        allocated.saturating_sub(live),
    );
    put(
        RowKind::Allocator,
        "external fragmentation",
        active.saturating_sub(allocated),
    );
    put(
        RowKind::Allocator,
        "free pages kept, and jemalloc's own",
        resident.saturating_sub(active),
    );

    let mut outside = 0;
    if let (Some(before), Some(after)) = (from.mappings, to.mappings) {
        let gained =
            |of: fn(&MappingsSample) -> u64| signed(of(&after)).saturating_sub(signed(of(&before)));
        let (stacks, anonymous) = (gained(|m| m.stacks), gained(|m| m.anonymous));
        // What jemalloc has is among these two. A heap that the kernel merged with a stack is no stack.
        let not_jemalloc = anonymous.saturating_add(stacks).saturating_sub(resident);
        let stacks = stacks.min(not_jemalloc.max(0));
        let other = not_jemalloc.saturating_sub(stacks);
        let untouched = other.min(0);
        outside += put(RowKind::Stacks, "stacks of threads", stacks);
        outside += put(
            RowKind::OtherMappings,
            "other anonymous mappings",
            other - untouched,
        );
        outside += put(
            RowKind::SystemHeap,
            "the system allocator's heap",
            gained(|m| m.system_heap),
        );
        outside += put(
            RowKind::Files,
            "files and shared memory",
            gained(|m| m.files),
        );
        outside += put(
            RowKind::Untouched,
            "handed out and not yet touched",
            untouched,
        );
    }
    let explained = resident.saturating_add(outside);
    rows.push(Row {
        kind: RowKind::Residual,
        name: "residual".to_owned(),
        bytes: total.saturating_sub(explained),
    });
    Some(Ledger {
        condition: condition.to_owned(),
        iterations,
        total,
        rows,
    })
}

/// Each store's name, the bytes that it gained, and whether it gained them without an entry.
fn stores<'s>(from: &Point<'s>, to: &Point<'s>) -> Vec<(&'s str, i64, bool)> {
    let before = |name: &str| from.sample.stores.iter().find(|store| store.name == name);
    let gained = to.sample.stores.iter().map(|store| {
        let before = before(&store.name);
        let (entries, bytes) = before.map_or((0, 0), |store| (store.entries, store.bytes));
        let bytes = signed(store.bytes).saturating_sub(signed(bytes));
        (store.name.as_str(), bytes, is_slack(entries, store.entries))
    });
    gained.collect()
}

/// Whether what a store gained is slack: it has no more entries than before.
pub fn is_slack(entries_before: u64, entries_after: u64) -> bool {
    entries_after <= entries_before
}
