//! The records of all runs as the judge takes them: figures by call site, process and run.

use super::across::{InRun, Site, sites};
use super::figures::process_figures;
use super::launch::How;
use super::one_run::{OneRun, as_the_first};
use super::runtime::collector_of;
use super::troubles::troubles;
use crate::preloaded;
use crate::probe::source::SourceTree;
use crate::recording::{
    CallSite, Kind, Language, NamedFrame, Recording, StackId, State, Symbolizer,
    serves_interpreter, source_name,
};
use harness_judge::counts::{
    Amount, Course, Evidence, Figures, ProcessHistory, RunFacts, SiteHistory, course,
    kernel_figures,
};
use harness_model::program::{ObjectType, ProcessRole, ProcessSeen, Resource};
use harness_model::{Frame, Place};
use std::collections::BTreeMap;

/// What is taken once is named from so many bytes on.
const NAMED: u64 = 1024;
/// Frames of a stack that are told.
const MOST_FRAMES: usize = 64;

/// Gathers what runs recorded, and names call sites.
pub(crate) struct Gatherer {
    symbolizer: Symbolizer,
    tree: &'static SourceTree,
}

/// The looks at the processes of a key.
#[derive(Clone, Copy)]
struct Looks {
    /// There were as many processes at each: their figures add up.
    is_even: bool,
    /// The last one is that of their end.
    has_end: bool,
}

/// Whose processes: by role and executable, since arguments may differ from run to run.
type ProcessKey = (ProcessRole, String);

impl Gatherer {
    /// One that has named nothing yet.
    pub(crate) fn new() -> Gatherer {
        Gatherer {
            symbolizer: Symbolizer::new(),
            tree: SourceTree::of_the_user(),
        }
    }

    /// What is known of the command by these runs.
    pub(super) fn evidence(&mut self, runs: &[OneRun], repeat: bool) -> Evidence {
        self.gather(&usable(runs), &[], None, repeat)
    }

    /// What is known of a service by what it was at its marks, and after what was done with it then: both without stacks,
    /// which the records of its `end` have.
    pub(super) fn evidence_of_service(
        &mut self,
        marks: &[OneRun],
        after: &[OneRun],
        end: &OneRun,
    ) -> Evidence {
        let (marks, after): (Vec<&OneRun>, Vec<&OneRun>) =
            (marks.iter().collect(), after.iter().collect());
        self.gather(&marks, &after, Some(end), false)
    }

    fn gather(
        &mut self,
        runs: &[&OneRun],
        after: &[&OneRun],
        end: Option<&OneRun>,
        repeat: bool,
    ) -> Evidence {
        let mut all_runs = [runs, after].concat();
        let mut processes = by_process(&all_runs);
        let whole = end.map_or(&[][..], |end| &end.recordings);
        // What its processes held at their end is one look more.
        all_runs.extend(end);
        let mut evidence = Evidence {
            runs: runs.iter().map(|run| facts(run, repeat)).collect(),
            repeat,
            ..Evidence::default()
        };
        for (at, (key, in_runs)) in processes.iter_mut().enumerate() {
            let is_even = is_even(in_runs);
            let last = in_runs.last().map(|last| last.recordings.clone());
            let last = last.unwrap_or_default();
            let ends = match end {
                Some(_) => ends_of(&last, whole),
                None => last,
            };
            let collector = collector_of(&ends, end.is_some());
            if end.is_some() {
                in_runs.push(InRun { recordings: ends });
            }
            let all = in_runs.iter().flat_map(|one| &one.recordings);
            let first = all.clone().next();
            evidence.processes.push(ProcessHistory {
                role: key.0,
                command: first.map(|one| one.command.clone()).unwrap_or_default(),
                forked: all.clone().all(|one| one.forked) && key.0 == ProcessRole::Child,
                figures: runs
                    .iter()
                    .zip(&*in_runs)
                    .map(|(run, one)| process_figures(run, &one.recordings, repeat))
                    .collect(),
                collector,
            });
            let has_end = end.is_some();
            for ((kind, _), site) in sites(&all_runs, in_runs, whole, repeat, has_end) {
                self.tell(&mut evidence, at, kind, site, Looks { is_even, has_end });
            }
        }
        evidence
    }

