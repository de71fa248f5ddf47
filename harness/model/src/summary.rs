//! `summary.json`: everything that one run of the harness measured and concluded, in one versioned document.
//!
//! The published form is `harness/schema/summary.schema.json`, generated from these types by a test that fails where
//! the two differ. A consumer should look at [`Summary::schema_version`] first: it is raised when a field changes its
//! meaning or goes away, not when one is added.
//!
//! Sizes are bytes, times are seconds, and every "per iteration" figure is (last - first) / iterations between.

mod parts;
mod series;
mod sites;

use crate::Ledger;
use crate::{CauseOfGrowth, Condition, Expectation, Instrument};
use serde::{Deserialize, Serialize};

pub use parts::{Account, PartGrowth, PartReport, PartRun};
pub use series::{Basis, Interval, Sawtooth, Series, Shape, Step};
pub use sites::{
    Frame, GrowingSite, Hidden, LeakKind, Proof, SitePair, SiteReport, SiteRun, Stacks,
};

/// The version of the document's form that this program writes.
pub const SCHEMA_VERSION: u32 = 3;

/// One run of the harness: what it was asked, what it measured, and what it concluded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// The version of this document's form: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it ran.
    pub environment: Environment,
    /// What it was asked to do, with the defaults filled in.
    pub options: Options,
    /// What was run again and again.
    pub workload: Workload,
    /// When the run began: UTC, RFC 3339, to the second.
    pub started_at: String,
    /// How long the whole of it took, in seconds.
    pub seconds: f64,
    /// Somebody stopped it before its end; what had been measured is here all the same.
    pub interrupted: bool,
    /// The conditions under which loops were to be measured, in the order in which they ran.
    pub conditions: Vec<Condition>,
    /// The measured loops, one a child process each.
    pub runs: Vec<Run>,
    /// What each instrument that knows stacks saw of the loops, in the order in which they ran.
    pub stacks: Vec<Stacks>,
    /// What the allocator's own records say of the whole loop, by part of the pipeline.
    #[serde(default = "not_in_this_document::<PartReport>")]
    pub parts: Probe<PartReport>,
    /// Where the growth of the resident set went in each loop, where it was measured.
    #[serde(default)]
    pub ledgers: Vec<Ledger>,
    /// The conclusion.
    pub verdict: Verdict,
}

impl Summary {
    /// The loop that was measured under a condition.
    pub fn run(&self, condition: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.condition == condition)
    }

    /// What an instrument that knows stacks saw, if it was among those that were asked for.
    pub fn stacks(&self, instrument: Instrument) -> Option<&Probe<SiteReport>> {
        let mut all = self.stacks.iter();
        let stacks = all.find(|stacks| stacks.instrument == instrument)?;
        Some(&stacks.result)
    }

    /// What the runs under an instrument that knows stacks saw; none if it did not run.
    pub fn pairs(&self, instrument: Instrument) -> &[SitePair] {
        let report = self.stacks(instrument).and_then(Probe::ran);
        report.map_or(&[], |report| &report.pairs)
    }

    /// What is expected of memory under a condition.
    pub fn expects(&self, condition: &str) -> Expectation {
        let known = self.conditions.iter().find(|one| one.name == condition);
        known.map_or(Expectation::Unknown, |condition| condition.expects)
    }
}

/// The program that wrote the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tool {
    /// Its name: `harness`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it was built: `debug` or `release`.
    pub profile: String,
}

/// The machine and the process that the run happened on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Environment {
    /// The operating system: `linux`.
    pub os: String,
    /// The kernel's release, where it could be read.
    pub kernel: Option<String>,
    /// The architecture: `x86_64`.
    pub arch: String,
    /// How many processors the run could use.
    pub cpus: usize,
    /// The size of a page of memory.
    pub page_bytes: u64,
    /// The version of jemalloc, under which the loops are measured.
    pub jemalloc: String,
    /// valgrind's version, where it was found.
    pub valgrind: Option<String>,
}

