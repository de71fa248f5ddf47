//! The layout of the record: one file for each process, which the preloaded library maps and writes while the program
//! runs, and which the harness reads, while it runs or after it died.
//!
//! The file is sparse and of fixed size: what it takes on the disk grows with the number of distinct call stacks, not
//! with time. All numbers are little-endian, as the one processor that is supported has them.
//!
//! | part | at | entry |
//! |---|---|---|
//! | [`Header`] | 0 | |
//! | modules: what was loaded where | [`MODULES`] | [`Module`] |
//! | nodes: the tree of call stacks | [`NODES`] | [`Node`] |
//! | sites: counters of a stack | [`SITES`] | [`Site`] |
//! | verdict of the leak scan on each site | [`LOST`] | [`Lost`] |
//! | functions of Python | [`CODES`] | [`Code`] |
//! | their names and files | [`TEXTS`] | bytes |
//!
//! A stack is a path in the tree from its innermost frame (a site's node) to the outermost (whose parent is node 0). The
//! first node stands for "not known". So do the first sites, one a [`Kind`], whose number they have: what found no room
//! for its stack is counted there.

use core::sync::atomic::{AtomicI64, AtomicU32, AtomicU64};

/// What a record begins with.
pub const MAGIC: [u8; 8] = *b"HRECORD\0";
/// Raised when the layout changes.
pub const VERSION: u32 = 7;

/// Room for the command line and for a path, in bytes.
pub const TEXT: usize = 4096;
/// Most modules that are told apart; what is loaded later is unknown.
pub const MODULE_LIMIT: usize = 4096;
/// Most nodes of the tree of stacks.
pub const NODE_LIMIT: usize = 8 << 20;
/// Most sites.
pub const SITE_LIMIT: usize = 1 << SITE_BITS;
/// Bits of the number of a site.
pub const SITE_BITS: u32 = 21;
/// Most functions of Python.
pub const CODE_LIMIT: usize = 256 << 10;
/// Most bytes of their names and files.
pub const TEXT_LIMIT: usize = 64 << 20;

/// Where the modules begin in the file, in bytes.
pub const MODULES: usize = 64 << 10;
/// Where the nodes begin.
pub const NODES: usize = MODULES + MODULE_LIMIT * size_of::<Module>();
/// Where the sites begin.
pub const SITES: usize = NODES + NODE_LIMIT * size_of::<Node>();
/// Where the verdicts of the scan begin.
pub const LOST: usize = SITES + SITE_LIMIT * size_of::<Site>();
/// Where the functions of Python begin.
pub const CODES: usize = LOST + SITE_LIMIT * size_of::<Lost>();
/// Where the texts begin that they refer to.
pub const TEXTS: usize = CODES + CODE_LIMIT * size_of::<Code>();
/// The size of the file, of which nearly all is a hole.
pub const BYTES: usize = TEXTS + TEXT_LIMIT;

/// The variable of the environment that names the folder where the records go. Without it the library does nothing.
pub const FOLDER_VARIABLE: &str = "HARNESS_RECORD_DIR";
/// The variable that says what to do beside counting: words separated by commas, see [`Wish`].
pub const WISHES_VARIABLE: &str = "HARNESS_RECORD";

/// What [`WISHES_VARIABLE`] may name.
pub struct Wish;

impl Wish {
    /// `scan`: tell lost from held by a leak scan at the last snapshot.
    pub const SCAN: &str = "scan";
    /// `check`: compare every stack with one that is unwound by rules alone, and count differences.
    pub const CHECK: &str = "check";
    /// `holders`: write who holds the objects of an interpreter beside the record, at the last snapshot.
    pub const HOLDERS: &str = "holders";
    /// `fail=NUMBER:SITE:PARENT:PROGRAM`: let one allocation fail in the process whose parent is `PARENT`, in the program
    /// that it becomes by that many calls of `exec`: of the site with this number the allocation with that number, counted
    /// from 1; where the site is 0, of all. None fails where the number is 0; the process is then run as if one did. C++'s `operator new` is the standard library's own then.
    pub const FAIL: &str = "fail=";
    /// `python=none`: leave the frames of Python out; `python=3.8`: read them as if the interpreter were of this release,
    /// to see that what is not so does no harm. What stands behind the `=`.
    pub const PYTHON: &str = "python=";
}

/// How far a process has come.
pub struct State;

impl State {
    /// It runs, or was killed.
    pub const RUNNING: u32 = 0;
    /// It is at its end: the last snapshot was taken before the first exit handler ran.
    pub const LEAVING: u32 = 1;
    /// It became another program by `exec`, which has a record of its own.
    pub const REPLACED: u32 = 2;
    /// Its last snapshot was taken before an interpreter freed what it held, and how it ends is not known yet.
    pub const LOOKED: u32 = 3;
}

