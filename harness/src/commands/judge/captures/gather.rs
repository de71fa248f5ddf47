//! The call sites of all captures, as the judge takes them: figures by site, process and count.

use super::given::Read;
use crate::capture::{Process, Record, StackId, StackTable};
use crate::probe::source::SourceTree;
use crate::recording::Language;
use harness_judge::attribution::allocating::{Asked, Call, allocating};
use harness_judge::attribution::sites::frame_to_summary;
use harness_judge::attribution::stack::{Frame, FrameKey};
use harness_judge::counts::{
    Amount, Course, Evidence, Figures, ProcessFigures, ProcessHistory, RunFacts, SiteHistory,
    Trust, site_course,
};
use harness_model::program::{ProcessRole, Resource};
use harness_model::{LeakKind, Place};
use std::collections::{BTreeMap, HashMap};

/// Call sites that hold most are told with their stacks, grow or not.
const TOLD: usize = 100;
/// Calls of a stack that are told.
const MOST_FRAMES: usize = 64;
/// What is said of what is not in the captures' lists.
const UNLISTED: &str = "calls that are not listed";

/// Some of the processes of a capture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// The program's own.
    Main,
    /// Forked by another of them.
    Forked,
    /// Started by another of them.
    Started,
}

/// A call site: what it takes, and its stack; of what is not listed, how it is held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Site {
    Stack(Resource, StackId),
    Unlisted(Option<u8>),
}

/// What is known of the program by these captures.
pub(super) fn gather(read: &[Read], table: &StackTable, tree: &SourceTree) -> Evidence {
    let captures = || read.iter().flat_map(|at| &at.captures).map(|(_, one)| one);
    let trust = captures().map(|one| one.trust).min().unwrap_or_default();
    let mut evidence = Evidence {
        runs: read
            .iter()
            .map(|at| RunFacts {
                iterations: at.iterations.unwrap_or(0),
                failed: None,
            })
            .collect(),
        captured: true,
        bytes_only: captures().any(|one| !one.counts_blocks),
        ..Evidence::default()
    };
    for sentence in captures().flat_map(|one| &one.notes) {
        if !evidence.blind_spots.contains(sentence) {
            evidence.blind_spots.push(sentence.clone());
        }
    }
    for (path, capture) in read.iter().flat_map(|at| &at.captures) {
        if let Some(why) = &capture.truncated {
            evidence
                .doubts
                .push(format!("{} is not whole: {why}.", printable::path(path)));
        }
    }
    let program = program(read, table);
    let groups: Vec<Vec<(Group, &Process)>> = read.iter().map(in_groups).collect();
    for group in [Group::Main, Group::Forked, Group::Started] {
        let of_group: Vec<Vec<&Process>> = groups
            .iter()
            .map(|all| {
                let own = all.iter().filter(|(of, _)| *of == group);
                own.map(|(_, process)| *process).collect()
            })
            .collect();
        let Some(first) = of_group.iter().flatten().next() else {
            continue;
        };
        let counts = of_group.iter().map(Vec::len);
        let is_even = counts.clone().min() == counts.max();
        let process = evidence.processes.len();
        let sites = sites(read, &of_group, is_even, trust);
        let live = |at: usize| {
            let sums = sites.values().map(|figures| figures[at].end.bytes);
            sums.fold(0, u64::saturating_add)
        };
        evidence.processes.push(ProcessHistory {
            role: match group {
                Group::Main => ProcessRole::Main,
                _ => ProcessRole::Child,
            },
            command: first.command.clone(),
            forked: group == Group::Forked,
            figures: read
                .iter()
                .enumerate()
                .map(|(at, one)| ProcessFigures {
                    iterations: one.iterations.unwrap_or(0),
                    trust,
                    live: live(at),
                    ..ProcessFigures::default()
                })
                .collect(),
            collector: None,
        });
        if !is_even {
            evidence.blind_spots.push(
                "The counts have different numbers of processes: of those that do the same, the one that holds most is told."
                    .to_owned(),
            );
        }
        add_sites(&mut evidence, process, sites, table, tree, &program);
    }
    evidence
}

