//! What grows, call sites of one kind together: by resource, cause and process, and by what it depends on.

use super::Figures;
use super::course::{Course, Growth, Kept, Rate};
use super::evidence::{Evidence, Service};
use super::found::Found;
use super::grow::counts_bytes;
use super::nature::{Nature, idle_gain, nature};
use harness_model::HeldAt;
use harness_model::program::{
    ProcessRole, ProgramCause, ProgramGrowth, ProgramSite, Resource, Through,
};
use std::collections::BTreeMap;

/// Call sites of one growth of which it is kept what they held at each count.
const MOST_HELD: usize = 6;

/// What is said of growth to the planner: is it exact, is it sure, is its cause one that needs no further count.
pub(super) struct Told {
    /// Whether it lies on its line to the unit.
    pub exact: bool,
    /// Whether its rise is clear.
    pub sure: bool,
    /// By how much the greatest count is greater than the least on the line.
    pub span: f64,
    /// Whether a further count could not tell another cause.
    pub final_cause: bool,
}

/// What grows, by resource, cause and process; the most bytes first.
pub(super) fn growths(evidence: &Evidence, found: &[Found]) -> (Vec<ProgramGrowth>, Vec<Told>) {
    let mut all: Vec<ProgramGrowth> = Vec::new();
    // Of each of them: on what it depends, and what it gained while there were no requests.
    let mut natures: Vec<(Nature, f64)> = Vec::new();
    let mut told = Vec::new();
    let mut grown: Vec<(&Found, &Growth)> = found
        .iter()
        .filter_map(|one| match &one.course {
            Course::Grows(growth) => Some((one, growth)),
            _ => None,
        })
        .collect();
    grown.sort_by(|a, b| b.1.rate.bytes.total_cmp(&a.1.rate.bytes));
    for (one, growth) in grown {
        let (resource, process) = (one.site.resource, &evidence.processes[one.site.process]);
        let parts = match resource {
            Resource::Heap => growth.parts.clone(),
            _ => vec![(Kept::Unknown, growth.rate)],
        };
        told.push(Told {
            exact: growth.line.exact,
            sure: growth.line.sure,
            span: growth.line.up_to as f64 / growth.line.from.max(1) as f64,
            final_cause: resource != Resource::Heap || growth.parts[0].0 == Kept::Lost,
        });
        let (nature, idle) = match &evidence.service {
            Some(service) => (
                nature(growth, &one.figures, &one.after, service),
                idle_gain(&one.figures, &one.after, service),
            ),
            None => (Nature::Unknown, 0.0),
        };
        for (kept, rate) in parts {
            let cause = cause(resource, kept);
            let place = all.iter().zip(&natures).position(|(other, (known, _))| {
                (
                    other.resource,
                    other.cause,
                    other.process,
                    other.freed_at_end,
                ) == (resource, cause, process.role, growth.freed_at_end)
                    && other.command == process.command
                    // What is not known of it, it shares with the rest.
                    && (*known == nature || nature == Nature::Unknown)
            });
            let place = match place {
                Some(place) => place,
                None => {
                    all.push(ProgramGrowth {
                        resource,
                        cause,
                        process: process.role,
                        command: process.command.clone(),
                        bytes_per_iteration: 0.0,
                        count_per_iteration: 0.0,
                        freed_at_end: growth.freed_at_end,
                        seen_up_to: growth.line.up_to,
                        iterations_per_second: None,
                        notes: Vec::new(),
                        sites: Vec::new(),
                    });
                    natures.push((nature, 0.0));
                    all.len() - 1
                }
            };
            let whole = &mut all[place];
            if growth.rate.bytes > 0.0 {
                natures[place].1 += idle * rate.bytes / growth.rate.bytes;
            }
            let blocks = if counts_bytes(resource) || evidence.bytes_only {
                0.0
            } else {
                rate.blocks
            };
            whole.bytes_per_iteration += rate.bytes;
            whole.count_per_iteration += blocks;
            whole.seen_up_to = whole.seen_up_to.max(growth.line.up_to);
            if one.is_placed {
                add_site(
                    &mut whole.sites,
                    site(
                        one,
                        Rate {
                            bytes: rate.bytes,
                            blocks,
                        },
                    ),
                );
            }
        }
    }
    let workers: Vec<bool> = all
        .iter()
        .map(|one| is_in_workers(evidence, one, &all))
        .collect();
    for ((whole, (nature, idle)), in_workers) in all.iter_mut().zip(natures).zip(workers) {
        whole
            .sites
            .sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
        for site in whole.sites.iter_mut().skip(MOST_HELD) {
            site.held.clear();
        }
        if let Some(service) = &evidence.service {
            whole.notes.extend(nature.sentence(service, idle));
            whole.iterations_per_second = (nature == Nature::Time).then(|| pace(evidence, service));
            if in_workers {
                let workers = "It grows in worker processes, and not in the one that started them.";
                whole.notes.push(workers.to_owned());
            }
        }
    }
    (all, told)
}

