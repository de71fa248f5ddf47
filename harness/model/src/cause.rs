//! Why memory grows.

use crate::series::Shape;
use serde::{Deserialize, Serialize};

/// Why memory grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing keeps growing.
    Nothing,
    /// Live blocks that nothing can reach: a leak.
    Unreachable,
    /// Live blocks that something reaches and no store lists: a cache nobody knows of.
    InNoStore,
    /// Live blocks that a store lists: a cache with a name.
    InStore,
    /// Memory that a store holds and does not use: an arena's, a table's capacity.
    Slack,
    /// Memory that no live block fills and that the allocator has: fragmentation, and free pages that it keeps.
    Allocator,
    /// Memory mapped outside the allocator's heap: stacks of threads, files, mappings of the program's own.
    OutsideTheHeap,
    /// Live blocks that no store lists, where nobody asked whether they can be reached.
    ReachabilityUnknown,
    /// The run does not tell.
    Unknown,
}

impl Cause {
    /// Every cause, in the order of a table.
    pub const ALL: [Cause; 9] = [
        Cause::Nothing,
        Cause::Unreachable,
        Cause::InNoStore,
        Cause::InStore,
        Cause::Slack,
        Cause::Allocator,
        Cause::OutsideTheHeap,
        Cause::ReachabilityUnknown,
        Cause::Unknown,
    ];

    /// In a word or three.
    pub fn phrase(self) -> &'static str {
        match self {
            Cause::Nothing => "nothing",
            Cause::Unreachable => "unreachable",
            Cause::InNoStore => "in no store",
            Cause::InStore => "in a store",
            Cause::Slack => "slack",
            Cause::Allocator => "allocator",
            Cause::OutsideTheHeap => "outside the heap",
            Cause::ReachabilityUnknown => "held or lost",
            Cause::Unknown => "unknown",
        }
    }
}

/// The cause of one loop's growth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CauseOfGrowth {
    /// The name of the condition.
    pub condition: String,
    /// Why it grows.
    pub cause: Cause,
    /// The shape of the series that tells: live memory's, unless the cause is outside it.
    pub shape: Shape,
    /// Bytes gained per iteration by this cause.
    pub bytes_per_iteration: f64,
    /// Blocks that live memory gains per iteration, where the cause is in it.
    pub blocks_per_iteration: Option<f64>,
}
