//! What is large and is no growth: said as such, with the evidence and what can be tried.

use super::Figures;
use super::allocator::of_allocator;
use super::course::Course;
use super::evidence::Evidence;
use super::found::Found;
use harness_model::program::{Explained, ExplainedKind, ProcessRole, Resource, Work};
use harness_model::units::count;

/// What a call site took once is told from so many bytes on.
const ONE_OFF: u64 = 1024;
/// What is larger than this is told however large the program is, and what is smaller only where it is this share of it.
const LARGE: u64 = 64 << 10;
const SHARE: u64 = 50;
/// Blocks from this size on are mapped by themselves by glibc, until one of them is freed.
const MAPPED: u64 = 128 << 10;
/// The end of the names of the function by which the libc takes a buffer for a stream, and the size up to which nobody asks why.
const BUFFER: &str = "_IO_file_doallocate";
const BUFFER_BYTES: u64 = 64 << 10;
/// Most explanations that are given.
const MOST: usize = 12;

/// What explains memory that does not grow, the most bytes first.
pub(super) fn explain(evidence: &Evidence, found: &[Found]) -> Vec<Explained> {
    let heap = found
        .iter()
        .filter(|one| one.site.resource == Resource::Heap);
    let mut all: Vec<Explained> = heap.filter_map(|one| of_site(one, evidence.work)).collect();
    let main = evidence
        .processes
        .iter()
        .find(|process| process.role == ProcessRole::Main);
    let last = main.and_then(|process| process.figures.iter().max_by_key(|one| one.iterations));
    let size = last.map_or(0, |last| last.anonymous.unwrap_or(0).max(last.live));
    let has_large = heap_sites(evidence).any(|one| {
        let sizes = one.peak.bytes.checked_div(one.peak.blocks);
        sizes.is_some_and(|size| size >= MAPPED)
    });
    all.extend(
        last.map(|last| of_allocator(last, has_large))
            .into_iter()
            .flatten(),
    );
    let least = (size / SHARE).min(LARGE);
    all.retain(|one| one.bytes >= least);
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

/// Figures of all call sites that take blocks.
fn heap_sites(evidence: &Evidence) -> impl Iterator<Item = &Figures> {
    let sites = evidence.sites.iter();
    sites
        .filter(|site| site.resource == Resource::Heap)
        .flat_map(|site| &site.figures)
}

/// Whether it is the buffer of a stream, as every program that prints has one.
fn is_buffer(found: &Found, bytes: u64) -> bool {
    let mut innermost = found.site.stack.iter().take(3);
    bytes <= BUFFER_BYTES && innermost.any(|frame| frame.place.function.ends_with(BUFFER))
}

fn of_site(found: &Found, work: Work) -> Option<Explained> {
    let (kind, size, note) = match &found.course {
        Course::OneOff { bytes, sized_by_count: true } => (
            ExplainedKind::OneOff,
            *bytes,
            format!(
                "It is taken once; how large it is goes with the count of {}.",
                work.several()
            ),
        ),
        Course::OneOff { bytes, .. } if *bytes >= ONE_OFF && !is_buffer(found, *bytes) => (
            ExplainedKind::OneOff,
            *bytes,
            format!(
                "It is taken once, however many {} there are.",
                work.several()
            ),
        ),
        Course::HighWater { bytes } if *bytes >= ONE_OFF => (
            ExplainedKind::HighWater,
            *bytes,
            "It grew to the largest thing that it met, and kept that room: shrink it when it is empty.".to_owned(),
        ),
        Course::Bounded { bytes, by } => (
            ExplainedKind::BoundedCache,
            *bytes,
            format!(
                "It had stopped growing by {} {}.",
                count(*by),
                work.several()
            ),
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
        settings: Vec::new(),
    })
}
