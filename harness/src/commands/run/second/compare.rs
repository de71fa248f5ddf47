//! What valgrind concludes beside what the library does, in sentences.

use harness_model::Place;
use harness_model::program::{
    ProcessRole, ProgramCause, ProgramGrowth, ProgramSite, ProgramVerdict, Resource,
};
use harness_model::units::{bytes, count, plural};

/// Rates are the same up to this share.
const SAME: f64 = 0.05;
/// Call sites that are told.
const MOST: usize = 5;

/// One sentence for each call site that grows by either: do they agree, or by how much do they differ? Of the heap only
/// where valgrind saw that.
pub(in crate::commands::run) fn compare(
    own: &ProgramVerdict,
    valgrinds: &ProgramVerdict,
    counts: &[u64],
    heap: bool,
) -> Vec<String> {
    let begin = beginning(counts);
    let greatest = counts.last().copied().unwrap_or(0) as f64;
    let mut sentences = Vec::new();
    let mut told: Vec<What> = Vec::new();
    let is_compared = |growth: &ProgramGrowth| heap || growth.resource != Resource::Heap;
    for (growth, site) in all_sites(own).filter(|(growth, _)| is_compared(growth)) {
        let here = What::of(growth, site);
        if told.iter().any(|one| one.is(here)) {
            continue;
        }
        told.push(here);
        let (amounts, theirs) = (sums(own, here), sums(valgrinds, here));
        let what = figure(growth.resource, amounts);
        if theirs == (0.0, 0.0) {
            // It looks at the end alone, and with few iterations.
            if !growth.freed_at_end && amounts.1 * greatest >= 2.0 {
                sentences.push(format!(
                    "{begin} nothing grows in {}, where the library sees {what} an iteration; they differ.",
                    site.place
                ));
            }
            continue;
        }
        let kind = kinds(valgrinds, here);
        let seen = format!(
            "{begin} {} an iteration {kind} in {}",
            figure(growth.resource, theirs),
            site.place
        );
        let same_kind = kind == kinds(own, here);
        sentences.push(
            match (is_same(growth.resource, amounts, theirs), same_kind) {
                (true, true) => format!("{seen}; agrees."),
                (true, false) => format!(
                    "{seen}; agrees on how much, and the library says {}.",
                    kinds(own, here)
                ),
                (false, _) => format!("{seen}; the library sees {what}, and they differ."),
            },
        );
    }
    for (growth, site) in all_sites(valgrinds) {
        let here = What::of(growth, site);
        if told.iter().any(|one| one.is(here)) {
            continue;
        }
        told.push(here);
        let theirs = sums(valgrinds, here);
        sentences.push(format!(
            "{begin} {} an iteration {} in {}, of which the library saw nothing; they differ.",
            figure(growth.resource, theirs),
            kinds(valgrinds, here),
            site.place
        ));
    }
    if heap && sentences.is_empty() && valgrinds.growth.is_empty() && own.growth.is_empty() {
        sentences.push(format!("{begin} nothing grows; agrees."));
    }
    sentences.truncate(MOST);
    sentences
}

/// `valgrind at 10, 100 and 1,000 iterations:`
pub(super) fn beginning(counts: &[u64]) -> String {
    let counts: Vec<String> = counts.iter().map(|one| count(*one)).collect();
    let list = match counts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "no".to_owned(),
    };
    format!("valgrind at {list} iterations:")
}

/// The call sites that grow, of what both can see.
fn all_sites(verdict: &ProgramVerdict) -> impl Iterator<Item = (&ProgramGrowth, &ProgramSite)> {
    let both = |growth: &&ProgramGrowth| {
        matches!(growth.resource, Resource::Heap | Resource::FileDescriptor)
    };
    verdict
        .growth
        .iter()
        .filter(both)
        .flat_map(|growth| growth.sites.iter().map(move |site| (growth, site)))
}

/// What a place takes of a resource an iteration, whatever the cause: bytes and count.
fn sums(verdict: &ProgramVerdict, what: What) -> (f64, f64) {
    all_sites(verdict)
        .filter(|(growth, site)| What::of(growth, site).is(what))
        .fold((0.0, 0.0), |(bytes, blocks), (_, site)| {
            (
                bytes + site.bytes_per_iteration,
                blocks + site.blocks_per_iteration,
            )
        })
}

/// The kinds of what a place keeps, the first the most: as valgrind calls them.
fn kinds(verdict: &ProgramVerdict, what: What) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for (growth, site) in all_sites(verdict) {
        if What::of(growth, site).is(what) {
            let kind = match growth.cause {
                ProgramCause::Unreachable => "definitely lost",
                ProgramCause::PossiblyLost => "possibly lost",
                ProgramCause::Held => "still reachable",
                ProgramCause::HeldOrLost => "held or lost",
                ProgramCause::NotReleased => "not closed",
            };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    kinds.sort_unstable();
    kinds.join(" and ")
}

/// What is compared: a call site of one kind of process, and what it takes.
#[derive(Clone, Copy)]
struct What<'v> {
    process: ProcessRole,
    resource: Resource,
    place: &'v Place,
}

