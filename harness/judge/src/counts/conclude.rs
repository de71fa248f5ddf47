//! The verdict on a program.

use super::course::{Course, Rate};
use super::evidence::{Allocator, Evidence};
use super::explain::explain;
use super::found::Found;
use super::garbage::{is_far_more, may_be_its_heap, waiting};
use super::grow::find;
use super::growths::{Told, growths};
use super::sentence::sentence;
use super::trend::{Point, Trend, trend};
use super::{ProcessFigures, Trust};
use harness_model::program::{
    ProcessRole, ProgramCause, ProgramGrowth, ProgramVerdict, Resource, Work,
};
use harness_model::units::{bytes, count};
use harness_model::{Hidden, Outcome};

/// Iterations from which on what is held is said to grow, where the counts were chosen: many a cache is full by then.
const FILLS: u64 = 100;

/// What may grow and cannot be said to keeps from a conclusion from so many bytes on, gained between the last two counts.
const MATTERS: f64 = 4096.0;
/// Of a service's memory, the share that comes and goes.
const CHANCE: f64 = 0.01;
/// Of what is counted and is no memory, so many.
const COUNTED: f64 = 4.0;
/// The kernel counts resident pages in batches, and the allocator takes them in larger ones.
const RESIDENT_UNIT: f64 = 65_536.0;
/// Growth of resident memory that no call site accounts for is believed from so many bytes on.
const UNATTRIBUTED: f64 = (1 << 20) as f64;

/// How sure a conclusion is, for whoever decides whether to measure on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// More counts would say the same.
    Sure,
    /// A greater count would tell more.
    More,
    /// Another run of the greatest count would: figures vary from run to run.
    Again,
}

/// A verdict, and how sure it is.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: ProgramVerdict,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Judges a program by what was measured of it.
pub fn conclude(evidence: &Evidence) -> Conclusion {
    let found = find(evidence);
    let (mut growth, lines) = growths(evidence, &found);
    let mut blind_spots = evidence.blind_spots.clone();
    let mut doubts = evidence.doubts.clone();
    let mut agreement = Vec::new();
    let coverage = coverage(evidence, &growth, &found, &mut agreement);
    let unattributed = unattributed(evidence, coverage);
    let (may_wait, believed): (Vec<_>, Vec<_>) = unattributed
        .into_iter()
        .partition(|one| is_of_a_collector(evidence, one));
    growth.extend(believed);
    growth.extend(huge_pages(evidence, &growth));
    if evidence.cut_short {
        doubts.extend(too_few(&mut growth));
    }
    growth.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
    blind_spots.extend(held_inside(&found));
    let mut untold = untold(evidence, &found, &mut blind_spots);
    untold.extend(waiting(evidence, &found, &mut blind_spots));
    untold.extend(may_wait.iter().map(|one| of_a_collector(evidence, one)));
    if growth.is_empty() {
        doubts.extend(untold);
    } else {
        blind_spots.extend(untold);
    }
    let counts = evidence.counts();
    // Where there is none at all, why is said already.
    let is_told = counts.is_empty() && !doubts.is_empty();
    if evidence.captured && counts.len() < 3 {
        let (doubt, blind_spot) = of_few_captures(&counts);
        doubts.extend(doubt);
        blind_spots.extend(blind_spot);
    } else if counts.len() < 3 && !evidence.repeat && !is_told {
        doubts.push(format!(
            "{} counts of {} were measured, and fewer than three cannot tell a leak from a cache that fills.",
            counts.len(),
            evidence.work.several()
        ));
    }
    if evidence.processes.iter().all(|process| {
        process
            .figures
            .iter()
            .all(|one| one.trust == Trust::Unknown)
    }) && growth
        .iter()
        .any(|one| one.cause == ProgramCause::HeldOrLost)
    {
        blind_spots.push("Nobody looked whether what grows can still be reached.".to_owned());
    }
    let is_list = evidence.captured && counts.len() < 2;
    if let Some(most) = counts.last().filter(|_| !evidence.repeat && !is_list) {
        blind_spots.push(format!(
            "What begins to grow, or stops, beyond {} {} is not seen.",
            count(*most),
            evidence.work.several()
        ));
    }
    let outcome = match (growth.is_empty(), doubts.is_empty()) {
        _ if evidence.broken => Outcome::Inconclusive,
        (false, _) => Outcome::Leak,
        (true, true) => Outcome::Pass,
        (true, false) => Outcome::Inconclusive,
    };
    if outcome == Outcome::Leak {
        blind_spots.append(&mut doubts);
    }
    let explained = match evidence.captured && counts.len() < 2 {
        // What was taken once cannot be told from what grows.
        true => Vec::new(),
        false => explain(evidence, &found),
    };
    let sentence = sentence(evidence, outcome, &growth, &explained, &doubts);
    if outcome == Outcome::Inconclusive {
        blind_spots.splice(0..0, doubts);
    }
    Conclusion {
        certainty: certainty(&growth, &lines, &counts),
        verdict: ProgramVerdict {
            outcome,
            exit_code: outcome.exit_code(),
            sentence,
            growth,
            explained,
            hidden: hidden(evidence, &found),
            coverage,
            blind_spots,
            agreement,
        },
    }
}

