//! `summary.json` of `harness calibrate`: what healthy programs were taken for, and which leaks were found.
//!
//! The published form is `harness/schema/calibration.schema.json`. The version is raised when a field changes its meaning
//! or goes away, not when one is added. Rates are bytes per iteration, shares are from 0 to 1.

use harness_judge::simulation::judges::Judge;
use harness_model::{Environment, Outcome, Shape, Tool};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the document's form that this program writes.
pub const SCHEMA_VERSION: u32 = 1;

/// One run of `harness calibrate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CalibrationSummary {
    /// The version of this document's form: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it ran.
    pub environment: Environment,
    /// What it was asked to do, with the defaults filled in.
    pub options: Options,
    /// When the run began: UTC, RFC 3339, to the second.
    pub started_at: String,
    /// How long the whole of it took, in seconds.
    pub seconds: f64,
    /// Somebody stopped it before its end; what had been measured is here all the same.
    pub interrupted: bool,
    /// Healthy programs and what they were taken for, a row for each kind.
    pub healthy: Vec<Healthy>,
    /// How many healthy programs were called growing, of the real ones and of those that came to their end in the first
    /// three quarters of the run.
    pub false_alarms: FalseAlarms,
    /// How many that came to their end later.
    pub late_alarms: FalseAlarms,
    /// What simulated leaks were taken for, a row for each kind.
    pub leaks: Vec<Leaks>,
    /// The shares of simulated leaks that were found, by how far they rise above the noise.
    pub power: Vec<Power>,
    /// The shares of planted leaks that were found.
    pub detection: Vec<Detection>,
    /// What judgements say that they would have found, put to the test.
    pub promises: Vec<Promise>,
    /// The conclusion.
    pub verdict: CalibrationVerdict,
}

/// What the run was asked to do, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Options {
    /// The command line as it was given.
    pub command: Vec<String>,
    /// Simulated healthy programs.
    pub simulated: u64,
    /// Real runs of healthy programs.
    pub real: u64,
    /// Fewer of everything, for a gate.
    pub quick: bool,
    /// Who judges.
    pub judge: Judge,
    /// The seed of everything random.
    pub seed: u64,
}

/// Healthy programs of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Healthy {
    /// The kind, in words.
    pub kind: String,
    /// Real runs, and not simulated ones.
    pub real: bool,
    /// Whether they came to their end only in the last quarter of the run.
    pub late: bool,
    /// How many programs.
    pub programs: u64,
    /// How many series of theirs were judged.
    pub series: u64,
    /// How many series had each shape, by the shape's name.
    pub shapes: BTreeMap<String, u64>,
    /// The series that were called growing.
    pub alarms: Vec<Alarm>,
    /// The greatest share of series called growing that this leaves possible, with 95% confidence.
    pub bound: f64,
}

/// Simulated leaks of one kind, exact and noisy, each of which gains 64 bytes or 30 deviations of its noise at the least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Leaks {
    /// The kind, in words.
    pub kind: String,
    /// How many.
    pub leaks: u64,
    /// Those that were called growing.
    pub found: u64,
    /// Those of which neither growth nor an end was said.
    pub open: u64,
    /// Those that were given a healthy name.
    pub wrong: u64,
    /// Whether it keeps a rate that shows in the run, so that it is to be found.
    pub to_be_found: bool,
}

/// The shares of noisy leaks of one kind that were found over runs of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Power {
    /// The kind, in words.
    pub kind: String,
    /// Measured iterations.
    pub iterations: u64,
    /// The shares; the rate of each is what the leak gains over the run, in deviations of its noise.
    pub points: Vec<Point>,
}

/// A series of a healthy program that was called growing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Alarm {
    /// Which of the programs of its kind, from 0.
    pub program: u64,
    /// The series: "live bytes", "resident set".
    pub series: String,
    /// Measured iterations.
    pub iterations: u64,
}

/// How many healthy programs were called growing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FalseAlarms {
    /// Healthy programs, simulated and real.
    pub programs: u64,
    /// Those with a series that was called growing.
    pub alarmed: u64,
    /// The greatest rate of false alarms that this leaves possible, with 95% confidence (Clopper and Pearson).
    pub bound: f64,
}

/// The shares of planted leaks that were found in one kind of series over runs of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Detection {
    /// In what the leaks were planted.
    pub planted_in: PlantedIn,
    /// Measured iterations.
    pub iterations: u64,
    /// The shares, by rate.
    pub points: Vec<Point>,
    /// The least rate from which on half of the leaks were found. None if that is not reached.
    pub half: Option<f64>,
    /// The least rate from which on 99 of 100 were. None if that is not reached.
    pub surely: Option<f64>,
}

/// In what a leak is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlantedIn {
    /// Exact counts; one byte is kept again and again, at even distances.
    Counters,
    /// Exact counts; one byte is kept again and again, at random.
    CountersAtRandom,
    /// The resident set of the real runs of this machine.
    ResidentSet,
}

/// A rate and the share of leaks found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Point {
    /// Bytes per iteration, but where something else is said.
    pub rate: f64,
    /// Leaks planted.
    pub planted: u64,
    /// Leaks found.
    pub found: u64,
}

impl Point {
    /// The share found; 0 where none was planted.
    pub fn share(&self) -> f64 {
        self.found as f64 / self.planted.max(1) as f64
    }
}

/// What judgements say that they would have found, put to the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Promise {
    /// What was promised, in words.
    pub claim: String,
    /// The share that was promised.
    pub share: f64,
    /// How often it was tried.
    pub tried: u64,
    /// How often it was kept.
    pub kept: u64,
}

/// What the run concludes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CalibrationVerdict {
    /// Pass: no false alarm, and every promise kept. Inconclusive: it was stopped, or a real run died.
    pub outcome: Outcome,
    /// The exit code: 0 pass, 1 a false alarm or a promise not kept, 3 inconclusive.
    pub exit_code: u8,
    /// The conclusion as a person would say it.
    pub sentence: String,
    /// What does not hold, one sentence each.
    pub failed: Vec<String>,
    /// Why it is inconclusive, one sentence each.
    pub doubts: Vec<String>,
}

/// A shape's name, as the table of [`Healthy::shapes`] has it.
pub fn count_shape(shapes: &mut BTreeMap<String, u64>, shape: Shape) {
    *shapes.entry(shape.name().to_owned()).or_default() += 1;
}
