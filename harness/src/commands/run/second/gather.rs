//! What valgrind saw in all runs, as the judge takes it.

use super::Watched;
use crate::probe::source::SourceTree;
use crate::probe::valgrind_xml::ValgrindReport;
use crate::recording::Language;
use harness_judge::attribution::allocating::{Asked, Call, allocating};
use harness_judge::attribution::sites::frame_to_summary;
use harness_judge::attribution::stack::{Frame, FrameKey};
use harness_judge::counts::{
    Amount, Evidence, Figures, ProcessFigures, ProcessHistory, RunFacts, SiteHistory, Trust,
};
use harness_model::program::{ProcessRole, Resource};
use harness_model::{LeakKind, Place};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// The functions that valgrind puts in the place of the allocator's are in objects with this in their names.
const REPLACEMENTS: &str = "vgpreload_";

/// A call site: what it takes, and its stack, innermost call first.
type SiteKey<'w> = (Resource, Vec<FrameKey<'w>>);

/// Some of the processes of a run.
type Reports = fn(&Watched) -> &Vec<ValgrindReport>;

/// What a call site did in each run, by the place of the run.
struct Site<'w> {
    frames: &'w [Frame],
    figures: Vec<Figures>,
}

/// What is known of the command by these runs.
pub(super) fn gather(watched: &[Watched], command: &[OsString], program: &Path) -> Evidence {
    let tree = SourceTree::of_the_user();
    let mut evidence = Evidence {
        runs: watched
            .iter()
            .map(|run| RunFacts {
                iterations: run.iterations,
                failed: None,
            })
            .collect(),
        ..Evidence::default()
    };
    let all: [(ProcessRole, bool, Reports); 3] = [
        (ProcessRole::Main, false, |run| &run.main),
        (ProcessRole::Child, true, |run| &run.forked),
        (ProcessRole::Child, false, |run| &run.started),
    ];
    for (role, forked, reports) in all {
        let mut seen = watched.iter().flat_map(reports);
        let Some(first) = seen.next() else { continue };
        let process = evidence.processes.len();
        let words = |words: &[OsString]| -> Vec<String> {
            let words = words.iter().map(|word| word.to_string_lossy().into_owned());
            words.collect()
        };
        evidence.processes.push(ProcessHistory {
            role,
            command: match role {
                ProcessRole::Main => words(command),
                ProcessRole::Child => first.args.clone(),
            },
            forked,
            figures: watched
                .iter()
                .map(|run| ProcessFigures {
                    iterations: run.iterations,
                    trust: Trust::Scanned,
                    ..ProcessFigures::default()
                })
                .collect(),
            collector: None,
        });
        for ((resource, _), site) in sites(watched, reports) {
            let (place, language) = name(site.frames, resource, tree, program);
            evidence.sites.push(SiteHistory {
                process,
                resource,
                place,
                language,
                stack: site.frames.iter().map(frame_to_summary).collect(),
                figures: site.figures,
                after: Vec::new(),
                at_end: None,
                objects: Vec::new(),
                held_by: Vec::new(),
                through: None,
            });
        }
    }
    evidence
}

/// The call sites of these processes. Where each run has as many of them they share the work, and their figures add up;
/// otherwise the greatest tells.
fn sites(watched: &[Watched], reports: Reports) -> BTreeMap<SiteKey<'_>, Site<'_>> {
    let processes = |run| reports(run).len();
    let is_even = watched
        .windows(2)
        .all(|pair| processes(&pair[0]) == processes(&pair[1]));
    let nothing: Vec<Figures> = watched
        .iter()
        .map(|run| Figures {
            iterations: run.iterations,
            trust: Trust::Scanned,
            ..Figures::default()
        })
        .collect();
    let mut all: BTreeMap<SiteKey, Site> = BTreeMap::new();
    for (at, run) in watched.iter().enumerate() {
        for report in reports(run) {
            let mut own: BTreeMap<SiteKey, (&[Frame], Figures)> = BTreeMap::new();
            for (resource, frames, figures) in taken(report) {
                let keys = frames.iter().map(Frame::key).collect();
                let entry = own.entry((resource, keys)).or_insert((frames, nothing[at]));
                entry.1 = entry.1.plus(figures);
            }
            for (key, (frames, figures)) in own {
                let site = all.entry(key).or_insert_with(|| Site {
                    frames,
                    figures: nothing.clone(),
                });
                site.figures[at] = match is_even {
                    true => site.figures[at].plus(figures),
                    false => site.figures[at].max(figures),
                };
            }
        }
    }
    all
}

/// What a report says, stack by stack. The same stack may come several times.
fn taken(report: &ValgrindReport) -> impl Iterator<Item = (Resource, &[Frame], Figures)> {
    let blocks = report.losses().map(|(kind, bytes, blocks, frames)| {
        let amount = Amount { bytes, blocks };
        let when = |holds: bool| if holds { amount } else { Amount::default() };
        let figures = Figures {
            taken: blocks,
            end: amount,
            peak: amount,
            lost: when(kind.is_lost()),
            possible: when(kind == LeakKind::PossiblyLost),
            trust: Trust::Scanned,
            ..Figures::default()
        };
        let is_own = |frame: &Frame| {
            let object = frame.linked.object.as_deref();
            !object.is_some_and(|object| object.contains(REPLACEMENTS))
        };
        let from = frames.iter().position(is_own).unwrap_or(0);
        (Resource::Heap, &frames[from..], figures)
    });
    let descriptors = report.open_descriptors().map(|frames| {
        let one = Amount {
            bytes: 0,
            blocks: 1,
        };
        let figures = Figures {
            taken: 1,
            end: one,
            peak: one,
            trust: Trust::Scanned,
            ..Figures::default()
        };
        // The innermost is the library's function that makes the system call.
        (
            Resource::FileDescriptor,
            frames.get(1..).unwrap_or_default(),
            figures,
        )
    });
    blocks.chain(descriptors)
}

fn name(
    frames: &[Frame],
    resource: Resource,
    tree: &SourceTree,
    program: &Path,
) -> (Place, Option<String>) {
    let calls: Vec<Call> = frames.iter().map(Call::from).collect();
    let asked = match resource {
        Resource::Heap => Asked::Allocator,
        _ => Asked::System,
    };
    let Some(found) = allocating(&calls, tree, &program.to_string_lossy(), asked) else {
        return (Place::unknown(), None);
    };
    let language = frames.get(found.depth).and_then(|frame| {
        let symbol = frame.linked.symbol.as_deref();
        let file = frame.place.file.as_deref();
        symbol
            .and_then(Language::from_symbol)
            .or_else(|| file.and_then(Language::from_file))
    });
    (
        found.place,
        language.map(|language| language.name().to_owned()),
    )
}
