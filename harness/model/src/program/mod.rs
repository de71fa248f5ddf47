//! `summary.json` of `harness run`: what a command keeps for each iteration of its work, measured over several counts
//! of iterations, and what was concluded.
//!
//! The published form is `harness/schema/program.schema.json`. A consumer should look at
//! [`ProgramSummary::schema_version`] first: it is raised when a field changes its meaning or goes away, not when one is
//! added. Sizes are bytes, times are seconds.

mod error_paths;
mod service;
mod verdict;

pub use error_paths::{
    ErrorPathEnding, ErrorPathFinding, ErrorPathKind, ErrorPaths, FailedAllocation,
};
pub use service::{
    Latency, Mark, Phase, PhaseKind, RequestFile, RequestServed, Service, ServiceOptions, Work,
};
pub use verdict::{
    Explained, ExplainedKind, Function, ObjectType, ProcessRole, ProgramCause, ProgramGrowth,
    ProgramSite, ProgramVerdict, Resource, Through,
};

use crate::summary::{Environment, Tool};
use serde::{Deserialize, Serialize};

/// The version of the document's form that this program writes.
pub const PROGRAM_SCHEMA_VERSION: u32 = 1;

/// One `harness run`: what it was asked, what it measured of the command, and what it concluded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgramSummary {
    /// The version of this document's form: [`PROGRAM_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it ran.
    pub environment: Environment,
    /// What it was asked to do, with the defaults filled in.
    pub options: ProgramOptions,
    /// The command that was measured, as it was given: `{iters}` stands for the count.
    pub command: Vec<String>,
    /// When it began: UTC, RFC 3339, to the second.
    pub started_at: String,
    /// How long the whole of it took, in seconds.
    pub seconds: f64,
    /// Somebody stopped it before its end; what had been measured is here all the same.
    pub interrupted: bool,
    /// The runs of the command, in the order in which they ran.
    pub counts: Vec<CountRun>,
    /// The processes that were seen, those of one program in one role together.
    pub processes: Vec<ProcessSeen>,
    /// The conclusion.
    pub verdict: ProgramVerdict,
    /// What the settings did that were suggested, where they were tried.
    #[serde(default)]
    pub tried: Vec<Tried>,
    /// What the command does where an allocation fails, where that was asked for. [`ProgramVerdict::growth`] has what is lost
    /// then too, for each failure in the place of each iteration.
    #[serde(default)]
    pub error_paths: Option<ErrorPaths>,
    /// What it served, where it is a service that was driven by requests. Its [`ProgramSummary::counts`] are then what it
    /// was at its marks, and iterations are requests.
    #[serde(default)]
    pub service: Option<Service>,
}

impl ProgramSummary {
    /// The counts that were run, each once, from the least.
    pub fn counts_run(&self) -> Vec<u64> {
        let mut counts: Vec<u64> = self.counts.iter().map(|run| run.iterations).collect();
        counts.sort_unstable();
        counts.dedup();
        counts
    }

    /// What is repeated.
    pub fn work(&self) -> Work {
        match self.options.service {
            Some(_) => Work::Requests,
            None => Work::Iterations,
        }
    }
}

/// What was asked for, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgramOptions {
    /// The command line of the harness as it was given.
    pub command: Vec<String>,
    /// The counts of iterations that were asked for; empty where the harness chose them.
    pub iters: Vec<u64>,
    /// The seconds that were to be spent on all runs together, where the harness chose the counts.
    pub budget_seconds: f64,
    /// The seconds after which one run is given up.
    pub timeout_seconds: f64,
    /// The file of which the command gets as many lines on its standard input as it is to do iterations, if any.
    pub stdin_lines: Option<String>,
    /// The command itself is one iteration, and is run as often as the count says.
    pub repeat: bool,
    /// Whether lost memory was to be told from held memory by a scan at the end of each process.
    pub scan: bool,
    /// Whether the settings that were suggested were to be tried.
    #[serde(default)]
    pub try_settings: bool,
    /// Whether allocations were to fail.
    #[serde(default)]
    pub fail_allocations: bool,
    /// How it was asked, where it is a service.
    #[serde(default)]
    pub service: Option<ServiceOptions>,
}

