//! What is known of a program when it is judged.

use super::course::Kept;
use super::{Figures, Trust};
use harness_model::program::{ObjectType, PhaseKind, ProcessRole, Resource, Work};
use harness_model::{Frame, Hidden, Place};
use std::fmt;
use std::sync::Arc;

/// All that was measured of a program.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The runs of the command.
    pub runs: Vec<RunFacts>,
    /// Its processes, those of one program in one role together.
    pub processes: Vec<ProcessHistory>,
    /// Its call sites.
    pub sites: Vec<SiteHistory>,
    /// What is repeated.
    pub work: Work,
    /// What was done with a service after its last mark.
    pub service: Option<Service>,
    /// The command itself is one iteration: what is lost at its end is what it loses an iteration.
    pub repeat: bool,
    /// These are files that were written elsewhere, and no further count can be asked for: two of them tell what two can.
    pub captured: bool,
    /// Blocks were not counted: [`Amount::blocks`](super::Amount::blocks) are bytes too.
    pub bytes_only: bool,
    /// There was no time for greater counts, and nobody chose these: what is held of them is held against a hundred.
    pub cut_short: bool,
    /// No run came to its end: what was seen of them is told, and concludes nothing.
    pub broken: bool,
    /// What keeps it from a conclusion, one sentence each.
    pub doubts: Vec<String>,
    /// What could not be seen, one sentence each.
    pub blind_spots: Vec<String>,
    /// What growth of the heap is hidden.
    pub suppressions: Suppressions,
}

/// Which entry hides growth of a call site that stays for a reason, if any does.
type Hides = dyn Fn(&SiteHistory, Kept) -> Option<usize> + Send + Sync;

/// Entries that hide growth, in a form that is not ours.
#[derive(Clone, Default)]
pub struct Suppressions {
    /// The entries, without figures.
    pub entries: Vec<Hidden>,
    /// Which of them hides a call site; none hides any where this is not given.
    pub hides: Option<Arc<Hides>>,
}

impl fmt::Debug for Suppressions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

/// What is known of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// The count that it was given.
    pub iterations: u64,
    /// How it ended, where that was not well: `was killed by signal 11 (SIGSEGV)`.
    pub failed: Option<String>,
}

/// What one call site did in all runs: a stack, and what it took.
#[derive(Clone, Debug)]
pub struct SiteHistory {
    /// Whose it is, among [`Evidence::processes`].
    pub process: usize,
    /// What it takes.
    pub resource: Resource,
    /// The call that is answerable.
    pub place: Place,
    /// Its language, where it is known.
    pub language: Option<String>,
    /// The stack, innermost first.
    pub stack: Vec<Frame>,
    /// Its figures, one for each run in which its process was seen.
    pub figures: Vec<Figures>,
    /// Its figures after each phase of [`Service::phases`].
    pub after: Vec<Figures>,
    /// Its figures at the end of the service, behind the collector of [`Collector::at_end`].
    pub at_end: Option<Figures>,
    /// What its objects are in an interpreter.
    pub objects: Vec<ObjectType>,
    /// What holds most of them, innermost first.
    pub held_by: Vec<String>,
    /// The function of compiled code by which a line of a script takes it, where that is not the script's interpreter.
    pub through: Option<String>,
}

/// What was done with a service after its last mark, to tell causes apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Seconds between the first mark and the last, pauses and all.
    pub seconds: f64,
    /// Whether each request was another: its number stood in it.
    pub distinct: bool,
    /// What was done then, one after the other.
    pub phases: Vec<Phase>,
}

/// One thing that was done with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// What.
    pub kind: PhaseKind,
    /// Requests that were sent meanwhile.
    pub requests: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What the processes of one program in one role did in all runs.
#[derive(Clone, Debug)]
pub struct ProcessHistory {
    /// The command's own process, or one that it started.
    pub role: ProcessRole,
    /// Its command line.
    pub command: Vec<String>,
    /// It came about by a fork without `exec`: its figures begin with those of its parent.
    pub forked: bool,
    /// Its figures, one for each run in which it was seen.
    pub figures: Vec<ProcessFigures>,
    /// What nothing holds is freed in it when a collector comes by, and that may have been long ago.
    pub collector: Option<Collector>,
}

/// The collector of a runtime: between two of its rounds garbage looks like growth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// Whose it is: `Python`, `V8`.
    pub runtime: String,
    /// It ran when the service ended, in all of the processes that lived until then, and what lived behind it is known.
    pub at_end: bool,
    /// It keeps its objects in memory of its own, which grows to a bound that nobody tells.
    pub own_heap: bool,
}

/// What the kernel and the allocator say of a process at its end, in bytes unless named otherwise. Of several processes,
/// the greatest of each. None where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessFigures {
    /// The count that the run was given.
    pub iterations: u64,
    /// Allocations that were seen.
    pub calls: u64,
    /// Resident anonymous memory, without what the recording takes.
    pub anonymous: Option<u64>,
    /// Of which in huge pages.
    pub huge_pages: Option<u64>,
    /// What the allocator keeps.
    pub allocator: Option<AllocatorFigures>,
    /// Bytes of the blocks that live.
    pub live: u64,
    /// How far lost is told from held.
    pub trust: Trust,
}

/// What an allocator took, and what no block fills of it, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatorFigures {
    /// Whose figures these are.
    pub kind: Allocator,
    /// What it took from the kernel.
    pub taken: u64,
    /// Of which is in use by blocks, with what it needs for each beside the bytes that were asked for.
    pub used: u64,
    /// Of which is free and resident.
    pub free: u64,
    /// Of what is free: the end of glibc's first heap.
    pub top: u64,
    /// Of what is free: whole pages elsewhere, which could be given back too.
    pub pages: u64,
    /// Of what is free: what arenas of glibc beside the first one keep.
    pub others: u64,
    /// Arenas of glibc, a count.
    pub arenas: u64,
}

/// Allocators whose figures can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allocator {
    /// glibc's.
    #[default]
    Glibc,
    /// jemalloc.
    Jemalloc,
    /// tcmalloc.
    Tcmalloc,
}

impl Evidence {
    /// The counts that were measured, each once.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts: Vec<u64> = self.runs.iter().map(|run| run.iterations).collect();
        counts.sort_unstable();
        counts.dedup();
        counts
    }
}