    /// Adds a call site to what is known, with its names where somebody will want them.
    fn tell(
        &mut self,
        evidence: &mut Evidence,
        process: usize,
        kind: Kind,
        site: Site,
        looks: Looks,
    ) {
        let mut figures: Vec<Figures> = site
            .slots
            .iter()
            .map(|slot| if looks.is_even { slot.sum } else { slot.most })
            .collect();
        let mut after = figures.split_off(evidence.runs.len());
        let at_end = after.pop_if(|_| looks.has_end);
        let wanted = match course(&figures) {
            Course::Nothing if !peak_rises(&figures) => return,
            Course::OneOff { bytes, .. } => bytes >= NAMED,
            _ => true,
        };
        let wanted = wanted || evidence.repeat || kind != Kind::Heap;
        let (recording, stack, _) = site.shown;
        let (place, language, frames, through) = match wanted {
            true => self.name_all(recording, stack, kind),
            // Nobody is told of it by itself: it only has to be one of its own.
            false => (unnamed(&evidence.sites), None, Vec::new(), None),
        };
        let held = site.held.map(|(held, _)| held.clone()).unwrap_or_default();
        let objects = shares(&held.objects);
        let mut add = |resource, figures, after, at_end| {
            evidence.sites.push(SiteHistory {
                process,
                resource,
                place: place.clone(),
                language: language.clone(),
                stack: frames.clone(),
                figures,
                after,
                at_end,
                objects: objects.clone(),
                held_by: held.held_by.clone(),
                through: through.clone(),
            });
        };
        if kind == Kind::Descriptor && figures.iter().any(|one| one.end.bytes > 0) {
            let after = kernel_figures(&after);
            let at_end = at_end.and_then(|end| kernel_figures(&[end]).pop());
            add(Resource::Kernel, kernel_figures(&figures), after, at_end);
        }
        // What waits behind a descriptor is the kernel's, and told as such.
        let bare = |one: &Figures| {
            let count = |amount: Amount| Amount { bytes: 0, ..amount };
            Figures {
                end: count(one.end),
                peak: count(one.peak),
                ..*one
            }
        };
        let (figures, after) = if kind == Kind::Descriptor {
            let all_bare = |figures: &[Figures]| figures.iter().map(bare).collect();
            (all_bare(&figures), all_bare(&after))
        } else {
            (figures, after)
        };
        add(resource(kind), figures, after, at_end);
    }

    /// The call site of a stack, its language and its calls, innermost first.
    pub(crate) fn name(
        &mut self,
        recording: &Recording,
        stack: StackId,
        kind: Kind,
    ) -> (Place, Option<String>, Vec<Frame>) {
        let (place, language, frames, _) = self.name_all(recording, stack, kind);
        (place, language, frames)
    }

    /// The same, and the function of compiled code by which a line of Python takes it.
    fn name_all(
        &mut self,
        recording: &Recording,
        stack: StackId,
        kind: Kind,
    ) -> (Place, Option<String>, Vec<Frame>, Option<String>) {
        let mut frames = self.symbolizer.frames(recording, stack);
        // The library's own frames are no part of the program.
        let its_own = |object: &str| object.ends_with(preloaded::NAME);
        frames.retain(|frame| !frame.call.linked.object.as_deref().is_some_and(its_own));
        let Some(site) = CallSite::new(recording, &frames, kind, self.tree) else {
            return (Place::unknown(), None, Vec::new(), None);
        };
        let through = through(recording, &frames[..site.depth], &site, kind, self.tree);
        // How one line of Python comes to call another one says nothing to who reads them.
        let has_python = frames
            .iter()
            .any(|frame| frame.language == Some(Language::Python));
        let frames = frames.iter().enumerate().filter(|(depth, frame)| {
            *depth <= site.depth || !has_python || !serves_interpreter(recording, frame)
        });
        let frames = frames.take(MOST_FRAMES).map(|(_, frame)| Frame {
            place: Place {
                function: frame.to_string(),
                file: frame.call.place.file.clone(),
                line: frame.call.place.line,
            },
            linked: frame.call.linked.clone(),
            language: frame.language.map(|language| language.name().to_owned()),
        });
        (
            site.place,
            site.language.map(|language| language.name().to_owned()),
            frames.collect(),
            through,
        )
    }
}

