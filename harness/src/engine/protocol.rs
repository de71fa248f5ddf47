//! What a measured process and the one that started it say to each other: orders in one argument, answers a line at a
//! time on standard output.

use super::console;
use crate::workload::Description;
use harness_model::Sample;
use serde::{Deserialize, Serialize};

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__child";

/// What a child says; `S` is what it measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Message<S = Sample> {
    /// The work is set up; it begins.
    Ready {
        /// The mode of its allocator.
        allocator: String,
        /// What is run.
        description: Description,
    },
    /// Something was measured.
    Sample(S),
    /// The loop came to its end. What follows is the tool's own work, which can take long.
    Finished {
        /// Live bytes that the loop gained.
        gained_bytes: i64,
        /// Live blocks that it gained.
        gained_blocks: i64,
    },
    /// The orders cannot be carried out; nothing more comes.
    Refused {
        /// A sentence for the user.
        message: String,
    },
}

/// Writes one line. Whatever it allocates is freed again before it returns.
pub fn say<S: Serialize>(message: &Message<S>) {
    let mut line = serde_json::to_string(message).expect("a message is plain data");
    line.push('\n');
    if console::answer(&line).is_err() {
        // Nobody listens any more: the parent is gone, and there is no one to measure for.
        std::process::exit(3);
    }
}
