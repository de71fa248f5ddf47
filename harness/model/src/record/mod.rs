//! The documents of what was measured over time: the lines of `harness record`, and the `summary.json` of it and of
//! `harness judge`.
//!
//! The published forms are `harness/schema/record-line.schema.json` and `harness/schema/record.schema.json`. A consumer
//! should look at [`RecordSummary::schema_version`] first: it is raised when a field changes its meaning or goes away, not
//! when one is added. Sizes are bytes, times are seconds.

mod axis;
mod file;
mod line;
mod measure;

pub use axis::Axis;
pub use file::{ColumnRead, FileRead, PieceRead};
pub use line::{
    RECORD_VERSION, RecordBegin, RecordEnd, RecordFigures, RecordHeld, RecordLine, RecordMark,
    RecordNote, RecordProcess, RecordProcessFigures, RecordSample, RecordSite,
};
pub use measure::Measure;

use crate::frame::Frame;
use crate::place::Place;
use crate::series::{Basis, Interval, Sawtooth, Shape};
use crate::summary::{Environment, Tool};
use crate::verdict::Outcome;
use serde::{Deserialize, Serialize};

/// The version of the document's form that this program writes.
pub const RECORD_SCHEMA_VERSION: u32 = 1;

/// One recording, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordSummary {
    /// The version of this document's form: [`RECORD_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it was judged.
    pub environment: Environment,
    /// The command line of the harness.
    pub command_line: Vec<String>,
    /// What was recorded.
    pub recorded: Recorded,
    /// What the rates of all series are by; seconds where it is left out.
    #[serde(default, skip_serializing_if = "Axis::is_seconds")]
    pub axis: Axis,
    /// How a file of columns that somebody else wrote was understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRead>,
    /// The processes that were seen, those with the most memory first and no more than 50 of them.
    pub processes: Vec<ProcessOverTime>,
    /// What the program said that it did, most often first.
    pub marks: Vec<MarkCount>,
    /// What was judged.
    pub series: Vec<SeriesOverTime>,
    /// Call sites that were looked at over time, those that gained the most first and no more than 50 of them.
    pub sites: Vec<SiteOverTime>,
    /// The conclusion.
    pub verdict: RecordVerdict,
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recorded {
    /// The command, as far as it is known.
    pub command: Vec<String>,
    /// When the recording began: UTC, RFC 3339, to the second; where it is known.
    pub started_at: Option<String>,
    /// From the first sample to the last, in seconds.
    pub seconds: f64,
    /// Samples.
    pub samples: u64,
    /// How the command ended, as a clause: `ended with exit code 0`. None where it was ended by force, or goes on.
    pub ended: Option<String>,
    /// Its exit code, where it ended by itself and is known.
    pub exit_code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// Whether somebody stopped the recording before the command's end.
    pub interrupted: bool,
}

/// One process over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessOverTime {
    /// Its number.
    pub pid: u32,
    /// The number of its parent.
    pub parent: u32,
    /// Its last command line.
    pub command: String,
    /// When it was first seen.
    pub from_seconds: f64,
    /// When it was last seen.
    pub to_seconds: f64,
    /// Its resident memory when it was last seen.
    pub resident_bytes: Option<u64>,
    /// The most that it was seen to have.
    pub resident_peak_bytes: Option<u64>,
    /// How its memory went over time: its heap where it is recorded, or else anonymous or resident memory. None where it
    /// was not there for long enough.
    pub shape: Option<Shape>,
    /// By how much that rises, in bytes a second.
    pub bytes_per_second: Option<f64>,
}

/// Marks of one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarkCount {
    /// The text.
    pub text: String,
    /// How often it came.
    pub count: u64,
}

/// Whose figures a series has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// All processes together.
    All,
    /// The command's own process.
    Main,
    /// Those that it started, together.
    Started,
}