/// What is said where there are fewer than three captures: what keeps from a conclusion, and what was not seen.
fn of_few_captures(counts: &[u64]) -> (Option<String>, Option<String>) {
    match counts {
        [] | [_] => (
            Some(
                "Growth cannot be told from one capture: a second, of ten times the iterations, tells."
                    .to_owned(),
            ),
            None,
        ),
        [few, many] => (
            None,
            Some(format!(
                "Two counts cannot tell a cache that fills beyond {} iterations from a line: a capture of a third count, as \
                 {}, tells.",
                count(*many),
                count(many.saturating_mul((many / (*few).max(1)).max(2)))
            )),
        ),
        _ => (None, None),
    }
}

/// Takes what is held and was seen for a few iterations only from what grows, and says what it is: caches fill too.
fn too_few(growth: &mut Vec<ProgramGrowth>) -> Vec<String> {
    let may_be_cache = |one: &ProgramGrowth| {
        let is_held = matches!(one.cause, ProgramCause::Held | ProgramCause::HeldOrLost);
        is_held && one.seen_up_to < FILLS
    };
    let (few, rest) = growth.drain(..).partition(may_be_cache);
    *growth = rest;
    let few: Vec<ProgramGrowth> = few;
    let sentences = few.iter().map(|one| {
        let site = one.sites.first();
        let taken = site.map_or_else(String::new, |site| format!(", taken by {}", site.place));
        format!(
            "{} an iteration {} held so far{taken}, and {} iterations are too few to tell growth from a cache that fills: \
             more --budget, or --iters, tells.",
            bytes(one.bytes_per_iteration),
            if one.bytes_per_iteration == 1.0 { "is" } else { "are" },
            count(one.seen_up_to)
        )
    });
    sentences.collect()
}

/// What each entry of the suppressions hid.
fn hidden(evidence: &Evidence, found: &[Found]) -> Vec<Hidden> {
    let mut all = evidence.suppressions.entries.clone();
    for one in found {
        if let Course::Hidden { rate, entry } = one.course
            && let Some(hidden) = all.get_mut(entry)
        {
            let last = one.figures.iter().max_by_key(|one| one.iterations);
            let end = last.map(|last| last.end).unwrap_or_default();
            hidden.bytes_per_iteration += rate.bytes;
            hidden.blocks_per_iteration += rate.blocks;
            hidden.long_bytes = hidden.long_bytes.saturating_add(end.bytes);
            hidden.long_blocks = hidden.long_blocks.saturating_add(end.blocks);
        }
    }
    all.retain(|one| one.bytes_per_iteration > 0.0 || one.blocks_per_iteration > 0.0);
    all
}

/// Of what grows and is held: what is so by pointers to its inside alone.
fn held_inside(found: &[Found]) -> Vec<String> {
    let inside = found.iter().filter(|one| match &one.course {
        // Objects of an interpreter often are: what holds them is known for certain.
        Course::Grows(growth) => {
            growth.inside && one.site.resource == Resource::Heap && one.site.held_by.is_empty()
        }
        _ => false,
    });
    let mut sentences: Vec<String> = inside
        .map(|one| {
            format!(
                "What {} takes is pointed to at its inside alone, in part at least: memcheck calls that possibly lost.",
                one.site.place
            )
        })
        .collect();
    sentences.dedup();
    sentences.truncate(5);
    sentences
}

/// From how many bytes on, gained between the last two counts, what may grow keeps from a conclusion. A service that goes on
/// is never quite the same twice: of that, a small share is no doubt.
fn matters(evidence: &Evidence, process: usize) -> f64 {
    let figures = &evidence.processes[process].figures;
    let last = figures.iter().max_by_key(|one| one.iterations);
    let size = last.map_or(0, |last| last.anonymous.unwrap_or(0).max(last.live));
    match evidence.work {
        Work::Iterations => MATTERS,
        Work::Requests => MATTERS.max(size as f64 * CHANCE),
    }
}

