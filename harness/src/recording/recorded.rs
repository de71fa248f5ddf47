//! The data of a record: a process, what it is made of, and what each of its stacks took.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use harness_preload::record;

use super::holders::Held;
use super::python::Python;
use super::stacks::{StackId, Stacks};

/// What was recorded of one process.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The file that it was read from.
    pub file: PathBuf,
    /// The process.
    pub pid: u32,
    /// Its parent when the record was begun.
    pub parent: u32,
    /// Whether it was begun by a fork: its counters began as those of the parent at that moment.
    pub forked: bool,
    /// How far the process had come.
    pub state: State,
    /// The exit code that it gave, if it came to its end by itself.
    pub exit_code: Option<u32>,
    /// The command line; long ones are cut.
    pub command: Vec<String>,
    /// The path of the executable.
    pub executable: PathBuf,
    /// When the record was begun, in nanoseconds of `CLOCK_MONOTONIC`.
    pub begun_ns: u64,
    /// The same as a time of day, where the file system tells.
    pub begun: Option<SystemTime>,
    /// When the last snapshot was taken, in nanoseconds of `CLOCK_MONOTONIC`.
    pub left_ns: Option<u64>,
    /// Allocations that were served without being recorded.
    pub unrecorded: u64,
    /// Stacks that ended at code without unwind tables.
    pub cut: u64,
    /// Stacks deeper than the library keeps.
    pub too_deep: u64,
    /// Stacks that were compared with a second unwinding.
    pub checked: u64,
    /// Stacks that differed from it.
    pub different: u64,
    /// What went wrong.
    pub trouble: Vec<Trouble>,
    /// Threads that called the library so far.
    pub threads: u32,
    /// What came of the leak scan.
    pub scan: ScanOutcome,
    /// Whose allocation was made to fail, where one was.
    pub failed: Option<StackId>,
    /// Where the process crashed and by which signal, in a run in which an allocation was to fail. The innermost calls are
    /// the signal's handling.
    pub crash: Option<(StackId, i32)>,
    /// The process at its last snapshot.
    pub at_end: Resources,
    /// Arenas of glibc that held live blocks at the last snapshot.
    pub arenas: u32,
    /// The Python interpreter that was met in it.
    pub python: Option<Python>,
    /// What each stack took of each kind. One stack and kind can come twice, where a library was loaded twice.
    pub sites: Vec<RecordedSite>,
    /// The stacks.
    pub stacks: Stacks,
    /// What was loaded where.
    pub modules: Vec<Module>,
    /// What the objects of an interpreter are that the stacks took from the heap, and what holds them: of those stacks that
    /// held the most at the last snapshot.
    pub held: HashMap<StackId, Held>,
    /// What is wrong with the file, a clause each (`its last 3 sites are missing`). The rest was read.
    pub damage: Vec<String>,
}

/// How far a process has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It runs, or was killed.
    Running,
    /// Its last snapshot was taken, before the first exit handler ran.
    Leaving,
    /// It became another program by `exec`, which has a record of its own.
    Replaced,
}

/// What went wrong while recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No room was left for another stack: later ones are counted without one.
    TableFull,
    /// No room was left on the disk: later stacks are counted without one.
    DiskFull,
    /// No memory was to be had for the map of blocks: some were not recorded.
    NoMemory,
    /// A child could not make a file of its own: what it counted is lost.
    NoFile,
    /// The program's addresses are limited, and nothing was recorded.
    NoAddresses,
}

impl Trouble {
    /// Every trouble, with its bit in the record.
    pub(super) const ALL: [(u32, Trouble); 5] = [
        (record::Trouble::TABLE_FULL, Trouble::TableFull),
        (record::Trouble::DISK_FULL, Trouble::DiskFull),
        (record::Trouble::NO_MEMORY, Trouble::NoMemory),
        (record::Trouble::NO_FILE, Trouble::NoFile),
        (record::Trouble::NO_ADDRESSES, Trouble::NoAddresses),
    ];
}

/// What a site takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Blocks of the heap.
    Heap,
    /// Mappings; bytes are addresses reserved.
    Mapping,
    /// File descriptors; bytes are what waits in the kernel behind them, at the last snapshot.
    Descriptor,
    /// Threads neither joined nor both detached and ended; bytes are their stacks.
    Thread,
    /// Children that were not waited for.
    Child,
    /// Shared memory that has a name, and segments of System V.
    Shared,
}

impl Kind {
    /// Every kind, in the order of [`Kind::index`].
    pub const ALL: [Kind; 6] = [
        Kind::Heap,
        Kind::Mapping,
        Kind::Descriptor,
        Kind::Thread,
        Kind::Child,
        Kind::Shared,
    ];