/// Requests a second between the first mark and the last, pauses and all.
fn pace(evidence: &Evidence, service: &Service) -> f64 {
    let counts = evidence.counts();
    let requests = match (counts.first(), counts.last()) {
        (Some(first), Some(last)) => (last - first) as f64,
        _ => 0.0,
    };
    requests / service.seconds.max(1e-3)
}

/// Whether only processes that the command's own one started gain it.
fn is_in_workers(evidence: &Evidence, growth: &ProgramGrowth, all: &[ProgramGrowth]) -> bool {
    let is_main = |role| role == ProcessRole::Main;
    let main = evidence.processes.iter().any(|one| is_main(one.role));
    let of_main =
        |other: &ProgramGrowth| is_main(other.process) && other.resource == growth.resource;
    main && !is_main(growth.process) && !all.iter().any(of_main)
}

fn site(found: &Found, rate: Rate) -> ProgramSite {
    let through = found.site.through.as_ref().map(|function| Through {
        function: function.clone(),
        bytes_per_iteration: rate.bytes,
        blocks_per_iteration: rate.blocks,
    });
    ProgramSite {
        place: found.site.place.clone(),
        language: found.site.language.clone(),
        bytes_per_iteration: rate.bytes,
        blocks_per_iteration: rate.blocks,
        stack: found.site.stack.clone(),
        objects: found.site.objects.clone(),
        held_by: found.site.held_by.clone(),
        through: through.into_iter().collect(),
        held: held(&found.figures),
    }
}

/// What it held after each count: of several runs of one count, the last.
fn held(figures: &[Figures]) -> Vec<HeldAt> {
    let by_count: BTreeMap<u64, &Figures> =
        figures.iter().map(|one| (one.iterations, one)).collect();
    let held = by_count.into_iter().map(|(iterations, one)| HeldAt {
        iterations,
        bytes: one.end.bytes,
        blocks: one.end.blocks,
    });
    held.collect()
}

/// Adds up what two stacks of one place held; where one was not seen at a count, it held nothing.
fn add_held(known: &mut Vec<HeldAt>, more: &[HeldAt]) {
    for one in more {
        match known.iter_mut().find(|at| at.iterations == one.iterations) {
            Some(at) => {
                at.bytes = at.bytes.saturating_add(one.bytes);
                at.blocks = at.blocks.saturating_add(one.blocks);
            }
            None => known.push(*one),
        }
    }
    known.sort_by_key(|at| at.iterations);
}

/// One place is told once, by the stack that takes the most: a compiler makes several of one line.
fn add_site(sites: &mut Vec<ProgramSite>, more: ProgramSite) {
    match sites.iter_mut().find(|site| site.place == more.place) {
        Some(known) => {
            known.bytes_per_iteration += more.bytes_per_iteration;
            known.blocks_per_iteration += more.blocks_per_iteration;
            add_held(&mut known.held, &more.held);
            for one in more.through {
                add_through(&mut known.through, one);
            }
            if known.objects.is_empty() {
                (known.objects, known.held_by) = (more.objects, more.held_by);
            }
        }
        None => sites.push(more),
    }
}

fn add_through(known: &mut Vec<Through>, more: Through) {
    match known.iter_mut().find(|one| one.function == more.function) {
        Some(one) => {
            one.bytes_per_iteration += more.bytes_per_iteration;
            one.blocks_per_iteration += more.blocks_per_iteration;
        }
        None => known.push(more),
    }
    known.sort_by(|a, b| b.bytes_per_iteration.total_cmp(&a.bytes_per_iteration));
}

fn cause(resource: Resource, kept: Kept) -> ProgramCause {
    match (resource, kept) {
        (Resource::Heap, Kept::Lost) => ProgramCause::Unreachable,
        (Resource::Heap, Kept::PossiblyLost) => ProgramCause::PossiblyLost,
        (Resource::Heap, Kept::Held) => ProgramCause::Held,
        (Resource::Heap, Kept::Unknown) => ProgramCause::HeldOrLost,
        _ => ProgramCause::NotReleased,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(iterations: u64, bytes: u64) -> HeldAt {
        HeldAt {
            iterations,
            bytes,
            blocks: 1,
        }
    }

    #[test]
    fn what_two_stacks_of_a_place_held_adds_up_at_each_count() {
        let mut held = vec![at(10, 100), at(1_000, 300)];
        add_held(&mut held, &[at(100, 7), at(1_000, 1)]);
        let bytes: Vec<(u64, u64)> = held.iter().map(|at| (at.iterations, at.bytes)).collect();
        assert_eq!(bytes, [(10, 100), (100, 7), (1_000, 301)]);
    }
}
