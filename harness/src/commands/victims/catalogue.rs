//! The victims, and the truth of each.

use crate::workload::Fault;
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

/// All victims.
pub fn victims() -> Vec<Victim> {
    use Cause::*;
    use Fault::*;
    let grows = Shape::Growing;
    let rate = |bytes: f64, blocks: f64| (Some(bytes), Some(blocks));
    let unknown = (None, None);
    [
        (
            ActivationLeak,
            PARSE,
            Unreachable,
            grows,
            (None, Some(10.0)),
            "resize_activations",
        ),
        (
            UnregisteredCache,
            PARSE_NEW_WORDS,
            InNoStore,
            grows,
            unknown,
            "see_new_word",
        ),
        (
            KeptStrings,
            PARSE_NEW_WORDS,
            InStore,
            grows,
            unknown,
            "keep_string",
        ),
        (
            KeptCapacity,
            WORDS,
            Slack,
            grows,
            rate(8192.0, 0.0),
            "fill_cells",
        ),
        (
            KeptTensors,
            PARSE,
            InNoStore,
            grows,
            (None, Some(2.0)),
            "copy_tensor",
        ),
        (
            ThreadScratch,
            WORDS,
            InNoStore,
            grows,
            rate(65536.0, 1.0),
            "make_scratch",
        ),
        (
            RcCycle,
            WORDS,
            Unreachable,
            grows,
            rate(4064.0, 2.0),
            "tie_cycle",
        ),
        (OneOff, WORDS, Nothing, Shape::OneOff, unknown, ""),
        (Sawtooth, WORDS, Nothing, Shape::Sawtooth, unknown, ""),
        (Fragmentation, PAGES, Allocator, grows, unknown, ""),
        (
            Mapping,
            PAGES,
            OutsideTheHeap,
            grows,
            (Some(262_144.0), None),
            "",
        ),
        (ParkedThreads, PAGES, OutsideTheHeap, grows, unknown, ""),
        (
            ErrorPath,
            WORDS,
            Unreachable,
            grows,
            rate(4096.0, 0.25),
            "read_record",
        ),
        (
            Creep,
            LONG,
            Unreachable,
            grows,
            rate(0.001, 0.001),
            "lose_a_byte",
        ),
    ]
    .map(
        |(fault, arguments, cause, shape, (bytes, blocks), function)| Victim {
            fault,
            arguments,
            truth: Truth {
                cause,
                shape,
                bytes_per_iteration: bytes,
                blocks_per_iteration: blocks,
                function: Some(function.to_owned()).filter(|name| !name.is_empty()),
            },
        },
    )
    .into()
}