impl<'v> What<'v> {
    fn of(growth: &ProgramGrowth, site: &'v ProgramSite) -> What<'v> {
        What {
            process: growth.process,
            resource: growth.resource,
            place: &site.place,
        }
    }

    fn is(self, other: What) -> bool {
        self.process == other.process
            && self.resource == other.resource
            && is_at(self.place, other.place)
    }
}

/// Whether two places are one: of lines and functions, compilers' tables sometimes tell one alone.
fn is_at(one: &Place, other: &Place) -> bool {
    let is_one = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
    let line = is_one(one.line, other.line);
    line && (one.function == other.function
        || (one.file.is_some() && one.file == other.file && one.line == other.line))
}

fn is_same(resource: Resource, own: (f64, f64), theirs: (f64, f64)) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= SAME * a.abs().max(b.abs());
    match resource {
        Resource::FileDescriptor => near(own.1, theirs.1),
        _ => near(own.0, theirs.0),
    }
}

fn figure(resource: Resource, amounts: (f64, f64)) -> String {
    match resource {
        Resource::FileDescriptor => plural(amounts.1, "descriptor"),
        _ => bytes(amounts.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::program::ProcessRole;

    fn growth(
        resource: Resource,
        cause: ProgramCause,
        bytes: f64,
        blocks: f64,
        function: &str,
    ) -> ProgramGrowth {
        ProgramGrowth {
            resource,
            cause,
            process: ProcessRole::Main,
            command: Vec::new(),
            bytes_per_iteration: bytes,
            count_per_iteration: blocks,
            freed_at_end: false,
            seen_up_to: 1000,
            iterations_per_second: None,
            notes: Vec::new(),
            sites: vec![ProgramSite {
                place: Place {
                    function: function.to_owned(),
                    file: Some("addrinfo.c".to_owned()),
                    line: Some(18),
                },
                language: None,
                bytes_per_iteration: bytes,
                blocks_per_iteration: blocks,
                stack: Vec::new(),
                objects: Vec::new(),
                held_by: Vec::new(),
                through: Vec::new(),
                held: Vec::new(),
            }],
        }
    }

    fn of(growth: Vec<ProgramGrowth>) -> ProgramVerdict {
        ProgramVerdict {
            growth,
            ..ProgramVerdict::not_judged()
        }
    }

    fn lost(bytes: f64) -> ProgramVerdict {
        of(vec![growth(
            Resource::Heap,
            ProgramCause::Unreachable,
            bytes,
            1.0,
            "send_message",
        )])
    }

    #[test]
    fn what_both_see_agrees() {
        assert_eq!(
            compare(&lost(64.0), &lost(64.0), &[10, 100], true),
            [
                "valgrind at 10 and 100 iterations: 64 B an iteration definitely lost in send_message (addrinfo.c:18); agrees."
            ]
        );
        let open = of(vec![growth(
            Resource::FileDescriptor,
            ProgramCause::NotReleased,
            0.0,
            1.0,
            "log_line",
        )]);
        assert!(compare(&open, &open, &[1, 2, 4], true)[0].ends_with("(addrinfo.c:18); agrees."));
        let nothing = of(Vec::new());
        assert_eq!(
            compare(&nothing, &nothing, &[1, 2, 4], true),
            ["valgrind at 1, 2 and 4 iterations: nothing grows; agrees."]
        );
    }

    #[test]
    fn differences_are_told_with_both_figures() {
        let differ = compare(&lost(64.0), &lost(128.0), &[10, 100], true);
        assert!(
            differ[0].contains("128 B") && differ[0].contains("64 B"),
            "{differ:?}"
        );
        assert!(differ[0].ends_with("they differ."), "{differ:?}");
        let nothing = of(Vec::new());
        let missed = compare(&lost(64.0), &nothing, &[10, 100], true);
        assert!(missed[0].contains("nothing grows in"), "{missed:?}");
        let more = compare(&nothing, &lost(64.0), &[10, 100], true);
        assert!(more[0].contains("the library saw nothing"), "{more:?}");
        let held = of(vec![growth(
            Resource::Heap,
            ProgramCause::Held,
            64.0,
            1.0,
            "send_message",
        )]);
        let other = compare(&lost(64.0), &held, &[10, 100], true);
        assert!(
            other[0].ends_with("agrees on how much, and the library says definitely lost."),
            "{other:?}"
        );
    }

    #[test]
    fn what_valgrind_cannot_see_is_no_difference() {
        let nothing = of(Vec::new());
        let mut freed = lost(64.0);
        freed.growth[0].freed_at_end = true;
        assert!(compare(&freed, &nothing, &[10, 100], true).is_empty());
        assert!(compare(&lost(64.0), &nothing, &[10, 100], false).is_empty());
        // 48 bytes in a thousand iterations, of which it ran a hundred.
        let mut slow = lost(0.048);
        slow.growth[0].sites[0].blocks_per_iteration = 0.001;
        assert!(compare(&slow, &nothing, &[10, 100], true).is_empty());
    }
}