/// What came of the leak scan.
pub struct Scan;

impl Scan {
    /// Not asked for, or the process never came to its last snapshot.
    pub const NONE: u32 = 0;
    /// All threads were stopped and everything was scanned.
    pub const DONE: u32 = 1;
    /// Scanned, but [`Header::scan_unstopped`] threads could not be stopped, or not all memory could be copied: what seems
    /// lost is only possibly lost.
    pub const DOUBTFUL: u32 = 2;
    /// No copy of the process could be made, or its memory not be read (memory, limits, seccomp).
    pub const REFUSED: u32 = 3;
    /// The scan began and did not come to its end.
    pub const BROKEN: u32 = 4;
}

/// Bits of [`Header::trouble`].
pub struct Trouble;

impl Trouble {
    /// No room was left for another stack: later ones are counted in the site of the unknown stack.
    pub const TABLE_FULL: u32 = 1;
    /// No room was left on the disk for the file: later stacks are counted so too.
    pub const DISK_FULL: u32 = 2;
    /// No memory was to be had for the map of blocks: some blocks were not recorded.
    pub const NO_MEMORY: u32 = 4;
    /// A child of this process could not make a file of its own: what it counted was lost with it.
    pub const NO_FILE: u32 = 8;
    /// The program's addresses are limited (`ulimit -v`), and what recording takes of them would be missed: nothing was
    /// recorded.
    pub const NO_ADDRESSES: u32 = 16;
}

/// Kinds of what a site takes.
pub struct Kind;

impl Kind {
    /// Blocks of the heap: `malloc` and its kin, `operator new`.
    pub const HEAP: u32 = 0;
    /// Mappings made by `mmap` and `mremap`; bytes are addresses reserved, not memory.
    pub const MAPPING: u32 = 1;
    /// File descriptors; bytes are what waits in the kernel behind them, at the last snapshot.
    pub const DESCRIPTOR: u32 = 2;
    /// Threads neither joined nor both detached and ended; bytes are their stacks.
    pub const THREAD: u32 = 3;
    /// Children that were not waited for.
    pub const CHILD: u32 = 4;
    /// Shared memory that has a name, and segments of System V.
    pub const SHARED: u32 = 5;
}

impl Kind {
    /// How many kinds there are: the first so many sites have no stack.
    pub const COUNT: u32 = 6;
}

/// The head of a record.
#[repr(C)]
pub struct Header {
    /// [`MAGIC`], written last: a record without it was never begun.
    pub magic: AtomicU64,
    /// [`VERSION`].
    pub version: u32,
    /// See [`State`].
    pub state: AtomicU32,
    /// The process.
    pub pid: u32,
    /// Its parent when the record was begun.
    pub parent: u32,
    /// Nanoseconds of `CLOCK_MONOTONIC` when the record was begun.
    pub begun: u64,
    /// 1 where the record was begun by a fork: counters are then those of the parent at that moment.
    pub forked: u32,
    /// See [`Trouble`].
    pub trouble: AtomicU32,
    /// How many modules are described.
    pub modules: AtomicU32,
    /// How many nodes there are, with node 0.
    pub nodes: AtomicU32,
    /// How many sites there are, with those of unknown stacks.
    pub sites: AtomicU32,
    /// How many threads have called the library so far.
    pub threads: AtomicU32,
    /// Allocations that were served without being recorded: made by a signal handler that interrupted the library, by the
    /// allocator itself, or without memory for the map.
    pub unrecorded: AtomicU64,
    /// Stacks that ended at code without unwind tables.
    pub cut: AtomicU64,
    /// Stacks deeper than the library keeps.
    pub too_deep: AtomicU64,
    /// With [`Wish::CHECK`]: stacks that were compared.
    pub checked: AtomicU64,
    /// With [`Wish::CHECK`]: stacks that differed.
    pub different: AtomicU64,
    /// See [`Scan`].
    pub scan: AtomicU32,
    /// Threads that the scan could not stop.
    pub scan_unstopped: AtomicU32,
    /// How long the program stood still for the scan, in nanoseconds.
    pub scan_pause: AtomicU64,
    /// How long the scan itself took, in nanoseconds of processor time.
    pub scan_time: AtomicU64,
    /// Nanoseconds of `CLOCK_MONOTONIC` at the last snapshot; 0 before.
    pub left: AtomicU64,
    /// The exit code given to `exit` or returned from `main`, for state [`State::LEAVING`].
    pub exit_code: AtomicU32,
    /// How many arenas of glibc held live blocks at the last snapshot.
    pub arenas: AtomicU32,
    /// How many arenas of glibc there were then.
    pub arenas_made: AtomicU32,
    /// Whose figures of an allocator are in [`Header::at_end`]: see [`Allocator`].
    pub allocator: AtomicU32,
    /// With [`Wish::FAIL`]: the site whose allocation failed; 0 where none did, or where its stack is not known.
    pub failed_site: AtomicU32,
    /// With [`Wish::FAIL`]: where the process crashed, a site that took nothing by that; its innermost calls are the
    /// signal's handling.
    pub crash_site: AtomicU32,
    /// With [`Wish::FAIL`]: the signal of the crash; 0 without one.
    pub crash_signal: AtomicU32,
    /// How many of the sites are parts of others: see [`Site::part`].
    pub parts: AtomicU32,
    /// Resources of the process at the last snapshot.
    pub at_end: Resources,
    /// `PY_VERSION_HEX` of the Python interpreter that was met in the process; 0 for none. Up to 3.10 only its first two
    /// numbers.
    pub python: AtomicU32,
    /// What came of its frames: see [`PythonFrames`].
    pub python_frames: AtomicU32,
    /// Its module, counted from 1.
    pub python_module: AtomicU32,
    /// Written by who reads the record of a process that runs: 1 asks it for the last look, and is 2 when that is on its way.
    pub asked: AtomicU32,
    /// 1 where its collector ran right before the last snapshot.
    pub python_collected: AtomicU32,
    /// How many functions of Python there are; they are counted from 1.
    pub codes: AtomicU32,
    /// How many bytes of texts there are.
    pub texts: AtomicU32,
    /// Stacks with more frames of Python than the library keeps.
    pub python_cut: AtomicU64,
    /// The command line, arguments ended by a zero byte each, cut at [`TEXT`].
    pub command: [u8; TEXT],
    /// The path of the executable, ended by a zero byte.
    pub executable: [u8; TEXT],
}

