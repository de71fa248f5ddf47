//! `summary.json`: everything that one run of the harness measured and concluded, in one versioned document.
//!
//! The published form is `harness/schema/summary.schema.json`, generated from these types by a test that fails where
//! the two differ. A consumer should look at [`Summary::schema_version`] first: it is raised when a field changes its
//! meaning or goes away, not when one is added.
//!
//! Sizes are bytes, times are seconds, and every "per iteration" figure is (last - first) / iterations between.

use crate::condition::{Condition, Expectation, expects};
use crate::instrument::Instrument;
use crate::ledger::Ledger;
use crate::parts::PartReport;
use crate::probe::{Probe, not_in_this_document};
use crate::run::Run;
use crate::sites::{SitePair, SiteReport, Stacks};
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

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
    /// Names of conditions that the workload has and that nobody asked for.
    #[serde(default)]
    pub unmeasured: Vec<String>,
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
        expects(&self.conditions, condition)
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
    /// The instruments asked for, among `rss`, `heap`, `sites`, `groups`, `dhat`, `valgrind` and `scan`.
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
