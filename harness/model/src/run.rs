//! One measured loop.

use crate::series::{Series, Shape};
use serde::{Deserialize, Serialize};

/// One measured loop, in a process of its own under the counting allocator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// The name of the condition.
    pub condition: String,
    /// Warm-up iterations that were completed.
    pub warmup: u64,
    /// Measured iterations that were completed.
    pub iterations: u64,
    /// The loop came to its end: false if it was stopped or died.
    pub completed: bool,
    /// How the process ended where that was not well: "killed by signal 9".
    pub failure: Option<String>,
    /// How long the measured iterations took, in seconds.
    pub seconds: f64,
    /// Words parsed in the measured iterations.
    pub words: u64,
    /// The file of its samples, relative to the document. Several runs share one; a sample names its run.
    pub samples_file: String,
    /// Live heap bytes, exactly, by the counting allocator.
    pub live_bytes: Series,
    /// Live heap blocks, exactly, by the counting allocator.
    pub live_blocks: Series,
    /// jemalloc's own figures, where it was the allocator.
    pub jemalloc: Option<JemallocSeries>,
    /// The resident set, where the system tells it.
    pub rss_bytes: Option<Series>,
    /// The most bytes of the process's own, outside the pages of files, that were resident after the warm-up. How many
    /// pages of its files a process has in memory is up to what the machine has read of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_peak_bytes: Option<u64>,
    /// What the resident set has beside live memory, where it and jemalloc's figures were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_parts: Option<ResidentParts>,
    /// The stores of the vocabulary, and what each grew.
    pub stores: Vec<StoreGrowth>,
    /// Live bytes that no store holds.
    pub unaccounted: Series,
}

impl Run {
    /// How fast the loop was, where it took time at all.
    pub fn words_per_second(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.words as f64 / self.seconds)
    }
}

/// What the resident set has beside live memory, over a run. What these series could not have shown is not worked out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResidentParts {
    /// Pages of files, which come and go with the memory that the whole machine has left.
    pub files: Series,
    /// What is neither of files nor the allocator's: stacks, and mappings of the program's own.
    pub outside: Series,
    /// What the allocator has in memory beyond the blocks that it handed out.
    pub allocator: Series,
}

/// jemalloc's figures over a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JemallocSeries {
    /// Bytes in blocks handed out, rounded up to size classes.
    pub allocated: Series,
    /// Bytes in pages that hold such blocks.
    pub active: Series,
    /// Bytes in physical pages mapped by the allocator.
    pub resident: Series,
    /// Bytes in address space that it keeps mapped for later.
    pub retained: Series,
}

/// One store of the vocabulary over a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoreGrowth {
    /// The store's name: `strings`.
    pub name: String,
    /// Entries where the measured iterations begin.
    pub entries_first: u64,
    /// Entries at the end.
    pub entries_last: u64,
    /// Bytes where the measured iterations begin.
    pub bytes_first: u64,
    /// Bytes at the end.
    pub bytes_last: u64,
    /// Entries gained per iteration.
    pub entries_per_iteration: f64,
    /// Bytes gained per iteration.
    pub bytes_per_iteration: f64,
    /// The graver of the shapes of its entries and of its bytes: a table that doubles goes in steps, and its entries
    /// show whether it goes on filling.
    pub shape: Shape,
    /// Its entries over the run; not in documents of before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Series>,
    /// Its bytes over the run, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Series>,
}
