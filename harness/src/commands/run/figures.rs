//! The figures of a record as the judge takes them: of one call site, and of a process.

use super::one_run::{OneRun, blocks_taken};
use crate::recording::{Allocator, AllocatorKind, Kind, RecordedSite, Recording, ScanKind, State};
use harness_judge::counts::{self, Amount, Figures, Grain, ProcessFigures, Trust};

/// Of a call site.
pub(super) fn figures(recording: &Recording, site: &RecordedSite, iterations: u64) -> Figures {
    let amount = |one: crate::recording::Amount| Amount {
        bytes: one.bytes,
        blocks: one.blocks,
    };
    let mut lost = amount(site.definite);
    lost = lost.plus(amount(site.indirect));
    Figures {
        iterations,
        taken: site.taken,
        // One that was killed never came to its last snapshot: what lived then is what lived last.
        end: amount(if recording.state == State::Leaving {
            site.end
        } else {
            site.live
        }),
        peak: amount(site.peak),
        lost,
        possible: amount(site.possible),
        trust: trust(recording),
        grain: Grain::Exact,
    }
}

/// Bytes of the heap that live at the end of a process.
fn live(recording: &Recording) -> u64 {
    let heap = recording
        .sites
        .iter()
        .filter(|site| site.kind == Kind::Heap);
    heap.map(|site| figures(recording, site, 0).end.bytes).sum()
}

/// How far the scan of a process is to be believed.
pub(super) fn trust(recording: &Recording) -> Trust {
    match recording.scan.kind {
        ScanKind::Done => Trust::Scanned,
        ScanKind::Doubtful { .. } => Trust::Doubtful,
        ScanKind::None | ScanKind::Refused | ScanKind::Broken => Trust::Unknown,
    }
}

/// Of the processes of one program in a run.
pub(super) fn process_figures(
    run: &OneRun,
    recordings: &[&Recording],
    repeat: bool,
) -> ProcessFigures {
    let most =
        |of: &dyn Fn(&Recording) -> Option<u64>| recordings.iter().filter_map(|one| of(one)).max();
    let mut figures = ProcessFigures {
        iterations: if repeat { 1 } else { run.iterations },
        calls: most(&|one| Some(blocks_taken(one))).unwrap_or(0),
        live: most(&|one| Some(live(one))).unwrap_or(0),
        anonymous: most(&|one| {
            // The record is a file; the tables are anonymous as the program's memory is.
            let own = one.at_end.own_anonymous.unwrap_or(0);
            Some(one.at_end.anonymous?.saturating_sub(own))
        }),
        huge_pages: most(&|one| one.at_end.huge_pages),
        // Of one process, since parts of several do not add up.
        allocator: recordings
            .iter()
            .filter_map(|one| one.at_end.allocator)
            .max_by_key(|one| one.free)
            .map(allocator),
        trust: recordings
            .iter()
            .map(|one| trust(one))
            .min()
            .unwrap_or_default(),
    };
    if recordings.is_empty() && run.ended.seen.anonymous > 0 {
        figures.anonymous = Some(run.ended.seen.anonymous);
    }
    figures
}

fn allocator(one: Allocator) -> counts::AllocatorFigures {
    counts::AllocatorFigures {
        kind: match one.kind {
            AllocatorKind::Glibc => counts::Allocator::Glibc,
            AllocatorKind::Jemalloc => counts::Allocator::Jemalloc,
            AllocatorKind::Tcmalloc => counts::Allocator::Tcmalloc,
        },
        taken: one.taken,
        used: one.used,
        free: one.free,
        top: one.top,
        pages: one.pages,
        others: one.others,
        arenas: u64::from(one.arenas),
    }
}
