//! What a command does where an allocation fails.

use super::Resource;
use crate::{Frame, Place};
use serde::{Deserialize, Serialize};

/// What the command did in runs in each of which one allocation of its own process failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorPaths {
    /// The count of iterations that each run was given.
    pub iterations: u64,
    /// Allocations of the command's own process in a run in which none fails.
    pub allocations: u64,
    /// The call stacks that made them.
    pub call_stacks: u64,
    /// Whether each allocation failed in a run of its own. Otherwise some of each call stack did, as far as there was time.
    pub every: bool,
    /// Runs in which an allocation failed.
    pub runs: u64,
    /// Call stacks of which an allocation failed.
    pub call_stacks_tried: u64,
    /// How these runs ended, the most frequent first.
    pub endings: Vec<ErrorPathEnding>,
    /// What is wrong on the error paths, the worst first.
    pub findings: Vec<ErrorPathFinding>,
}

/// A way in which runs ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorPathEnding {
    /// As a clause: `ended with exit code 1`.
    pub ended: String,
    /// How many runs.
    pub runs: u64,
}

/// Something that goes wrong where an allocation fails, and does not where none fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorPathFinding {
    /// What goes wrong.
    pub kind: ErrorPathKind,
    /// Of what, where something is lost or not released.
    pub resource: Option<Resource>,
    /// The call that took what is lost, or that crashes. Function, file and line.
    #[serde(flatten)]
    pub place: Place,
    /// The language of that code, where it is known.
    pub language: Option<String>,
    /// Bytes in one run: the most.
    pub bytes: u64,
    /// Blocks, or what the resource counts, in one run: the most.
    pub count: u64,
    /// In how many runs.
    pub runs: u64,
    /// The allocation that failed, of the first of these runs.
    pub failed: FailedAllocation,
    /// The places of all allocations that lead there, without that one: the first few.
    pub also_failed: Vec<Place>,
    /// How the first of these runs ended, as a clause.
    pub ended: String,
    /// The stack of `place`, innermost first.
    pub stack: Vec<Frame>,
}

/// An allocation that was made to fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailedAllocation {
    /// Who asked for it.
    #[serde(flatten)]
    pub place: Place,
    /// Which one it was, counted from 1: of all allocations where each failed in turn, else of its call stack.
    pub number: u64,
    /// Its stack, innermost first.
    pub stack: Vec<Frame>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorPathKind {
    /// The process crashes: a signal ends it.
    Crash,
    /// Blocks are lost: nothing points to them any more.
    Lost,
    /// Something that is no block of the heap is not given back, although the command goes on and ends as ever.
    NotReleased,
    /// The command does not come to its end.
    Hang,
}

impl ErrorPathKind {
    /// Its name as in the document.
    pub fn name(self) -> &'static str {
        match self {
            ErrorPathKind::Crash => "crash",
            ErrorPathKind::Lost => "lost",
            ErrorPathKind::NotReleased => "not_released",
            ErrorPathKind::Hang => "hang",
        }
    }
}
