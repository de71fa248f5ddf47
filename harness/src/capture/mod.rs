//! What tools wrote down of the memory of a process, somewhere and some time ago: one [`Capture`] a file, whatever wrote it.
//!
//! A kind of files is a file here and a row of [`open::READERS`]; [`open`] knows a kind by what stands in a file.
//! All are read as streams, into memory that goes with their distinct stacks and not with their length. A bad end never
//! loses what was read before it.

mod dhat;
mod heap_profile;
mod heaptrack;
mod kind;
mod lines;
mod lsan;
mod massif;
mod memcheck;
mod memcheck_log;
mod open;
mod pprof;
mod protobuf;
mod smaps;
mod stacks;
#[cfg(test)]
mod testing;

pub use kind::Kind;
pub use open::{head, is_capture, read, read_bytes};
pub use stacks::{StackId, StackTable};

use harness_judge::counts::{Amount, Grain, Trust};
use harness_model::LeakKind;
use harness_model::program::Resource;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Capture {
    /// What kind of file it is.
    pub kind: Kind,
    /// What wrote it, with its version as far as that is told: `valgrind 3.19.0`.
    pub tool: String,
    /// Of which processes it tells; none where it tells of nothing.
    pub processes: Vec<Process>,
    /// Why its end is missing, as a clause behind the file's name; `None` for a whole file.
    pub truncated: Option<String>,
    /// What is to be known of it, a sentence each.
    pub notes: Vec<String>,
    /// How far lost is told from held in it.
    pub trust: Trust,
    /// Whether it counts blocks, or bytes alone.
    pub counts_blocks: bool,
}

impl Capture {
    /// One that tells of nothing yet.
    fn new(kind: Kind) -> Capture {
        Capture {
            kind,
            tool: kind.tool().to_owned(),
            processes: Vec::new(),
            truncated: None,
            notes: Vec::new(),
            trust: Trust::Unknown,
            counts_blocks: true,
        }
    }

    /// Says something of it, once.
    fn note(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.notes.contains(&sentence) {
            self.notes.push(sentence);
        }
    }
}

/// What one process held, or had lost.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Its number, where that is told.
    pub pid: Option<u64>,
    /// That of the process that started it.
    pub parent: Option<u64>,
    /// It came about by a fork, without a head of its own in the file.
    pub is_forked: bool,
    /// The command, as words.
    pub command: Vec<String>,
    /// What it held, stack by stack; a stack may come several times.
    pub records: Vec<Record>,
    /// What the file's sums have more than its records, by how it is held.
    pub unlisted: Vec<(Option<LeakKind>, Amount)>,
}

/// Blocks that one stack took.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    /// Which.
    pub stack: StackId,
    /// Of what.
    pub resource: Resource,
    /// How they are held; `None` where the tool cannot know.
    pub kind: Option<LeakKind>,
    /// What there was at the end.
    pub end: Amount,
    /// What was ever taken, in blocks, where that is told.
    pub taken: Option<u64>,
    /// The most that there ever was, where that is told.
    pub peak: Option<Amount>,
    /// How fine these figures are.
    pub grain: Grain,
}

impl Record {
    /// Blocks of the heap of which no more is known than what there was of them.
    fn of_heap(stack: StackId, bytes: u64, blocks: u64) -> Record {
        Record {
            stack,
            resource: Resource::Heap,
            kind: None,
            end: Amount { bytes, blocks },
            taken: None,
            peak: None,
            grain: Grain::Exact,
        }
    }
}

#[cfg(fuzzing)]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fuzzing {
    use super::*;

    /// What was read.
    pub struct Seen {
        pub records: usize,
        pub calls: usize,
    }

    /// Reads whatever it is, and looks at every stack of it.
    pub fn read(bytes: &[u8]) -> Result<Seen, String> {
        let mut table = StackTable::default();
        let capture = read_bytes(bytes, &mut table)?;
        let records = || capture.processes.iter().flat_map(|one| &one.records);
        Ok(Seen {
            records: records().count(),
            calls: records().map(|one| table.calls(one.stack).count()).sum(),
        })
    }
}
