//! What each part of the pipeline allocates, frees and holds, as the summary tells it.

use serde::{Deserialize, Serialize};

/// What each part of the pipeline allocated, freed and holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartReport {
    /// One entry a loop.
    pub runs: Vec<PartRun>,
}

/// What each part did in one loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartRun {
    /// The name of the condition.
    pub condition: String,
    /// Iterations that the figures are taken over.
    pub iterations: u64,
    /// The parts, in the order in which they were first at work, after `rest`, which is all work in no part.
    pub parts: Vec<PartGrowth>,
}

/// What one part of the pipeline allocates and frees. What it allocated is freed from its account, whoever frees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartGrowth {
    /// The part: a component's name, `tokenizer`, `vocabulary`, or `rest`.
    pub part: String,
    /// Bytes allocated per iteration.
    pub allocated_bytes: f64,
    /// Blocks allocated per iteration.
    pub allocated_blocks: f64,
    /// Bytes freed per iteration.
    pub freed_bytes: f64,
    /// Blocks freed per iteration.
    pub freed_blocks: f64,
    /// Bytes gained per iteration: allocated less freed.
    pub live_bytes: f64,
    /// Blocks gained per iteration.
    pub live_blocks: f64,
}

impl PartGrowth {
    /// What happened between two readings of an account; a part without the first began after it.
    pub fn between(short: Option<&Account>, long: &Account, iterations: u64) -> PartGrowth {
        let each = |of: fn(&Account) -> u64| {
            let gained = of(long) - short.map_or(0, of);
            gained as f64 / iterations.max(1) as f64
        };
        let [allocated_bytes, freed_bytes] = [each(|a| a.allocated_bytes), each(|a| a.freed_bytes)];
        let [allocated_blocks, freed_blocks] =
            [each(|a| a.allocated_blocks), each(|a| a.freed_blocks)];
        PartGrowth {
            part: long.part.clone(),
            allocated_bytes,
            allocated_blocks,
            freed_bytes,
            freed_blocks,
            live_bytes: allocated_bytes - freed_bytes,
            live_blocks: allocated_blocks - freed_blocks,
        }
    }
}

/// What one part has allocated and freed since tracking began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The part's name.
    pub part: String,
    /// Bytes allocated.
    pub allocated_bytes: u64,
    /// Blocks allocated.
    pub allocated_blocks: u64,
    /// Bytes freed of those that this part allocated.
    pub freed_bytes: u64,
    /// Blocks freed of those that this part allocated.
    pub freed_blocks: u64,
}
