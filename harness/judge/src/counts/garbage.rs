//! What may wait for a collector is no growth: between two rounds of it, garbage rises along a line as a leak does.
//!
//! Python frees cycles when some hundreds of objects came on top of those that went, and those that lived for a while only
//! when a quarter more live long; V8 sweeps its heap when that is a good deal larger than after the round before. So a
//! few hundred requests tell nothing of what each of them left, and tens of thousands tell little of what is left by a few.
//!
//! Where a collector ran at the end and what lived behind it is known, that decides. What was gone then was garbage, or
//! was let go of by the service when it stopped: the latter, if it came so often that a collector had to have come by.
//! A program that is run for each count is looked at behind its collector, and there this is no question.

use super::Figures;
use super::course::{Course, Growth, Kept, Rate, Wait};
use super::evidence::{Collector, Evidence};
use super::found::Found;
use harness_model::program::{Resource, Work};
use harness_model::units::{bytes, plural};

/// Blocks that each came with an iteration, without a single one going: the youngest are looked through far more often.
const SWEPT: f64 = 10_000.0;
/// The same of descriptors, of which a process may have a thousand or so.
const SWEPT_DESCRIPTORS: f64 = 2_500.0;
/// What a collector of a heap of its own lets come before it sweeps, where less than that lived: see [`is_far_more`].
const OWN_HEAP: f64 = (64 << 20) as f64;
/// The runtime whose table of methods is known.
const PYTHON: &str = "Python";
/// Twice as many names as that table holds, and the most bytes of a name.
const NAMES: f64 = 8192.0;
const NAME: f64 = 128.0;
/// What the library says of an object that no other one holds.
const UNREFERENCED: &str = "unreferenced by Python";
/// Of what was gained: what is left below this share at the end is gone.
const GONE: f64 = 0.2;
/// From this share on it is all there.
const THERE: f64 = 0.8;
/// How the library begins what it says of a module.
const MODULE: &str = "module ";
/// What the library says of objects that hold each other alone.
const CYCLE: &str = "a cycle that only the collector frees";

/// Takes from what grows in processes with a collector what may have waited for it.
pub(super) fn without_garbage(evidence: &Evidence, found: &mut [Found]) {
    for one in found {
        let collector = &evidence.processes[one.site.process].collector;
        let (Some(collector), Course::Grows(growth)) = (collector, &one.course) else {
            continue;
        };
        if let Some(course) = judged(collector, growth, one, evidence.work) {
            one.course = course;
        }
    }
}

/// What it is instead of growth, or what growth is left of it; `None` where all of it stands.
fn judged(collector: &Collector, growth: &Growth, found: &Found, work: Work) -> Option<Course> {
    let resource = found.site.resource;
    if !is_collected(resource) {
        return None;
    }
    let at_end = found.at_end.filter(|_| collector.at_end);
    let left = at_end.map(|end| left(growth, found, &end));
    let is_cycle = found.site.held_by.iter().any(|one| one == CYCLE);
    let waits = |why| {
        Some(Course::Waits {
            rate: growth.rate,
            with_each: growth.line.exact && growth.rate.blocks >= 0.5,
            why,
        })
    };
    let is_gone = left.is_some_and(|left| left < GONE);
    if !is_gone && may_be_names(collector, growth, found) {
        return waits(Wait::Names);
    }
    match left {
        Some(left) if left >= THERE && !is_cycle => None,
        _ if is_swept(collector, growth, resource) => None,
        Some(left) if left >= GONE && !is_cycle => Some(Course::Grows(scaled(growth, left))),
        Some(_) if is_cycle => waits(Wait::Unasked),
        Some(_) => waits(Wait::Gone),
        // Where it is run for each count, a greater one tells.
        None if work == Work::Iterations => None,
        // What objects can be reached from is known without a collector.
        None if is_of_a_module(growth, found) => None,
        None => waits(Wait::Unasked),
    }
}

/// Whether a module of the program's leads to it: what can be reached waits for no collector. Of what lives it is told what
/// holds the most of it: so what was gained has to be nearly all.
fn is_of_a_module(growth: &Growth, found: &Found) -> bool {
    const NEARLY_ALL: f64 = 0.75;
    let held_by = &found.site.held_by;
    let by = (growth.line.up_to - growth.line.from) as f64;
    let live = found.figures.iter().map(|one| one.end.blocks).max();
    growth.rate.blocks >= 0.5
        && growth.rate.blocks * by >= NEARLY_ALL * live.unwrap_or(0) as f64
        && held_by.len() > 1
        && held_by.last().is_some_and(|last| last.starts_with(MODULE))
        && !held_by.iter().any(|one| one == CYCLE)
}

/// Whether objects of a runtime may hold it, and let go of it when they are collected.
fn is_collected(resource: Resource) -> bool {
    matches!(
        resource,
        Resource::Heap | Resource::Mapping | Resource::FileDescriptor | Resource::Kernel
    )
}

/// Of what was gained up to the last look: the share that is left at the end.
fn left(growth: &Growth, found: &Found, end: &Figures) -> f64 {
    let by_blocks = growth.rate.blocks > 0.0;
    let of = |one: &Figures| match by_blocks {
        true => one.end.blocks as f64,
        false => one.end.bytes as f64,
    };
    let first = found
        .figures
        .iter()
        .filter(|one| one.iterations >= growth.line.from)
        .min_by_key(|one| one.iterations);
    let last = found.after.last().or_else(|| {
        let figures = found.figures.iter();
        figures.max_by_key(|one| one.iterations)
    });
    let (Some(first), Some(last)) = (first, last) else {
        return 1.0;
    };
    let gained = of(last) - of(first);
    match gained > 0.0 {
        true => ((of(end) - of(first)) / gained).clamp(0.0, 1.0),
        // It was freed again before the end, without a request.
        false => 0.0,
    }
}