/// What came of Python's frames.
pub struct PythonFrames;

impl PythonFrames {
    /// None was met yet.
    pub const NONE: u32 = 0;
    /// They are in the stacks.
    pub const READ: u32 = 1;
    /// What they should lie at is not what lies there: they were left out.
    pub const STRANGE: u32 = 2;
    /// Of this release it is not known where they lie: they were left out.
    pub const UNKNOWN: u32 = 3;
}

/// Allocators whose figures can be had.
pub struct Allocator;

impl Allocator {
    /// Another one, or it could not be asked.
    pub const UNKNOWN: u32 = 0;
    /// glibc's: by what lies in its heaps.
    pub const GLIBC: u32 = 1;
    /// jemalloc: by what it says itself.
    pub const JEMALLOC: u32 = 2;
    /// tcmalloc: by what it says itself.
    pub const TCMALLOC: u32 = 3;
}

/// What the kernel and the allocator say of the process, in bytes unless named otherwise. Zero means not known.
#[repr(C)]
pub struct Resources {
    /// Resident memory.
    pub resident: AtomicU64,
    /// Highest resident memory so far.
    pub resident_peak: AtomicU64,
    /// Resident memory with shared pages divided among those who share them.
    pub proportional: AtomicU64,
    /// Resident anonymous memory.
    pub anonymous: AtomicU64,
    /// Of which in huge pages.
    pub huge_pages: AtomicU64,
    /// Resident memory of this record's own file and of the library's tables.
    pub own: AtomicU64,
    /// Of which anonymous: the tables.
    pub own_anonymous: AtomicU64,
    /// Mapped addresses.
    pub mapped: AtomicU64,
    /// Mappings, a count.
    pub mappings: AtomicU64,
    /// Open descriptors, a count.
    pub descriptors: AtomicU64,
    /// Threads, a count.
    pub threads: AtomicU64,
    /// What the allocator took from the kernel.
    pub allocator_taken: AtomicU64,
    /// Of which is in use by blocks, with what the allocator needs for each beside the bytes that were asked for.
    pub allocator_used: AtomicU64,
    /// Of which is free and resident.
    pub allocator_free: AtomicU64,
    /// Of what is free: the end of glibc's first heap.
    pub allocator_top: AtomicU64,
    /// Of what is free: whole pages elsewhere, which could be given back too.
    pub allocator_pages: AtomicU64,
    /// Of what is free: what arenas of glibc beside the first one keep.
    pub allocator_others: AtomicU64,
}