/// The processes of a count, each with its group.
fn in_groups(read: &Read) -> Vec<(Group, &Process)> {
    let all = || {
        let captures = read.captures.iter();
        captures.flat_map(|(_, capture)| &capture.processes)
    };
    let parent_of = |one: &Process| all().find(|other| other.pid == one.parent);
    all()
        .map(|one| {
            let parent = one.parent.and_then(|_| parent_of(one));
            let group = match parent {
                _ if one.is_forked => Group::Forked,
                Some(parent) if parent.command == one.command => Group::Forked,
                Some(_) => Group::Started,
                None => Group::Main,
            };
            (group, one)
        })
        .collect()
}

/// The call sites of these processes. Where each count has as many of them they share the work, and their figures add up;
/// otherwise the greatest tells.
fn sites(
    read: &[Read],
    of_group: &[Vec<&Process>],
    is_even: bool,
    trust: Trust,
) -> BTreeMap<Site, Vec<Figures>> {
    let nothing: Vec<Figures> = read
        .iter()
        .map(|at| Figures {
            iterations: at.iterations.unwrap_or(0),
            trust,
            ..Figures::default()
        })
        .collect();
    let mut all: BTreeMap<Site, Vec<Figures>> = BTreeMap::new();
    for (at, processes) in of_group.iter().enumerate() {
        for process in processes {
            let mut own: BTreeMap<Site, Figures> = BTreeMap::new();
            let mut add = |site, figures| {
                let sum = own.entry(site).or_insert(nothing[at]);
                *sum = sum.plus(figures);
            };
            for record in &process.records {
                add(
                    Site::Stack(record.resource, record.stack),
                    figures(record, trust),
                );
            }
            for (kind, amount) in &process.unlisted {
                let of_kind = held_as(*amount, *kind, trust);
                add(Site::Unlisted(kind.map(|kind| kind as u8)), of_kind);
            }
            for (site, figures) in own {
                let sums = all.entry(site).or_insert_with(|| nothing.clone());
                sums[at] = match is_even {
                    true => sums[at].plus(figures),
                    false => sums[at].max(figures),
                };
            }
        }
    }
    all
}

fn figures(record: &Record, trust: Trust) -> Figures {
    let figures = held_as(record.end, record.kind, trust);
    Figures {
        taken: record.taken.unwrap_or(record.end.blocks),
        peak: record.peak.unwrap_or(record.end).max(record.end),
        grain: record.grain,
        ..figures
    }
}

/// Figures of what is held in this way.
fn held_as(amount: Amount, kind: Option<LeakKind>, trust: Trust) -> Figures {
    let when = |holds: bool| if holds { amount } else { Amount::default() };
    Figures {
        taken: amount.blocks,
        end: amount,
        peak: amount,
        lost: when(kind.is_some_and(LeakKind::is_lost)),
        possible: when(kind == Some(LeakKind::PossiblyLost)),
        trust,
        ..Figures::default()
    }
}

/// Names the call sites, with the stacks of those that somebody will want to see.
fn add_sites(
    evidence: &mut Evidence,
    process: usize,
    sites: BTreeMap<Site, Vec<Figures>>,
    table: &StackTable,
    tree: &SourceTree,
    program: &str,
) {
    let most = |figures: &[Figures]| figures.iter().map(|one| one.end.bytes).max().unwrap_or(0);
    let mut sizes: Vec<u64> = sites.values().map(|figures| most(figures)).collect();
    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    let large = sizes.get(TOLD).copied().unwrap_or(0);
    let nameless = Nameless::of(sites.keys(), table);
    for (site, figures) in sites {
        let (resource, frames): (Resource, Vec<&Frame>) = match site {
            Site::Stack(resource, stack) => (resource, table.calls(stack).collect()),
            Site::Unlisted(_) => (Resource::Heap, Vec::new()),
        };
        let (place, language) = match site {
            Site::Stack(..) => name(&frames, resource, tree, program, &nameless),
            Site::Unlisted(_) => {
                let place = Place {
                    function: UNLISTED.to_owned(),
                    file: None,
                    line: None,
                };
                (place, None)
            }
        };
        let is_quiet = matches!(
            site_course(evidence, &figures),
            Course::OneOff { .. } | Course::Nothing
        );
        let is_told = !is_quiet || most(&figures) > large;
        let told = frames.iter().take(if is_told { MOST_FRAMES } else { 0 });
        evidence.sites.push(SiteHistory {
            process,
            resource,
            place,
            language,
            stack: told.map(|frame| frame_to_summary(frame)).collect(),
            figures,
            after: Vec::new(),
            at_end: None,
            objects: Vec::new(),
            held_by: Vec::new(),
            through: None,
        });
    }
}