/// The function of compiled code that a line of Python has called, and that is answerable for what it takes; none where
/// that is the interpreter. `inner` are the calls within that line.
fn through(
    recording: &Recording,
    inner: &[NamedFrame],
    site: &CallSite,
    kind: Kind,
    tree: &SourceTree,
) -> Option<String> {
    if site.language != Some(Language::Python) {
        return None;
    }
    let compiled: Vec<NamedFrame> = inner
        .iter()
        .filter(|frame| frame.language != Some(Language::Python))
        .filter(|frame| !serves_interpreter(recording, frame))
        .cloned()
        .collect();
    let found = CallSite::new(recording, &compiled, kind, tree)?;
    let object = compiled[found.depth].call.linked.object.as_deref();
    // What the libc does for the interpreter is no part of anybody's program.
    let is_own = object.is_some_and(|object| !object.contains("/libc.so"));
    let first = source_name(&found.place.function);
    if !is_own || !is_made_for_others(&first) {
        return is_own.then_some(first);
    }
    // A pool of memory, or what Cython puts into each module, says less than who asked it.
    let outwards = compiled[found.depth + 1..].iter();
    let mut names = outwards.map(|frame| source_name(&frame.to_string()));
    let asking = names.find(|name| !is_made_for_others(name));
    Some(asking.unwrap_or(first))
}

/// Whether a function gives memory to whoever asks, by its name: `cymem.cymem.Pool.alloc`, `__Pyx_PyLong_FromSize_t`.
fn is_made_for_others(function: &str) -> bool {
    let last = function.rsplit(['.', ':']).next().unwrap_or(function);
    function.starts_with("__Pyx_") || last.to_ascii_lowercase().ends_with("alloc")
}

/// Whether more is held at the most with the greatest count than with the least: of several call sites of one place that
/// may be growth, where one by itself tells nothing.
fn peak_rises(figures: &[Figures]) -> bool {
    let least = figures.iter().min_by_key(|one| one.iterations);
    let most = figures.iter().max_by_key(|one| one.iterations);
    least
        .zip(most)
        .is_some_and(|(least, most)| most.peak.blocks > least.peak.blocks)
}

/// Runs whose figures say what that many iterations keep: those that ended as the first did, if there is a line of them.
fn usable(runs: &[OneRun]) -> Vec<&OneRun> {
    let well: Vec<&OneRun> = runs
        .iter()
        .filter(|run| as_the_first(run, &runs[0]))
        .collect();
    let mut counts: Vec<u64> = well.iter().map(|run| run.iterations).collect();
    counts.sort_unstable();
    counts.dedup();
    if counts.len() >= 3 {
        return well;
    }
    // What somebody stopped did as much as it had time for.
    let stopped = |run: &&OneRun| run.ended.how == How::Interrupted;
    let whole: Vec<&OneRun> = runs.iter().filter(|run| !stopped(run)).collect();
    if whole.is_empty() {
        runs.iter().collect()
    } else {
        whole
    }
}

fn facts(run: &OneRun, repeat: bool) -> RunFacts {
    let failed = !matches!(run.ended.how, How::Exited(_));
    RunFacts {
        iterations: if repeat { 1 } else { run.iterations },
        failed: failed.then(|| run.ended.how.clause()),
    }
}