/// One run of the command with a count of iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountRun {
    /// The count it was given.
    pub iterations: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The exit code of the command's own process, where it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// How it ended, as a clause: `ended with exit code 0`.
    pub ended: String,
    /// Processes of which there is a record.
    pub processes: u64,
    /// What all its processes together held at their ends, and at their most, by resource.
    pub totals: Vec<ResourceTotal>,
    /// Resident memory of the command's own process at its end, where it is known.
    pub resident_end_bytes: Option<u64>,
    /// Its highest resident memory, where it is known.
    pub resident_peak_bytes: Option<u64>,
    /// The resident memory of all its processes at their ends, with shared pages divided among those who share them
    /// (PSS), added up; where it is known.
    #[serde(default)]
    pub proportional_bytes: Option<u64>,
    /// Its processes, each by itself, those with the most memory first and no more than 20 of them.
    #[serde(default)]
    pub process_ends: Vec<ProcessEnd>,
    /// Bytes that it wrote to its standard output and standard error.
    pub output_bytes: u64,
    /// What lived in the heaps of all its processes while it ran.
    #[serde(default)]
    pub timeline: Vec<Moment>,
}

/// One process at its end. What the recording itself takes is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessEnd {
    /// Its number.
    pub pid: u32,
    /// The command's own process, or one that it started.
    pub process: ProcessRole,
    /// Its command line.
    pub command: Vec<String>,
    /// Resident memory, in bytes, as the other figures.
    pub resident_end_bytes: Option<u64>,
    /// The most that was resident.
    pub resident_peak_bytes: Option<u64>,
    /// Resident memory with shared pages divided among those who share them.
    pub proportional_bytes: Option<u64>,
    /// Blocks that lived.
    pub live_bytes: u64,
    /// What the allocator kept free in resident memory.
    pub allocator_free_bytes: Option<u64>,
}

/// What a setting did, in a run of the greatest count of iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tried {
    /// The variable of the environment, as `NAME=value`.
    pub setting: String,
    /// The count of iterations.
    pub iterations: u64,
    /// Without it. Bytes and seconds are the medians of all runs.
    pub before: TriedFigures,
    /// With it.
    pub after: TriedFigures,
    /// How the command ended with it, where that was not as before.
    pub ended: Option<String>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriedFigures {
    /// Resident memory of all processes at their ends, added up, without what the recording takes.
    pub resident_end_bytes: Option<u64>,
    /// The most that was resident of each, added up.
    pub resident_peak_bytes: Option<u64>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What is held of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResourceTotal {
    /// Of what.
    pub resource: Resource,
    /// Bytes at the end.
    pub end_bytes: u64,
    /// Blocks, mappings, descriptors, threads or children at the end.
    pub end_count: u64,
    /// The high-water marks of all call sites added up, in bytes: at least the most that was ever held at once.
    pub peak_bytes: u64,
    /// How many were taken in all.
    pub taken: u64,
}

/// What lived at one moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Moment {
    /// Seconds since the command was started.
    pub seconds: f64,
    /// Bytes in live blocks.
    pub live_bytes: u64,
    /// Live blocks.
    pub live_blocks: u64,
}

/// The processes of one program in one role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessSeen {
    /// The command's own process, or one that it started.
    pub process: ProcessRole,
    /// Its command line, of the first that was seen.
    pub command: Vec<String>,
    /// Its executable's path.
    pub executable: String,
    /// How many of them each run had, in the order of [`ProgramSummary::counts`].
    pub processes: Vec<u64>,
    /// Allocations that the library could not record, and what else was not right, one sentence each.
    pub troubles: Vec<String>,
}
