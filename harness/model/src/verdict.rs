//! What a run concludes.

use crate::cause::CauseOfGrowth;
use crate::frame::Frame;
use crate::instrument::Instrument;
use crate::place::Place;
use serde::{Deserialize, Serialize};

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

impl Verdict {
    /// Of what nobody has judged.
    pub fn not_judged() -> Verdict {
        Verdict {
            outcome: Outcome::Inconclusive,
            exit_code: 3,
            sentence: String::new(),
            findings: Vec::new(),
            agreement: Vec::new(),
            blind_spots: Vec::new(),
            causes: Vec::new(),
        }
    }
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

impl Outcome {
    /// The exit code of a program that concludes this. 2 is for wrong use, which concludes nothing.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Pass => 0,
            Outcome::Leak => 1,
            Outcome::Inconclusive => 3,
        }
    }
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
    /// The call that is answerable, where it is known.
    #[serde(flatten)]
    pub place: Place<Option<String>>,
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
