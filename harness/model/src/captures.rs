//! `summary.json` of `harness judge --at N FILE`: what tools wrote down of a program at several counts of iterations, call
//! site by call site, and what was concluded.
//!
//! The published form is `harness/schema/captures.schema.json`. The verdict has the form of `harness run`'s, so that what
//! reads the one reads the other. Sizes are bytes.

use crate::frame::Frame;
use crate::place::Place;
use crate::program::{ProcessRole, ProgramVerdict, Resource};
use crate::summary::{Environment, Tool};
use serde::{Deserialize, Serialize};

/// The version of the document's form that this program writes.
pub const CAPTURES_SCHEMA_VERSION: u32 = 1;

/// Captures that were judged together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapturesSummary {
    /// The version of this document's form: [`CAPTURES_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it was judged: not where it was recorded.
    pub environment: Environment,
    /// The command line of the harness as it was given.
    pub command_line: Vec<String>,
    /// When it was judged: UTC, RFC 3339, to the second.
    pub judged_at: String,
    /// What kind of files they are: `memcheck_xml`, `dhat`, `pprof`...
    pub kind: String,
    /// Whether they count blocks: where they do not, all figures of blocks are left out or 0.
    pub counts_blocks: bool,
    /// What was read, by the count of iterations.
    pub captures: Vec<Capture>,
    /// The call sites, those that grow first, and then those that hold most; no more than a hundred.
    pub sites: Vec<CapturedSite>,
    /// How many call sites there were.
    pub sites_seen: u64,
    /// The conclusion.
    pub verdict: ProgramVerdict,
}

/// What was read of one count of iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Capture {
    /// The count; none where it was not given.
    pub iterations: Option<u64>,
    /// The files.
    pub files: Vec<CaptureFile>,
    /// Processes of which they tell.
    pub processes: u64,
    /// What was held or lost.
    pub held: Held,
    /// Of which is lost, where the tool can know.
    pub lost: Option<Held>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaptureFile {
    /// Its path, as it was given.
    pub path: String,
    /// What wrote it: `valgrind 3.19.0`.
    pub tool: String,
    /// Why its end is missing; none for a whole file.
    pub truncated: Option<String>,
}

/// Bytes, in so many blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Held {
    /// Bytes.
    pub bytes: u64,
    /// Blocks, or what the resource counts; none where the tool does not.
    pub blocks: Option<u64>,
}

/// What a call site held at each count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapturedSite {
    /// The call that is answerable: function, file and line.
    #[serde(flatten)]
    pub place: Place,
    /// What it takes.
    pub resource: Resource,
    /// In which process.
    pub process: ProcessRole,
    /// What it does as the iterations grow.
    pub course: SiteCourse,
    /// What it held at each count, in the order of [`CapturesSummary::captures`].
    pub held: Vec<Held>,
    /// Of which is lost, in the same order; empty where the tool cannot know.
    pub lost: Vec<Held>,
    /// Bytes an iteration, where it grows.
    pub bytes_per_iteration: Option<f64>,
    /// Blocks an iteration, where it grows and they are counted.
    pub blocks_per_iteration: Option<f64>,
    /// The stack, innermost first; empty for what holds little.
    pub stack: Vec<Frame>,
}

/// What a call site does as the count of iterations grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SiteCourse {
    /// It grows.
    Grows,
    /// It may grow: these counts do not tell.
    Unsure,
    /// It holds the same at every count.
    OneOff,
    /// It stopped growing.
    Bounded,
    /// It holds as much as the largest thing that it met.
    HighWater,
    /// It fills and is emptied.
    Sawtooth,
    /// It holds nothing, or ever less.
    Nothing,
    /// There is one count only.
    Unknown,
}

impl SiteCourse {
    /// What it is called in a table.
    pub fn title(self) -> &'static str {
        match self {
            SiteCourse::Grows => "grows",
            SiteCourse::Unsure => "may grow",
            SiteCourse::OneOff => "once",
            SiteCourse::Bounded => "bounded",
            SiteCourse::HighWater => "high water",
            SiteCourse::Sawtooth => "comes and goes",
            SiteCourse::Nothing => "nothing",
            SiteCourse::Unknown => "one count",
        }
    }
}