/// Whether memory that no call site accounts for may be a heap of the runtime's own. Where Python is run for each count, its
/// objects are seen.
pub(super) fn may_be_its_heap(collector: &Collector, work: Work) -> bool {
    collector.runtime != PYTHON || work == Work::Requests
}

/// Whether these may be names of attributes: each text by which an attribute is looked up, and which was made anew for
/// that, stays in CPython's table of methods until another one takes its place, of which it has 4,096.
fn may_be_names(collector: &Collector, growth: &Growth, found: &Found) -> bool {
    let by = (growth.line.up_to - growth.line.from) as f64;
    let site = found.site;
    let is_text = match site.objects.first() {
        Some(object) => object.name == "str",
        None => site
            .stack
            .first()
            .is_some_and(|frame| frame.place.function == "PyUnicode_New"),
    };
    let is_named = |holder: &String| holder != UNREFERENCED;
    collector.runtime == PYTHON
        && site.resource == Resource::Heap
        && is_text
        && !site.held_by.iter().skip(1).any(is_named)
        && !growth.parts.iter().any(|(kept, _)| *kept == Kept::Lost)
        && growth.rate.bytes <= NAME * growth.rate.blocks
        && growth.rate.blocks * by <= NAMES
}

/// Whether so much came, and nothing of it went, that a collector has been there. What it takes leaves the line: so one that
/// was looked at twice at each mark, over a wide span, will do as well as one that is exact.
fn is_swept(collector: &Collector, growth: &Growth, resource: Resource) -> bool {
    let by = (growth.line.up_to - growth.line.from) as f64;
    let least = match resource {
        Resource::FileDescriptor => SWEPT_DESCRIPTORS,
        _ => SWEPT,
    };
    let with_each = growth.rate.blocks >= 0.5 && growth.rate.blocks * by >= least;
    match resource {
        // Pages of its heap are what a runtime maps.
        Resource::Mapping => is_far_more(collector, growth.rate.bytes * by, 0.0),
        _ => {
            with_each
                && (growth.line.exact
                    || growth.line.sure
                    || is_far_more(collector, growth.rate.bytes * by, 0.0))
        }
    }
}

/// Whether a heap of a runtime's own gained so much that it was swept meanwhile: far more than it had.
pub(super) fn is_far_more(collector: &Collector, gained: f64, before: f64) -> bool {
    !collector.own_heap && gained >= OWN_HEAP.max(before)
}

/// The part of a growth that is left.
fn scaled(growth: &Growth, share: f64) -> Growth {
    let part = |rate: Rate| Rate {
        bytes: rate.bytes * share,
        blocks: rate.blocks * share,
    };
    let mut left = growth.clone();
    left.rate = part(left.rate);
    left.parts
        .iter_mut()
        .for_each(|(_, rate)| *rate = part(*rate));
    left
}

/// From so many bytes on what may have waited for a collector keeps from a conclusion, if as much came with each request.
const MATTERS: f64 = 4096.0;
/// Sentences that are told of it.
const MOST: usize = 3;

/// What may have waited for a collector, in sentences: what came with each request and may be growth keeps from a
/// conclusion, and the rest is a blind spot.
pub(super) fn waiting(
    evidence: &Evidence,
    found: &[Found],
    blind_spots: &mut Vec<String>,
) -> Vec<String> {
    let mut waits: Vec<(&Found, Rate, bool, Wait)> = found
        .iter()
        .filter_map(|one| match one.course {
            Course::Waits {
                rate,
                with_each,
                why,
            } if one.is_placed => Some((one, rate, with_each, why)),
            _ => None,
        })
        .collect();
    waits.sort_by(|a, b| b.1.bytes.total_cmp(&a.1.bytes));
    let (mut doubts, mut spots) = (Vec::new(), Vec::new());
    for (one, rate, with_each, wait) in waits {
        let counts = one.figures.iter().map(|figures| figures.iterations);
        let by = counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0);
        let collector = evidence.processes[one.site.process].collector.as_ref();
        let sentence = format!(
            "{} gained {} {} ({}): {}.",
            one.site.place,
            bytes(rate.bytes),
            evidence.work.each(),
            plural(rate.blocks, one.site.resource.unit()),
            why(
                collector.map_or("the runtime", |collector| &collector.runtime),
                wait
            )
        );
        let is_much = rate.bytes * by as f64 >= MATTERS || one.site.resource != Resource::Heap;
        let group = match with_each && is_much && wait != Wait::Names {
            true => &mut doubts,
            false => &mut spots,
        };
        group.push(sentence);
    }
    for group in [&mut doubts, &mut spots] {
        let more = group.len().saturating_sub(MOST);
        group.truncate(MOST);
        if more > 0 {
            group.push(format!(
                "The same holds for {}.",
                plural(more as f64, "other place")
            ));
        }
    }
    blind_spots.append(&mut spots);
    doubts
}

fn why(runtime: &str, wait: Wait) -> String {
    match wait {
        Wait::Gone => format!(
            "at its end, when the collector of {runtime} had run, that was gone, by the collector or because the service let \
             go of it then; more requests tell"
        ),
        Wait::Unasked if runtime == PYTHON => format!(
            "it may wait for the collector of {runtime}, which nobody could have run; more requests tell"
        ),
        Wait::Unasked => format!(
            "it may wait for the collector of {runtime}, or be what {runtime} itself takes until it is warm; more requests \
             tell"
        ),
        Wait::Names => {
            "these may be names of attributes, of which Python keeps up to 4,096 that it looked up"
                .to_owned()
        }
    }
}
