//! Which call sites grow: each by itself, those of one place together, and what is left of a process as a whole.

use super::course::{Course, Growth, Kept, Rate};
use super::evidence::{Evidence, SiteHistory};
use super::found::Found;
use super::garbage::without_garbage;
use super::nature::with_time;
use super::one_site::course;
use super::pair::pair;
use super::trend::Line;
use super::{Figures, Trust};
use harness_model::program::Resource;
use std::collections::BTreeMap;

/// Growth of a service is believed from so many bytes on, where chance could make it.
const LITTLE: f64 = 4096.0;
/// The same of what is counted and is no memory.
const FEW: f64 = 8.0;

/// Judges all call sites.
pub(super) fn find(evidence: &Evidence) -> Vec<Found<'_>> {
    let judge = judge(evidence);
    let mut found: Vec<Found> = evidence
        .sites
        .iter()
        .map(|site| Found {
            site,
            course: judge(&site.figures),
            figures: site.figures.clone(),
            after: site.after.clone(),
            at_end: site.at_end,
            is_placed: true,
        })
        .collect();
    if !evidence.repeat {
        found.extend(together(&found, true, judge));
        found.extend(together(&found, false, judge));
    }
    if let Some(service) = &evidence.service {
        for one in &mut found {
            without_chance(one);
            without_moved(evidence, one);
            if !matches!(one.course, Course::Grows(_))
                && let Some(growth) = with_time(&one.figures, &one.after, service)
            {
                one.course = Course::Grows(growth);
            }
        }
    }
    without_garbage(evidence, &mut found);
    without_inherited(evidence, &mut found);
    without_hidden(evidence, &mut found);
    without_shared_twice(&mut found);
    found
}

/// What one call site of a program does, as [`conclude`](super::conclude) takes it.
pub fn site_course(evidence: &Evidence, figures: &[Figures]) -> Course {
    judge(evidence)(figures)
}

/// How one call site is judged.
fn judge(evidence: &Evidence) -> fn(&[Figures]) -> Course {
    match evidence.counts().len() {
        _ if evidence.repeat => lost_each_time,
        0..=2 if evidence.captured => pair,
        _ => course,
    }
}

/// All marks of a service are of one run, so that what comes by chance stays, and may lie on a line: what is not there with
/// every request or two, to the block, has to come to something.
fn without_chance(found: &mut Found) {
    let Course::Grows(growth) = &found.course else {
        return;
    };
    let requests = (growth.line.up_to - growth.line.from) as f64;
    let is_little = match found.site.resource {
        Resource::FileDescriptor | Resource::Thread | Resource::ChildProcess => {
            growth.rate.blocks * requests < FEW
        }
        _ => growth.rate.bytes * requests < LITTLE,
    };
    let with_each = growth.line.exact && growth.rate.blocks >= 0.5;
    if is_little && !with_each {
        found.course = Course::Unsure {
            bytes: growth.rate.bytes,
            blocks: growth.rate.blocks,
            why: "it is too little to be told from chance",
        };
    }
}

/// Where all that lives in a process is the same to the byte at each mark, what one call site gained another let go of: a
/// buffer of a connection, say, that is taken at one of two places.
fn without_moved(evidence: &Evidence, found: &mut Found) {
    let Course::Grows(growth) = &found.course else {
        return;
    };
    let figures = &evidence.processes[found.site.process].figures;
    let since = figures
        .iter()
        .filter(|one| one.iterations >= growth.line.from);
    let mut live = since.map(|one| one.live);
    let first = live.next().unwrap_or(0);
    let own = found.figures.iter().map(|one| one.end.bytes).max();
    let is_lost = growth.parts.iter().any(|(kept, _)| *kept == Kept::Lost);
    // Where nobody told the sum, it is nothing.
    let is_whole = first > 0 && own.is_some_and(|own| own <= first);
    if found.site.resource == Resource::Heap && !is_lost && is_whole && live.all(|one| one == first)
    {
        found.course = Course::Nothing;
    }
}

/// What one call site of a command that is itself an iteration loses: what is lost at the end of every run of it.
fn lost_each_time(figures: &[Figures]) -> Course {
    let runs = figures.len().max(1) as f64;
    let bytes = figures.iter().map(|one| one.end.bytes).max().unwrap_or(0);
    let always = figures
        .iter()
        .all(|one| one.lost.blocks > 0 && one.trust == Trust::Scanned);
    if figures.is_empty() || !always {
        return match bytes {
            0 => Course::Nothing,
            bytes => Course::OneOff {
                bytes,
                sized_by_count: false,
            },
        };
    }
    let sum = |of: fn(&Figures) -> u64| figures.iter().map(of).sum::<u64>() as f64;
    let rate = Rate {
        bytes: sum(|one| one.lost.bytes) / runs,
        blocks: sum(|one| one.lost.blocks) / runs,
    };
    let up_to = figures.len() as u64;
    let line = Line {
        slope: rate.blocks,
        from: 1,
        up_to,
        points: figures.len(),
        exact: true,
        sure: up_to >= 3,
    };
    let parts = vec![(Kept::Lost, rate)];
    Course::Grows(Growth {
        rate,
        parts,
        line,
        inside: false,
        amortised: false,
        freed_at_end: false,
    })
}

