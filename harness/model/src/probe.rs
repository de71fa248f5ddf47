//! What became of an instrument that can be missing or fail.

use serde::{Deserialize, Serialize};

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
pub(crate) fn not_in_this_document<T>() -> Probe<T> {
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