/// What the run was asked to do, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Options {
    /// The command line as it was given.
    pub command: Vec<String>,
    /// Measured iterations of each loop.
    pub iterations: u64,
    /// Iterations run before those, which count for nothing.
    pub warmup: u64,
    /// The probes asked for, among `rss`, `heap`, `dhat` and `valgrind`.
    pub probes: Vec<String>,
    /// The probes without which the run is inconclusive.
    pub require: Vec<String>,
    /// The seed of everything random.
    pub seed: u64,
    /// The share of words that no iteration has seen before, from 0 to 1.
    pub novel_words: f64,
    /// The fault planted on purpose, if any: `activation-leak`.
    pub inject: Option<String>,
    /// The corpus given in place of the shipped one.
    pub corpus: Option<String>,
    /// The pipeline's directory given in place of the embedded one.
    pub model: Option<String>,
}

/// What was run again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workload {
    /// Its name: `parse`.
    pub name: String,
    /// One iteration of it in words for a person.
    pub description: String,
    /// The name and version of the pipeline, or of whatever is run.
    pub subject: String,
    /// Texts in one iteration.
    pub texts_per_iteration: u64,
    /// The iterations after which the same texts come round again (their novel words are new each time).
    pub cycle: u64,
}

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
    /// The stores of the vocabulary, and what each grew.
    pub stores: Vec<StoreGrowth>,
    /// Live bytes that no store holds.
    pub unaccounted: Series,
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

/// What became of a probe that can be missing or fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Probe<T> {
    /// It was not run.
    NotRun {
        /// Why not: "not asked for", "valgrind is not installed".
        reason: String,
        /// What would let it run, as a sentence.
        remedy: Option<String>,
    },
    /// It ran and came to no result.
    Failed {
        /// What went wrong, and what to do about it.
        reason: String,
        /// Files that tell more, relative to the document.
        files: Vec<String>,
    },
    /// It ran.
    Ran(T),
}

/// What a probe was in documents that an earlier version wrote.
fn not_in_this_document<T>() -> Probe<T> {
    Probe::NotRun {
        reason: "an earlier version wrote this document".to_owned(),
        remedy: None,
    }
}

impl<T> Probe<T> {
    /// The same probe with something else made of what it found.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Probe<U> {
        match self {
            Probe::NotRun { reason, remedy } => Probe::NotRun { reason, remedy },
            Probe::Failed { reason, files } => Probe::Failed { reason, files },
            Probe::Ran(report) => Probe::Ran(make(report)),
        }
    }

    /// What the probe found, if it ran.
    pub fn ran(&self) -> Option<&T> {
        match self {
            Probe::Ran(report) => Some(report),
            Probe::NotRun { .. } | Probe::Failed { .. } => None,
        }
    }
}

/// What the run concludes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// Pass, leak or inconclusive.
    pub outcome: Outcome,
    /// The exit code: 0 pass, 1 leak, 3 inconclusive or a tool failed.
    pub exit_code: u8,
    /// The conclusion as a person would say it.
    pub sentence: String,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// Whether the tools agree, one sentence a comparison.
    pub agreement: Vec<String>,
    /// What this run could not have seen, one sentence each.
    pub blind_spots: Vec<String>,
    /// Why memory grows in each loop.
    #[serde(default)]
    pub causes: Vec<CauseOfGrowth>,
}

/// How the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing that should not grow grew.
    Pass,
    /// Something leaks.
    Leak,
    /// It cannot be said: a probe failed or the run was cut short.
    Inconclusive,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// Whether it fails the run by itself.
    pub fails: bool,
    /// The name of the condition.
    pub condition: String,
    /// The evidence it rests on.
    pub evidence: Instrument,
    /// One sentence for a person.
    pub message: String,
    /// The function that is answerable, where it is known.
    pub function: Option<String>,
    /// Its file.
    pub file: Option<String>,
    /// Its line.
    pub line: Option<u32>,
    /// Bytes per iteration.
    pub bytes_per_iteration: f64,
    /// Blocks per iteration, where they are known.
    pub blocks_per_iteration: Option<f64>,
    /// The stack, innermost first, where it is known.
    pub frames: Vec<Frame>,
}

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Blocks that nothing can reach, more of them with every iteration.
    Lost,
    /// Live memory that grows under a condition that should hold it flat.
    Growth,
    /// Live memory that grows, is reachable, and is held by a named store: a cache with a name.
    StoreGrowth,
    /// Live memory that grows and that no store accounts for.
    Unaccounted,
    /// Memory that was gained once and not again.
    OneOff,
}