/// The role of a recorded process in its run.
pub(super) fn role(run: &OneRun, recording: &Recording) -> ProcessRole {
    if recording.pid == run.ended.pid {
        ProcessRole::Main
    } else {
        ProcessRole::Child
    }
}

fn by_process<'r>(runs: &[&'r OneRun]) -> BTreeMap<ProcessKey, Vec<InRun<'r>>> {
    let mut all: BTreeMap<ProcessKey, Vec<InRun>> = BTreeMap::new();
    let empty = || runs.iter().map(|_| InRun::default()).collect::<Vec<_>>();
    for (at, run) in runs.iter().enumerate() {
        let mut main = false;
        // What became another program has nothing left that could grow.
        for recording in run
            .recordings
            .iter()
            .filter(|one| one.state != State::Replaced)
        {
            // What was ended where it stood says nothing of the count.
            if run
                .ended
                .left
                .iter()
                .any(|left| left.pid as u32 == recording.pid)
            {
                continue;
            }
            let role = role(run, recording);
            main |= role == ProcessRole::Main;
            let key = (role, recording.executable.to_string_lossy().into_owned());
            all.entry(key).or_insert_with(empty)[at]
                .recordings
                .push(recording);
        }
        if !main
            && run
                .recordings
                .iter()
                .all(|one| role(run, one) != ProcessRole::Main)
        {
            // Not seen by the library: what the kernel says is left.
            all.entry((ProcessRole::Main, String::new()))
                .or_insert_with(empty);
        }
    }
    all
}

/// Whether each run has as many of these processes: then they share the work, and their figures add up. Otherwise each
/// does some of it and ends, and the greatest of them tells.
fn is_even(in_runs: &[InRun]) -> bool {
    let counts: Vec<usize> = in_runs.iter().map(|one| one.recordings.len()).collect();
    counts.windows(2).all(|pair| pair[0] == pair[1])
}

/// What these processes left at their end.
fn ends_of<'r>(last: &[&Recording], whole: &'r [Recording]) -> Vec<&'r Recording> {
    let is_of = |end: &&Recording| {
        last.iter()
            .any(|one| (one.pid, one.begun_ns) == (end.pid, end.begun_ns))
    };
    whole.iter().filter(is_of).collect()
}

pub(super) fn resource(kind: Kind) -> Resource {
    match kind {
        Kind::Heap => Resource::Heap,
        Kind::Mapping => Resource::Mapping,
        Kind::Descriptor => Resource::FileDescriptor,
        Kind::Thread => Resource::Thread,
        Kind::Child => Resource::ChildProcess,
        Kind::Shared => Resource::SharedMemory,
    }
}

/// Counts of objects as shares of all of them.
fn shares(objects: &[(String, u64)]) -> Vec<ObjectType> {
    let all: u64 = objects.iter().map(|(_, count)| count).sum();
    let share = |(name, count): &(String, u64)| ObjectType {
        name: name.clone(),
        share: *count as f64 / all.max(1) as f64,
    };
    objects.iter().map(share).collect()
}

fn unnamed(known: &[SiteHistory]) -> Place {
    Place {
        function: format!("call site {}", known.len()),
        file: None,
        line: None,
    }
}

/// The processes of all runs, for the document.
pub(super) fn processes(runs: &[OneRun]) -> Vec<ProcessSeen> {
    let all: Vec<&OneRun> = runs.iter().collect();
    let seen = by_process(&all)
        .into_iter()
        .map(|((role, executable), in_runs)| {
            let recordings = || in_runs.iter().flat_map(|one| &one.recordings).copied();
            ProcessSeen {
                process: role,
                command: recordings()
                    .next()
                    .map(|one| one.command.clone())
                    .unwrap_or_default(),
                executable,
                processes: in_runs
                    .iter()
                    .map(|one| one.recordings.len() as u64)
                    .collect(),
                troubles: troubles(recordings()),
            }
        });
    seen.collect()
}