/// Calls that have no names, so that nobody can say which of them are the allocator's.
struct Nameless<'t> {
    /// In how many stacks each of them is.
    stacks: HashMap<FrameKey<'t>, usize>,
}

impl<'t> Nameless<'t> {
    fn of<'s>(sites: impl Iterator<Item = &'s Site>, table: &'t StackTable) -> Nameless<'t> {
        let mut stacks = HashMap::new();
        for site in sites {
            let Site::Stack(_, stack) = site else {
                continue;
            };
            for call in table.calls(*stack).filter(|call| !has_name(call)) {
                *stacks.entry(call.key()).or_default() += 1;
            }
        }
        Nameless { stacks }
    }

    /// The call without a name that a stack is shown by: of those of an object that are in the fewest stacks, the innermost,
    /// since what is in many is the allocator's or what starts the program. `libdemo.so+0x1234`, as the recordings of the harness
    /// have it.
    fn place(&self, frames: &[&Frame], object: Option<&str>) -> Place {
        let in_how_many = |frame: &&&Frame| self.stacks.get(&frame.key()).copied();
        let of_object = frames
            .iter()
            .filter(|frame| !has_name(frame) && frame.linked.object.as_deref() == object);
        let Some(frame) = of_object.min_by_key(in_how_many) else {
            return Place::unknown();
        };
        let address = frame.address.unwrap_or_default();
        Place {
            function: match &frame.linked.object {
                Some(object) => {
                    let name = object.rsplit('/').next().unwrap_or(object);
                    format!("{name}+{address:#x}")
                }
                None => format!("{address:#x}"),
            },
            file: None,
            line: None,
        }
    }
}

fn has_name(frame: &Frame) -> bool {
    frame.place.function.is_some() || frame.place.file.is_some()
}

/// The object that the function `main` is in, which is the program; nothing where that is not told.
fn program(read: &[Read], table: &StackTable) -> String {
    let captures = read.iter().flat_map(|at| &at.captures);
    let processes = captures.flat_map(|(_, capture)| &capture.processes);
    let records = processes.flat_map(|process| &process.records);
    records
        .flat_map(|record| table.calls(record.stack).rev().take(8))
        .filter(|call| call.place.function.as_deref() == Some("main"))
        .find_map(|call| call.linked.object.clone())
        .unwrap_or_default()
}

/// The call that is answerable, and its language.
fn name(
    frames: &[&Frame],
    resource: Resource,
    tree: &SourceTree,
    program: &str,
    nameless: &Nameless<'_>,
) -> (Place, Option<String>) {
    let calls: Vec<Call> = frames.iter().map(|frame| Call::from(*frame)).collect();
    let asked = match resource {
        Resource::Heap => Asked::Allocator,
        _ => Asked::System,
    };
    let Some(found) = allocating(&calls, tree, program, asked) else {
        return (Place::unknown(), None);
    };
    let Some(frame) = frames.get(found.depth) else {
        return (found.place, None);
    };
    if !has_name(frame) {
        let object = frame.linked.object.as_deref();
        return (nameless.place(frames, object), None);
    }
    let symbol = frame.linked.symbol.as_deref();
    let file = frame.place.file.as_deref();
    let language = symbol
        .and_then(Language::from_symbol)
        .or_else(|| file.and_then(Language::from_file));
    (
        found.place,
        language.map(|language| language.name().to_owned()),
    )
}