    /// Where the kind stands in [`Kind::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The kind by its number in the record.
    pub(super) fn from_record(number: u32) -> Option<Kind> {
        Some(match number {
            record::Kind::HEAP => Kind::Heap,
            record::Kind::MAPPING => Kind::Mapping,
            record::Kind::DESCRIPTOR => Kind::Descriptor,
            record::Kind::THREAD => Kind::Thread,
            record::Kind::CHILD => Kind::Child,
            record::Kind::SHARED => Kind::Shared,
            _ => return None,
        })
    }
}

/// Bytes and blocks; what a block is depends on the [`Kind`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Amount {
    /// Bytes.
    pub bytes: u64,
    /// Blocks.
    pub blocks: u64,
}

impl Amount {
    /// Adds another amount; a sum that would be too large stays at the largest number.
    pub fn add(&mut self, other: Amount) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.blocks = self.blocks.saturating_add(other.blocks);
    }

    /// Adds what another part of a site counted. One that only gives back is below 0, as two's complement has it, until
    /// all are added and [`Amount::settle`]d.
    pub(super) fn add_part(&mut self, other: Amount) {
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.blocks = self.blocks.wrapping_add(other.blocks);
    }

    /// All parts are added: what is below 0 still, since they were read while the program went on, is nothing.
    pub(super) fn settle(&mut self) {
        for count in [&mut self.bytes, &mut self.blocks] {
            *count = (*count as i64).max(0) as u64;
        }
    }

    /// Whether there is nothing.
    pub fn is_zero(self) -> bool {
        self == Amount::default()
    }
}

/// What one stack took of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedSite {
    /// The number of the site in the record.
    pub number: u32,
    /// What it takes.
    pub kind: Kind,
    /// The stack; [`StackId::UNKNOWN`] for what had no room for one.
    pub stack: StackId,
    /// Blocks taken so far.
    pub taken: u64,
    /// What lived when the record was read.
    pub live: Amount,
    /// The most bytes that ever lived at once, and the blocks that lived then.
    pub peak: Amount,
    /// What lived at the last snapshot; nothing where there was none.
    pub end: Amount,
    /// Of which nothing points to. These three are zero unless the scan was [`ScanKind::Done`] or
    /// [`ScanKind::Doubtful`].
    pub definite: Amount,
    /// Of which only lost blocks point to.
    pub indirect: Amount,
    /// Of which is pointed to only at its inside.
    pub possible: Amount,
}

/// What came of the leak scan, and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanOutcome {
    /// What came of it.
    pub kind: ScanKind,
    /// How long the program stood still.
    pub pause: Duration,
    /// Processor time that the scan took.
    pub time: Duration,
}

/// What came of the leak scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanKind {
    /// It was not asked for, or the process never came to its last snapshot.
    None,
    /// Everything was scanned.
    Done,
    /// Some threads could not be stopped: what is lost is only possibly lost.
    Doubtful {
        /// How many.
        unstopped: u32,
    },
    /// No copy of the process could be made.
    Refused,
    /// It began and did not come to its end.
    Broken,
}

/// What the kernel and the allocator say of a process, in bytes unless named otherwise; `None` where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resources {
    /// Resident memory.
    pub resident: Option<u64>,
    /// Highest resident memory so far.
    pub resident_peak: Option<u64>,
    /// Resident memory with shared pages divided among those who share them.
    pub proportional: Option<u64>,
    /// Resident anonymous memory.
    pub anonymous: Option<u64>,
    /// Of which in huge pages.
    pub huge_pages: Option<u64>,
    /// Resident memory of the record itself and of the library's tables.
    pub own: Option<u64>,
    /// Of which anonymous: the tables.
    pub own_anonymous: Option<u64>,
    /// Mapped addresses.
    pub mapped: Option<u64>,
    /// Mappings, a count.
    pub mappings: Option<u64>,
    /// Open descriptors, a count.
    pub descriptors: Option<u64>,
    /// Threads, a count.
    pub threads: Option<u64>,
    /// What the allocator keeps.
    pub allocator: Option<Allocator>,
}

/// What an allocator took, and what no block fills of it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocator {
    /// Whose figures these are.
    pub kind: AllocatorKind,
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
    /// Arenas of glibc.
    pub arenas: u32,
}

/// Allocators whose figures can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AllocatorKind {
    /// glibc's.
    Glibc,
    /// jemalloc.
    Jemalloc,
    /// tcmalloc.
    Tcmalloc,
}

/// A file that was mapped as code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// What is added to an address in the file to find it in memory.
    pub bias: u64,
    /// Where it begins in memory.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// Its path; that of the executable where the record has none.
    pub path: PathBuf,
    /// Whether it was unloaded since.
    pub unloaded: bool,
}
