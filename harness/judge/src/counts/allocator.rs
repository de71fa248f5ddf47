//! What an allocator keeps that no block fills: told apart by where it lies, each with what can be tried.

use super::evidence::{Allocator, AllocatorFigures, ProcessFigures};
use harness_model::program::{Explained, ExplainedKind};
use harness_model::units::{bytes, count};

/// What an allocator keeps is told from so many bytes on: every heap ends with some that is free.
const KEPT: u64 = 256 << 10;
/// And where it is at least this share of the process's own memory.
const SHARE: u64 = 20;
/// From so many bytes on it is worth telling where only the sum is known.
const NOT_LIVE: u64 = 2 << 20;

/// What the allocator keeps and nothing fills, of a process with the greatest count. `has_large`: it takes blocks so large
/// that glibc maps them by themselves, as long as none of them was freed.
pub(super) fn of_allocator(last: &ProcessFigures, has_large: bool) -> Vec<Explained> {
    let Some(figures) = last.allocator else {
        return not_live(last).into_iter().collect();
    };
    let least = KEPT.max(last.anonymous.unwrap_or(0) / SHARE);
    let mut all = match figures.kind {
        Allocator::Glibc => glibc(&figures, has_large),
        Allocator::Jemalloc => jemalloc(&figures),
        Allocator::Tcmalloc => tcmalloc(&figures),
    };
    all.retain(|one| one.bytes >= least);
    all
}

fn explained(kind: ExplainedKind, size: u64, note: String, settings: &[&str]) -> Explained {
    Explained {
        kind,
        bytes: size,
        site: None,
        note,
        settings: settings.iter().map(|one| (*one).to_owned()).collect(),
    }
}

/// The part of what is free that lies in pages with live blocks.
fn pinned(figures: &AllocatorFigures) -> u64 {
    let whole = [figures.top, figures.pages, figures.others];
    whole
        .iter()
        .fold(figures.free, |rest, part| rest.saturating_sub(*part))
}

fn fragmentation(
    figures: &AllocatorFigures,
    rest: u64,
    advice: &str,
    settings: &[&str],
) -> Explained {
    let note = format!(
        "Blocks that live fill {}, and share their pages with {} that lie free between them. {advice}",
        bytes(figures.used as f64),
        bytes(rest as f64)
    );
    explained(ExplainedKind::Fragmentation, rest, note, settings)
}

fn glibc(figures: &AllocatorFigures, has_large: bool) -> Vec<Explained> {
    const MAPPED: &str = "MALLOC_MMAP_THRESHOLD_=131072";
    let arenas = format!(
        "{} arenas beside the first one keep it free, one for each few threads. Try MALLOC_ARENA_MAX=2 in the environment, \
         or malloc_trim(0) when the threads have done their work.",
        count(figures.arenas.saturating_sub(1))
    );
    let (large, settings): (String, &[&str]) = match has_large {
        true => (
            format!(
                " Or try {MAPPED} in the environment: large blocks are then mapped by themselves, and given back at once \
                 (glibc raises that bound by itself)."
            ),
            &[MAPPED],
        ),
        false => (String::new(), &[]),
    };
    let pages = format!(
        "Whole pages of it lie free between blocks that live: malloc_trim(0) gives them back.{large} Blocks that live fill {}.",
        bytes(figures.used as f64)
    );
    let top = "It lies free at the end of the heap: malloc_trim(0) gives it back, or try MALLOC_TRIM_THRESHOLD_=131072 in \
               the environment (glibc raises that bound by itself)."
        .to_owned();
    vec![
        explained(
            ExplainedKind::Arenas,
            figures.others,
            arenas,
            &["MALLOC_ARENA_MAX=2"],
        ),
        explained(ExplainedKind::DirtyPages, figures.pages, pages, settings),
        explained(
            ExplainedKind::DirtyPages,
            figures.top,
            top,
            &["MALLOC_TRIM_THRESHOLD_=131072"],
        ),
        fragmentation(
            figures,
            pinned(figures),
            &format!(
                "Keep what lives long apart from what does not: nothing gives back a page that a live block lies in.{large}"
            ),
            settings,
        ),
    ]
}

fn jemalloc(figures: &AllocatorFigures) -> Vec<Explained> {
    const DECAY: &str = "MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0";
    const BACKGROUND: &str = "MALLOC_CONF=background_thread:true";
    vec![
        explained(
            ExplainedKind::DirtyPages,
            figures.pages,
            format!(
                "jemalloc keeps pages for a while that nothing fills. Try {BACKGROUND} in the environment, or {DECAY}."
            ),
            &[BACKGROUND, DECAY],
        ),
        fragmentation(
            figures,
            pinned(figures),
            "Fewer arenas hold less of it: try MALLOC_CONF=narenas:2 in the environment.",
            &["MALLOC_CONF=narenas:2"],
        ),
    ]
}

