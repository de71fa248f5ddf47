//! What a run of the gate says: `gate.json`.

use crate::export::Rule;
pub use crate::export::Status;
use harness_model::{Outcome, Place};
use serde::{Deserialize, Serialize};

/// The version of the document's form.
pub const SCHEMA_VERSION: u32 = 2;

/// One run of the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// The version of this document's form.
    pub schema_version: u32,
    /// When it began: UTC, RFC 3339.
    pub started_at: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Pass, leak or inconclusive.
    pub outcome: Outcome,
    /// 0 pass, 1 a leak or a budget exceeded, 3 inconclusive.
    pub exit_code: u8,
    /// The conclusion in a sentence.
    pub sentence: String,
    /// Everything that was checked, the control first.
    pub checks: Vec<Check>,
    /// What each workload would have caught.
    pub sensitivity: Vec<Sensitivity>,
    /// What got better than the baseline: what `--update` writes.
    pub improvements: Vec<String>,
    /// The workloads' and the control's own reports, relative to this one.
    pub reports: Vec<String>,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What it is of.
    pub kind: CheckKind,
    /// The workload, or `control`, or `suppressions`.
    pub of: String,
    /// What was checked.
    pub name: String,
    /// How it went.
    pub status: Status,
    /// It in a sentence or a clause.
    pub message: String,
    /// What was measured: bytes, or bytes per iteration.
    pub measured: Option<f64>,
    /// The most that it may be.
    pub limit: Option<f64>,
    /// The call that answers, where one is known, or the line of a file that does.
    #[serde(flatten)]
    pub place: Place<Option<String>>,
    /// What the same site is known by in the next run.
    pub fingerprint: Option<String>,
    /// How a site was seen, which tells it from others of its function: `lost by valgrind with zones`.
    pub seen: Option<String>,
}

impl Check {
    /// A check of the control, which the report calls `of`.
    pub fn control(of: &str, name: &str, status: Status) -> Check {
        Check::new(CheckKind::Control, of, name, status)
    }

    /// A check without its message and figures.
    pub fn new(kind: CheckKind, of: &str, name: &str, status: Status) -> Check {
        Check {
            kind,
            of: of.to_owned(),
            name: name.to_owned(),
            status,
            message: String::new(),
            measured: None,
            limit: None,
            place: Place::default(),
            fingerprint: None,
            seen: None,
        }
    }
}

/// What a check is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// The instruments catch a known leak and clear its twin.
    Control,
    /// The suppressions in force have not expired.
    Suppressions,
    /// Everything that was to be measured was.
    Measured,
    /// The baseline knows the workload.
    Baseline,
    /// A figure is no higher than its best.
    Figure,
    /// The call sites that grow are known.
    Sites,
    /// A call site grows that the baseline does not know.
    NewSite,
    /// A known call site grows more than before.
    GrownSite,
    /// The main job's verdict.
    Verdict,
    /// What a suppression hides.
    Hidden,
    /// A budget is kept.
    Budget,
}

impl CheckKind {
    /// The rule by which other programs know it.
    pub fn rule(self) -> Rule {
        match self {
            CheckKind::Control => Rule::Control,
            CheckKind::Suppressions => Rule::Suppression,
            CheckKind::Measured | CheckKind::Baseline | CheckKind::Figure | CheckKind::Sites => {
                Rule::Figure
            }
            CheckKind::NewSite => Rule::NewSite,
            CheckKind::GrownSite => Rule::GrownSite,
            CheckKind::Verdict => Rule::Leak,
            CheckKind::Hidden => Rule::Hidden,
            CheckKind::Budget => Rule::Budget,
        }
    }
}

/// The least growth that a workload's checks would have failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The workload.
    pub of: String,
    /// The condition of the loop.
    pub condition: String,
    /// Bytes per iteration.
    pub bytes_per_iteration: f64,
}
