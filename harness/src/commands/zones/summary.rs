//! `summary.json` of `harness zones`: what was streamed, what memory did, and what follows from it.
//!
//! The published form is `harness/schema/zones.schema.json`. As with the main job's summary, the version is raised when
//! a field changes its meaning or goes away, not when one is added. Sizes are bytes, times are seconds. "First" is the
//! moment after the first round, in which every thread has run one zone and all of them were open together; "last" is
//! the moment after the last.

use crate::child::zones::orders::{Work, ZoneMode};
use harness_model::{Environment, Outcome, Tool};
use serde::{Deserialize, Serialize};

/// The version of the document's form that this program writes.
pub const SCHEMA_VERSION: u32 = 1;

/// One run of `harness zones`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ZonesSummary {
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
    /// Somebody stopped it before its end; what had been measured is here all the same.
    pub interrupted: bool,
    /// What was measured.
    pub run: StreamRun,
    /// The conclusion.
    pub verdict: ZonesVerdict,
}

/// What the run was asked to do, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Options {
    /// The command line as it was given.
    pub command: Vec<String>,
    /// What gets a zone.
    pub zones: ZoneMode,
    /// How much of the pipeline runs.
    pub work: Work,
    /// New words in all.
    pub distinct_words: u64,
    /// New words in a zone.
    pub words_per_zone: u64,
    /// Threads.
    pub threads: u64,
    /// Zones of each thread.
    pub zones_per_thread: u64,
    /// The greatest growth of the resident set that passes, with zones.
    pub max_rss_growth: u64,
    /// The seed of everything random.
    pub seed: u64,
    /// The fault planted on purpose, if any.
    pub inject: Option<String>,
    /// The corpus given in place of the shipped one.
    pub corpus: Option<String>,
    /// The pipeline's directory given in place of the embedded one.
    pub model: Option<String>,
}

/// What one measured process did and what its memory did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StreamRun {
    /// It came to its end: false if it was stopped or died.
    pub completed: bool,
    /// How the process ended where that was not well: "was killed by signal 9".
    pub failure: Option<String>,
    /// It ended before its time because the machine's memory, or its control group's, was nearly used up.
    pub ran_low: bool,
    /// The file of its samples, relative to the document.
    pub samples_file: String,
    /// How long the measured part took.
    pub seconds: f64,
    /// Rounds completed: zones of each thread.
    pub rounds: u64,
    /// Zones completed, of all threads; 0 without zones.
    pub zones: u64,
    /// Words streamed that were new to the run. Where words are repeated, each time counts.
    pub words: u64,
    /// Documents made, and read back before their zone closed.
    pub documents: u64,
    /// Tokens in them.
    pub tokens: u64,
    /// Texts that a document did not give back as they were.
    pub wrong_texts: u64,
    /// Documents that ended in an error.
    pub errors: u64,
    /// Zones that ended in a panic.
    pub panics: u64,
    /// What the first of those was.
    pub trouble: Option<String>,
    /// Live heap bytes, exactly.
    pub live_bytes: Level,
    /// Live heap blocks, exactly.
    pub live_blocks: Level,
    /// The resident set, where the system tells it.
    pub rss: Option<Rss>,
    /// What jemalloc keeps beyond what is live, after the last round.
    pub kept_by_allocator: Option<u64>,
    /// What the stores of the first thread's zone held just before it closed.
    pub zone_bytes: FirstLast,
    /// Strings and lexemes that were added for good, from before the first round to the last.
    pub permanent_added: i64,
    /// The growth from the first to the last.
    pub growth: Growth,
    /// Every store that the pipeline and the pool of zones report.
    pub stores: Vec<StoreChange>,
}

/// A figure at the moments that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Level {
    /// Before the first round, with the pipeline loaded and the threads there.
    pub before: u64,
    /// After the first round.
    pub first: u64,
    /// After the last round.
    pub last: u64,
    /// The least at any measurement from the first round on.
    pub min: u64,
    /// The greatest at any measurement from the first round on.
    pub max: u64,
}

