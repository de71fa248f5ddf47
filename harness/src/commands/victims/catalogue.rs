//! The victims, and the truth of each.

use crate::commands::main::spec::{LoopSpec, ZonesChoice};
use crate::workload::{Fault, Kind};
use harness_model::Cause;
use harness_model::Shape;
use serde::{Deserialize, Serialize};

/// A fault, the loop that it is planted in, and what the harness has to find.
pub struct Victim {
    /// The fault.
    pub fault: Fault,
    /// The loop.
    pub host: Host,
    /// What is to be found.
    pub truth: Truth,
}

impl Victim {
    /// The loop with the fault, or with its twin.
    pub fn spec(&self, twin: bool) -> LoopSpec {
        let defaults = LoopSpec::default();
        LoopSpec {
            workload: self.host.workload,
            texts: self.host.texts,
            iters: self.host.iters,
            novel_words: self.host.novel_words.unwrap_or(defaults.novel_words),
            valgrind_iters: self.host.valgrind_iters,
            zones: ZonesChoice::On,
            inject: Some(self.fault),
            twin,
            ..defaults
        }
    }

    /// The command that runs the same loop, for whoever wants to look at it alone.
    pub fn command(&self, twin: bool) -> String {
        let host = &self.host;
        let novel_words = host
            .novel_words
            .map(|share| format!(" --novel-words {share}"));
        format!(
            "harness --workload {} --texts {} --iters {}{} --valgrind-iters {} --zones on --inject {}{}",
            host.workload.name(),
            host.texts,
            host.iters,
            novel_words.unwrap_or_default(),
            host.valgrind_iters,
            self.fault.name(),
            if twin { " --twin" } else { "" }
        )
    }
}

/// A loop that faults are planted in: what it has of its own, in zones as they all are.
#[derive(Clone, Copy)]
pub struct Host {
    workload: Kind,
    texts: u64,
    iters: u64,
    novel_words: Option<f64>,
    valgrind_iters: u64,
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
const PARSE: Host = Host {
    workload: Kind::Parse,
    texts: 1,
    iters: 32,
    novel_words: Some(0.1),
    valgrind_iters: 1,
};
const PARSE_NEW_WORDS: Host = Host {
    texts: 8,
    iters: 160,
    novel_words: Some(0.5),
    ..PARSE
};
const WORDS: Host = Host {
    workload: Kind::Words,
    texts: 2,
    iters: 400,
    novel_words: None,
    valgrind_iters: 4,
};
/// Pages are counted by the kernel in batches: they have to be many.
const PAGES: Host = Host {
    iters: 160,
    ..WORDS
};
const LONG: Host = Host {
    texts: 1,
    iters: 20_000,
    valgrind_iters: 100,
    ..WORDS
};

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
        |(fault, host, cause, shape, (bytes, blocks), function)| Victim {
            fault,
            host,
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
