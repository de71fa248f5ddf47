//! One thing that a job checked: how it went, and what kind of failure it would be.

use harness_model::Place;
use serde::{Deserialize, Serialize};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it belongs to: a workload, a loop.
    pub of: String,
    /// What was checked.
    pub name: String,
    /// How it went.
    pub status: Status,
    /// The kind of failure it would be.
    pub rule: Rule,
    /// How it went, for a person.
    pub message: String,
    /// Where to look; the file relative to the repository.
    pub place: Place<Option<String>>,
    /// What the same failure is known by in the next run.
    pub fingerprint: Option<String>,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Pass,
    /// It fails.
    Fail,
    /// A suppression hides it.
    Hidden,
    /// It could not be told, which keeps the job from saying anything.
    Inconclusive,
    /// It was not asked for.
    Skipped,
}

/// The kinds of failures, as programs that read the results know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Memory is lost, or grows although it should not.
    Leak,
    /// A call site grows that the baseline does not know.
    NewSite,
    /// A known call site grows faster than before.
    GrownSite,
    /// A figure is above its best.
    Figure,
    /// A budget is exceeded.
    Budget,
    /// A suppression is past its day.
    Suppression,
    /// A suppression hides memory that grows or is lost.
    Hidden,
    /// Something that was to be measured was not.
    Measured,
    /// The known leak was not caught, or its twin not cleared.
    Control,
}

impl Rule {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Leak => "leak",
            Rule::NewSite => "new-site",
            Rule::GrownSite => "grown-site",
            Rule::Figure => "figure",
            Rule::Budget => "budget",
            Rule::Suppression => "suppression",
            Rule::Hidden => "hidden",
            Rule::Measured => "measured",
            Rule::Control => "control",
        }
    }
}