/// What may grow, in sentences; what is too little to matter is a blind spot.
fn untold(evidence: &Evidence, found: &[Found], blind_spots: &mut Vec<String>) -> Vec<String> {
    let mut untold = Vec::new();
    for one in found {
        let Course::Unsure {
            bytes: gained,
            blocks,
            why,
        } = one.course
        else {
            continue;
        };
        let mut counts: Vec<u64> = one.site.figures.iter().map(|one| one.iterations).collect();
        counts.sort_unstable();
        counts.dedup();
        let step = counts
            .iter()
            .rev()
            .take(2)
            .fold(0, |b, a| if b == 0 { *a } else { b - *a });
        let more = gained * step as f64;
        let sentence = format!(
            "{} may grow, by {} {}: {why}.",
            one.site.place,
            bytes(gained),
            evidence.work.each()
        );
        let is_large = more >= matters(evidence, one.site.process);
        let are_many = blocks * step as f64 >= COUNTED;
        let matters = match (evidence.work, one.site.resource) {
            (_, Resource::Heap | Resource::Kernel) => is_large,
            // The collector of an interpreter maps a page or two and unmaps them as it likes.
            (Work::Requests, Resource::Mapping) => is_large && are_many,
            _ => is_large || are_many,
        };
        if matters {
            untold.push(sentence);
        } else if gained > 0.0 || blocks > 0.0 {
            blind_spots.push(sentence);
        }
    }
    untold.truncate(5);
    blind_spots.truncate(20);
    untold
}

/// The anonymous memory of the command's own process, as a trend.
fn anonymous(
    evidence: &Evidence,
    of: fn(&ProcessFigures) -> Option<u64>,
) -> Option<(usize, Trend)> {
    let at = evidence
        .processes
        .iter()
        .position(|process| process.role == ProcessRole::Main)?;
    let points: Vec<Point> = evidence.processes[at]
        .figures
        .iter()
        .filter_map(|one| {
            Some(Point {
                iterations: one.iterations,
                value: of(one)? as f64,
            })
        })
        .collect();
    Some((at, trend(&points, RESIDENT_UNIT)))
}

/// What blocks take of the allocator's memory. Of glibc's: their sizes with a head of 8 bytes, in steps of 16, and 32 at the
/// least. Others have no heads, and steps that are finer than what a mean size could tell.
fn footprint(rate: Rate, allocator: Allocator) -> f64 {
    if rate.blocks <= 0.0 || allocator != Allocator::Glibc {
        return rate.bytes;
    }
    let size = rate.bytes / rate.blocks;
    rate.blocks * ((size + 8.0) / 16.0).ceil().max(2.0) * 16.0
}

/// The same of what grows, by its call sites: the mean of small and large blocks together would tell too little.
fn sites_footprint(growth: &ProgramGrowth, allocator: Allocator) -> f64 {
    let (mut told, mut rest) = (
        0.0,
        Rate {
            bytes: growth.bytes_per_iteration,
            blocks: growth.count_per_iteration,
        },
    );
    for site in &growth.sites {
        let rate = Rate {
            bytes: site.bytes_per_iteration,
            blocks: site.blocks_per_iteration,
        };
        told += footprint(rate, allocator);
        rest.bytes -= rate.bytes;
        rest.blocks -= rate.blocks;
    }
    match rest.bytes > 0.0 && rest.blocks > 1e-9 {
        true => told + footprint(rest, allocator),
        false => told + rest.bytes.max(0.0),
    }
}

/// The share of the growth of anonymous memory that call sites account for.
fn coverage(
    evidence: &Evidence,
    growth: &[ProgramGrowth],
    found: &[Found],
    agreement: &mut Vec<String>,
) -> Option<f64> {
    let (at, trend) = anonymous(evidence, |one| one.anonymous)?;
    let allocators = evidence.processes[at].figures.iter();
    let allocator = allocators.filter_map(|one| one.allocator).next();
    let allocator = allocator.map_or(Allocator::Glibc, |figures| figures.kind);
    let slope = trend
        .line()
        .map(|line| line.slope)
        .filter(|slope| *slope > 0.0)?;
    // What was freed at the end is still in the allocator's pages.
    let own = growth.iter().filter(|one| one.process == ProcessRole::Main);
    let known: f64 = own
        .map(|one| match one.resource {
            Resource::Heap => sites_footprint(one, allocator),
            Resource::Mapping | Resource::Thread | Resource::SharedMemory => {
                one.bytes_per_iteration
            }
            _ => 0.0,
        })
        .sum();
    let waits = found.iter().filter(|one| one.site.process == at);
    let waits: f64 = waits
        .filter_map(|one| match one.course {
            Course::Waits { rate, .. } | Course::Hidden { rate, .. } => {
                Some(footprint(rate, allocator))
            }
            _ => None,
        })
        .sum();
    let known = known + waits;
    let share = (known / slope).clamp(0.0, 1.0);
    agreement.push(format!(
        "Anonymous memory grows by {} {} by the kernel's figures; call sites account for {:.0}% of it.",
        bytes(slope),
        evidence.work.each(),
        share * 100.0
    ));
    Some(share)
}

