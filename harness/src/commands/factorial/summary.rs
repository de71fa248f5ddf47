//! `summary.json` of `harness factorial`: the eight cells, and what follows from them.
//!
//! The published form is `harness/schema/factorial.schema.json`. The version is raised when a field changes its meaning
//! or goes away, not when one is added.

use crate::child::zones::orders::{Memory, Words, Work};
use crate::commands::zones::summary::{Check, StreamRun};
use crate::workload::Zones;
use harness_model::{Environment, Outcome, Tool};
use serde::{Deserialize, Serialize};

/// The version of the document's form that this program writes.
pub const SCHEMA_VERSION: u32 = 1;

/// One run of `harness factorial`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FactorialSummary {
    /// The version of this document's form: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it ran.
    pub environment: Environment,
    /// What it was asked to do, with the defaults filled in.
    pub options: Options,
    /// The name and version of the pipeline.
    pub subject: String,
    /// When the run began: UTC, RFC 3339, to the second.
    pub started_at: String,
    /// How long the whole of it took, in seconds.
    pub seconds: f64,
    /// Somebody stopped it before its end; the cells that were measured are here all the same.
    pub interrupted: bool,
    /// The cells, in the order they ran.
    pub cells: Vec<Cell>,
    /// The conclusion.
    pub verdict: FactorialVerdict,
}

/// What the run was asked to do, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Options {
    /// The command line as it was given.
    pub command: Vec<String>,
    /// New or repeated words in each cell.
    pub words: u64,
    /// Such words in a block of work.
    pub words_per_block: u64,
    /// How much of the pipeline runs.
    pub work: Work,
    /// The seed of everything random.
    pub seed: u64,
    /// The fault planted on purpose, if any.
    pub inject: Option<String>,
    /// The corpus given in place of the shipped one.
    pub corpus: Option<String>,
    /// The pipeline's directory given in place of the embedded one.
    pub model: Option<String>,
}

/// One of the eight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cell {
    /// A zone for each block of work, or none.
    pub zones: Zones,
    /// New words in every block, or the same texts again.
    pub words: Words,
    /// What becomes of pages that hold nothing.
    pub memory: Memory,
    /// What was measured.
    pub run: StreamRun,
}

impl Cell {
    /// "without zones, new words, free pages kept".
    pub fn phrase(&self) -> String {
        format!(
            "{}, {}, free pages {}",
            self.zones.phrase(),
            words(self.words),
            memory(self.memory)
        )
    }
}

/// "new words" or "the same texts".
pub(crate) fn words(words: Words) -> &'static str {
    match words {
        Words::Novel => "new words",
        Words::Repeated => "the same texts",
    }
}

/// "kept" or "given back".
pub(crate) fn memory(memory: Memory) -> &'static str {
    match memory {
        Memory::Kept => "kept",
        Memory::Returned => "given back",
    }
}

/// What the run concludes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FactorialVerdict {
    /// Pass, leak or inconclusive.
    pub outcome: Outcome,
    /// The exit code: 0 pass, 1 leak, 3 inconclusive.
    pub exit_code: u8,
    /// The conclusion in a sentence.
    pub sentence: String,
    /// What each of the three does, a sentence each.
    pub statements: Vec<String>,
    /// What was checked in the cells and does not hold.
    pub failed: Vec<Check>,
}
