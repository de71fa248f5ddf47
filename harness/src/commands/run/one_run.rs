//! One run of the command, with what its processes recorded.

use super::launch::Ended;
use crate::recording::{Kind, Recording};

/// One run, with its records.
pub(super) struct OneRun {
    /// The count.
    pub iterations: u64,
    /// How it went.
    pub ended: Ended,
    /// What its processes recorded.
    pub recordings: Vec<Recording>,
    /// What of that could not be read, a sentence each.
    pub complaints: Vec<String>,
}

/// Whether a run ended as the first one did, by itself and with the same exit code.
pub(super) fn as_the_first(run: &OneRun, first: &OneRun) -> bool {
    run.ended.how == first.ended.how
}

/// Blocks of the heap that a process took.
pub(super) fn blocks_taken(recording: &Recording) -> u64 {
    let sites = recording.sites.iter();
    let heap = sites.filter(|site| site.kind == Kind::Heap);
    heap.map(|site| site.taken).sum()
}