/// Growth of resident memory that no call site accounts for.
fn unattributed(evidence: &Evidence, coverage: Option<f64>) -> Option<ProgramGrowth> {
    let (at, trend) = anonymous(evidence, |one| one.anonymous)?;
    let line = *trend.line()?;
    let process = &evidence.processes[at];
    let share = coverage.unwrap_or(0.0);
    let rest = line.slope * (1.0 - share);
    if share > 0.5 || rest * (line.up_to - line.from) as f64 <= UNATTRIBUTED {
        return None;
    }
    // What the allocator has and nothing fills is no growth of the program's: see what is explained.
    if let Some((_, free)) = anonymous(evidence, |one| one.allocator.map(|figures| figures.free))
        && free.line().is_some_and(|free| free.slope > 0.5 * rest)
    {
        return None;
    }

    Some(ProgramGrowth {
        resource: Resource::Heap,
        cause: ProgramCause::HeldOrLost,
        process: process.role,
        command: process.command.clone(),
        bytes_per_iteration: rest,
        count_per_iteration: 0.0,
        freed_at_end: false,
        seen_up_to: line.up_to,
        iterations_per_second: None,
        notes: Vec::new(),
        sites: Vec::new(),
    })
}

/// Whether growth that no call site accounts for may be a heap that fills until its collector comes by.
fn is_of_a_collector(evidence: &Evidence, growth: &ProgramGrowth) -> bool {
    let main = evidence
        .processes
        .iter()
        .find(|process| process.role == ProcessRole::Main);
    let Some((process, collector)) = main.and_then(|main| Some((main, main.collector.as_ref()?)))
    else {
        return false;
    };
    let first = process.figures.iter().min_by_key(|one| one.iterations);
    let last = process.figures.iter().max_by_key(|one| one.iterations);
    let anonymous = |one: Option<&ProcessFigures>| one.and_then(|one| one.anonymous).unwrap_or(0);
    let gained = anonymous(last).saturating_sub(anonymous(first)) as f64;
    growth.sites.is_empty()
        && may_be_its_heap(collector, evidence.work)
        && !is_far_more(collector, gained, anonymous(first) as f64)
}

fn of_a_collector(evidence: &Evidence, growth: &ProgramGrowth) -> String {
    let main = evidence
        .processes
        .iter()
        .find(|process| process.role == ProcessRole::Main);
    let runtime = main.and_then(|main| Some(main.collector.as_ref()?.runtime.as_str()));
    format!(
        "Its resident memory grows by {} {}, and no call site accounts for that: it may be the heap of {}, which fills until \
         its collector comes by. Bound that heap, so that it is full before the first mark, or ask the runtime itself.",
        bytes(growth.bytes_per_iteration),
        evidence.work.each(),
        runtime.unwrap_or("the runtime"),
    )
}

/// Growth in huge pages beyond what is known to grow: little is held, in many of them.
fn huge_pages(evidence: &Evidence, growth: &[ProgramGrowth]) -> Option<ProgramGrowth> {
    let (at, trend) = anonymous(evidence, |one| one.huge_pages)?;
    let line = *trend.line()?;
    let known: f64 = growth.iter().map(|one| one.bytes_per_iteration).sum();
    if line.slope <= 2.0 * known || line.slope * (line.up_to - line.from) as f64 <= UNATTRIBUTED {
        return None;
    }
    let process = &evidence.processes[at];
    Some(ProgramGrowth {
        resource: Resource::HugePages,
        cause: ProgramCause::NotReleased,
        process: process.role,
        command: process.command.clone(),
        bytes_per_iteration: line.slope,
        count_per_iteration: line.slope / f64::from(2 << 20),
        freed_at_end: false,
        seen_up_to: line.up_to,
        iterations_per_second: None,
        notes: Vec::new(),
        sites: Vec::new(),
    })
}

fn certainty(growth: &[ProgramGrowth], told: &[Told], counts: &[u64]) -> Certainty {
    if told.iter().any(|one| !one.exact && !one.sure) && counts.len() >= 3 {
        return Certainty::Again;
    }
    let is_sure = |one: &Told| one.sure && one.final_cause && one.span >= 100.0;
    if !growth.is_empty() && told.iter().any(is_sure) {
        return Certainty::Sure;
    }
    Certainty::More
}
