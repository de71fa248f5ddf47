//! `summary.json` of `harness victims`.

pub use super::catalogue::Truth;
pub use super::matrix::Matrix;
use crate::workload::Fault;
use harness_model::CauseOfGrowth;
use harness_model::{Environment, Outcome, Place, Tool};
use serde::{Deserialize, Serialize};

/// The version of the document's form that this program writes.
pub const SCHEMA_VERSION: u32 = 2;

/// What became of all victims and their twins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VictimsSummary {
    /// The version of this document's form: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// Where it ran.
    pub environment: Environment,
    /// The command line as it was given.
    pub command: Vec<String>,
    /// When the run began: UTC, RFC 3339, to the second.
    pub started_at: String,
    /// How long the whole of it took, in seconds.
    pub seconds: f64,
    /// Each victim and each twin.
    pub cases: Vec<Case>,
    /// How many cases of each cause were found to be of which.
    pub causes: Matrix,
    /// The same of their shapes.
    pub shapes: Matrix,
    /// Pass: all right. Leak stands for anything wrong.
    pub outcome: Outcome,
    /// 0, 1 or 3.
    pub exit_code: u8,
    /// The conclusion as a person would say it.
    pub sentence: String,
}

/// One victim, or its twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Case {
    /// The fault.
    pub fault: Fault,
    /// It is the twin, which frees what the fault keeps.
    pub twin: bool,
    /// The command that shows it by itself.
    pub command: String,
    /// What was planted.
    pub truth: Truth,
    /// What the harness found; None where the run came to no result.
    pub found: Option<Found>,
    /// Why there is no result.
    pub failure: Option<String>,
    /// Seconds that the case took.
    pub seconds: f64,
    /// In what the finding differs from the truth, a clause each.
    pub wrong: Vec<String>,
}

impl Case {
    /// `mapping` or `mapping-freed`.
    pub fn name(&self) -> String {
        Case::name_of(self.fault, self.twin)
    }

    /// The name of the case of a fault, or of its twin.
    pub(super) fn name_of(fault: Fault, twin: bool) -> String {
        let twin = if twin { "-freed" } else { "" };
        format!("{}{twin}", fault.name())
    }
}

/// What the harness found of a case, without knowing what was planted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Found {
    /// The cause and the rates.
    #[serde(flatten)]
    pub growth: CauseOfGrowth,
    /// The call that most of what grows comes from, where live memory grows.
    #[serde(flatten)]
    pub place: Place<Option<String>>,
    /// The functions that were at work, innermost first.
    pub calls: Vec<String>,
}