fn tcmalloc(figures: &AllocatorFigures) -> Vec<Explained> {
    const RATE: &str = "TCMALLOC_RELEASE_RATE=10";
    const AT_ONCE: &str = "TCMALLOC_AGGRESSIVE_DECOMMIT=true";
    vec![
        explained(
            ExplainedKind::DirtyPages,
            figures.pages,
            format!(
                "tcmalloc keeps pages that nothing fills. Try {RATE} in the environment, or {AT_ONCE}."
            ),
            &[RATE, AT_ONCE],
        ),
        fragmentation(
            figures,
            pinned(figures),
            "What its caches for threads keep is part of it: try TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES=1048576 in the \
             environment.",
            &["TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES=1048576"],
        ),
    ]
}

/// Where the allocator does not tell: resident memory that no live block fills, far beyond what a program takes to start.
fn not_live(last: &ProcessFigures) -> Option<Explained> {
    let resident = last.anonymous?;
    let kept = resident.checked_sub(last.live.saturating_add(last.live / 4))?;
    (kept >= NOT_LIVE && last.calls > 0).then(|| {
        let note = format!(
            "Of {} that are resident and of no file, blocks that live fill {}: the rest may lie free between them. The \
             allocator does not tell.",
            bytes(resident as f64),
            bytes(last.live as f64)
        );
        explained(ExplainedKind::Fragmentation, kept, note, &[])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn told(figures: AllocatorFigures) -> Vec<(ExplainedKind, u64)> {
        let last = ProcessFigures {
            anonymous: Some(figures.used + figures.free),
            allocator: Some(figures),
            ..ProcessFigures::default()
        };
        let all = of_allocator(&last, true);
        all.iter().map(|one| (one.kind, one.bytes)).collect()
    }

    #[test]
    fn what_lies_free_is_told_apart_by_where_it_lies() {
        let figures = AllocatorFigures {
            used: 2 * MIB,
            free: 20 * MIB,
            top: 4 * MIB,
            pages: 5 * MIB,
            others: 8 * MIB,
            arenas: 9,
            ..AllocatorFigures::default()
        };
        assert_eq!(
            told(figures),
            [
                (ExplainedKind::Arenas, 8 * MIB),
                (ExplainedKind::DirtyPages, 5 * MIB),
                (ExplainedKind::DirtyPages, 4 * MIB),
                (ExplainedKind::Fragmentation, 3 * MIB),
            ]
        );
    }

    #[test]
    fn what_a_heap_has_left_at_its_end_needs_no_word() {
        let figures = AllocatorFigures {
            used: 10 * MIB,
            free: 128 << 10,
            top: 128 << 10,
            ..AllocatorFigures::default()
        };
        assert_eq!(told(figures), []);
        let of_many = AllocatorFigures {
            used: 1 << 30,
            free: 10 * MIB,
            ..AllocatorFigures::default()
        };
        assert_eq!(told(of_many), []);
    }

    #[test]
    fn a_setting_for_large_blocks_is_for_programs_that_have_some() {
        let figures = AllocatorFigures {
            free: 9 * MIB,
            pages: 9 * MIB,
            ..AllocatorFigures::default()
        };
        let last = ProcessFigures {
            allocator: Some(figures),
            ..ProcessFigures::default()
        };
        let of = |has_large| of_allocator(&last, has_large).remove(0).settings;
        assert!(of(false).is_empty());
        assert_eq!(of(true), ["MALLOC_MMAP_THRESHOLD_=131072"]);
    }

    #[test]
    fn each_allocator_has_settings_of_its_own() {
        for (kind, variable) in [
            (Allocator::Glibc, "MALLOC_MMAP_THRESHOLD_="),
            (Allocator::Jemalloc, "MALLOC_CONF="),
            (Allocator::Tcmalloc, "TCMALLOC_"),
        ] {
            let figures = AllocatorFigures {
                kind,
                used: MIB,
                free: 9 * MIB,
                pages: 9 * MIB,
                ..AllocatorFigures::default()
            };
            let last = ProcessFigures {
                allocator: Some(figures),
                ..ProcessFigures::default()
            };
            let all = of_allocator(&last, true);
            assert_eq!(all.len(), 1);
            assert!(all[0].settings.iter().all(|one| one.starts_with(variable)));
            assert!(all[0].note.contains(&all[0].settings[0]));
        }
    }
}