/// A figure at two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FirstLast {
    /// After the first round.
    pub first: u64,
    /// After the last round.
    pub last: u64,
}

/// The resident set, at moments when the allocator has given back every page that holds nothing. It is not exact: pages
/// are touched for the first time long after the first round. So its growth counts from a later moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rss {
    /// After the first round.
    pub first: u64,
    /// At the first measurement after a hundredth of the run's words: growth counts from here.
    pub settled: u64,
    /// The words streamed by then.
    pub settled_at: u64,
    /// After the last round.
    pub last: u64,
    /// The greatest from `settled` on.
    pub max: u64,
    /// `last - settled`.
    pub growth: i64,
    /// What may still become resident without anything growing: live bytes that were taken since before the first round
    /// and were not resident at `settled`. A pool takes the memory of its zones whole, and its pages become resident when
    /// a zone first needs them.
    pub untouched: u64,
    /// The resident set a moment before `settled`, with the free pages that the allocator keeps for a while.
    pub unpurged_settled: u64,
    /// The same a moment before `last`.
    pub unpurged_last: u64,
}

/// What memory gained from the first to the last, and how much of it the stores account for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Growth {
    /// New words streamed between the two.
    pub words: u64,
    /// Documents made between the two.
    pub documents: u64,
    /// Live bytes gained, by the exact counters: the truth.
    pub live_bytes: i64,
    /// Live blocks gained.
    pub live_blocks: i64,
    /// The truth for each new word.
    pub bytes_per_word: f64,
    /// The truth for each document.
    pub bytes_per_document: f64,
    /// Bytes that the stores gained, by their own account.
    pub store_bytes: i64,
    /// Their account for each new word.
    pub store_bytes_per_word: f64,
    /// How far their account is from the truth, in percent of the truth; none where nothing grew.
    pub difference_percent: Option<f64>,
    /// Live bytes gained that no registered store accounts for.
    pub unaccounted: i64,
}

/// One store from the first to the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StoreChange {
    /// What it belongs to: `pipeline`, `vocabulary` or `pool`.
    pub owner: String,
    /// Its name: `strings`.
    pub name: String,
    /// What the closing of a zone does to it: `frozen`, `stays`, `freed` or `kept`.
    pub on_close: String,
    /// Its entries.
    pub entries: FirstLast,
    /// How many entries fit before its table grows; 0 for a store without a table.
    pub capacity: FirstLast,
    /// The bytes it holds.
    pub bytes: FirstLast,
    /// Bytes gained for each new word.
    pub bytes_per_word: f64,
}

impl StoreChange {
    /// Bytes gained.
    pub fn gained(&self) -> i64 {
        self.bytes.last as i64 - self.bytes.first as i64
    }
}

/// What the run concludes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ZonesVerdict {
    /// Pass, leak or inconclusive.
    pub outcome: Outcome,
    /// The exit code: 0 pass, 1 leak, 3 inconclusive.
    pub exit_code: u8,
    /// The conclusion as a person would say it.
    pub sentence: String,
    /// What was checked, and how it came out.
    pub checks: Vec<Check>,
    /// What this run could not have seen, one sentence each.
    pub blind_spots: Vec<String>,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// What it is about.
    pub kind: CheckKind,
    /// Whether it holds. One that does not fails the run.
    pub holds: bool,
    /// What was found, in a sentence with its figure.
    pub message: String,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// With zones: live bytes and blocks after the last round are those after the first.
    LiveMemory,
    /// With zones: every table has the capacity that it had after the first round.
    Capacities,
    /// With zones: no string and no lexeme was added for good.
    PermanentStrings,
    /// With zones: the resident set stays within its budget.
    ResidentSet,
    /// Without zones: the stores' account of the growth is within 5% of the truth.
    Accounting,
    /// Every document gave its text back.
    ReadBack,
    /// No document ended in an error and no zone in a panic.
    Errors,
}