/// A file that is mapped as code.
#[repr(C)]
pub struct Module {
    /// What is added to an address in the file to find it in memory.
    pub bias: u64,
    /// Where it begins in memory.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// Length of its path, in bytes; a longer one is cut at [`MODULE_PATH`].
    pub path_bytes: u32,
    /// 1 where the module was unloaded since.
    pub unloaded: AtomicU32,
    /// Its path; empty for the executable (see [`Header::executable`]).
    pub path: [u8; MODULE_PATH],
}

/// Room for a module's path, in bytes.
pub const MODULE_PATH: usize = 992;

/// A frame of a stack, and with its parents a stack.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Node {
    /// The frame that called this one; 0 at the outermost.
    pub parent: u32,
    /// Which module the frame is in, counted from 1; 0 where it is not known; [`PYTHON`] for a frame of Python.
    pub module: u32,
    /// The return address in memory; where the frame was interrupted by a signal, the address itself plus one, so that
    /// taking one away is right for every frame. Of a frame of Python the function, counted from 1, in the upper half and
    /// the line in the lower one, which is 0 where it is not known.
    pub pc: u64,
}

/// In the place of a [`Node`]'s module: a frame of Python.
pub const PYTHON: u32 = u32::MAX;

/// A function of Python, the body of a class or a module: one of a name, a file and a first line.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Code {
    /// Of all that follows, for whoever looks for it.
    pub hash: u32,
    /// Its first line.
    pub first_line: u32,
    /// Where its name begins behind [`TEXTS`], in UTF-8: with those of what it stands in (`Client.__init__`) from
    /// CPython 3.11 on.
    pub name_at: u32,
    /// Bytes of its name.
    pub name_bytes: u32,
    /// Where the name of its file begins behind [`TEXTS`], as Python has it.
    pub file_at: u32,
    /// Bytes of the name of its file.
    pub file_bytes: u32,
}

/// The counters of one stack and [`Kind`].
#[repr(C, align(64))]
pub struct Site {
    /// The innermost frame.
    pub node: u32,
    /// See [`Kind`].
    pub kind: u16,
    /// 0; or, where several threads take much by one stack, which of them counts here: the site's counters are then the
    /// sums of all its parts. The peaks of parts need not have been at one time, so that their sum is the most there can
    /// have been. What others than the thread of a part give back of it is counted in the site behind it, which has the
    /// same number with the bit [`Site::GIVEN_BACK`]: that one takes nothing, and what lives of it is below 0.
    pub part: u16,
    /// Blocks taken so far.
    pub taken: AtomicU64,
    /// Blocks given back so far: `taken` less this live now. (Two counts that only rise need one addition each where a
    /// count of live blocks beside `taken` would need two.)
    pub freed: AtomicU64,
    /// Bytes that live now, as they were asked for. The sum may be off for a moment, and so below 0.
    pub live_bytes: AtomicI64,
    /// The most bytes that ever lived at once.
    pub peak_bytes: AtomicI64,
    /// The blocks that lived then.
    pub peak_blocks: AtomicI64,
    /// Bytes that lived at the last snapshot.
    pub end_bytes: AtomicI64,
    /// Blocks that lived then.
    pub end_blocks: AtomicI64,
}

impl Site {
    /// A bit of [`Site::part`].
    pub const GIVEN_BACK: u16 = 1 << 15;
}

/// What the leak scan says of the blocks of a site. What is neither is reachable. The words are memcheck's.
#[repr(C)]
pub struct Lost {
    /// Bytes of blocks that nothing points to.
    pub definite_bytes: AtomicU64,
    /// Those blocks.
    pub definite_blocks: AtomicU64,
    /// Bytes of blocks that only lost blocks point to.
    pub indirect_bytes: AtomicU64,
    /// Those blocks.
    pub indirect_blocks: AtomicU64,
    /// Bytes of blocks that are pointed to only at their inside.
    pub possible_bytes: AtomicU64,
    /// Those blocks.
    pub possible_blocks: AtomicU64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_overlap_and_keep_their_sizes() {
        assert!(size_of::<Header>() <= MODULES);
        assert_eq!(
            (
                size_of::<Module>(),
                size_of::<Node>(),
                size_of::<Site>(),
                size_of::<Lost>(),
                size_of::<Code>()
            ),
            (1024, 16, 64, 48, 24)
        );
        const { assert!(MODULES < NODES && NODES < SITES && SITES < LOST && LOST < CODES) };
        const { assert!(CODES < TEXTS && TEXTS < BYTES) };
        assert!(
            [MODULES, NODES, SITES, LOST]
                .iter()
                .all(|at| at % 4096 == 0)
        );
    }
}
