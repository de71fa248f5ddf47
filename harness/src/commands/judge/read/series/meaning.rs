//! What a column can be for.

use super::units::Unit;
use harness_model::record::Measure;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    /// When.
    Time,
    /// After how many iterations.
    Iteration,
    /// The number of the row: it tells their order, and no more.
    Index,
    /// Whether the row belongs to the warm-up.
    WarmUp,
    /// The number of a process.
    Pid,
    /// What tells loops, processes or hosts apart; those with the least number are the best known.
    Group(u8),
    /// What the value of the row measures.
    Metric,
    /// The value of the row.
    Value,
    /// An amount that is held; the less the number, the surer.
    Amount(Measure, u8),
    /// Memory that no program has.
    Room(Room),
    /// An amount that cannot fall: the most that there ever was.
    Peak,
    /// What is allowed, or there at all.
    Limit,
    /// What has been done since the beginning: it only falls where that is anew.
    Counter,
    /// When the process began, or how often it did.
    Began,
    /// By how much something changed from one row to the next.
    Change,
    /// Anything else.
    Unknown,
}

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Named {
    pub meaning: Meaning,
    /// The unit that stands in it, or that everybody who writes it so means.
    pub unit: Option<Unit>,
}

/// Memory that no program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Nobody uses it.
    Free,
    /// Files that were read or written, and buffers: whoever needs the memory gets it.
    Kept,
    /// What programs could have, all of the above in the kernel's own reckoning.
    Available,
}
