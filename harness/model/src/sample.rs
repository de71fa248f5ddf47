//! `samples.jsonl`: one line an iteration, written while the loop runs.
//!
//! The published form is `harness/schema/sample.schema.json`.

use serde::{Deserialize, Serialize};

/// What was measured after one iteration, always at the same point: the documents are dropped and the zone is closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sample {
    /// The name of the condition.
    pub condition: String,
    /// The iteration it follows, warm-up included; 0 is the state before the first.
    pub iteration: u64,
    /// Whether that iteration belongs to the warm-up.
    pub warmup: bool,
    /// Seconds since the loop's first iteration began.
    pub seconds: f64,
    /// Words parsed in this iteration.
    pub words: u64,
    /// Live heap bytes, exactly.
    pub live_bytes: u64,
    /// Live heap blocks, exactly.
    pub live_blocks: u64,
    /// Bytes allocated since the process began, freed or not.
    pub total_bytes: u64,
    /// Blocks allocated since the process began, freed or not.
    pub total_blocks: u64,
    /// jemalloc's figures, where it is the allocator.
    pub jemalloc: Option<JemallocSample>,
    /// The resident set, where the system tells it.
    pub rss_bytes: Option<u64>,
    /// Of the resident set, pages of files (the program's own among them) and memory that is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<u64>,
    /// The stores of the vocabulary.
    pub stores: Vec<StoreSample>,
    /// The resident set by kind of mapping: taken where the measured iterations begin and where they end, since asking
    /// takes long, and only where the system tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mappings: Option<MappingsSample>,
}

/// The resident set by kind of mapping at one moment, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MappingsSample {
    /// Stacks of threads.
    pub stacks: u64,
    /// Files, the program's own among them, and memory that is shared.
    pub files: u64,
    /// What the system's allocator took by moving the program break.
    pub system_heap: u64,
    /// All other anonymous memory: the allocator's, and what the program mapped itself.
    pub anonymous: u64,
    /// The kernel's own pages.
    pub kernel: u64,
}

/// jemalloc's figures at one moment, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JemallocSample {
    /// In blocks handed out, rounded up to size classes.
    pub allocated: u64,
    /// In pages that hold such blocks.
    pub active: u64,
    /// In physical pages mapped by the allocator.
    pub resident: u64,
    /// In address space that it keeps mapped for later.
    pub retained: u64,
}

/// One store of the vocabulary at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoreSample {
    /// The store's name: `strings`.
    pub name: String,
    /// How many entries it has.
    pub entries: u64,
    /// How many bytes of heap it holds.
    pub bytes: u64,
}
