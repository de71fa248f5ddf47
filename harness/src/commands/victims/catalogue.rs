//! The victims, and the truth of each.

use crate::workload::{Fault, Loop};
use harness_model::Cause;
use harness_model::Shape;
use serde::{Deserialize, Serialize};

/// A fault, the loop that it is planted in, and what the harness has to find.
pub struct Victim {
    /// The fault.
    pub fault: Fault,
    /// The loop, as the main job's options have it.
    pub arguments: &'static str,
    /// What is to be found.
    pub truth: Truth,
}

/// What is true of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Truth {
    /// Why memory grows.
    pub cause: Cause,
    /// The shape of the growth.
    pub shape: Shape,
    /// Bytes per iteration, where they are the same in every cycle of the texts.
    pub bytes_per_iteration: Option<f64>,
    /// Blocks per iteration, likewise.
    pub blocks_per_iteration: Option<f64>,
    /// The function that plants the fault: it has to be among the calls that most of what grows comes from. None where
    /// live memory does not grow.
    pub function: Option<String>,
}

impl Truth {
    /// The truth of every twin: it frees what it takes.
    pub fn clean() -> Truth {
        Truth {
            cause: Cause::Nothing,
            shape: Shape::Flat,
            bytes_per_iteration: Some(0.0),
            blocks_per_iteration: Some(0.0),
            function: None,
        }
    }
}

/// A tenth of the texts' words are new, or more where the fault lives on new words.
const PARSE: &str = "--workload parse --texts 1 --iters 32 --novel-words 0.1 --valgrind-iters 1";
const PARSE_NEW_WORDS: &str =
    "--workload parse --texts 8 --iters 160 --novel-words 0.5 --valgrind-iters 1";
const WORDS: &str = "--workload words --texts 2 --iters 400 --valgrind-iters 4";
/// Pages are counted by the kernel in batches: they have to be many.
const PAGES: &str = "--workload words --texts 2 --iters 160 --valgrind-iters 4";
const LONG: &str = "--workload words --texts 1 --iters 20000 --valgrind-iters 100";

fn arguments(shown_by: Loop) -> &'static str {
    match shown_by {
        Loop::Parse => PARSE,
        Loop::NewWords => PARSE_NEW_WORDS,
        Loop::Words => WORDS,
        Loop::Pages => PAGES,
        Loop::Long => LONG,
    }
}

/// All victims: every fault of which it is known what has to be found.
pub fn victims() -> Vec<Victim> {
    let victim = |fault: &Fault| {
        let expected = fault.expected()?;
        Some(Victim {
            fault: *fault,
            arguments: arguments(expected.shown_by),
            truth: Truth {
                cause: expected.cause,
                shape: expected.shape,
                bytes_per_iteration: expected.bytes_per_iteration,
                blocks_per_iteration: expected.blocks_per_iteration,
                function: expected.function.map(str::to_owned),
            },
        })
    };
    Fault::ALL.iter().filter_map(victim).collect()
}