/// A series, judged. Rates are by the second, by the mark where the series goes by marks, or by what
/// [`RecordSummary::axis`] says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesOverTime {
    /// What was measured.
    pub measure: Measure,
    /// Of which processes.
    pub whose: Whose,
    /// None where it goes by seconds; else the text of the marks that it goes by.
    pub mark: Option<String>,
    /// Its own name: that of the column where it was measured by somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which of the loops, processes or hosts of the file it is of, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Which part of it, counted from 1, where what was measured began anew in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece: Option<u32>,
    /// Parts of its unit that `first`, `last`, `min` and `max` count, where it has fractions: 1,000 for thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Given where it is judged as exact counts; measurements that vary by themselves otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// What was found.
    #[serde(flatten)]
    pub judged: Judged,
}

impl SeriesOverTime {
    /// What it is called: what is measured, or the column's name where that is nothing that is known.
    pub fn words(&self) -> &str {
        match &self.name {
            Some(name) if self.measure.is_other() => name,
            _ => self.measure.words(),
        }
    }

    /// The first value in its unit, whatever it is counted in.
    pub fn in_unit(&self, value: u64) -> f64 {
        value as f64 / self.scale.unwrap_or(1.0)
    }
}

/// What was found of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Judged {
    /// Where what comes at the beginning ends, and the judgement begins: seconds or marks from the first sample.
    pub warm_up: f64,
    /// Samples after that.
    pub samples: u64,
    /// The value there.
    pub first: u64,
    /// The last value.
    pub last: u64,
    /// The least value after the warm-up.
    pub min: u64,
    /// The greatest.
    pub max: u64,
    /// The shape after the warm-up.
    pub shape: Shape,
    /// The slope: the median of the slopes between all pairs of points (Theil and Sen).
    pub slope: f64,
    /// Its interval, with 95% confidence. None for a series too short to tell.
    pub slope_interval: Option<Interval>,
    /// The smallest slope that would have been called growth in 99 of 100 such series. None for one too short to tell.
    pub minimum_detectable_effect: Option<f64>,
    /// The level that it tends to, where it saturates.
    pub level: Option<f64>,
    /// Its teeth, where it is a sawtooth; its period is in seconds or marks.
    pub sawtooth: Option<Sawtooth>,
    /// Where it began anew, as a program does that is started again: seconds or marks from the first sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restarts: Vec<f64>,
}

/// A call site over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SiteOverTime {
    /// What it takes.
    pub measure: Measure,
    /// The command of the process.
    pub command: String,
    /// The call that is answerable.
    #[serde(flatten)]
    pub place: Place,
    /// The stack, innermost first.
    pub stack: Vec<Frame>,
    /// What was found of its bytes, or of what it counts where it takes no memory, by the second.
    pub judged: Judged,
    /// By how much its blocks rise a second.
    pub blocks_per_second: f64,
    /// By how much what [`SiteOverTime::judged`] is of rises for each mark, where it grows by the mark.
    pub per_mark: Option<MarkRate>,
}

impl SiteOverTime {
    /// Whether it grows, by the second or by the mark.
    pub fn grows(&self) -> bool {
        self.judged.shape == Shape::Growing || self.per_mark.is_some()
    }
}

/// A rate by the mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarkRate {
    /// The text of the marks.
    pub text: String,
    /// By how much it rises for each.
    pub slope: f64,
}

/// What is concluded of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordVerdict {
    /// Pass, leak or inconclusive.
    pub outcome: Outcome,
    /// The exit code: 0 nothing grows, 1 something grows, 3 inconclusive.
    pub exit_code: u8,
    /// The conclusion as a person would say it.
    pub sentence: String,
    /// What the evidence says of the causes, one sentence each.
    pub causes: Vec<String>,
    /// What moves and is no growth, one sentence each.
    pub explained: Vec<String>,
    /// What the recording could not have seen, one sentence each.
    pub blind_spots: Vec<String>,
}