/// What the sites that do not grow by themselves do together: by place, or by process. Chance spreads what grows over
/// many stacks where a depth or a path varies.
fn together<'e>(
    found: &[Found<'e>],
    by_place: bool,
    judge: fn(&[Figures]) -> Course,
) -> Vec<Found<'e>> {
    let mut groups: BTreeMap<_, Vec<&Found<'e>>> = BTreeMap::new();
    let grown_together: Vec<&SiteHistory> = found
        .iter()
        .filter(|one| matches!(one.course, Course::Grows(_)))
        .map(|one| one.site)
        .collect();
    for one in found {
        let site = one.site;
        let is_known = grown_together.iter().any(|known| {
            known.process == site.process
                && known.resource == site.resource
                && known.place == site.place
        });
        let at = (site.process, site.resource);
        match by_place {
            true if !matches!(one.course, Course::Grows(_)) => {
                groups.entry((at, Some(&site.place))).or_default().push(one);
            }
            false if !is_known => groups.entry((at, None)).or_default().push(one),
            _ => {}
        }
    }
    let mut more = Vec::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let sum = sum(&group, by_place, |site| &site.figures);
        // Only what grows is news.
        if let Course::Grows(growth) = judge(&sum) {
            let holds = |one: &&Found| {
                one.site
                    .figures
                    .iter()
                    .map(|figures| figures.end.bytes)
                    .max()
            };
            if let Some(most) = group.iter().max_by_key(|one| holds(one)) {
                more.push(Found {
                    site: most.site,
                    course: Course::Grows(growth),
                    figures: sum,
                    after: self::sum(&group, by_place, |site| &site.after),
                    at_end: at_end(&group),
                    is_placed: by_place,
                });
            }
        }
    }
    more
}

/// The figures of some sites together, run by run. High-water marks of a whole process do not add up.
fn sum(group: &[&Found], with_peaks: bool, of: fn(&SiteHistory) -> &Vec<Figures>) -> Vec<Figures> {
    let runs = group
        .iter()
        .map(|one| of(one.site).len())
        .max()
        .unwrap_or(0);
    (0..runs)
        .filter_map(|run| {
            let figures = group
                .iter()
                .filter_map(|one| of(one.site).get(run).copied());
            let sum = figures.reduce(Figures::plus)?;
            Some(if with_peaks {
                sum
            } else {
                Figures {
                    peak: sum.end,
                    ..sum
                }
            })
        })
        .collect()
}

/// The figures of some sites at the end; `None` where they are known of none.
fn at_end(group: &[&Found]) -> Option<Figures> {
    let known = group.iter().filter_map(|one| one.site.at_end);
    known.reduce(Figures::plus)
}

/// A process that was forked begins with what its parent held: what grows in both, by the same stack and no faster, grows
/// in the parent.
fn without_inherited(evidence: &Evidence, found: &mut Vec<Found>) {
    let rate = |one: &Found| match &one.course {
        Course::Grows(growth) => Some(growth.rate),
        _ => None,
    };
    let grown: Vec<(&SiteHistory, Rate)> = found
        .iter()
        .filter_map(|one| Some((one.site, rate(one)?)))
        .collect();
    let is_inherited = |one: &Found| {
        let Some(own) = rate(one) else { return false };
        evidence.processes[one.site.process].forked
            && grown.iter().any(|(other, parents)| {
                other.process != one.site.process
                    && !evidence.processes[other.process].forked
                    && other.resource == one.site.resource
                    && other.stack == one.site.stack
                    && own.bytes <= parents.bytes * 1.05
                    && own.blocks <= parents.blocks * 1.05
            })
    };
    let inherited: Vec<bool> = found.iter().map(is_inherited).collect();
    let mut each = inherited.into_iter();
    found.retain(|_| !each.next().unwrap_or(false));
}

/// What suppressions hide.
fn without_hidden(evidence: &Evidence, found: &mut [Found]) {
    let Some(hides) = &evidence.suppressions.hides else {
        return;
    };
    for one in found {
        if let Course::Grows(growth) = &one.course
            && one.site.resource == Resource::Heap
            && one.is_placed
            && let Some((kept, _)) = growth.parts.first()
            && let Some(entry) = hides(one.site, *kept)
        {
            let rate = growth.rate;
            one.course = Course::Hidden { rate, entry };
        }
    }
}

/// What lies behind the descriptor of shared memory is that memory, which is told as such.
fn without_shared_twice(found: &mut Vec<Found>) {
    let grows = |one: &&Found| matches!(one.course, Course::Grows(_));
    let shared: Vec<&SiteHistory> = found
        .iter()
        .filter(|one| one.site.resource == Resource::SharedMemory && grows(one))
        .map(|one| one.site)
        .collect();
    found.retain(|one| {
        one.site.resource != Resource::Kernel
            || !shared
                .iter()
                .any(|other| other.process == one.site.process && other.place == one.site.place)
    });
}

/// Data in the kernel behind descriptors, as a site of its own: its bytes are its units.
pub fn kernel_figures(descriptors: &[Figures]) -> Vec<Figures> {
    let bytes = |amount: super::Amount| super::Amount {
        bytes: amount.bytes,
        blocks: amount.bytes,
    };
    descriptors
        .iter()
        .map(|one| Figures {
            taken: one.end.bytes,
            end: bytes(one.end),
            peak: bytes(one.end),
            ..*one
        })
        .collect()
}

/// The resource of a growth whose units are bytes.
pub(super) fn counts_bytes(resource: Resource) -> bool {
    matches!(resource, Resource::Kernel | Resource::HugePages)
}
