//! The conclusion as a person would say it.

use super::evidence::Evidence;
use harness_model::Outcome;
use harness_model::program::{Explained, ProgramCause, ProgramGrowth, ProgramSite, Resource, Work};
use harness_model::units::{bytes, count, figure, plural};

/// What the verdict says in a sentence or two.
pub(super) fn sentence(
    evidence: &Evidence,
    outcome: Outcome,
    growth: &[ProgramGrowth],
    explained: &[Explained],
    doubts: &[String],
) -> String {
    match outcome {
        Outcome::Leak => {
            let mut parts: Vec<String> = growth
                .iter()
                .take(3)
                .map(|one| of_growth(one, evidence.work))
                .collect();
            if growth.len() > 3 {
                parts.push(format!("and {} more", growth.len() - 3));
            }
            let note = growth.first().and_then(|one| one.notes.first());
            let note = note.map(|note| format!(" {note}")).unwrap_or_default();
            format!("Leak: {}.{note}", parts.join("; "))
        }
        Outcome::Pass => {
            let ran = match evidence.counts().last() {
                Some(_) if evidence.repeat => {
                    format!(
                        "Nothing is lost at the end of {}",
                        plural(evidence.runs.len() as f64, "run")
                    )
                }
                Some(most) => format!(
                    "Nothing grows with the {}, up to {}",
                    evidence.work.several(),
                    count(*most)
                ),
                None => "Nothing grows".to_owned(),
            };
            match explained.first() {
                Some(largest) => format!(
                    "{ran}. What is largest is explained: {} ({}).",
                    largest.kind.name().replace('_', " "),
                    bytes(largest.bytes as f64)
                ),
                None => format!("{ran}."),
            }
        }
        Outcome::Inconclusive => match doubts.first() {
            Some(first) => format!("Inconclusive: {first}"),
            None => "Inconclusive.".to_owned(),
        },
    }
}

/// `48 B an iteration (1 block) that nothing points to any more, taken by work (leak.c:12), up to 10,000 iterations`.
pub(super) fn of_growth(growth: &ProgramGrowth, work: Work) -> String {
    let (often, each) = growth.pace(work);
    let (bytes, blocks) = (
        often * growth.bytes_per_iteration,
        often * growth.count_per_iteration,
    );
    let how_much = match growth.resource {
        Resource::Heap if blocks > 0.0 => {
            format!("{} B {each} ({})", figure(bytes), plural(blocks, "block"))
        }
        Resource::Heap | Resource::Kernel | Resource::HugePages => {
            format!("{} B {each}", figure(bytes))
        }
        resource => format!("{} {each}", several(blocks, resource.unit())),
    };
    let why = match (growth.resource, growth.cause) {
        (Resource::FileDescriptor, _) => "never closed",
        (Resource::Thread, _) => "never joined",
        (Resource::ChildProcess, _) => "never waited for",
        (Resource::Mapping | Resource::SharedMemory, _) => "never unmapped",
        (Resource::Kernel, _) => "waiting in the kernel",
        (Resource::HugePages, _) => "in huge pages",
        (_, ProgramCause::Unreachable) => "lost: nothing points to it any more",
        (_, ProgramCause::PossiblyLost) => {
            "possibly lost: nothing seems to point to it, but not everything could be looked at"
        }
        (_, ProgramCause::Held) if growth.freed_at_end => "held, and freed when the work was over",
        (_, ProgramCause::Held) => match growth.sites.first().and_then(holder) {
            Some(holder) => &format!("held by {holder}"),
            None => "held: something still points to it",
        },
        _ if growth.sites.is_empty() => "by no call that could be seen",
        _ => "held or lost",
    };
    let functions = growth.functions();
    let place = match &functions[..] {
        [] => String::new(),
        [one] => format!(", taken by {one}"),
        [first, others @ ..] => format!(", taken by {first} and {} more", others.len()),
    };
    let whose = match growth.process {
        harness_model::program::ProcessRole::Main => "",
        harness_model::program::ProcessRole::Child => ", in a child process",
    };
    match growth.iterations_per_second {
        // How many requests came meanwhile says nothing.
        Some(_) => format!("{how_much}, {why}{place}{whose}"),
        None => format!(
            "{how_much}, {why}{place}{whose}, up to {} {}",
            count(growth.seen_up_to),
            work.several()
        ),
    }
}

/// `1 child process`, `2 child processes`, `0.5 mappings`.
fn several(many: f64, one: &str) -> String {
    match one {
        "child process" if many != 1.0 => format!("{} child processes", figure(many)),
        _ => plural(many, one),
    }
}

/// Of what holds the objects of a call site, what a person would change: a cache of functions, a cycle, or else the first
/// that has a name in the program.
fn holder(site: &ProgramSite) -> Option<&str> {
    const CACHE: &str = "functools._lru_cache_wrapper";
    let holders = || site.held_by.iter().skip(1).map(String::as_str);
    let named = |one: &&str| one.contains([' ', '.']) && *one != UNREFERENCED;
    holders()
        .find(|one| one.starts_with(CACHE) || *one == CYCLE)
        .or_else(|| holders().find(named))
}

/// What the library says of objects that hold each other alone.
const CYCLE: &str = "a cycle that only the collector frees";
/// What it says of an object that no other one holds.
const UNREFERENCED: &str = "unreferenced by Python";
