//! What is large and is no growth: said as such, with the evidence and what can be tried.

use super::course::Course;
use super::evidence::{Evidence, ProcessFigures};
use super::grow::Found;
use harness_model::program::{Explained, ExplainedKind, ProcessRole, Resource};
use harness_model::units::{bytes, count};

/// What a call site took once is told from so many bytes on.
const ONE_OFF: u64 = 1024;
/// What the allocator keeps is told from so many bytes on.
const KEPT: u64 = 1 << 20;
/// Most explanations that are given.
const MOST: usize = 12;

/// What explains memory that does not grow, the most bytes first.
pub(super) fn explain(evidence: &Evidence, found: &[Found]) -> Vec<Explained> {
    let heap = found
        .iter()
        .filter(|one| one.site.resource == Resource::Heap);
    let mut all: Vec<Explained> = heap.filter_map(of_site).collect();
    let main = evidence
        .processes
        .iter()
        .find(|process| process.role == ProcessRole::Main);
    if let Some(last) =
        main.and_then(|process| process.figures.iter().max_by_key(|one| one.iterations))
    {
        all.extend(of_allocator(last));
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.bytes));
    // Caches and sawtooths are few, and what was asked for; what is taken at the start is many.
    let (mut told, rest): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| one.kind != ExplainedKind::OneOff);
    told.truncate(MOST);
    let room = MOST - told.len();
    told.extend(rest.into_iter().take(room.max(3)));
    told.sort_by_key(|one| std::cmp::Reverse(one.bytes));
    told
}

fn of_site(found: &Found) -> Option<Explained> {
    let (kind, size, note) = match &found.course {
        Course::OneOff { bytes, sized_by_count: true } => (
            ExplainedKind::OneOff,
            *bytes,
            "It is taken once; how large it is goes with the count of iterations.".to_owned(),
        ),
        Course::OneOff { bytes, .. } if *bytes >= ONE_OFF => (
            ExplainedKind::OneOff,
            *bytes,
            "It is taken once, however many iterations there are.".to_owned(),
        ),
        Course::HighWater { bytes } if *bytes >= ONE_OFF => (
            ExplainedKind::HighWater,
            *bytes,
            "It grew to the largest thing that it met, and kept that room: shrink it when it is empty.".to_owned(),
        ),
        Course::Bounded { bytes, by } => (
            ExplainedKind::BoundedCache,
            *bytes,
            format!("It had stopped growing by {} iterations.", count(*by)),
        ),
        Course::Sawtooth { bytes } if *bytes >= ONE_OFF => (
            ExplainedKind::Sawtooth,
            *bytes,
            "It fills and is emptied: what it holds at its most stays the same.".to_owned(),
        ),
        _ => return None,
    };
    Some(Explained {
        kind,
        bytes: size,
        site: Some(found.site.place.clone()),
        note,
    })
}

/// What the allocator keeps and nothing fills.
fn of_allocator(last: &ProcessFigures) -> Vec<Explained> {
    let (Some(free), Some(top)) = (last.allocator_free, last.allocator_top) else {
        return not_live(last).into_iter().collect();
    };
    let mut all = Vec::new();
    let between = free.saturating_sub(top);
    if between >= KEPT {
        let arenas = last.arenas.unwrap_or(1);
        let (kind, note) = if arenas > 4 {
            (
                ExplainedKind::Arenas,
                format!(
                    "{} arenas keep free memory, one for each few threads: try MALLOC_ARENA_MAX=2.",
                    count(arenas)
                ),
            )
        } else {
            (
                ExplainedKind::Fragmentation,
                format!(
                    "Of {} that the allocator took, {} lie free between blocks that live: try malloc_trim(0), or keep \
                     what lives long apart from what does not.",
                    bytes(last.allocator_taken.unwrap_or(0) as f64),
                    bytes(between as f64)
                ),
            )
        };
        all.push(Explained {
            kind,
            bytes: between,
            site: None,
            note,
        });
    }
    if top >= KEPT {
        all.push(Explained {
            kind: ExplainedKind::DirtyPages,
            bytes: top,
            site: None,
            note: "It lies free at the end of the heap, and could be given back: try malloc_trim(0), or \
                   MALLOC_TRIM_THRESHOLD_=131072."
                .to_owned(),
        });
    }
    all
}

/// Where the allocator does not tell: resident memory that no live block fills, far beyond what a program takes to start.
fn not_live(last: &ProcessFigures) -> Option<Explained> {
    let resident = last.anonymous?;
    let kept = resident.checked_sub(last.live.saturating_add(last.live / 4))?;
    (kept >= 2 * KEPT && last.calls > 0).then(|| Explained {
        kind: ExplainedKind::Fragmentation,
        bytes: kept,
        site: None,
        note: format!(
            "Of {} that are resident and of no file, blocks that live fill {}: the rest lies free between them. Try \
             malloc_trim(0), or keep what lives long apart from what does not.",
            bytes(resident as f64),
            bytes(last.live as f64)
        ),
    })
}
