//! Where the growth of a resident set went.

use serde::{Deserialize, Serialize};

/// Growth of the resident set between two points of a loop, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ledger {
    /// The name of the condition.
    pub condition: String,
    /// Iterations between the two points: the end of the warm-up and the end of the loop.
    pub iterations: u64,
    /// What the resident set gained, in bytes. The rows sum to it.
    pub total: i64,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    /// What kind of memory it is.
    pub kind: RowKind,
    /// Which of that kind, in words: a store's name.
    pub name: String,
    /// Bytes gained.
    pub bytes: i64,
}

/// Kinds of memory that a resident set is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Live blocks that nothing can reach.
    Unreachable,
    /// Live blocks that no store holds, where nothing asked whether they can be reached.
    HeldOrLost,
    /// Live blocks that a store holds.
    Store,
    /// Memory that a store holds and does not use.
    Slack,
    /// Live blocks that no store holds and that something can reach.
    InNoStore,
    /// Memory that the allocator has beyond the live blocks: fragmentation, and free pages that it keeps.
    Allocator,
    /// Blocks that were handed out and whose pages nobody has touched: negative.
    Untouched,
    /// Stacks of threads.
    Stacks,
    /// The system allocator's heap.
    SystemHeap,
    /// Files and shared memory.
    Files,
    /// Anonymous memory that is not the allocator's.
    OtherMappings,
    /// What no row accounts for.
    Residual,
}

impl RowKind {
    /// Mappings outside the allocator's heap.
    pub fn is_outside_the_heap(self) -> bool {
        matches!(
            self,
            RowKind::Stacks | RowKind::SystemHeap | RowKind::Files | RowKind::OtherMappings
        )
    }
}

impl Ledger {
    /// The bytes of all rows of a kind.
    pub fn of(&self, kind: RowKind) -> i64 {
        self.sum(|row| row == kind)
    }

    /// The bytes of all rows of some kinds.
    pub fn sum(&self, kinds: impl Fn(RowKind) -> bool) -> i64 {
        let rows = self.rows.iter().filter(|row| kinds(row.kind));
        rows.map(|row| row.bytes).sum()
    }
}
